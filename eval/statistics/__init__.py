"""The statistics of the eval: shares, paired comparisons, and votes still needed."""

from eval.statistics.bootstrap import Interval
from eval.statistics.comparing import (
    Paired,
    detectable,
    holm,
    paired,
)
from eval.statistics.estimating import mean_interval, quantile_interval, ratio_interval
from eval.statistics.permutation import mcnemar_exact, sign_flip
from eval.statistics.proportions import Proportion, most_when_none_seen, wilson
from eval.statistics.signs import (
    SignTest,
    sign_test,
    votes_for_power,
    votes_if_the_share_stays,
)

__all__ = [
    "Interval",
    "Paired",
    "Proportion",
    "SignTest",
    "detectable",
    "holm",
    "mcnemar_exact",
    "mean_interval",
    "most_when_none_seen",
    "paired",
    "quantile_interval",
    "ratio_interval",
    "sign_flip",
    "sign_test",
    "votes_for_power",
    "votes_if_the_share_stays",
    "wilson",
]
