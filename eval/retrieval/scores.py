"""Ranks to figures: recall, reciprocal rank, and how sure they are."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from eval.retrieval.questions import Half, Slice

DEPTH: Final = 10
_DRAWS: Final = 10_000
_SEED: Final = 20
_Values = NDArray[np.float64]


class Row(BaseModel):
    """What became of one question.

    Attributes:
        id: the question's.
        slice: its slice.
        half: its half.
        ranks: for each need, the rank from 1 of the first passage that meets it, or None.
        asked: what was searched for: the question made standalone, slips mended.
        found: the passages that came, best first, as ``source > heading path``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    slice: Slice
    half: Half
    ranks: tuple[int | None, ...]
    asked: str
    found: tuple[str, ...]

    def recall(self, depth: int) -> float:
        """Share of the needs that the first ``depth`` passages meet."""
        return sum(rank is not None and rank <= depth for rank in self.ranks) / len(self.ranks)

    @property
    def reciprocal_rank(self) -> float:
        """One over the rank of the first passage that meets a need; 0 beyond ``DEPTH``."""
        return max(1 / rank if rank and rank <= DEPTH else 0.0 for rank in self.ranks)


class Figure(BaseModel):
    """A mean over questions with its 95 % bootstrap interval."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mean: float
    low: float
    high: float


METRICS: Final[Mapping[str, Callable[[Row], float]]] = {
    "recall@1": lambda row: row.recall(1),
    "recall@3": lambda row: row.recall(3),
    "recall@5": lambda row: row.recall(5),
    "recall@10": lambda row: row.recall(DEPTH),
    "mrr@10": lambda row: row.reciprocal_rank,
}


def by_slice(rows: Sequence[Row]) -> dict[str, tuple[Row, ...]]:
    """The rows of each slice, by name, and all of them as ``total``."""
    names = sorted({row.slice for row in rows})
    groups = {name: tuple(row for row in rows if row.slice == name) for name in names}
    return {str(name): group for name, group in groups.items()} | {"total": tuple(rows)}


def figures(rows: Sequence[Row]) -> dict[str, Figure]:
    """Each metric over the rows.

    Args:
        rows: at least one.
    """
    return {
        name: _figure(np.array([metric(row) for row in rows])) for name, metric in METRICS.items()
    }


def differences(after: Sequence[Row], before: Sequence[Row]) -> dict[str, Figure]:
    """Each metric's gain from ``before`` to ``after``, over the questions that both hold."""
    then = {row.id: row for row in before}
    pairs = [(row, then[row.id]) for row in after if row.id in then]
    if not pairs:
        return {}
    return {
        name: _figure(np.array([metric(new) - metric(old) for new, old in pairs]))
        for name, metric in METRICS.items()
    }


def _figure(values: _Values) -> Figure:
    """Questions are drawn again, with replacement; the seed is fixed, so runs agree."""
    draws = np.random.default_rng(_SEED).integers(0, len(values), (_DRAWS, len(values)))
    low, high = np.percentile(values[draws].mean(axis=1), (2.5, 97.5))
    return Figure(mean=float(values.mean()), low=float(low), high=float(high))
