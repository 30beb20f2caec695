"""A share with its interval, the sign test, and the votes that are still needed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.statistics import (
    most_when_none_seen,
    sign_test,
    votes_for_power,
    votes_if_the_share_stays,
    wilson,
)


def test_seven_of_ten_has_the_interval_that_a_hand_finds() -> None:
    # z = 1.96: (0.7 + 0.19208 -+ 1.96 * sqrt(0.021 + 0.009604)) / 1.38416
    found = wilson(7, 10)
    assert found.low == pytest.approx(0.3968, abs=5e-5)
    assert found.high == pytest.approx(0.8922, abs=5e-5)
    assert found.share == 0.7


def test_none_of_ten_and_ten_of_ten_still_have_a_width() -> None:
    none, every = wilson(0, 10), wilson(10, 10)
    assert (none.low, every.high) == (0.0, 1.0)
    # z**2 / (n + z**2) = 3.8415 / 13.8415
    assert none.high == pytest.approx(0.27753, abs=5e-6)
    assert every.low == pytest.approx(1 - none.high)


def test_of_nothing_nothing_is_known() -> None:
    found = wilson(0, 0)
    assert (found.low, found.high, found.share) == (0.0, 1.0, None)


@pytest.mark.parametrize(("count", "total"), [(3, 2), (-1, 5), (0, -1)])
def test_a_share_that_cannot_be_is_refused(count: int, total: int) -> None:
    with pytest.raises(ValueError, match="not a share"):
        wilson(count, total)
    with pytest.raises(ValueError, match="confidence"):
        wilson(1, 2, confidence=1.0)


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_is_the_one_of_scipy(pair: tuple[int, int]) -> None:
    from scipy.stats import binomtest

    count, total = pair
    theirs = binomtest(count, total).proportion_ci(0.95, "wilson")
    ours = wilson(count, total)
    assert ours.low == pytest.approx(theirs.low, abs=1e-12)
    assert ours.high == pytest.approx(theirs.high, abs=1e-12)
    assert ours.low <= count / total <= ours.high


def test_seven_against_three_is_found_by_chance_in_about_34_of_100_cases() -> None:
    # 2 * (120 + 45 + 10 + 1) / 1024
    found = sign_test(7, 3, left_out=4)
    assert found.p == 352 / 1024
    assert (found.decided, found.left_out) == (10, 4)
    assert not found.tells()


def test_nine_against_one_tells() -> None:
    # 2 * (10 + 1) / 1024
    assert sign_test(9, 1).p == 22 / 1024
    assert sign_test(1, 9).tells()


def test_without_a_decided_vote_there_is_no_surprise() -> None:
    assert sign_test(0, 0, left_out=5).p == 1.0
    assert sign_test(4, 4).p == 1.0
    with pytest.raises(ValueError, match="from 0"):
        sign_test(-1, 2)


@given(st.integers(0, 300), st.integers(0, 300))
def test_the_sign_test_is_the_binomial_test_of_scipy(wins: int, losses: int) -> None:
    from scipy.stats import binomtest

    ours = sign_test(wins, losses).p
    theirs = binomtest(wins, wins + losses).pvalue if wins + losses else 1.0
    assert ours == pytest.approx(theirs, rel=1e-9)
    assert ours == sign_test(losses, wins).p


def test_seven_of_ten_would_tell_with_20_votes_more_if_the_share_stays() -> None:
    # 21 of 30: p = 0.043; 20 of 29 are the most whole votes below 70 %, and p = 0.061.
    assert votes_if_the_share_stays(7, 3) == votes_if_the_share_stays(3, 7) == 20
    assert sign_test(21, 9).p == pytest.approx(0.0428, abs=5e-5)
    assert sign_test(20, 9).p == pytest.approx(0.0614, abs=5e-5)


@given(st.integers(0, 40), st.integers(0, 40))
def test_no_smaller_number_of_votes_would_tell(wins: int, losses: int) -> None:
    more = votes_if_the_share_stays(wins, losses, most=300)
    total, lead = wins + losses, max(wins, losses)
    if more is None:
        assert wins == losses or lead / total < 0.57
        return

    def tells(extra: int) -> bool:
        n = total + extra
        return bool(n) and sign_test(lead * n // total, n - lead * n // total).tells()

    assert tells(more)
    assert not any(tells(extra) for extra in range(more))


def test_an_even_split_and_a_hair_off_it_cannot_tell() -> None:
    assert votes_if_the_share_stays(5, 5) is None
    assert votes_for_power(5, 5) is None
    assert votes_if_the_share_stays(0, 0) is None
    assert votes_if_the_share_stays(51, 50) is None
    assert votes_for_power(51, 50) is None


def test_a_split_that_tells_needs_no_more_votes() -> None:
    assert votes_if_the_share_stays(9, 1) == 0


def test_to_be_four_in_five_sure_takes_more_votes() -> None:
    # ((1.95996 / 2 + 0.84162 * sqrt(0.21)) / 0.2)**2 = 46.6
    assert votes_for_power(7, 3) == 37
    assert votes_for_power(70, 30) == 0
    assert votes_for_power(3, 0) == votes_if_the_share_stays(3, 0) == 3


@pytest.mark.parametrize("share", [0.6, 0.65, 0.7, 0.75, 0.8, 0.9])
def test_the_votes_for_power_give_about_that_power(share: float) -> None:
    from scipy.stats import binom

    wins = round(share * 20)
    n = 20 + (votes_for_power(wins, 20 - wins) or 0)
    power = sum(binom.pmf(k, n, share) for k in range(n + 1) if sign_test(k, n - k).tells())
    # Power goes up and down in steps with n: whole votes make whole thresholds.
    assert 0.7 < power < 0.995


def test_no_event_in_sixty_trials_leaves_room_for_one_in_twenty() -> None:
    assert most_when_none_seen(60) == 0.05
    assert most_when_none_seen(2) == 1.0
    with pytest.raises(ValueError, match="trial"):
        most_when_none_seen(0)
