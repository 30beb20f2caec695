"""``counterpoint ask`` with one side, with two, and before anything is sent."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.support.vendor_server import Script, VendorServer

pytestmark = pytest.mark.model

PHI = "Who makes Phi-3 and is it proprietary?"
COMMAND = (sys.executable, "-m", "ui.cli.main")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[VendorServer]:
    """A vendor's stand-in, with its key set and its address given to two backends."""
    with VendorServer(scripts=(Script(reply=None),)) as running:
        for name, wire in (("CLAUDE-SONNET", "anthropic"), ("LLAMA3.2", "ollama")):
            monkeypatch.setenv(f"COUNTERPOINT_BASE_URLS__{name}", running.base_url(wire))
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-canary-1")
        yield running


def test_two_sides_answer_the_same_prompt_and_both_receipts_say_so(
    run: Run, built_home: Path, server: VendorServer
) -> None:
    value = run(
        "ask", PHI, "--json", "--home", str(built_home),
        "--backend", "llama3.2", "--backend", "claude-sonnet",
    ).value  # fmt: skip
    receipts = [answer["receipt"] for answer in value["answers"]]
    assert [answer["backend"] for answer in value["answers"]] == ["llama3.2", "claude-sonnet"]
    assert len({receipt["prompt_hash"] for receipt in receipts}) == 1
    assert receipts[0]["prompt_hash"]
    assert {receipt["evidence_hash"] for receipt in receipts} == {value["evidence"]["hash"]}
    assert len(server.questions) == 2


def test_two_sides_are_printed_one_below_the_other_in_the_order_they_were_named(
    run: Run, built_home: Path, server: VendorServer
) -> None:
    server.play(Script(reply=None, tokens_per_s=200))
    result = run(
        "ask", PHI, "--home", str(built_home),
        "--backend", "claude-sonnet", "--backend", "reader",
    )  # fmt: skip
    assert result.code == 0
    first, second = result.out.index("Claude Sonnet 5.5"), result.out.index("Built-in reader")
    stand_in = result.out.index("Scripted stand-in")
    assert first < stand_in < second < result.out.index("\nSources")
    assert result.err.index("Claude Sonnet 5.5 (proprietary)") < result.err.index("Built-in reader")


def test_a_side_without_a_key_fails_alone_and_the_command_succeeds(
    run: Run, built_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    result = run(
        "ask", PHI, "--json", "--home", str(built_home),
        "--backend", "claude-sonnet", "--backend", "reader",
    )  # fmt: skip
    closed, reader = result.value["answers"]
    assert result.code == 0
    assert (closed["status"], reader["status"]) == ("failed", "finished")
    assert "ANTHROPIC_API_KEY" in closed["error"]["cure"]
    assert "ANTHROPIC_API_KEY" in result.err


def test_a_preview_sends_nothing_and_is_what_is_sent_afterwards(
    run: Run, built_home: Path, server: VendorServer
) -> None:
    where = ("--json", "--home", str(built_home), "--backend", "claude-sonnet")
    preview = run("ask", PHI, "--preview", *where).value
    assert server.requests == []
    answer = run("ask", PHI, *where).value["answers"][0]
    assert preview["prompt_hash"] == answer["receipt"]["prompt_hash"]
    assert preview["sides"][0]["bytes_sent"] == answer["receipt"]["bytes_sent"]
    assert preview["sides"][0]["destination"] == f"127.0.0.1:{server.port}"
    body = server.questions[0].body
    assert body["messages"][-1]["content"] == preview["messages"][-1]["content"]


def test_a_preview_needs_no_key_and_names_host_size_cost_and_what_looks_personal(
    run: Run, built_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    question = "My name is Anna Smith. Who makes Phi-3?"
    result = run(
        "ask", question, "--preview", "--home", str(built_home), "--backend", "claude-sonnet"
    )
    assert result.code == 0
    for part in ("api.anthropic.com", "bytes", "USD 0.", "undated price", "privacy.claude.com",
                 "name: Anna Smith", "[system]", question, "Nothing was sent"):  # fmt: skip
        assert part in result.out


def test_previews_of_several_questions_come_one_a_line(
    run: Run, built_home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lines = tmp_path / "questions.jsonl"
    lines.write_text('{"question": "Who makes Phi-3?"}\n{"question": "Who makes Grok?"}\n')
    with lines.open() as questions:
        monkeypatch.setattr(sys, "stdin", questions)
        result = run("ask", "-", "--preview", "--home", str(built_home), "--backend", "reader")
    assert [line.startswith('{"question": "Who makes') for line in result.out.splitlines()] == [
        True,
        True,
    ]


@pytest.mark.usefixtures("heeds_ctrl_c")
def test_ctrl_c_keeps_what_was_printed_and_closes_both_sides(
    built_home: Path, server: VendorServer
) -> None:
    server.play(Script(stall_after=2))
    process = subprocess.Popen(
        [*COMMAND, "ask", PHI, "--home", str(built_home), "--backend", "claude-sonnet",
         "--backend", "llama3.2"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert process.stdout is not None
    said = ""
    while "is made" not in said:
        said += process.stdout.read(1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert server.wait_until_left()
