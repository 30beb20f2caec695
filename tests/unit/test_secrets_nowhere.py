"""No secret lies in the project, and the prompt holds none."""

import re
import subprocess
from pathlib import Path

import pytest

from assistant.backends.catalogue import load_catalogue
from assistant.privacy import KEY_SHAPE
from assistant.prompt import INSTRUCTIONS, build_messages
from assistant.small_prompt import small_model_messages
from tests.support.evidence import make_evidence

ROOT = Path(__file__).parents[2]
SHAPE = re.compile(rf"{KEY_SHAPE}|-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/]{{40}}")
# What a test makes up says so, or is all figures and letters in order.
MADE_UP = re.compile(
    r"canary|not-a-key|secret|example|abcdef|0123456789|1234567|a1b2c3|[xX]{4}|Zx81Qv93|16C7e42F292c",
    re.I,
)
BINARY = {".png", ".gguf", ".npy", ".safetensors", ".woff2", ".ico"}


def looks_real(key: str) -> bool:
    """Figures and letters mixed, as in no word, and not made up for a test."""
    mixed = any(sign.isdigit() for sign in key) and any(sign.isalpha() for sign in key)
    return mixed and not MADE_UP.search(key)


def project_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("this is no clone: its files cannot be told from others")
    names = [name for name in listed.stdout.split("\0") if name]
    return [ROOT / name for name in names if Path(name).suffix not in BINARY]


def test_no_file_of_the_project_holds_anything_that_looks_like_a_key() -> None:
    files = project_files()
    assert len(files) > 300
    found = []
    for path in files:
        if not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        for match in SHAPE.finditer(text):
            line = text[text.rfind("\n", 0, match.start()) + 1 : text.find("\n", match.end())]
            if looks_real(match.group()):
                found.append(f"{path.relative_to(ROOT)}: {line.strip()[:120]}")
    assert found == []


def test_no_file_with_settings_or_keys_of_a_user_is_in_the_project() -> None:
    names = {path.name for path in project_files()}
    assert not names & {".env", "settings.toml", "counterpoint.sqlite", "id_rsa", ".netrc"}


def test_the_search_finds_a_key_that_is_really_there() -> None:
    for key in ("sk-" + "Q7" * 12, "AIza" + "W8" * 17 + "z", "gh" + "p_" + "Kd9" * 8):
        assert SHAPE.search(f"key = {key}")
        assert looks_real(key)


def test_the_prompt_holds_no_key_path_or_host_that_could_leak(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for entry in load_catalogue(tmp_path):
        if entry.key_variable:
            monkeypatch.setenv(entry.key_variable, "sk-canary-in-the-environment")
    evidence = make_evidence()
    usual = build_messages(evidence, evidence.passages, ())
    small = small_model_messages(evidence.question, [(1, "Microsoft makes Phi-3.")])
    for message in (*usual, *small):
        said = message.content
        assert not SHAPE.search(said)
        assert "sk-canary" not in said
        assert not re.search(
            r"https?://|(?<![\w.])/(?:home|root|tmp|usr|work)/|[A-Z_]+_API_KEY", said
        )
        assert str(tmp_path) not in said
    # Whoever gets it out of a model has what stands here in public.
    assert usual[0].content == INSTRUCTIONS
