"""The command line in hands that are not kind to it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from corpus.errors import InputError
from tests.cli.conftest import Run
from ui.cli.questions import read_questions

FULL = Path("/dev/full")
# As an installed command runs, with descriptors that a test within this process cannot close.
COMMAND = (sys.executable, "-m", "ui.cli.main")
ROOT = Path(__file__).parents[2]


def in_shell(line: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a shell line in which ``"$@"`` is the command with its arguments."""
    return subprocess.run(
        ["bash", "-c", line, "bash", *COMMAND, *arguments],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_a_reader_that_leaves_early_ends_the_command_quietly() -> None:
    done = in_shell('"$@" | true; echo "${PIPESTATUS[0]}"', "corpus", "list", "--json")
    assert (done.stdout, done.stderr) == ("0\n", "")


@pytest.mark.skipif(not FULL.exists(), reason="no device that is always full")
def test_output_that_cannot_be_written_is_said_in_two_lines() -> None:
    done = in_shell(f'"$@" >{FULL}', "corpus", "list")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 2
    assert "cannot be written" in done.stderr


def test_a_closed_output_is_no_error() -> None:
    done = in_shell('"$@" >&-', "corpus", "list")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_closed_input_is_said_in_two_lines(home: Path) -> None:
    done = in_shell('"$@" <&-', "retrieve", "-", "--home", str(home))
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 2
    assert "standard input" in done.stderr


def test_json_is_utf_8_whatever_the_machine_prefers() -> None:
    done = in_shell('PYTHONIOENCODING=ascii "$@"', "models", "list", "--json")
    assert json.loads(done.stdout)
    assert done.stderr == ""


def test_the_home_may_be_named_before_the_command(run: Run, tmp_path: Path) -> None:
    before = run("--home", str(tmp_path / "a"), "index", "status", "--json")
    assert before.value["state"] == "missing"
    assert run("--home", "/nowhere", "doctor", "--home", str(tmp_path), "--json").code != 2


def test_the_version_is_told(run: Run) -> None:
    result = run("--version")
    assert result.code == 0
    assert result.out.startswith("counterpoint ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("corpus", "list", "--home", ""), "must name a folder"),
        (("serve", "--port", "99999"), "from 0 to 65,535"),
        (("serve", "--port", "-1"), "from 0 to 65,535"),
        (("retrieve", "x", "-k", "many"), "a whole number from 1"),
        (("retrieve", "x", "-k", "9" * 5000), "a whole number from 1"),
        (("corpus", "list", "--js"), "unrecognized"),
    ],
)
def test_a_wrong_argument_is_explained(run: Run, arguments: tuple[str, ...], said: str) -> None:
    result = run(*arguments)
    assert result.code == 2
    assert said in result.err


def test_a_home_that_is_a_file_is_named_as_such(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("not a folder")
    result = run("index", "status", "--home", str(file))
    assert result.code == 1
    assert "is not a folder" in result.err


def test_a_model_of_no_sound_name_is_refused_in_two_lines(run: Run, home: Path) -> None:
    result = run("models", "pull", "../../etc/passwd", "--home", str(home))
    assert result.code == 1
    assert len(result.err.splitlines()) == 2


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "[1]",
        "null",
        '"Who makes Grok?"',
        '{"history": []}',
        '{"question": null}',
        '{"question": 5}',
        '{"question": ["a"]}',
        '{"question": "a", "history": "b"}',
        '{"question": "a", "history": {"question": "b"}}',
        '{"question": "a", "history": [null]}',
        '{"question": "a", "history": [{"role": "user"}]}',
        "[" * 100_000,
    ],
)
def test_a_line_of_another_form_is_refused_by_its_number(line: str) -> None:
    with pytest.raises(InputError, match="Line 2"):
        list(read_questions(['{"question": "a"}\n', line]))


@pytest.mark.parametrize(
    "history",
    [
        [{"question": "Who makes Grok?", "answer": "xAI."}],
        [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "Who makes Grok?"}]},
            {"role": "assistant", "content": [{"type": "text", "text": "xAI."}]},
        ],
    ],
)
def test_history_is_read_in_the_usual_forms(history: list[object]) -> None:
    line = "\ufeff" + json.dumps({"question": "And its licence?", "history": history})
    ((question, (exchange,)),) = read_questions([line])
    assert question == "And its licence?"
    assert (exchange.question, exchange.answer) == ("Who makes Grok?", "xAI.")


@pytest.mark.model
@pytest.mark.parametrize("oddity", ["\ud800", "\x00", "\u202e", "\U000e0041"])
def test_what_nobody_can_see_in_a_question_is_left_out(
    run: Run, built_home: Path, oddity: str
) -> None:
    question = f"Who makes {oddity}Phi-3?"
    result = run("ask", question, "--json", "--backend", "reader", "--home", str(built_home))
    assert result.code == 0
    assert result.value["question"] == "Who makes Phi-3?"
    assert "Microsoft" in result.value["answers"][0]["text"]
