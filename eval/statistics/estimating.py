"""Intervals of single figures: a mean, a rate, a quantile, a ratio of totals."""

from collections.abc import Sequence
from math import ceil
from statistics import NormalDist

import numpy as np

from eval.statistics.bootstrap import (
    CONFIDENCE,
    FEW_CLUSTERS,
    NOTHING,
    ONE_CLUSTER,
    Interval,
    cluster_error,
    cluster_mean,
    mean_range,
    t_quantile,
)
from eval.statistics.clusters import RESAMPLES, Floats, Grouped, grouped
from eval.statistics.proportions import score_range

WILSON = "Wilson's interval of the effective number of questions"
WILSON_FEW = f"{WILSON}; too few clusters to rely on"
EACH_CLUSTER_ONCE = "Wilson's interval, each cluster counted once"
WOODRUFF = "Woodruff's interval of a quantile, by clusters"
WOODRUFF_FEW = f"{WOODRUFF}; too few clusters to rely on"


def mean_interval(
    values: Sequence[float],
    clusters: Sequence[str],
    *,
    seed: int,
    binary: bool = False,
    resamples: int = RESAMPLES,
) -> Interval:
    """A mean over questions with its 95 % interval.

    A rate gets Wilson's interval (``rate_interval``), any other mean the studentised bootstrap over
    clusters.

    Args:
        values: one for each question.
        clusters: what each question is drawn with.
        seed: of the bootstrap.
        binary: whether the values are 0 or 1, or means over repeats of such.
        resamples: of the bootstrap.

    Raises:
        ValueError: the two differ in length, a value is not finite, or is no share but ``binary``.
    """
    groups = grouped(values, clusters)
    if not binary:
        return mean_range(groups, seed, resamples)
    if any(not 0 <= value <= 1 for value in values):
        raise ValueError("a rate is made of values from 0 to 1")
    return rate_interval(groups)


def rate_interval(groups: Grouped) -> Interval:
    """A rate over questions in clusters: Wilson's interval of the number of questions it is worth.

    The questions are counted as the number of independent ones with the same standard error,
    lessened once more because that error is itself estimated from few clusters, and never more than
    there are. Where every value is the same there is no error to go by: each cluster counts once.
    Plain Wilson over the questions covers 80 to 90 % when they depend on each other, the bootstrap
    far too little at rates near 0 and 1; this one holds at both. When every cluster has one
    question, it is Wilson's interval but for the lessening.

    Source: E. L. Korn and B. I. Graubard, "Confidence intervals for proportions with small expected
    number of positive counts estimated from survey data", Survey Methodology 24 (1998), 193-201
    (the effective number), with Wilson's interval in place of Clopper and Pearson's.
    """
    if groups.count == 0:
        return Interval(None, None, None, NOTHING)
    total, rate = float(groups.sizes.sum()), cluster_mean(groups)
    if rate in (0.0, 1.0):
        return Interval(rate, *score_range(rate, groups.count), EACH_CLUSTER_ONCE)
    if groups.count == 1:
        return Interval(rate, None, None, ONE_CLUSTER)
    worth = min(total, _effective(groups, rate, total))
    method = WILSON if groups.count >= FEW_CLUSTERS else WILSON_FEW
    return Interval(rate, *score_range(rate, worth), method)


def _effective(groups: Grouped, share: float, total: float) -> float:
    """How many independent questions would be as sure, less what few clusters leave unsure."""
    error = cluster_error(groups)
    if error <= 0:
        return total
    wider = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) / t_quantile(groups.count - 1, CONFIDENCE)
    return share * (1 - share) / error**2 * wider**2


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
    seed: int = 0,  # noqa: ARG001 - nothing is drawn; it is there to be called like the others
) -> Interval:
    """A quantile over questions, as the median time, with its 95 % interval.

    How many values lie at or below the true quantile is binomial, of the number of independent
    questions that these are worth; the ends are the values at its outer ranks. Near the end of the
    range few values lie beyond the quantile, too few to see how they hang together; the dependence
    at the median counts there if it is stronger. Few questions cannot say how far a high quantile
    may reach: the upper end is None when it would lie beyond all that was seen.

    Raises:
        ValueError: q is not between 0 and 1, the lengths differ, or a value is not finite.

    Source: R. S. Woodruff, "Confidence intervals for medians and other position measures", Journal
    of the American Statistical Association 47 (1952), 635-646; with the effective number of
    ``rate_interval``.
    """
    if not 0 < q < 1:
        raise ValueError("the quantile lies between 0 and 1")
    if grouped(values, clusters).count == 0:
        return Interval(None, None, None, NOTHING)
    ranked = np.sort(np.asarray(values, dtype=np.float64))
    value = float(np.quantile(ranked, q, method="inverted_cdf"))
    if len(set(clusters)) == 1:
        return Interval(value, None, None, ONE_CLUSTER)
    total = float(len(ranked))
    worth = min(_worth_at(edge, values, clusters) for edge in (value, _median(ranked)))
    scale = total / worth
    first = ceil(scale * _binomial_place(0.025, worth, q)) - 1
    last = ceil(scale * _binomial_place(0.975, worth, q))
    return Interval(
        value,
        float(ranked[first]) if first >= 0 else None,
        float(ranked[last]) if last < len(ranked) else None,
        WOODRUFF if len(set(clusters)) >= FEW_CLUSTERS else WOODRUFF_FEW,
    )


def _binomial_place(chance: float, total: float, share: float) -> float:
    """The count, between whole numbers too, that a binomial stays at or below with this chance."""
    from scipy.special import bdtrik  # type: ignore[import-untyped]

    return float(bdtrik(chance, total, share))


def _median(ranked: Floats) -> float:
    return float(np.quantile(ranked, 0.5, method="inverted_cdf"))


def _worth_at(edge: float, values: Sequence[float], clusters: Sequence[str]) -> float:
    """How many independent questions the share of values up to an edge is worth."""
    below = grouped([float(value <= edge) for value in values], clusters)
    total = float(below.sizes.sum())
    return min(total, _effective(below, cluster_mean(below), total))
