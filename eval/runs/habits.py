"""What backends' answers took in earlier runs, to estimate the next one by."""

import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assistant.turns import Status
from corpus.errors import CounterpointError
from eval.runs.folder import RUNS, open_run, run_ids
from eval.runs.records import Contestant

_RUNS_LOOKED_AT: Final = 5
_ANSWERS_AT_LEAST: Final = 3


@dataclass(frozen=True, slots=True)
class Habit:
    """What a backend's answers took in the latest run that asked it.

    Attributes:
        seconds: mean time of an answer.
        output_tokens: mean length of an answer, or None when nobody counted.
    """

    seconds: float
    output_tokens: float | None


def habits_of(home: Path, contestants: Iterable[Contestant]) -> dict[str, Habit]:
    """What the answers of these backends took in the latest runs of this home."""
    wanted = {contestant.entry.id: contestant.entry for contestant in contestants}
    habits: dict[str, Habit] = {}
    for id_ in reversed(run_ids(home)[-_RUNS_LOOKED_AT:]):
        try:
            folder = open_run(home, home / RUNS / id_)
            entries = {c.entry.id: c.entry for c in folder.plan.contestants}
            same = {i for i, e in wanted.items() if i not in habits and entries.get(i) == e}
            rows = folder.rows() if same else ()
        except CounterpointError:  # a run that cannot be read says nothing
            continue
        for backend in same:
            answers = [r.answer for r in rows if r.key.backend == backend]
            receipts = [a.receipt for a in answers if a.status is Status.FINISHED]
            if len(receipts) < _ANSWERS_AT_LEAST:
                continue
            tokens = [r.usage.output_tokens for r in receipts if r.usage.output_tokens is not None]
            habits[backend] = Habit(
                statistics.fmean(r.total_s for r in receipts),
                statistics.fmean(tokens) if tokens else None,
            )
    return habits
