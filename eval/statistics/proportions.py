"""A share with the range that its true value plausibly lies in."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist


@dataclass(frozen=True, slots=True)
class Proportion:
    """So many of so many, with an interval.

    Attributes:
        count: how many.
        total: of how many.
        low, high: the interval, both between 0 and 1.
    """

    count: int
    total: int
    low: float
    high: float

    @property
    def share(self) -> float | None:
        """``count`` over ``total``, or None of nothing."""
        return self.count / self.total if self.total else None


def wilson(count: int, total: int, confidence: float = 0.95) -> Proportion:
    """A share with Wilson's score interval.

    It stays within 0 and 1 and has width at 0 of n and n of n, where the textbook interval has
    none. Of nothing the interval is 0 to 1: nothing is known.

    Args:
        count: successes, 0 to ``total``.
        total: trials.
        confidence: of the two-sided interval, between 0 and 1.

    Raises:
        ValueError: the counts do not fit each other, or the confidence is not between 0 and 1.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    Journal of the American Statistical Association 22 (1927), 209-212; without continuity
    correction.
    """
    if not 0 <= count <= total:
        raise ValueError(f"{count} of {total} is not a share")
    if not 0 < confidence < 1:
        raise ValueError("the confidence lies between 0 and 1")
    if total == 0:
        return Proportion(0, 0, 0.0, 1.0)
    return Proportion(count, total, *score_range(count / total, total, confidence))


def score_range(share: float, total: float, confidence: float = 0.95) -> tuple[float, float]:
    """The two ends of Wilson's interval for a share of a number that need not be whole."""
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    weight = z * z / total
    centre = (share + weight / 2) / (1 + weight)
    half = z / (1 + weight) * sqrt(share * (1 - share) / total + weight / (4 * total))
    # At the ends the bound is exact; rounding would put it a hair beside.
    low = 0.0 if share == 0 else max(0.0, centre - half)
    high = 1.0 if share == 1 else min(1.0, centre + half)
    return low, high


def most_when_none_seen(total: int) -> float:
    """The highest rate that still goes with not one event in ``total`` trials: 3/n, at most 1.

    The upper end of a one-sided 95 % interval, as -ln 0.05 is about 3.

    Raises:
        ValueError: there was no trial.

    Source: J. A. Hanley and A. Lippman-Hand, "If nothing goes wrong, is everything all right?",
    JAMA 249 (1983), 1743-1745.
    """
    if total < 1:
        raise ValueError("without a trial nothing can be said")
    return min(1.0, 3 / total)
