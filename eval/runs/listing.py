"""The runs of a home folder at a glance."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from corpus.errors import CounterpointError
from eval.runs.folder import EVIDENCE, PID, PLAN, ROWS, RUNS, is_locked, open_run, run_ids
from eval.runs.spending import NOTHING, Spent, spent_on

Stamps = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One run of a list.

    Attributes:
        id: its id.
        created_at: when it was planned (ISO, UTC); empty when its plan cannot be read.
        contestants: labels of the backends that are asked.
        cases_name: which question set.
        answered: how many answers there are, failed ones among them.
        failed: how many of them failed or broke off.
        wanted: how many answers a whole run has.
        is_running: whether a process asks its questions now.
        spent: what its answers cost.
        has_stand_in: whether a stand-in was asked, whose prices are invented.
        questions: how many questions there are.
        error: why it cannot be read, or empty.
    """

    id: str
    created_at: str
    contestants: tuple[str, ...]
    cases_name: str
    answered: int
    failed: int
    wanted: int
    is_running: bool
    spent: Spent
    has_stand_in: bool = False
    questions: int = 0
    error: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether every question has been asked."""
        return not self.error and self.answered >= self.wanted


def list_runs(home: Path) -> tuple[RunSummary, ...]:
    """All runs, the latest first; one that cannot be read says why."""
    return tuple(_summary(home, id_) for id_ in reversed(run_ids(home)))


def running_run(home: Path) -> str | None:
    """The id of a run that a process asks now, the latest if there are several; cheap to look."""
    for id_ in reversed(run_ids(home)):
        folder = home / RUNS / id_
        # Whoever asks leaves its number there; after a power cut the number is there alone.
        if (folder / PID).exists() and is_locked(folder):
            return id_
    return None


def _summary(home: Path, id_: str) -> RunSummary:
    try:
        folder = open_run(home, home / RUNS / id_)
        is_running = folder.is_running
        answered, failed, wanted, spent = _counts(
            folder.path,
            stamps_of(folder.path),
            is_running,
        )
    except CounterpointError as exc:
        return RunSummary(id_, "", (), "", 0, 0, 0, False, NOTHING, error=exc.what)
    plan = folder.plan
    return RunSummary(
        id=id_,
        created_at=plan.created_at,
        contestants=tuple(contestant.entry.label for contestant in plan.contestants),
        cases_name=plan.cases_name,
        answered=answered,
        failed=failed,
        wanted=wanted,
        is_running=is_running,
        spent=spent,
        has_stand_in=any(contestant.stand_in for contestant in plan.contestants),
        questions=len(plan.cases),
    )


def stamps_of(path: Path) -> Stamps:
    """Size and time of each file of a run that its results follow from."""
    return tuple(_stamp(path / name) for name in (PLAN, EVIDENCE, ROWS))


def _stamp(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except OSError:
        return 0, 0
    return found.st_size, found.st_mtime_ns


@lru_cache(maxsize=256)
def _counts(path: Path, stamps: Stamps, is_running: bool) -> tuple[int, int, int, Spent]:
    """Counted once for each state of the files."""
    del stamps
    folder = open_run(path, path)
    journal = folder.journal()
    failed = sum(row.answer.error is not None for row in journal.rows)
    spent = spent_on(journal, is_running=is_running)
    return len(journal.rows), failed, folder.wanted, spent
