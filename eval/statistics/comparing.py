"""Two sides on the same questions: by how much they differ, and how surely."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from eval.statistics.bootstrap import (
    CONFIDENCE,
    cluster_error,
    mean_range,
    t_quantile,
)
from eval.statistics.clusters import RESAMPLES, grouped
from eval.statistics.permutation import mcnemar_exact, sign_flip

POWER = 0.8

SIGN_FLIP = "sign-flip permutation by cluster"
MCNEMAR = "exact McNemar"
MCNEMAR_BY_CLUSTER = "exact McNemar by cluster"


@dataclass(frozen=True, slots=True)
class Paired:
    """How the first side differs from the second on the same questions.

    Attributes:
        n: questions.
        clusters: sections that these lean on.
        delta: the mean of first minus second, or None of no questions.
        low, high: its 95 % interval, or None where there is none to be had.
        p: two-sided, not corrected; None of no questions.
        test: its name, in words.
        wins, ties, losses: questions where the first is above, within the band, below.
        sd: standard deviation of the differences, or None of fewer than two questions.
        detectable: smallest true difference that four of five such runs would show, or None.
        method: how the interval was found, or why there is none.
    """

    n: int
    clusters: int
    delta: float | None
    low: float | None
    high: float | None
    p: float | None
    test: str
    wins: int
    ties: int
    losses: int
    sd: float | None
    detectable: float | None
    method: str


def paired(
    first: Sequence[float],
    second: Sequence[float],
    clusters: Sequence[str],
    *,
    seed: int,
    band: float = 0.0,
    binary: bool = False,
    resamples: int = RESAMPLES,
) -> Paired:
    """Compare two sides question by question.

    Args:
        first: a score for each question, a mean over repeats.
        second: the other side's, in the same order.
        clusters: what each question is drawn with.
        seed: of the bootstrap and of drawn flips; the same seed gives the same result.
        band: differences up to this count as ties.
        binary: whether scores are 0 or 1, so that the test is McNemar's.
        resamples: of the bootstrap.

    Raises:
        ValueError: the three differ in length, a score is not finite or the band is negative.
    """
    if not len(first) == len(second) == len(clusters):
        raise ValueError(f"{len(first)} and {len(second)} scores, {len(clusters)} clusters")
    if band < 0:
        raise ValueError("the band is a width, 0 or more")
    deltas = [float(a) - float(b) for a, b in zip(first, second, strict=True)]
    groups = grouped(deltas, clusters)
    found = mean_range(groups, seed, resamples)
    p, test = _tested(deltas, clusters, seed, binary)
    # Differences like 0.3 - 0.2 miss their decimal by a hair; they are still within the band.
    edge = band + 1e-12
    wins, losses = sum(d > edge for d in deltas), sum(d < -edge for d in deltas)
    reach = 1.0 if binary else None
    return Paired(
        n=len(deltas),
        clusters=groups.count,
        delta=found.value,
        low=_within(found.low, reach),
        high=_within(found.high, reach),
        p=p,
        test=test,
        wins=wins,
        ties=len(deltas) - wins - losses,
        losses=losses,
        sd=float(np.std(deltas, ddof=1)) if len(deltas) > 1 else None,
        detectable=detectable(cluster_error(groups), groups.count) if groups.count > 1 else None,
        method=found.method,
    )


def detectable(
    error: float, clusters: int, *, alpha: float = 1 - CONFIDENCE, power: float = POWER
) -> float | None:
    """The smallest true difference that a test at ``alpha`` would show with the given power.

    ``(t_(1 - alpha/2) + t_power) * error`` with clusters - 1 degrees of freedom.

    Args:
        error: cluster-robust standard error of the mean difference.
        clusters: how many there are.
        alpha: of the two-sided test.
        power: probability to show a difference of that size.

    Returns:
        None when it cannot be said: fewer than two clusters, or no spread at all.

    Source: H. S. Bloom, "Minimum detectable effects: a simple way to report the statistical power
    of experimental designs", Evaluation Review 19 (1995), 547-556.
    """
    if clusters < 2 or not 0 < error < inf:
        return None
    freedom = clusters - 1
    return (t_quantile(freedom, 1 - alpha) + t_quantile(freedom, 2 * power - 1)) * error


def holm(ps: Sequence[float | None]) -> tuple[float | None, ...]:
    """P values corrected for being several, in their order; None stays None and does not count.

    The chance of even one false alarm in the whole family stays at most 5 % when those below .05
    are believed, whatever the dependence between the tests.

    Source: S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal
    of Statistics 6 (1979), 65-70.
    """
    there = sorted((p, place) for place, p in enumerate(ps) if p is not None)
    corrected: list[float | None] = [None] * len(ps)
    highest = 0.0
    for rank, (p, place) in enumerate(there):
        highest = max(highest, min(1.0, p * (len(there) - rank)))
        corrected[place] = highest
    return tuple(corrected)


def _tested(
    deltas: Sequence[float], clusters: Sequence[str], seed: int, binary: bool
) -> tuple[float | None, str]:
    if not binary or not all(delta in (-1.0, 0.0, 1.0) for delta in deltas):
        return (sign_flip(deltas, clusters, seed) if deltas else None), SIGN_FLIP
    alone = len(set(clusters)) == len(clusters)
    if not deltas:
        return None, MCNEMAR
    if alone:
        return mcnemar_exact(deltas.count(1.0), deltas.count(-1.0)), MCNEMAR
    return sign_flip(deltas, clusters, seed), MCNEMAR_BY_CLUSTER


def _within(end: float | None, reach: float | None) -> float | None:
    return end if end is None or reach is None else min(reach, max(-reach, end))
