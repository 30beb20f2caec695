"""Small statistics in plain Python: a share with its interval, a sign test, votes still needed."""

from eval.statistics.proportions import Proportion, most_when_none_seen, wilson
from eval.statistics.signs import (
    SignTest,
    sign_test,
    votes_for_power,
    votes_if_the_share_stays,
)

__all__ = [
    "Proportion",
    "SignTest",
    "most_when_none_seen",
    "sign_test",
    "votes_for_power",
    "votes_if_the_share_stays",
    "wilson",
]
