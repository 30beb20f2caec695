"""The folder of a run: its plan, its evidence, and rows that are only ever appended.

``<home>/runs/<id>/`` holds ``run.json`` (the plan), ``evidence.jsonl`` (what each question is asked
over, with its hash), ``rows.jsonl`` (a line when a question is sent and a line when it has been
answered, each written at once and synced) and ``progress.json`` (how far it is, for whoever looks).
"""

import contextlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout
from pydantic import ValidationError

from corpus.disk import replace_text, sync, writing
from corpus.errors import InputError
from eval.runs.errors import RunDamaged, RunMissing, RunTooNew, damaged_line
from eval.runs.journal import Journal, read_journal
from eval.runs.lines import (
    Line,
    LineUnreadable,
    decode_frozen,
    decode_line,
    encode_frozen,
)
from eval.runs.records import FORM, FrozenEvidence, Mode, Row, RunPlan
from eval.runs.row_writer import RowWriter, alone, row_writer

RUNS: Final = "runs"
LATEST: Final = "latest"
PLAN, EVIDENCE, ROWS, PROGRESS = "run.json", "evidence.jsonl", "rows.jsonl", "progress.json"
PID: Final = "run.pid"
_LOCK: Final = "run.lock"
_LOCK_WAIT_S: Final = 1.0  # longer than the moment in which another process looks at the lock


@dataclass(frozen=True)
class RunFolder:
    """A run on the disk. Reading it needs no lock, also while another process writes it.

    Attributes:
        path: the folder.
        plan: what was asked of whom.
    """

    path: Path
    plan: RunPlan

    def frozen(self) -> dict[tuple[str, Mode], FrozenEvidence]:
        """The evidence of each question in each mode, in the order in which it was made.

        Raises:
            RunDamaged: a line cannot be read, or is not what was hashed.
        """
        file = self.path / EVIDENCE
        frozen: dict[tuple[str, Mode], FrozenEvidence] = {}
        for number, line in enumerate(_whole_lines(_read(file)), start=1):
            try:
                one = decode_frozen(line)
            except LineUnreadable as exc:
                raise damaged_line(file, number) from exc
            frozen[one.case, one.mode] = one
        return frozen

    def journal(self) -> Journal:
        """Everything that happened so far; a last line that is half written is passed over.

        Raises:
            RunDamaged: another line cannot be read.
        """
        return read_journal(self._lines())

    def rows(self) -> tuple[Row, ...]:
        """The latest answer to each question, in the order of asking; failed ones are there too.

        Raises:
            RunDamaged: a line cannot be read.
        """
        return self.journal().rows

    @property
    def lost(self) -> int:
        """Attempts that were begun and never ended; their answers, if any, were paid all the same.

        Raises:
            RunDamaged: a line cannot be read.
        """
        journal = self.journal()
        return len(journal.lost) + (0 if self.is_running else len(journal.in_flight))

    @property
    def wanted(self) -> int:
        """How many answers a whole run has; a question without evidence in a mode has none.

        Raises:
            RunDamaged: a line cannot be read.
        """
        asked = sum(one.evidence is not None for one in self.frozen().values())
        return asked * len(self.plan.contestants) * self.plan.repeats

    @property
    def is_running(self) -> bool:
        """Whether a process asks its questions now."""
        return is_locked(self.path)

    @contextlib.contextmanager
    def appending(self) -> Iterator[RowWriter]:
        """Hold the right to append, which the system gives back however the process ends.

        Raises:
            RunBusy: another process has it.
            DiskFull, ConfigError: the folder cannot be written.
            RunDamaged: a line cannot be read.
        """
        busy = f"Another process is asking the questions of the run {self.plan.id}."
        cure = "Wait until it has ended, or end it; then resume the run."
        with alone(self.path / _LOCK, busy, cure, wait_s=_LOCK_WAIT_S):
            try:
                tuple(self._lines())
                with writing(self.path):
                    replace_text(self.path / PID, f"{os.getpid()}\n")
                with row_writer(self.path / ROWS) as writer:
                    yield writer
            finally:
                with contextlib.suppress(OSError):
                    (self.path / PID).unlink(missing_ok=True)

    def _lines(self) -> Iterator[Line]:
        file = self.path / ROWS
        for number, line in enumerate(_whole_lines(_read(file)), start=1):
            try:
                yield decode_line(line)
            except LineUnreadable as exc:
                raise damaged_line(file, number) from exc


