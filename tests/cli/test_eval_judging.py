"""``eval judge``: a judge is measured, judges a run, and stands in the report only when proven."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import eval.report.build
from tests.cli.conftest import Run
from tests.contract.test_judge import labelled, longer
from tests.support.eval_plain_metrics import METRICS
from tests.support.eval_runs import make_run, save_run
from tests.support.judge_server import JudgeServer, biased, consistent, gullible, judge_server

OWN = """
[[backend]]
id = "judge"
label = "My judge"
kind = "proprietary"
adapter = "openai-compatible"
provider = "your own"
model = "judge-1"
context_window_tokens = 8000
max_output_tokens = 500
licence = "-"
weights_available = false
base_url = "{url}"
price = {{ input = 10.0, output = 20.0, source = "a test" }}
data = {{ training = "", retention = "" }}
"""


@pytest.fixture
def server() -> Iterator[JudgeServer]:
    with judge_server(consistent) as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, server: JudgeServer, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with a run, labelled pairs, and a judge of the user's own."""
    monkeypatch.setattr(eval.report.build, "all_metrics", lambda: METRICS)
    home = tmp_path / "home"
    save_run(make_run(questions=12, run_id="run-1"), home)
    (home / "backends.toml").write_text(OWN.format(url=server.url))
    (home / "pairs.jsonl").write_text("\n".join(p.model_dump_json() for p in labelled()))
    return home


def calibrate(run: Run, home: Path, *more: str) -> object:
    pairs = str(home / "pairs.jsonl")
    return run("eval", "judge", "--backend", "judge", "--pairs", pairs, "--home", str(home), *more)


def test_a_judge_is_measured_judges_and_is_in_the_report(
    run: Run, home: Path, server: JudgeServer
) -> None:
    said = calibrate(run, home)
    assert said.code == 0
    assert "My judge on 41 pairs (1 that people called a tie are left out)" in said.out
    assert "40 of 40 = 1.000" in said.out
    assert "may be shown: yes" in said.out
    before = run("eval", "report", "run-1", "--format", "md", "--home", str(home))
    assert "A model as judge" not in before.out
    server.player = longer
    judged = run("eval", "judge", "--backend", "judge", "--run", "run-1", "--home", str(home))
    assert judged.code == 0
    assert "Built-in reader against Stand-in" in judged.out
    told = run("eval", "report", "run-1", "--format", "md", "--home", str(home))
    assert "## A model as judge" in told.out
    (one,) = run("eval", "report", "run-1", "--json", "--home", str(home)).value["judged"]
    assert one["calibration"]["judge"]["count"] == 40
    again = run(
        "eval", "judge", "--backend", "judge", "--run", "run-1", "--json", "--home", str(home)
    )
    assert again.value == one


@pytest.mark.parametrize(
    ("player", "why"),
    [(biased, "not better than counting words"), (gullible, "does what an answer tells it")],
)
def test_a_judge_that_did_not_prove_itself_judges_no_run(
    run: Run, home: Path, server: JudgeServer, player: object, why: str
) -> None:
    server.player = player  # type: ignore[assignment]
    measured = calibrate(run, home, "--json")
    assert measured.value["may_be_shown"] is False
    refused = run("eval", "judge", "--backend", "judge", "--run", "run-1", "--home", str(home))
    assert refused.code == 1
    assert why in refused.err
    told = run("eval", "report", "run-1", "--json", "--home", str(home))
    assert told.value["judged"] == []


def test_what_cannot_judge_is_said_in_two_lines(run: Run, home: Path) -> None:
    never = run("eval", "judge", "--backend", "judge", "--run", "run-1", "--home", str(home))
    assert never.code == 1
    assert never.err.count("\n") == 2
    assert "eval judge --backend judge --pairs FILE" in never.err
    for backend in ("reader", "nobody"):
        pairs = str(home / "pairs.jsonl")
        refused = run("eval", "judge", "--backend", backend, "--pairs", pairs, "--home", str(home))
        assert (refused.code, refused.err.count("\n")) == (1, 2)
    (home / "pairs.jsonl").write_text(json.dumps({"id": "x"}))
    broken = calibrate(run, home)
    assert (broken.code, broken.err.count("\n")) == (1, 2)
    assert "Line 1 of pairs.jsonl is not a pair" in broken.err
    assert run("eval", "judge", "--backend", "judge", "--home", str(home)).code == 2
