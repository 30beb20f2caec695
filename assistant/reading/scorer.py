"""Which units make the answer: a weighted sum of the features, then a choice without repetition."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from assistant.checks.terms import numbers_in
from assistant.reading.features import NAMES
from assistant.reading.plain import without_source
from assistant.reading.terms import terms_of
from assistant.reading.units import Unit

# Set by hand and checked on the development half of the question set. Weights fitted to that half
# (listwise logistic regression towards these) were no better on its held-out folds, so these stay.
WEIGHTS: Final = {
    "meaning": 1.0,
    "meaning in context": 0.6,
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
    "unknown": -0.1,
    "list": -0.1,
    "list wanted": 0.3,
    "same side": 0.1,
    "other side": -0.3,
}
REDUNDANCY: Final = 0.3
KEPT_SHARE: Final = 0.8
MAX_UNITS: Final = 3
_SAME: Final = 0.8
_SAME_NUMBERS: Final = 0.6

_VECTOR: Final = np.asarray([WEIGHTS.get(name, 0.0) for name in NAMES], dtype=np.float32)


def score_units(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scores, shape [units]; comparable within one question only.

    Args:
        features: shape [units, features], columns as in ``features.NAMES``.
    """
    return features @ _VECTOR


def choose_units(
    units: Sequence[Unit],
    scores: NDArray[np.float32],
    vectors: NDArray[np.float32],
    *,
    limit: int = MAX_UNITS,
    kept_share: float = KEPT_SHARE,
) -> tuple[int, ...]:
    """Choose units greedily, the best first (maximal marginal relevance).

    A unit that shares characters with a chosen one is left out, and so is one whose score falls
    below a share of the best.

    Args:
        units: the candidates.
        scores: their scores, shape [units].
        vectors: unit vectors of their texts, shape [units, dimension].
        limit: the most that are chosen.
        kept_share: share of the best score that the others must reach.

    Returns:
        Indices of the chosen units, the best first.
    """
    if not len(units):
        return ()
    chosen: list[int] = []
    free = np.ones(len(units), dtype=bool)
    repeated = np.zeros(len(units), dtype=np.float32)
    floor = kept_share * float(scores.max())
    while len(chosen) < limit and free.any():
        gains = np.where(free, scores - REDUNDANCY * repeated, -np.inf)
        best = int(np.argmax(gains))
        if chosen and scores[best] < floor:
            break
        chosen.append(best)
        repeated = np.maximum(repeated, np.clip(vectors @ vectors[best], 0.0, 1.0))
        for at, unit in enumerate(units):
            if free[at] and _repeats(unit, units[best], float(vectors[at] @ vectors[best])):
                free[at] = False
    return tuple(chosen)


def _repeats(unit: Unit, told: Unit, likeness: float) -> bool:
    """Whether a unit says nothing that another does not say."""
    if unit.passage == told.passage and unit.span.overlaps(told.span):
        return True
    names, known = terms_of(unit.text).names, terms_of(told.text).names
    if not names <= known:
        return False
    numbers, given = numbers_in(without_source(unit.text)), numbers_in(without_source(told.text))
    return numbers <= given and likeness >= (_SAME_NUMBERS if numbers else _SAME)
