"""The folder of a run: what is written comes back, whatever happened to its last line."""

import json
import os
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from eval.runs.errors import RunBusy, RunDamaged, RunMissing, RunTooNew
from eval.runs.folder import EVIDENCE, PID, PLAN, ROWS, RunFolder, create_run, open_run
from eval.runs.lines import Began, Line, PutOff, Sent
from eval.runs.listing import list_runs
from eval.runs.records import Alteration, FrozenEvidence, Row
from eval.runs.row_writer import alone
from eval.runs.spending import spent_on
from tests.support.eval_runs import WrittenRun, make_run


@pytest.fixture
def written() -> WrittenRun:
    return make_run(questions=6)


def made(home: Path, written: WrittenRun, run_id: str = "20261124-051500-aaaa") -> RunFolder:
    plan = written.plan.model_copy(update={"id": run_id})
    return create_run(home, plan, written.frozen().values())


def sent(row: Row, attempt: int = 1, most: float | None = 0.5) -> Sent:
    return Sent(row.key, row.position, attempt, row.asked_at, most)


def append(folder: RunFolder, *lines: Line) -> None:
    with folder.appending() as writer:
        for line in lines:
            writer.append(line)


def began() -> Began:
    return Began("2026-11-24T05:00:00+00:00", 4, "0.1.0")


def test_plan_evidence_and_rows_come_back_as_they_were(home: Path, written: WrittenRun) -> None:
    changed = FrozenEvidence("x", "counterfactual", None, "no fact", (Alteration("7 B", "9 B"),))
    folder = create_run(home, written.plan, [*written.frozen().values(), changed])
    append(folder, *written.rows())
    again = open_run(home, written.plan.id)
    assert again.plan == written.plan
    assert again.frozen() == {**written.frozen(), ("x", "counterfactual"): changed}
    for row, before in zip(again.rows(), written.rows(), strict=True):
        said = (row.answer.error, before.answer.error)
        assert [str(error) for error in said] == [str(said[1])] * 2
        assert replace(row, answer=replace(row.answer, error=None)) == replace(
            before, answer=replace(before.answer, error=None)
        )


def test_a_last_line_that_was_half_written_is_cut_off_and_the_rest_stands(
    home: Path, written: WrittenRun
) -> None:
    folder = made(home, written)
    first, second, *_ = written.rows()
    append(folder, first, second)
    file = folder.path / ROWS
    whole = file.read_bytes()
    for cut in (1, 40, len(whole) // 3):
        file.write_bytes(whole[:-cut])
        assert [row.key for row in folder.rows()] == [first.key]
    append(folder, second)
    assert file.read_bytes() == whole


def test_a_damaged_line_in_the_middle_is_named(home: Path, written: WrittenRun) -> None:
    folder = made(home, written)
    append(folder, *written.rows()[:3])
    file = folder.path / ROWS
    first, _, third = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(first + b'{"row":{"key":\n' + third)
    with pytest.raises(RunDamaged) as caught:
        folder.rows()
    assert caught.value.what == f"Line 2 of {file} cannot be read."
    with pytest.raises(RunDamaged), folder.appending():
        pass
    assert file.read_bytes() == first + b'{"row":{"key":\n' + third


def test_evidence_that_is_not_what_was_hashed_is_noticed(home: Path, written: WrittenRun) -> None:
    folder = made(home, written)
    file = folder.path / EVIDENCE
    file.write_text(file.read_text("utf-8").replace("mild", "wild", 1), "utf-8")
    with pytest.raises(RunDamaged, match="Line 1 of"):
        folder.frozen()


def test_a_run_of_a_newer_form_is_refused_and_a_plan_that_is_none_is_named(
    home: Path, written: WrittenRun
) -> None:
    folder = made(home, written)
    file = folder.path / PLAN
    plan = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps({**plan, "form": 2, "new": 1}), "utf-8")
    with pytest.raises(RunTooNew):
        open_run(home, "latest")
    for damage in ("{", "[]", json.dumps({**plan, "cases": []})):
        file.write_text(damage, "utf-8")
        with pytest.raises(RunDamaged):
            open_run(home, "latest")


def test_a_run_is_found_by_its_id_its_beginning_latest_and_its_path(
    home: Path, written: WrittenRun
) -> None:
    with pytest.raises(RunMissing, match="no run yet"):
        open_run(home, "latest")
    first, second = made(home, written), made(home, written, "20261124-061500-bbbb")
    for name in ("20261124-05", first.plan.id, first.path, str(first.path)):
        assert open_run(home, name).plan == first.plan
    assert open_run(home, "latest").plan == second.plan
    with pytest.raises(RunMissing, match="2 runs"):
        open_run(home, "20261124")
    for name in ("x", "", home):
        with pytest.raises(RunMissing):
            open_run(home, name)


