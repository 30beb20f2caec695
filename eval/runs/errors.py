"""What can go wrong with a run's folder."""

from pathlib import Path

from corpus.errors import InputError, StoreError


class RunMissing(InputError):
    """There is no such run, or more than one fits."""


class RunDamaged(StoreError):
    """A file of a run is not as it was written."""


class RunTooNew(StoreError):
    """A run was written by a newer program."""


class RunBusy(StoreError):
    """Another process is asking this run's questions."""


def damaged_line(file: Path, number: int) -> RunDamaged:
    """The error for a line that cannot be read."""
    return RunDamaged(
        f"Line {number:,} of {file} cannot be read.",
        "Put the file back from a copy. In rows.jsonl the line may be taken out instead: "
        "the run can then be resumed, and asks what it lacks.",
    )
