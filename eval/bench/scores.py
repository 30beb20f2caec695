"""Measures of a ranking, and how sure their means are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from eval.bench.folder import Judgements

MEASURES = ("nDCG@10", "recall@5", "recall@10", "recall@100", "MRR@10")
DEPTH = 100
"""How many documents of a ranking are looked at, the deepest of the measures."""
RESAMPLES = 10_000
SEED = 20_261_123
_BLOCK = 64

Scores = npt.NDArray[np.float64]
"""A score of each query by each measure, shape ``[queries, len(MEASURES)]``."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over queries with the interval that holds it 95 times in 100."""

    mean: float
    low: float
    high: float


def score_ranking(rankings: Mapping[str, Sequence[str]], judgements: Judgements) -> Scores:
    """Score the ranking of each judged query, in the order of ``judgements``.

    nDCG with the grades as gains (Järvelin & Kekäläinen, 2002), recall of the documents with a
    grade above 0, and the reciprocal rank of the first of these, as trec_eval computes them. A
    query without a ranking, or without a document above 0, scores 0.
    """
    import ir_measures
    from ir_measures import RR, R, nDCG

    measures: dict[Any, int] = {
        measure: column
        for column, measure in enumerate((nDCG @ 10, R @ 5, R @ 10, R @ 100, RR @ 10))
    }
    # Places as scores, so that equal scores stay in the retriever's order.
    run = {
        query: {document: float(-place) for place, document in enumerate(ranking)}
        for query, ranking in rankings.items()
        if ranking
    }
    row = {query: number for number, query in enumerate(judgements)}
    scores = np.zeros((len(row), len(MEASURES)))
    for found in ir_measures.iter_calc(list(measures), judgements, run):
        if found.query_id in row:
            scores[row[found.query_id], measures[found.measure]] = found.value
    return scores


def intervals(scores: Scores, resamples: int = RESAMPLES, seed: int = SEED) -> dict[str, Interval]:
    """Means over the queries with their 95 % intervals, by measure.

    The percentile bootstrap over queries (Efron, 1979); each resample is the same for all
    measures. For a paired difference, give the differences of two score tables.
    """
    count = len(scores)
    generator = np.random.default_rng(seed)
    means = np.empty((resamples, scores.shape[1]))
    for start in range(0, resamples, _BLOCK):
        size = min(_BLOCK, resamples - start)
        drawn = generator.integers(0, count, (size, count))
        drawn += count * np.arange(size)[:, None]
        times = np.bincount(drawn.ravel(), minlength=size * count).reshape(size, count)
        means[start : start + size] = times @ scores / count
    columns = (scores.mean(axis=0), *np.quantile(means, [0.025, 0.975], axis=0))
    return {
        name: Interval(*(round(float(column[i]), 5) for column in columns))
        for i, name in enumerate(MEASURES)
    }
