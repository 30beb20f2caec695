"""Whether intervals and tests keep their promises: many made-up runs whose truth is known."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist, fmean

import numpy as np

from eval.statistics.bootstrap import cluster_error, cluster_mean, mean_range, t_quantile
from eval.statistics.clusters import Floats, Grouped, drawn_weights, grouped
from eval.statistics.comparing import detectable
from eval.statistics.estimating import quantile_interval, rate_interval
from eval.statistics.permutation import mcnemar_exact, sign_flip
from eval.statistics.proportions import wilson
from eval.statistics.simulated_data import (
    Sample,
    Setting,
    draw_binary_shift,
    draw_rates,
    draw_sample,
    draw_times,
)

ALPHA = 0.05
METHODS = ("studentised", "percentile", "BCa", "t")
_NORMAL = NormalDist()
_PLAIN = (0.025, 0.975)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often an interval held the truth.

    Attributes:
        shares: of the runs, by method.
        widths: median width, by method.
    """

    shares: dict[str, float]
    widths: dict[str, float]


@dataclass(frozen=True, slots=True)
class Power:
    """How often a test called out.

    Attributes:
        false_alarms: share of runs with p below .05 where nothing differs, by test.
        found: share of them where the true difference is just the detectable one.
        effect: that difference.
    """

    false_alarms: dict[str, float]
    found: float
    effect: float


def coverage(setting: Setting, runs: int, seed: int, resamples: int) -> Coverage:
    """How often the intervals of a mean difference hold the truth.

    ``studentised`` is the one that the reports use; the others are there to compare.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    ends: dict[str, list[tuple[float, float]]] = {method: [] for method in METHODS}
    truth = 0.0
    for _ in range(runs):
        sample = draw_sample(setting, generator)
        truth = sample.truth
        for method, found in _ranges(grouped(sample.values, sample.clusters), seed, resamples):
            ends[method].append(found)
    return Coverage(
        {name: fmean(low <= truth <= high for low, high in found) for name, found in ends.items()},
        {name: float(np.median([b - a for a, b in found])) for name, found in ends.items()},
    )


def rate_coverage(rate: float, setting: Setting, runs: int, seed: int) -> Coverage:
    """How often the interval of a rate holds the true one, beside Wilson's over the questions."""

    def ranges(sample: Sample) -> Iterator[tuple[str, tuple[float | None, float | None]]]:
        plain = wilson(round(sum(sample.values)), len(sample.values))
        found = rate_interval(grouped(sample.values, sample.clusters))
        yield "effective number", (found.low, found.high)
        yield "plain Wilson", (plain.low, plain.high)

    return _covered(lambda g: draw_rates(rate, setting, g), ranges, runs, seed)


def quantile_coverage(q: float, setting: Setting, runs: int, seed: int) -> Coverage:
    """How often the interval of a quantile of times holds the true one."""

    def ranges(sample: Sample) -> Iterator[tuple[str, tuple[float | None, float | None]]]:
        found = quantile_interval(sample.values, q, sample.clusters)
        yield "Woodruff", (found.low, found.high)

    return _covered(lambda g: draw_times(q, setting, g), ranges, runs, seed)


def power(setting: Setting, runs: int, seed: int) -> Power:
    """How often the sign-flip test calls out without and with a difference worth finding.

    The effect is what ``detectable`` gives for the true standard error, which is found by as many
    runs again. Differences of -1, 0 and 1 are also put to McNemar's test over single questions.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    is_binary = setting.shape in {"three values", "mostly ties"}

    def drawn(shift: float) -> Sample:
        if setting.shape == "three values":
            return draw_binary_shift(setting, generator, shift)
        return draw_sample(setting, generator, is_null=True, shift=shift)

    nulls = [drawn(0.0) for _ in range(runs)]
    alarms = {"sign-flip by cluster": fmean(_p(one, seed) < ALPHA for one in nulls)}
    if is_binary:
        alarms["McNemar by question"] = fmean(_mcnemar(one) < ALPHA for one in nulls)
    error = sqrt(fmean(fmean(one.values) ** 2 for one in nulls))
    effect = detectable(error, setting.clusters) or 0.0
    found = fmean(_p(drawn(effect), seed) < ALPHA for _ in range(runs))
    return Power(alarms, found, effect)


def _p(sample: Sample, seed: int) -> float:
    return sign_flip(sample.values, sample.clusters, seed)


def _mcnemar(sample: Sample) -> float:
    return mcnemar_exact(sample.values.count(1.0), sample.values.count(-1.0))


def _covered(
    draw: Callable[[np.random.Generator], Sample],
    ranges: Callable[[Sample], Iterator[tuple[str, tuple[float | None, float | None]]]],
    runs: int,
    seed: int,
) -> Coverage:
    """Coverage of intervals that may lack an end; a missing end is infinitely far."""
    generator = np.random.Generator(np.random.PCG64(seed))
    hits: dict[str, list[bool]] = {}
    widths: dict[str, list[float]] = {}
    for _ in range(runs):
        sample = draw(generator)
        for name, (low, high) in ranges(sample):
            below = low is None or low <= sample.truth
            hits.setdefault(name, []).append(below and (high is None or sample.truth <= high))
            if low is not None and high is not None:
                widths.setdefault(name, []).append(high - low)
    return Coverage(
        {name: fmean(found) for name, found in hits.items()},
        {name: float(np.median(found)) for name, found in widths.items()},
    )


def _ranges(
    groups: Grouped, seed: int, resamples: int
) -> Iterator[tuple[str, tuple[float, float]]]:
    mean = cluster_mean(groups)
    found = mean_range(groups, seed, resamples)
    # Without spread there is no interval; as a point it counts as missing the truth.
    has_range = found.low is not None and found.high is not None
    yield "studentised", (found.low or 0.0, found.high or 0.0) if has_range else (mean, mean)
    weights = drawn_weights(groups.count, seed, resamples)
    means = np.sort((weights @ groups.sums) / (weights @ groups.sizes))
    yield "percentile", _at(means, _PLAIN)
    yield "BCa", _at(means, _corrected(groups, means))
    half = t_quantile(groups.count - 1, 0.95) * cluster_error(groups)
    yield "t", (mean - half, mean + half)


def _corrected(groups: Grouped, means: Floats) -> tuple[float, float]:
    """The quantiles that BCa takes, accelerated by leaving out one cluster at a time.

    Source: B. Efron, "Better bootstrap confidence intervals", Journal of the American Statistical
    Association 82 (1987), 171-185.
    """
    mean = cluster_mean(groups)
    under = float(np.mean(means < mean) + np.mean(means == mean) / 2)
    if not 0 < under < 1:
        return _PLAIN
    bias = _NORMAL.inv_cdf(under)
    moves = (groups.sums - groups.sizes * mean) / (groups.sizes.sum() - groups.sizes)
    moves -= moves.mean()
    squares = float(moves @ moves)
    bend = float((moves**3).sum()) / (6 * squares**1.5) if squares else 0.0

    def place(plain: float) -> float:
        z = bias + _NORMAL.inv_cdf(plain)
        return _NORMAL.cdf(bias + z / (1 - bend * z))

    return place(_PLAIN[0]), place(_PLAIN[1])


def _at(ranked: Floats, places: tuple[float, float]) -> tuple[float, float]:
    low, high = (min(len(ranked) - 1, int(place * len(ranked))) for place in places)
    return float(ranked[low]), float(ranked[high])
