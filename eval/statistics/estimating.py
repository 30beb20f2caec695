"""Intervals of single figures: a mean, a rate, a quantile, a ratio of totals."""

from collections.abc import Sequence

import numpy as np

from eval.statistics.bootstrap import NOTHING, ONE_CLUSTER, Interval, mean_range
from eval.statistics.clusters import RESAMPLES, Grouped, drawn_weights, grouped


def mean_interval(
    values: Sequence[float],
    clusters: Sequence[str],
    *,
    seed: int,
    binary: bool = False,
    resamples: int = RESAMPLES,
) -> Interval:
    """A mean over questions with its 95 % interval.

    Args:
        values: one for each question.
        clusters: what each question is drawn with.
        seed: of the bootstrap.
        binary: whether the values are 0 or 1.
        resamples: of the bootstrap.

    Raises:
        ValueError: the two differ in length, or a value is not finite.
    """
    found = mean_range(grouped(values, clusters), seed, resamples)
    if not binary or found.low is None or found.high is None:
        return found
    return Interval(found.value, max(0.0, found.low), min(1.0, found.high), found.method)


def ratio_interval(
    numerators: Sequence[float],
    denominators: Sequence[float],
    clusters: Sequence[str],
    seed: int,
    resamples: int = RESAMPLES,
) -> Interval:
    """The total of the numerators over the total of the denominators, as cost per right answer.

    The studentised bootstrap of the linearised ratio. None when the denominators add up to 0 or
    less.

    Raises:
        ValueError: the three differ in length, or a value is not finite.
    """
    over = grouped(denominators, clusters)
    if over.count == 0 or over.sums.sum() <= 0:
        return Interval(None, None, None, NOTHING)
    return mean_range(Grouped(grouped(numerators, clusters).sums, over.sums), seed, resamples)


def quantile_interval(
    values: Sequence[float],
    q: float,
    clusters: Sequence[str],
    seed: int,
    resamples: int = RESAMPLES,
) -> Interval:
    """A quantile over questions, as the median time, with its 95 % interval.

    The percentile bootstrap over clusters: the smallest value with a weight of ``q`` at or below.

    Raises:
        ValueError: q is not between 0 and 1, the lengths differ, or a value is not finite.
    """
    if not 0 < q < 1:
        raise ValueError("the quantile lies between 0 and 1")
    groups = grouped(values, clusters)
    if groups.count == 0:
        return Interval(None, None, None, NOTHING)
    order = np.argsort(np.asarray(values, dtype=np.float64), kind="stable")
    ranked = np.asarray(values, dtype=np.float64)[order]
    value = float(np.quantile(ranked, q, method="inverted_cdf"))
    if groups.count == 1:
        return Interval(value, None, None, ONE_CLUSTER)
    names = {name: place for place, name in enumerate(sorted(set(clusters)))}
    places = np.array([names[cluster] for cluster in clusters])[order]
    weights = drawn_weights(groups.count, seed, resamples)[:, places]
    reached = np.cumsum(weights, axis=1)
    first = np.argmax(reached >= q * reached[:, -1:] - 1e-9, axis=1)
    low, high = np.quantile(ranked[first], [0.025, 0.975], method="inverted_cdf")
    return Interval(value, float(low), float(high), "percentile bootstrap over clusters")
