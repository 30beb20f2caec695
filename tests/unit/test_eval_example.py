"""The example that comes along: recorded, small, and named as what it is."""

from pathlib import Path

import pytest

from eval.example import BACKENDS, write_example
from eval.report.build import build_report
from eval.runs.folder import open_run
from tests.support.eval_plain_metrics import METRICS
from tests.support.eval_runs import make_run, save_run

EXAMPLE = Path(__file__).parents[2] / "docs" / "example-report"
MOST_BYTES = 1_000_000


def test_a_run_is_written_with_its_reports_and_with_what_it_is(tmp_path: Path) -> None:
    folder = save_run(make_run(questions=4, run_id="run-1"), tmp_path / "home")
    out = tmp_path / "example"
    write_example(folder, build_report(folder, METRICS), out)
    assert (out / "report.html").read_text("utf-8").startswith("<!doctype html>")
    assert (out / "report.md").read_text("utf-8").startswith("# ")
    assert "4 questions of the set" in (out / "README.md").read_text("utf-8")
    kept = open_run(tmp_path, out / "run")
    assert kept.plan == folder.plan
    said = [[(row.key, row.answer.text) for row in run.rows()] for run in (kept, folder)]
    assert said[0] == said[1]
    assert len(said[0]) == 8


@pytest.fixture(scope="module")
def readme() -> str:
    return (EXAMPLE / "README.md").read_text("utf-8")


def test_the_example_is_a_whole_run_of_the_three_backends() -> None:
    run = open_run(EXAMPLE, EXAMPLE / "run")
    assert tuple(one.entry.id for one in run.plan.contestants) == BACKENDS
    assert [one.stand_in for one in run.plan.contestants] == [False, False, True]
    assert len(run.rows()) == run.wanted == 3 * len(run.plan.cases)


def test_the_example_says_that_no_vendor_answered(readme: str) -> None:
    assert "No vendor's model" in readme
    assert "SmolLM2" in readme
    assert "python -m eval.example" in readme
    for name in ("report.html", "report.md"):
        assert "stood in for a vendor" in (EXAMPLE / name).read_text("utf-8")


def test_the_example_is_small_and_names_no_place_of_the_machine_that_made_it() -> None:
    files = [file for file in EXAMPLE.rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in files) < MOST_BYTES
    for file in files:
        text = file.read_text("utf-8")
        assert "/home/" not in text, file.name
        assert "/tmp/" not in text, file.name
