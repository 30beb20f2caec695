"""Whether a split of wins and losses tells, and how many votes more would."""

from dataclasses import dataclass
from math import ceil, comb, sqrt
from statistics import NormalDist

ALPHA = 0.05
POWER = 0.8
MOST_VOTES = 1_000


@dataclass(frozen=True, slots=True)
class SignTest:
    """How surprising a split would be if both sides were equally good.

    Attributes:
        wins, losses: of the first side.
        left_out: ties and other votes that took no side; they are no part of the test.
        p: probability of this split or a more uneven one, in either direction, by chance.
    """

    wins: int
    losses: int
    left_out: int
    p: float

    @property
    def decided(self) -> int:
        """Votes that took a side."""
        return self.wins + self.losses

    def tells(self, alpha: float = ALPHA) -> bool:
        """Whether chance alone would give such a split in fewer than ``alpha`` of the cases."""
        return self.p < alpha


def sign_test(wins: int, losses: int, left_out: int = 0) -> SignTest:
    """The exact two-sided sign test.

    Ties are left out and counted, as usual. Without one decided vote p is 1.

    Raises:
        ValueError: a count is negative.

    Source: W. J. Dixon and A. M. Mood, "The statistical sign test", Journal of the American
    Statistical Association 41 (1946), 557-566. The binomial tail is summed in whole numbers.
    """
    if min(wins, losses, left_out) < 0:
        raise ValueError("votes are counted from 0")
    return SignTest(wins, losses, left_out, _two_sided_p(max(wins, losses), wins + losses))


def votes_if_the_share_stays(
    wins: int, losses: int, alpha: float = ALPHA, most: int = MOST_VOTES
) -> int | None:
    """How many decided votes more would tell, if they split as those so far.

    Of n votes in all, the leading side is given ``floor(share * n)``; the answer is the smallest
    such n with p below ``alpha``, less the votes that are there. It is a plain projection, not a
    promise: when the share is what it seems, it comes true about half of the time
    (``votes_for_power`` asks for more).

    Returns:
        0 when the split tells already; None when it is even, so that no number would tell, and
        when more than ``most`` votes would be needed.
    """
    lead, total = max(wins, losses), wins + losses
    if sign_test(wins, losses).p < alpha:
        return 0
    if wins == losses:
        return None
    for more in range(1, most + 1):
        n = total + more
        if _two_sided_p(lead * n // total, n) < alpha:
            return more
    return None


def votes_for_power(
    wins: int, losses: int, alpha: float = ALPHA, power: float = POWER, most: int = MOST_VOTES
) -> int | None:
    """How many decided votes more a test would need to tell with a given probability.

    It takes the observed share for the true one, by the normal approximation
    ``n = ((z_a/2 + z_b * sqrt(s * (1 - s))) / (s - 1/2))**2`` with z_a the two-sided critical
    value and z_b the quantile of the power. At lopsided shares of few votes that promises too much;
    the answer is never below that of ``votes_if_the_share_stays``.

    Returns:
        0 when that many votes are there; None when the split is even, and when more than ``most``
        votes would be needed.

    Source: G. E. Noether, "Sample size determination for some common nonparametric tests",
    Journal of the American Statistical Association 82 (1987), 645-647; here with the variance
    under the alternative instead of 1/4.
    """
    total = wins + losses
    if wins == losses:
        return None
    share = max(wins, losses) / total
    z_alpha = NormalDist().inv_cdf(1 - alpha / 2)
    z_power = NormalDist().inv_cdf(power)
    needed = ((z_alpha / 2 + z_power * sqrt(share * (1 - share))) / (share - 0.5)) ** 2
    at_least = votes_if_the_share_stays(wins, losses, alpha, most)
    more = max(0, ceil(needed) - total, at_least or 0)
    return more if more <= most else None


def _two_sided_p(lead: int, total: int) -> float:
    """Twice the tail from ``lead`` up of Binomial(total, 1/2), at most 1."""
    lead = max(lead, total - lead)
    term = comb(total, lead)
    tail = 0
    for k in range(lead, total + 1):
        tail += term
        term = term * (total - k) // (k + 1)
    return min(1.0, 2 * tail / (1 << total))
