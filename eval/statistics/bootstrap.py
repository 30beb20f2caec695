"""The interval of a mean over questions that come in clusters."""

from dataclasses import dataclass
from math import inf, sqrt

import numpy as np

from eval.statistics.clusters import RESAMPLES, Floats, Grouped, drawn_weights

FEW_CLUSTERS = 8
"""With fewer clusters than this no interval keeps its promise; what is shown says so."""
CONFIDENCE = 0.95
OWN_SHARE = 0.85
"""How much of a resample's variance is its own; the rest is the whole sample's."""
_ROUGH = 1e-12

STUDENTISED = "studentised bootstrap over clusters, symmetric"
FEW = "t interval; too few clusters to rely on"
NONE = "no interval: all values are equal"
ONE_CLUSTER = "no interval: one cluster"
NOTHING = "no interval: no questions"


@dataclass(frozen=True, slots=True)
class Interval:
    """A value and the range that holds the true one in about 95 of 100 such runs.

    Attributes:
        value: the estimate, or None of no questions.
        low, high: the range, or None where there is none to be had.
        method: how the range was found, or why there is none, in words.
    """

    value: float | None
    low: float | None
    high: float | None
    method: str


def cluster_mean(grouped: Grouped) -> float:
    """The mean over all questions, each of the same weight."""
    return float(grouped.sums.sum() / grouped.sizes.sum())


def cluster_error(grouped: Grouped) -> float:
    """The standard error of the mean that allows for dependence within clusters.

    The jackknife that leaves out one cluster at a time, of two clusters at least. When every
    cluster has one question it is sd / sqrt(n).

    Source: R. M. Bell and D. F. McCaffrey, "Bias reduction in standard errors for linear regression
    with multi-stage samples", Survey Methodology 28 (2002), 169-181 (the form known as CR3).
    """
    count, rest = grouped.count, grouped.sizes.sum() - grouped.sizes
    # Of a ratio, one cluster may hold all that is divided by: then nothing is left to compare with.
    if np.any(rest <= 0):
        return inf
    moves = _residuals(grouped) / rest
    return sqrt(float(moves @ moves) * (count - 1) / count)


def mean_range(grouped: Grouped, seed: int, resamples: int = RESAMPLES) -> Interval:
    """The 95 % interval of the mean by the symmetric studentised cluster bootstrap.

    Each resample's distance from the mean is divided by that resample's own standard error; the
    95 % quantile of its absolute value takes the place of 1.96. The resample's variance is mixed
    with the whole sample's (``OWN_SHARE`` to the rest): where few questions differ at all, a
    resample may hold none of them, and would divide by nothing. With 20 to 80 unequal clusters this
    covers where the percentile and the BCa interval fall short; the share was chosen by that
    simulation (``python -m eval.statistics``). With fewer than ``FEW_CLUSTERS`` clusters a plain t
    interval is given and named as such.

    Source: P. Hall, "On symmetric bootstrap confidence intervals", Journal of the Royal Statistical
    Society B 50 (1988), 35-45; A. C. Cameron, J. B. Gelbach and D. L. Miller, "Bootstrap-based
    improvements for inference with clustered errors", Review of Economics and Statistics 90 (2008),
    414-427 (pairs cluster bootstrap-t). A standard error kept from 0 by a part that does not vary:
    after V. G. Tusher, R. Tibshirani and G. Chu, PNAS 98 (2001), 5116-5121.
    """
    if grouped.count == 0:
        return Interval(None, None, None, NOTHING)
    mean = cluster_mean(grouped)
    if grouped.count == 1:
        return Interval(mean, None, None, ONE_CLUSTER)
    error = cluster_error(grouped)
    if error <= _ROUGH * max(1.0, abs(mean)):
        return Interval(mean, None, None, NONE)
    if error == inf:
        return Interval(mean, None, None, ONE_CLUSTER)
    if grouped.count < FEW_CLUSTERS:
        half, method = t_quantile(grouped.count - 1, CONFIDENCE) * error, FEW
    else:
        distances = studentised(grouped, drawn_weights(grouped.count, seed, resamples))
        half, method = upper_quantile(distances, CONFIDENCE) * error, STUDENTISED
        if half == inf:
            return Interval(mean, None, None, ONE_CLUSTER)
    return Interval(mean, mean - half, mean + half, method)


def t_quantile(freedom: int, confidence: float) -> float:
    """The two-sided critical value of Student's t."""
    from scipy.special import stdtrit  # type: ignore[import-untyped]

    return float(stdtrit(freedom, (1 + confidence) / 2))


def upper_quantile(distances: Floats, confidence: float) -> float:
    """The value that a share of ``confidence`` lies below, without interpolation."""
    place = min(len(distances) - 1, int(confidence * len(distances)))
    return float(np.partition(distances, place)[place])


def studentised(grouped: Grouped, weights: Floats, own_share: float = OWN_SHARE) -> Floats:
    """|mean* - mean| / error* of each resample, shape ``[resamples]``."""
    left, sizes = _residuals(grouped), grouped.sizes
    columns = np.stack([left, sizes, left * left, left * sizes, sizes * sizes], axis=1)
    of_left, of_sizes, squares, products, sizes_squared = (weights @ columns).T
    # A resample of a ratio may hold nothing to divide by; it is infinitely far off.
    empty = of_sizes <= 0
    of_sizes = np.where(empty, 1.0, of_sizes)
    shift = of_left / of_sizes
    spread = squares - 2 * shift * products + shift * shift * sizes_squared
    own = np.maximum(spread, 0) / (of_sizes * of_sizes)
    whole = float(left @ left) / float(sizes.sum()) ** 2
    raw = np.sqrt((own_share * own + (1 - own_share) * whole) * grouped.count / (grouped.count - 1))
    distances = np.abs(shift) / np.maximum(raw, _ROUGH * sqrt(whole))
    return np.where(empty, inf, distances)


def _residuals(grouped: Grouped) -> Floats:
    """What each cluster's sum is beside what the mean would make it."""
    return grouped.sums - grouped.sizes * cluster_mean(grouped)
