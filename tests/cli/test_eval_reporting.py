"""``eval report``, ``compare``, ``gate`` and ``card`` over runs on the disk."""

import json
from pathlib import Path

import pytest

import eval.report.build
from tests.cli.conftest import Run
from tests.support.eval_plain_metrics import METRICS
from tests.support.eval_runs import READER, make_cases, make_run, save_run

YES, NO = True, False


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with two runs; in the later one the reader lost ten questions."""
    monkeypatch.setattr(eval.report.build, "all_metrics", lambda: METRICS)
    home = tmp_path / "home"
    for run_id, right in (("run-1", [YES] * 40), ("run-2", [YES] * 30 + [NO] * 10)):
        run = make_run(
            cases=make_cases(40), entries=(READER,), right={"reader": right}, run_id=run_id
        )
        save_run(run, home)
    return home


def test_markdown_goes_to_standard_output(run: Run, runs: Path) -> None:
    result = run("--home", str(runs), "eval", "report", "run-1", "--format", "md")
    assert result.code == 0
    assert result.out.startswith(
        "# Built-in reader, 40 questions\n\nOn 40 questions Built-in reader"
    )


def test_the_latest_run_is_reported_unless_one_is_named(run: Run, runs: Path) -> None:
    result = run("--home", str(runs), "eval", "report", "--json")
    assert (result.code, result.err) == (0, "")
    assert result.value["run"] == "run-2"
    assert result.out.count("\n") == 1


def test_a_report_may_go_to_a_file(run: Run, runs: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.json"
    result = run(
        "--home", str(runs), "eval", "report", "run-1", "--format", "json", "--out", str(out)
    )
    assert (result.code, result.out) == (0, f"{out}\n")
    assert json.loads(out.read_text())["run"] == "run-1"


def test_limits_put_a_card_into_the_report(run: Run, runs: Path) -> None:
    result = run("--home", str(runs), "eval", "report", "run-1", "--json", "--stays-here")
    assert result.value["card"]["choices"][0]["standing"] == "remains"


def test_a_file_that_cannot_be_written_is_two_lines(run: Run, runs: Path, tmp_path: Path) -> None:
    out = tmp_path / "a-file"
    out.write_text("")
    result = run("--home", str(runs), "eval", "report", "--format", "md", "--out", str(out / "x"))
    assert (result.code, result.out) == (1, "")
    assert len(result.err.splitlines()) == 2


def test_what_only_html_can_do_is_wrong_usage_of_another_form(run: Run, runs: Path) -> None:
    assert run("--home", str(runs), "eval", "report", "--format", "md", "--open").code == 2
    assert run("--home", str(runs), "eval", "report", "--format", "md", "--json").code == 2


def test_a_comparison_lists_what_got_worse(run: Run, runs: Path) -> None:
    result = run("--home", str(runs), "eval", "compare", "run-1", "run-2")
    assert result.code == 0
    assert "Got worse, by fact_recall or correct (10):" in result.out
    as_json = run("--home", str(runs), "eval", "compare", "run-1", "run-2", "--json").value
    assert len(as_json["changes"][0]["worse"]) == 10


def test_a_run_is_not_compared_with_itself_whatever_it_is_called(run: Run, runs: Path) -> None:
    folder = runs / "runs" / "run-2"
    (runs / "link").symlink_to(folder)
    for other in ("run-2", "latest", str(folder), f"{folder}/../run-2", str(runs / "link")):
        result = run("--home", str(runs), "eval", "compare", "run-2", other)
        assert (result.code, result.out) == (1, "")
        what, cure = result.err.splitlines()
        assert "the same run, run-2" in what
        assert "counterpoint eval list" in cure


def test_two_runs_that_answered_alike_are_compared(run: Run, runs: Path) -> None:
    again = make_run(
        cases=make_cases(40), entries=(READER,), right={"reader": [YES] * 40}, run_id="run-3"
    )
    save_run(again, runs)
    result = run("--home", str(runs), "eval", "compare", "run-1", "latest")
    assert (result.code, result.err) == (0, "")


def test_the_gate_leaves_with_one_and_the_questions_that_got_worse(run: Run, runs: Path) -> None:
    result = run("--home", str(runs), "eval", "gate", "run-2", "--baseline", "run-1")
    assert result.code == 1
    assert "q-30: What is number 30?" in result.out
    assert len(result.err.splitlines()) == 2


def test_the_gate_leaves_with_nothing_where_all_held(run: Run, runs: Path) -> None:
    result = run("--home", str(runs), "eval", "gate", "run-1", "--baseline", "run-1", "--json")
    assert (result.code, result.err) == (0, "")
    assert result.value["passed"] is True


def test_a_wide_margin_lets_a_loss_pass(run: Run, runs: Path) -> None:
    arguments = ("eval", "gate", "run-2", "--baseline", "run-1", "--metric", "correct")
    assert run("--home", str(runs), *arguments, "--margin", "0.5").code == 0
    assert run("--home", str(runs), *arguments, "--margin", "1").code == 2


def test_the_card_says_what_remains(run: Run, runs: Path) -> None:
    result = run(
        "--home", str(runs), "eval", "card", "run-1", "--quality", "0.8", "--cost", "5",
        "--stays-here",
    )  # fmt: skip
    assert result.code == 0
    assert result.out.startswith("Built-in reader surely keeps to all limits.")


def test_a_card_without_a_limit_is_two_lines(run: Run, runs: Path) -> None:
    result = run("--home", str(runs), "eval", "card", "run-1")
    assert (result.code, result.out) == (1, "")
    assert len(result.err.splitlines()) == 2


def test_a_run_that_is_not_there_is_two_lines(run: Run, runs: Path) -> None:
    for arguments in (["report", "run-9"], ["compare", "run-1", "run-9"], ["card", "run-9"]):
        result = run("--home", str(runs), "eval", *arguments)
        assert (result.code, result.out) == (1, "")
        assert "run-9" in result.err
