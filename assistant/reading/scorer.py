"""Which units make the answer: a weighted sum of the features, then a choice without repetition."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from assistant.reading.features import NAMES
from assistant.reading.terms import figures, terms_of
from assistant.reading.units import Unit

# Set by hand and checked on the development half of the question set. Weights fitted to that half
# (listwise logistic regression towards these) were no better on its held-out folds, so these stay.
WEIGHTS: Final = {
    "meaning": 1.4,
    "words": 0.7,
    "words in context": 0.4,
    "names": 0.5,
    "other version": -0.6,
    "named system": 0.4,
    "other system": -0.5,
    "topic told": 0.4,
    "topic in heading": 0.3,
    "number": 0.15,
    "passage": 0.4,
    "match": 0.1,
    "subject": 0.15,
    "short": -0.1,
    "long": -0.1,
    "on the lesson": -0.1,
    "unknown": -0.25,
    "list": -0.25,
    "list wanted": 0.6,
    "same side": 0.1,
    "other side": -0.3,
    "on itself": -1.2,
}
REDUNDANCY: Final = 0.3
KEPT_SHARE: Final = 0.8
KEPT_SHARE_OF_SEVERAL: Final = 0.7
MAX_UNITS: Final = 5
NEW_SYSTEM: Final = 0.8
_SAME: Final = 0.8
_SAME_NUMBERS: Final = 0.6

_VECTOR: Final = np.asarray([WEIGHTS.get(name, 0.0) for name in NAMES], dtype=np.float32)


def score_units(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scores, shape [units]; comparable within one question only.

    Args:
        features: shape [units, features], columns as in ``features.NAMES``.
    """
    return features @ _VECTOR


@dataclass(frozen=True, slots=True)
class Candidates:
    """What is chosen from; every sequence is as long as ``units``.

    Attributes:
        units: the candidates.
        scores: their scores, shape [units].
        vectors: unit vectors of their texts, shape [units, dimension].
        fits: whether a unit tells what is asked (the topic, a number), shape [units].
        systems: which of the systems in the question each unit is about.
        covers: which words of the question each unit holds.
        several: whether the question asks for several things.
    """

    units: Sequence[Unit]
    scores: NDArray[np.float32]
    vectors: NDArray[np.float32]
    fits: NDArray[np.bool_]
    systems: Sequence[frozenset[str]]
    covers: Sequence[frozenset[str]]
    several: bool

    def without(self, left_out: Collection[int]) -> "Candidates":
        """The same without some units, which can then not be chosen."""
        scores = self.scores.copy()
        scores[list(left_out)] = -np.inf
        return replace(self, scores=scores)


def choose_units(
    candidates: Candidates,
    *,
    limit: int = MAX_UNITS,
    kept_share: float | None = None,
    best: float | None = None,
) -> tuple[int, ...]:
    """Choose units greedily, the best first (maximal marginal relevance).

    Left out are a unit that repeats a chosen one, one whose score falls below a share of the best,
    and, once a unit tells what is asked, those that do not. A unit on a system that the question
    names and no chosen unit is about counts for more.

    Args:
        candidates: what is chosen from.
        limit: the most that are chosen.
        kept_share: share of the best score that the others must reach; less is asked when the
            question asks for several things.
        best: the best score there was, when better units have been left out.

    Returns:
        Indices of the chosen units, the best first.
    """
    units, vectors = candidates.units, candidates.vectors
    chosen: list[int] = []
    free = np.isfinite(candidates.scores)
    if not free.any():
        return ()
    repeated = np.zeros(len(units), dtype=np.float32)
    if kept_share is None:
        kept_share = KEPT_SHARE_OF_SEVERAL if candidates.several else KEPT_SHARE
    floor = kept_share * (float(candidates.scores.max()) if best is None else best)
    while len(chosen) < limit and free.any():
        scores = candidates.scores + _new_systems(candidates.systems, chosen)
        at = int(np.argmax(np.where(free, scores - REDUNDANCY * repeated, -np.inf)))
        if scores[at] < floor:
            break
        chosen.append(at)
        if kept_share and candidates.fits[at]:
            free &= candidates.fits
        repeated = np.maximum(repeated, np.clip(vectors @ vectors[at], 0.0, 1.0))
        for other in np.flatnonzero(free).tolist():
            likeness = float(vectors[other] @ vectors[at])
            new_system = not candidates.systems[other] <= candidates.systems[at]
            repeats = _repeats(units[other], units[at], likeness) and not new_system
            if repeats or _misses(candidates, other, at):
                free[other] = False
    return tuple(chosen)


def _misses(candidates: Candidates, other: int, at: int) -> bool:
    """Whether a unit speaks of something else beside the chosen one: another row, another item."""
    unit, told = candidates.units[other], candidates.units[at]
    adds = not candidates.covers[other] <= candidates.covers[at]
    if told.kind == "list" and candidates.several:
        same_systems = candidates.systems[other] <= candidates.systems[at]
        return same_systems and not (unit.kind == "list" and adds)
    if unit.kind != "row" or told.kind != "row":
        return False
    return candidates.covers[other] < candidates.covers[at]


def _new_systems(systems: Sequence[frozenset[str]], chosen: Sequence[int]) -> NDArray[np.float32]:
    """What each unit gains by being about a system that the chosen ones are not about."""
    asked = frozenset[str]().union(*systems)
    told = frozenset[str]().union(*(systems[at] for at in chosen))
    missing = asked - told
    if len(asked) < 2 or not chosen or not missing:
        return np.zeros(len(systems), dtype=np.float32)
    gains = [NEW_SYSTEM * len(of_unit & missing) / len(missing) for of_unit in systems]
    return np.asarray(gains, dtype=np.float32)


def _repeats(unit: Unit, told: Unit, likeness: float) -> bool:
    """Whether a unit says nothing that another does not say."""
    if unit.passage == told.passage and unit.span.overlaps(told.span):
        return True
    names, known = terms_of(unit.text).names, terms_of(told.text).names
    if not names <= known:
        return False
    numbers, given = figures(unit.text), figures(told.text)
    return numbers <= given and likeness >= (_SAME_NUMBERS if numbers else _SAME)