def test_one_process_writes_and_others_see_that_it_does(home: Path, written: WrittenRun) -> None:
    folder = made(home, written)
    assert not folder.is_running
    with folder.appending():
        assert folder.is_running
        assert (folder.path / PID).read_text("ascii") == f"{os.getpid()}\n"
        assert [summary.is_running for summary in list_runs(home)] == [True]
        with pytest.raises(RunBusy), open_run(home, "latest").appending():
            pass
    assert not folder.is_running


def test_who_begins_while_another_looks_whether_it_runs_is_not_refused(
    home: Path, written: WrittenRun
) -> None:
    folder = made(home, written)
    looking = FileLock(folder.path / "run.lock", thread_local=False)
    looking.acquire()
    has_looked = threading.Timer(0.1, looking.release)
    has_looked.start()
    append(folder, *written.rows())
    has_looked.join()
    assert len(folder.rows()) == len(written.rows())


def test_a_right_is_waited_for_as_long_as_is_said_and_then_refused_with_the_cure(
    tmp_path: Path,
) -> None:
    lock = tmp_path / "some.lock"
    with FileLock(lock):
        for wait_s in (0.0, 0.05):
            began_s = time.monotonic()
            with (
                pytest.raises(RunBusy, match=r"It is busy\. End it\."),
                alone(lock, "It is busy.", "End it.", wait_s=wait_s),
            ):
                pass
            assert time.monotonic() - began_s >= wait_s
    with alone(lock, "It is busy."):
        pass


def test_attempts_that_never_ended_are_lost_once_their_process_is_gone(
    home: Path, written: WrittenRun
) -> None:
    folder = made(home, written)
    one, two, three, *_ = written.rows()
    append(folder, began(), sent(one), one, sent(two), began(), sent(two, 2), sent(three, 1, 0.0))
    assert folder.lost == 3
    with folder.appending():
        assert folder.lost == 1, "the last two may still be answered"
    append(folder, PutOff(two.key, 2, "Too many requests.", 3.0))
    assert folder.lost == 2
    journal = folder.journal()
    assert journal.attempts == {one.key: 1, two.key: 2, three.key: 1}
    spent = spent_on(journal)
    known = one.answer.receipt.money.amount or 0.0
    assert spent.known == pytest.approx(known)
    assert (spent.at_most, spent.unknown) == (pytest.approx(known + 0.5), 1)


def test_a_later_attempt_replaces_a_failed_answer_and_both_are_paid(
    home: Path, written: WrittenRun
) -> None:
    folder = made(home, written)
    failed = next(row for row in written.rows() if row.answer.error)
    better = next(r for r in written.rows() if r.key.backend == "stand-in" and not r.answer.error)
    again = replace(better, key=failed.key, position=failed.position, attempt=2)
    append(folder, began(), sent(failed), failed, sent(failed, 2), again)
    assert [row.attempt for row in folder.rows()] == [2]
    journal = folder.journal()
    assert [row.attempt for row in journal.replaced] == [1]
    amount = better.answer.receipt.money.amount or 0.0
    spent = spent_on(journal)
    assert (spent.known, spent.is_at_least) == (pytest.approx(amount), True)
    assert spent.at_most == pytest.approx(amount + 0.5)


def test_the_list_tells_how_each_run_stands_and_survives_one_that_cannot_be_read(
    home: Path, written: WrittenRun
) -> None:
    whole, broken = made(home, written), made(home, written, "20261124-061500-bbbb")
    append(whole, *written.rows())
    (broken.path / PLAN).write_text("{", "utf-8")
    bad, good = list_runs(home)
    assert (bad.id, bad.error[:8]) == (broken.plan.id, "The plan")
    assert good.is_whole
    assert (good.answered, good.wanted, good.failed) == (12, 12, 1)
    assert good.contestants == ("Built-in reader", "Stand-in")


def test_a_run_is_there_whole_or_not_at_all(home: Path, written: WrittenRun) -> None:
    def breaks() -> object:
        yield next(iter(written.frozen().values()))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        create_run(home, written.plan, breaks())  # type: ignore[arg-type]
    assert list((home / "runs").iterdir()) == []