def create_run(home: Path, plan: RunPlan, frozen: Iterable[FrozenEvidence]) -> RunFolder:
    """Make the folder of a new run; it is there whole or not at all.

    Raises:
        DiskFull, ConfigError, StoreError: it cannot be written.
    """
    runs = home / RUNS
    path = runs / plan.id
    fresh = runs / f".{plan.id}.{os.getpid()}"
    try:
        with writing(runs):
            fresh.mkdir(parents=True)
            lines = "".join(f"{encode_frozen(one)}\n" for one in frozen)
            replace_text(fresh / EVIDENCE, lines)
            replace_text(fresh / PLAN, plan.model_dump_json(indent=1) + "\n")
            fresh.rename(path)
            sync(runs)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return RunFolder(path, plan)


def open_run(home: Path, name: str | Path) -> RunFolder:
    """A run by its id, the beginning of its id, ``latest``, or the path of its folder.

    Raises:
        RunMissing: there is none, or several ids begin so.
        RunDamaged: its plan cannot be read.
        RunTooNew: a newer program wrote it.
    """
    if isinstance(name, Path) or os.sep in name:
        return _open(Path(name))
    ids = run_ids(home)
    if name == LATEST:
        fitting = ids[-1:]
    else:
        fitting = [name] if name in ids else [id_ for id_ in ids if name and id_.startswith(name)]
    if len(fitting) == 1:
        return _open(home / RUNS / fitting[0])
    if fitting:
        raise RunMissing(
            f"{len(fitting)} runs have an id that begins with “{name}”.", "Give more of the id."
        )
    if (Path(name) / PLAN).is_file():
        return _open(Path(name))
    raise RunMissing(
        "There is no run yet." if not ids else f"There is no run “{name}”.",
        "See the runs: counterpoint eval list." if ids else "Make one: counterpoint eval run.",
    )


def open_two_runs(
    home: Path, earlier: str | Path, later: str | Path
) -> tuple[RunFolder, RunFolder]:
    """Two runs that are to stand beside each other, each named as for ``open_run``.

    Raises:
        InputError: both names lead to the same folder.
        RunMissing, RunDamaged, RunTooNew: as ``open_run``.
    """
    then, now = open_run(home, earlier), open_run(home, later)
    if then.path.samefile(now.path):
        raise InputError(
            f"Both names lead to the same run, {now.plan.id}.",
            "Compare it with another one; see the runs: counterpoint eval list.",
        )
    return then, now


def run_ids(home: Path) -> list[str]:
    """The ids of all runs, oldest first."""
    try:
        folders = list((home / RUNS).iterdir())
    except OSError:
        return []
    return sorted(f.name for f in folders if not f.name.startswith(".") and (f / PLAN).is_file())


def read_progress(path: Path) -> Mapping[str, object] | None:
    """What the process that asks last said of its progress, or None.

    It is replaced at most once a second; the rows are the truth.
    """
    try:
        said = json.loads((path / PROGRESS).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return said if isinstance(said, dict) else None


def is_locked(path: Path) -> bool:
    """Whether a process asks the questions of the run in a folder now."""
    file = path / _LOCK
    if not file.exists():
        return False
    lock = FileLock(file)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    except OSError:  # a folder that may only be read is written by nobody that we know of
        return False
    lock.release()
    return False


def _open(path: Path) -> RunFolder:
    file = path / PLAN
    try:
        content = json.loads(file.read_bytes())
    except OSError as exc:
        raise RunMissing(
            f"{path} is not the folder of a run.", "See the runs: counterpoint eval list."
        ) from exc
    except ValueError as exc:
        raise _damaged_plan(file) from exc
    form = content.get("form") if isinstance(content, dict) else None
    if isinstance(form, int) and form > FORM:
        raise RunTooNew(
            f"The run in {path} was written by a newer version of the program.",
            "Install the newest version to read it.",
        )
    try:
        return RunFolder(path, RunPlan.model_validate_json(json.dumps(content)))
    except ValidationError as exc:
        raise _damaged_plan(file) from exc


def _damaged_plan(file: Path) -> RunDamaged:
    return RunDamaged(f"The plan {file} cannot be read.", "Put the file back from a copy.")


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as exc:
        raise RunDamaged(f"{file} cannot be read.", "Give yourself the right to read it.") from exc


def _whole_lines(content: bytes) -> Iterator[bytes]:
    """The lines that have an end; one that has none was being written when a process ended."""
    return (line for line in content.split(b"\n")[:-1] if line)
