"""Whether a paired difference is more than chance: tests that flip signs."""

from collections.abc import Sequence
from math import comb

import numpy as np

from eval.statistics.clusters import Floats, grouped

FLIPS = 10_000
ENUMERATED = 14
"""Up to this many clusters all 2**clusters ways of flipping are gone through."""
_COUNTABLE = 20_000
_BLOCK = 1_000


def sign_flip(deltas: Sequence[float], clusters: Sequence[str], seed: int) -> float:
    """The two-sided p of a paired difference, by flipping the signs of whole clusters.

    If the sides were equally good, a cluster's differences could as well have come with the
    opposite sign, all together; p is the share of flips whose total lies at least as far from 0 as
    the one observed. Flipping whole clusters respects whatever dependence there is within one.
    Exact where all differences are whole numbers (then the distribution is counted) and where at
    most ``ENUMERATED`` clusters differ; otherwise ``FLIPS`` seeded flips, with one added to both
    counts so that p is never 0.

    Source: E. J. G. Pitman, "Significance tests which may be applied to samples from any
    populations", Supplement to the Journal of the Royal Statistical Society 4 (1937), 119-130;
    B. Phipson and G. K. Smyth, "Permutation p-values should never be zero", Statistical
    Applications in Genetics and Molecular Biology 9 (2010), article 39.
    """
    sums = np.abs(grouped(deltas, clusters).sums)
    signed = abs(float(grouped(deltas, clusters).sums.sum()))
    sums = sums[sums > 1e-12]
    if len(sums) == 0:
        return 1.0
    if np.all(sums == np.rint(sums)) and sums.sum() <= _COUNTABLE:
        return _counted(sums.astype(np.int64), round(signed))
    near = signed - 1e-9 * float(sums.sum())
    if len(sums) <= ENUMERATED:
        return _enumerated(sums, near)
    return _drawn(sums, near, seed)


def mcnemar_exact(only_first: int, only_second: int) -> float:
    """The exact two-sided p that one side is right more often than the other.

    Questions that both get right, or both wrong, say nothing and take no part. It takes the
    questions for independent; ``sign_flip`` over clusters does not, and gives the same p when every
    cluster has one question.

    Raises:
        ValueError: a count is negative.

    Source: Q. McNemar, "Note on the sampling error of the difference between correlated proportions
    or percentages", Psychometrika 12 (1947), 153-157; here with the binomial in place of the
    normal.
    """
    if min(only_first, only_second) < 0:
        raise ValueError("questions are counted from 0")
    total, lead = only_first + only_second, max(only_first, only_second)
    tail = sum(comb(total, k) for k in range(lead, total + 1))
    return min(1.0, 2 * tail / (1 << total))


def _counted(sums: "np.typing.NDArray[np.int64]", observed: int) -> float:
    """The exact distribution of a sum of +-whole numbers, one cluster after the other."""
    reach = int(sums.sum())
    chances = np.zeros(2 * reach + 1)
    chances[reach] = 1.0
    for size in sums:
        chances = (np.roll(chances, size) + np.roll(chances, -size)) / 2
    if observed == 0:
        return 1.0
    return min(1.0, 2 * float(chances[reach + observed :].sum()))


def _enumerated(sums: Floats, near: float) -> float:
    ways = np.arange(1 << len(sums))[:, None] >> np.arange(len(sums)) & 1
    totals = (2.0 * ways - 1.0) @ sums
    return float(np.mean(np.abs(totals) >= near))


def _drawn(sums: Floats, near: float, seed: int) -> float:
    generator = np.random.Generator(np.random.PCG64(seed))
    signs = generator.integers(0, 2, (FLIPS, len(sums)), dtype=np.int8)
    totals = 2.0 * (signs @ sums) - sums.sum()
    return (1 + int(np.count_nonzero(np.abs(totals) >= near))) / (FLIPS + 1)
