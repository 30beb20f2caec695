"""Which runs a page shows, how far one is, and what a browser may name."""

from dataclasses import replace
from pathlib import Path

import pytest

from eval.runs.errors import RunMissing
from eval.runs.folder import PROGRESS, RUNS, RunFolder
from eval.runs.listing import running_run
from eval.runs.progress import progress_in
from tests.support.eval_runs import make_run, save_run
from tests.support.scripted_assistant import ScriptedAssistant
from ui.web.runs import Runs

RUN = "20261124-050000-aaaa"
OWN = "20261124-060000-bbbb"
TOLD = """{"done": 3, "total": 12, "failed": 1, "seconds": 4.5, "cost": 0.02,
 "cost_at_least": false, "left_s": null, "now": "asking", "at": "2026-11-24T05:00:00+00:00",
 "by_backend": {"stand-in": {"label": "Stand-in", "done": 3, "failed": 1, "total": 6,
 "stopped": "The key was refused.", "resting_s": 0.0}}}"""


@pytest.fixture
def assistant(tmp_path: Path) -> ScriptedAssistant:
    return ScriptedAssistant(tmp_path)


def saved(home: Path, run_id: str = RUN, *, cases_name: str | None = None) -> RunFolder:
    written = make_run(questions=6, run_id=run_id)
    if cases_name is not None:
        written = replace(written, plan=written.plan.model_copy(update={"cases_name": cases_name}))
    return save_run(written, home)


def open_runs(assistant: ScriptedAssistant, *, is_shared: bool = False) -> Runs:
    return Runs(assistant, is_shared=is_shared)  # type: ignore[arg-type]


def test_the_latest_run_comes_first(assistant: ScriptedAssistant) -> None:
    saved(assistant.home)
    saved(assistant.home, OWN)
    listed = open_runs(assistant).listed()
    assert [each.summary.id for each in listed] == [OWN, RUN]
    assert listed[0].summary.questions == 6
    assert listed[0].why == ()


def test_a_page_that_others_see_shows_no_run_over_questions_of_somebodys_own(
    assistant: ScriptedAssistant,
) -> None:
    saved(assistant.home)
    own = saved(assistant.home, OWN, cases_name="salaries.jsonl")
    alone, shared = open_runs(assistant), open_runs(assistant, is_shared=True)
    assert [each.summary.id for each in alone.listed()] == [OWN, RUN]
    assert alone.folder(OWN).plan.cases_name == "salaries.jsonl"
    assert [each.summary.id for each in shared.listed()] == [RUN]
    assert shared.folder(RUN).plan.id == RUN
    with pytest.raises(RunMissing):
        shared.folder(OWN)
    with own.appending():
        live = shared.live()
        assert live is not None
        assert (live.run_id, live.progress, live.is_here) == ("", None, False)
        live = alone.live()
        assert live is not None
        assert live.run_id == OWN


@pytest.mark.parametrize(
    "name", ["", ".", "..", f"../runs/{RUN}", f"{RUN}/", "latest", RUN[:8], "/etc", f"{RUN}\0"]
)
def test_nothing_but_the_whole_id_of_a_run_opens_one(
    assistant: ScriptedAssistant, name: str
) -> None:
    saved(assistant.home)
    with pytest.raises(RunMissing):
        open_runs(assistant).folder(name)


def test_a_run_that_another_process_asks_shows_its_progress(assistant: ScriptedAssistant) -> None:
    folder = saved(assistant.home)
    runs = open_runs(assistant)
    assert runs.live() is None
    (folder.path / PROGRESS).write_text(TOLD, encoding="utf-8")
    with folder.appending():
        live = runs.live()
        assert live is not None
        assert (live.run_id, live.is_here, live.has_stand_in) == (RUN, False, True)
        assert live.progress is not None
        assert (live.progress.done, live.progress.by_backend["stand-in"].total) == (3, 6)
    assert runs.live() is None


def test_a_run_whose_process_is_gone_is_stopped_though_its_number_is_still_there(
    assistant: ScriptedAssistant,
) -> None:
    folder = saved(assistant.home)
    (folder.path / "run.pid").write_text("1\n")
    assert running_run(assistant.home) is None
    with folder.appending():
        assert running_run(assistant.home) == RUN


def test_why_a_run_is_not_whole_is_read_from_its_folder(assistant: ScriptedAssistant) -> None:
    folder = saved(assistant.home)
    rows = folder.path / "rows.jsonl"
    rows.write_text("".join(rows.read_text("utf-8").splitlines(keepends=True)[:5]), "utf-8")
    (folder.path / PROGRESS).write_text(TOLD, encoding="utf-8")
    (listed,) = open_runs(assistant).listed()
    assert listed.why == ("Stand-in was asked no further. The key was refused.",)


def test_a_damaged_run_is_in_the_list_and_says_so(assistant: ScriptedAssistant) -> None:
    folder = saved(assistant.home)
    (folder.path / "run.json").write_text("{", encoding="utf-8")
    (listed,) = open_runs(assistant).listed()
    assert "cannot be read" in listed.why[0]
    assert (assistant.home / RUNS / RUN).is_dir()


@pytest.mark.parametrize("said", [None, {}, {"done": "many"}, {"done": 1, "by_backend": []}])
def test_what_is_no_progress_is_none(said: dict[str, object] | None) -> None:
    assert progress_in(said) is None
