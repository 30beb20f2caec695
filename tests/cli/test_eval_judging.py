"""``eval judge``: a judge is measured, judges a run, and stands in the report only when proven."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import eval.report.build
from tests.cli.conftest import Result, Run
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

BILLED = (100 * 10 + 10 * 20) / 1e6
"""Dollars for what the server says that a request took."""


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


def ask(run: Run, home: Path, *more: str) -> Result:
    return run("eval", "judge", "--backend", "judge", "--home", str(home), *more)


def calibrate(run: Run, home: Path, *more: str) -> Result:
    return ask(run, home, "--pairs", str(home / "pairs.jsonl"), "--yes", *more)


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
    judged = ask(run, home, "--run", "run-1", "--yes")
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


def test_a_paid_judge_is_asked_nothing_before_somebody_agreed_to_what_it_costs(
    run: Run, home: Path, server: JudgeServer
) -> None:
    pairs = str(home / "pairs.jsonl")
    refused = ask(run, home, "--pairs", pairs)
    assert refused.code == 1
    # 41 pairs and 20 of them with an instruction; each in both orders, each sent back once at most.
    assert "My judge is asked about 61 pairs: 122 to 244 requests to 127.0.0.1" in refused.err
    assert "Judging is expected to cost $" in refused.err
    assert "Agree with --yes; set a ceiling with --max-cost." in refused.err
    looked = ask(run, home, "--pairs", pairs, "--dry-run", "--json")
    assert looked.code == 0
    guess = looked.value
    assert (guess["pairs"], guess["requests_usual"]) == (61, 122)
    assert server.asked == []
    measured = calibrate(run, home, "--json")
    assert 0 < measured.value["cost"] < guess["cost_most"]
    assert len(server.asked) == 122
    del server.asked[:]
    assert ask(run, home, "--run", "run-1").code == 1
    assert ask(run, home, "--run", "run-1", "--dry-run").code == 0
    assert server.asked == []


def test_a_look_at_what_is_judged_already_is_an_estimate_of_nothing(
    run: Run, home: Path, server: JudgeServer
) -> None:
    calibrate(run, home)
    server.player = longer
    assert ask(run, home, "--run", "run-1", "--yes").code == 0
    asked = len(server.asked)
    looked = ask(run, home, "--run", "run-1", "--dry-run", "--json").value
    assert (looked["pairs"], looked["requests_most"], looked["cost_most"]) == (0, 0, 0)
    assert len(server.asked) == asked


def test_the_ceiling_of_a_judge_is_kept_and_a_higher_one_goes_on_without_paying_twice(
    run: Run, home: Path, server: JudgeServer
) -> None:
    guess = ask(run, home, "--pairs", str(home / "pairs.jsonl"), "--dry-run", "--json").value
    # Room for forty requests as they are billed, and for what the next pair may cost at most.
    ceiling = 40 * BILLED + 1.5 * guess["cost_most"] / guess["pairs"]
    stopped = calibrate(run, home, "--max-cost", f"{ceiling:.6f}")
    assert stopped.code == 1
    assert "The ceiling of" in stopped.err
    assert "higher --max-cost" in stopped.err
    asked = len(server.asked)
    assert 0 < asked < 122
    assert asked * BILLED <= ceiling
    assert not (home / "judges" / "judge.json").exists()
    whole = calibrate(run, home, "--max-cost", "100", "--json")
    assert whole.value["requests"] == len(server.asked) == 122
    assert whole.value["judge"]["count"] == 40
    again = calibrate(run, home, "--json")
    assert (again.value["requests"], len(server.asked)) == (122, 244), "measured anew"
    server.player = longer
    judged = ask(run, home, "--run", "run-1", "--yes", "--max-cost", "0.0001")
    assert judged.code == 1
    assert len(server.asked) == 244
    assert ask(run, home, "--run", "run-1", "--yes", "--max-cost", "5").code == 0


def test_a_ceiling_over_a_judge_without_a_price_is_refused(
    run: Run, home: Path, server: JudgeServer
) -> None:
    text = (home / "backends.toml").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("price")]
    (home / "backends.toml").write_text("\n".join(lines))
    refused = calibrate(run, home, "--max-cost", "1")
    assert refused.code == 1
    assert "the price of My judge is not known" in refused.err
    assert server.asked == []
