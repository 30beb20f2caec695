"""What a library, or Python itself, writes to log and standard error holds no key."""

import io
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant import redaction
from assistant.redaction import HIDDEN, RedactedStream, guard_output, know, redact
from assistant.settings import load_settings, read_key

ROOT = Path(__file__).parents[2]
FIGURES = "0123456789abcdef0123"


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(redaction, "_known", set())
    stderr, factory = sys.stderr, logging.getLogRecordFactory()
    yield
    sys.stderr = stderr
    logging.setLogRecordFactory(factory)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"key=sk-{FIGURES}", f"sk-{FIGURES}"),
        (f"sk-ant-api03-{FIGURES}_x-y", f"{FIGURES}_x-y"),
        (f"sk-proj-{FIGURES}", FIGURES),
        (f"xai-{FIGURES}{FIGURES}", FIGURES),
        ("AIza" + "Sy0123456789abcdefghijklmnopqrstuvw", "Sy0123456789"),
        (f"https://x.example/v1?key=AIza{'a1' * 17}b", "a1a1a1"),
        (f"hf_{FIGURES} and gh" + f"p_{FIGURES}", FIGURES),
        ("AKIA" + "ABCDEFGH01234567", "ABCDEFGH01234567"),
        (f"Authorization: Bearer {FIGURES}", FIGURES),
        ("{'authorization': 'Basic dXNlcjpwYXNzd29yZA=='}", "dXNlcjpwYXNzd29yZA"),
        (f"headers={{'x-api-key': '{FIGURES}'}}", FIGURES),
        (f"[(b'x-goog-api-key', b'{FIGURES}')]", FIGURES),
        ("postgresql+psycopg://anna:pass word1@db.example/x".replace(" ", ""), "password1"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----", "MIIE"),
    ],
)  # fmt: skip
def test_a_key_is_hidden_by_its_shape(text: str, secret: str) -> None:
    assert secret in text
    assert secret not in redact(text)
    assert HIDDEN in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "RateLimited: The OpenAI API asks for fewer requests.",
        'File "/srv/app/ui/web/handlers.py", line 120, in _followed',
        "https://api.openai.com/v1/chat/completions answered 401",
        "d1c7f0a6d4c3b2a1908f7e6d5c4b3a29 is the hash of the evidence",
        "The key in OPENAI_API_KEY was refused.",
    ],
)
def test_what_is_no_key_is_left_as_it_is(text: str) -> None:
    assert redact(text) == text


def test_a_key_that_was_read_is_hidden_whatever_it_looks_like(tmp_path: Path) -> None:
    key = read_key("SOME_KEY", tmp_path, {"SOME_KEY": "correct horse battery"})
    assert key is not None
    assert redact("sent correct horse battery there") == f"sent {HIDDEN} there"
    know("short")
    assert redact("a short word") == "a short word"


def test_what_is_secret_in_the_settings_is_hidden_too(tmp_path: Path) -> None:
    password, address = "correct horse battery", "postgresql+psycopg://anna@db.example/x"
    given = {"SERVER__PASSWORD": password, "CONVERSATIONS__DATABASE_URL": address}
    load_settings(tmp_path, {f"COUNTERPOINT_{name}": value for name, value in given.items()})
    assert redact(f"typed {password} at {address}") == f"typed {HIDDEN} at {HIDDEN}"


def test_a_log_at_debug_holds_no_key_in_message_values_or_traceback() -> None:
    guard_output()
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    logger = logging.getLogger("a.library")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    try:
        logger.debug("sending %s", {"authorization": f"Bearer {FIGURES}"})
        try:
            int(f"401 for sk-{FIGURES}")
        except ValueError:
            logger.exception("it broke with %s", f"sk-{FIGURES}")
        logger.info("%d%% of %s", 5, "nothing")
    finally:
        logger.removeHandler(handler)
    assert FIGURES not in out.getvalue()
    assert "invalid literal" in out.getvalue()
    assert "5% of nothing" in out.getvalue()


def test_a_stream_that_hides_keys_is_otherwise_the_stream_itself() -> None:
    out = io.StringIO()
    stream = RedactedStream(out)
    assert stream.write(f"sk-{FIGURES}\n") == len(FIGURES) + 4
    stream.writelines(["a\n", f"Bearer {FIGURES}\n"])
    stream.flush()
    assert out.getvalue() == f"{HIDDEN}\na\nBearer {HIDDEN}\n"
    assert not stream.isatty()


def test_what_the_page_s_library_prints_of_a_crash_holds_no_key() -> None:
    script = (
        "import threading, traceback\n"
        "from assistant.redaction import guard_output, know\n"
        "guard_output(); know('correct horse battery')\n"
        "def run():\n"
        f"    raise RuntimeError('thread sk-{FIGURES}')\n"
        "thread = threading.Thread(target=run); thread.start(); thread.join()\n"
        "try:\n"
        f"    raise ValueError('printed sk-{FIGURES} correct horse battery')\n"
        "except ValueError:\n"
        "    traceback.print_exc()\n"
        f"raise KeyError('uncaught Bearer {FIGURES}')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    # Python shows the line that raised, too.
    for sign in ("RuntimeError", "ValueError", "KeyError"):
        assert sign in done.stderr
    assert FIGURES not in done.stderr
    assert "horse battery" not in done.stderr


def test_what_the_program_prints_of_its_own_crash_holds_no_key() -> None:
    script = (
        "from ui.cli import main as program\n"
        "def crash(*_): raise RuntimeError('crashed with sk-' + '0123456789abcdef' * 2)\n"
        "program.load_settings = crash\n"
        "program.main(['doctor'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert f"RuntimeError: crashed with {HIDDEN}" in done.stderr
