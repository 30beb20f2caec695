"""Two shares of the same cases, and how far they are apart."""

import math

from eval.statistics import wilson


def paired_difference(both: int, only_one: int, only_two: int, neither: int) -> tuple[float, float]:
    """A 95 % interval for the difference of two shares that were measured on the same cases.

    Source: R. G. Newcombe, "Improved confidence intervals for the difference between binomial
    proportions based on paired data", Statistics in Medicine 17 (1998), 2635-2650, method 10. Of
    nothing the interval is -1 to 1.
    """
    total = both + only_one + only_two + neither
    if not total:
        return -1.0, 1.0
    one, two = wilson(both + only_one, total), wilson(both + only_two, total)
    share_one, share_two = (both + only_one) / total, (both + only_two) / total
    margins = (both + only_one) * (only_two + neither) * (both + only_two) * (only_one + neither)
    cross: float = both * neither - only_one * only_two
    if cross > 0:
        cross = max(cross - total / 2, 0.0)
    phi = cross / math.sqrt(margins) if margins else 0.0
    below, above = share_one - one.low, one.high - share_one
    below_two, above_two = share_two - two.low, two.high - share_two
    difference = share_one - share_two
    return (
        difference - math.sqrt(max(0.0, below**2 - 2 * phi * below * above_two + above_two**2)),
        difference + math.sqrt(max(0.0, above**2 - 2 * phi * above * below_two + below_two**2)),
    )
