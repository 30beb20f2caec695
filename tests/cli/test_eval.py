"""``counterpoint eval run`` and ``eval list``."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from eval.runs.folder import open_run
from eval.runs.records import MODES
from tests.cli.conftest import Run
from tests.support.vendor_server import Script, VendorServer
from tests.support.wires import Counts, Reply
from ui.cli import evaluating_parser

pytestmark = pytest.mark.model

COMMAND = (sys.executable, "-m", "ui.cli.main")
ROOT = Path(__file__).parents[2]
PAID = Script(Reply(("It is so ", "[1]."), Counts(1000, 50, cached=0)))
BOTH = ("--backend", "reader", "--backend", "claude-sonnet")


@pytest.fixture
def own(tmp_path: Path, built_home: Path) -> Path:
    """A home with an index and no run."""
    return Path(shutil.copytree(built_home, tmp_path / "own"))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[VendorServer]:
    with VendorServer(scripts=(PAID,)) as running:
        monkeypatch.setenv("COUNTERPOINT_BASE_URLS__CLAUDE-SONNET", running.base_url("anthropic"))
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-canary")
        yield running


def test_a_dry_run_tells_tokens_and_money_and_neither_asks_nor_writes(
    run: Run, own: Path, server: VendorServer
) -> None:
    said = run("eval", "run", *BOTH, "--limit", "5", "--dry-run", "--json", "--home", str(own))
    assert said.code == 0
    reader, claude = said.value["backends"]
    assert (reader["cost_most"], reader["questions"]) == (0.0, 5)
    assert 0 < claude["cost_usual"] < claude["cost_most"]
    assert 0 < claude["input_tokens_usual"] < claude["input_tokens_most"]
    told = run("eval", "run", *BOTH, "--limit", "5", "--dry-run", "--home", str(own))
    assert "Claude Sonnet" in told.out
    assert "5 questions (the set that comes along), evidence: own; seed 0." in told.err
    assert server.requests == []
    assert not (own / "runs").exists()


def test_a_dry_run_needs_no_key_and_knows_no_most_of_repeats(run: Run, own: Path) -> None:
    said = run(
        "eval", "run", *BOTH, "--limit", "2", "--repeat", "9", "--seed", "7", "--mode", "own",
        "--mode", "oracle", "--dry-run", "--json", "--home", str(own),
    )  # fmt: skip
    assert said.code == 0
    wanted = {"questions": 2, "repeats": 9, "seed": 7, "modes": ["own", "oracle"]}
    assert {name: said.value[name] for name in wanted} == wanted


def test_money_is_not_spent_in_a_script_before_it_was_agreed(
    run: Run, own: Path, server: VendorServer
) -> None:
    refused = run("eval", "run", *BOTH, "--limit", "2", "--home", str(own))
    assert refused.code == 1
    assert "This run is expected to cost $" in refused.err
    assert "--yes" in refused.err
    assert server.requests == []
    agreed = run("eval", "run", *BOTH, "--limit", "2", "--yes", "--json", "--home", str(own))
    assert agreed.code == 0
    value = agreed.value
    assert (value["answered"], value["wanted"], value["whole"]) == (4, 4, True)
    assert value["cost"] > 0
    assert not value["cost_at_least"]
    assert len(server.questions) == 2


def test_both_kinds_are_compared_without_a_key_and_without_agreeing_to_invented_money(
    run: Run, own: Path
) -> None:
    done = run(
        "eval", "run", "--backend", "reader", "--backend", "stand-in", "--limit", "3",
        "--mode", "own", "--mode", "oracle", "--home", str(own),
    )  # fmt: skip
    assert done.code == 0
    folder = open_run(own, "latest")
    assert f"Report: counterpoint eval report {folder.plan.id}" in done.out
    assert [c.stand_in for c in folder.plan.contestants] == [False, True]
    listed = run("eval", "list", "--json", "--home", str(own)).value
    assert [(one["id"], one["whole"]) for one in listed] == [(folder.plan.id, True)]
    assert "whole" in run("eval", "list", "--home", str(own)).out
    again = run("eval", "run", "--resume", "--json", "--home", str(own))
    assert (again.code, again.value["run"]) == (0, folder.plan.id)


def test_own_questions_and_slices_are_taken_and_wrong_ones_are_named(
    run: Run, own: Path, tmp_path: Path
) -> None:
    line = {
        "id": "one",
        "slice": "lookup",
        "question": "Who makes Phi-3?",
        "facts": [["Microsoft"]],
    }
    file = tmp_path / "mine.jsonl"
    file.write_text(json.dumps(line) + "\n", "utf-8")
    base = ("eval", "run", "--backend", "reader", "--json", "--home", str(own))
    done = run(*base, "--cases", str(file))
    assert (done.code, done.value["answered"]) == (0, 1)
    assert open_run(own, "latest").plan.cases_name == "mine.jsonl"
    assert "“price”" in run(*base, "--cases", str(file), "--slice", "price").err
    sliced = run(*base, "--slice", "price", "--limit", "2", "--dry-run")
    assert sliced.value["questions"] == 2
    assert run(*base, "--cases", str(tmp_path / "none.jsonl")).code == 1


def test_what_is_not_said_right_is_refused_as_wrong_usage(run: Run, own: Path) -> None:
    for wrong in (
        ("--resume", "--backend", "reader"),
        ("--resume", "--dry-run"),
        ("--retry-failed",),
        ("--max-cost", "nan"),
        ("--max-cost", "-1"),
        ("--mode", "best"),
        ("--seed", "x"),
    ):
        said = run("eval", "run", *wrong, "--home", str(own))
        assert said.code == 2, wrong
    assert evaluating_parser.MODES == MODES


def test_without_a_key_it_is_said_how_to_compare_all_the_same(run: Run, own: Path) -> None:
    said = run("eval", "run", "--limit", "1", "--home", str(own))
    assert said.code == 1
    assert "No proprietary backend can answer" in said.err
    assert "--backend reader --backend stand-in" in said.err
    missing = run("eval", "run", *BOTH, "--limit", "1", "--yes", "--home", str(own))
    assert missing.code == 1
    assert "ANTHROPIC_API_KEY" in missing.err


def test_a_backend_that_refuses_its_key_is_one_message_and_the_other_goes_on(
    run: Run, own: Path, server: VendorServer
) -> None:
    server.play(Script(fault="auth"))
    said = run("eval", "run", *BOTH, "--limit", "6", "--yes", "--json", "--home", str(own))
    assert said.code == 1
    assert said.err.count("was asked no further") == 1
    assert "--resume" in said.err
    assert [side["answers"] for side in said.value["backends"]] == [6, 0]


def test_ctrl_c_leaves_what_was_answered_and_says_how_to_go_on(
    own: Path, server: VendorServer
) -> None:
    server.play(Script(PAID.reply, tokens_per_s=10))
    process = subprocess.Popen(
        [*COMMAND, "eval", "run", *BOTH, "--limit", "16", "--yes", "--concurrency", "1",
         "--home", str(own)],
        cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ),
    )  # fmt: skip
    assert process.stderr is not None
    for line in process.stderr:
        if "answers" in line:
            break
    while len(server.questions) < 2 and process.poll() is None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.02)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    folder = open_run(own, "latest")
    assert f"counterpoint eval run --resume {folder.plan.id}" in errors
    assert "Traceback" not in errors
    assert 0 < len(folder.rows()) < folder.wanted
    assert folder.lost == 0
