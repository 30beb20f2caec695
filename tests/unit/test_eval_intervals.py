"""Intervals of single figures, and the simulation that shows what they are worth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.statistics import mean_interval, quantile_interval, ratio_interval, wilson
from eval.statistics.__main__ import lines
from eval.statistics.estimating import (
    EACH_CLUSTER_ONCE,
    WILSON,
    WILSON_FEW,
    WOODRUFF,
    WOODRUFF_FEW,
)
from eval.statistics.simulated_data import Setting, draw_rates, draw_sample
from eval.statistics.simulation import coverage, power, quantile_coverage, rate_coverage


def alone(n: int) -> list[str]:
    return [f"q{place:04d}" for place in range(n)]


# A mean and a rate


def test_a_rate_of_many_single_questions_is_that_of_wilson() -> None:
    values = [1.0] * 1_300 + [0.0] * 700
    found, plain = mean_interval(values, alone(2_000), seed=1, binary=True), wilson(1_300, 2_000)
    assert found.value == plain.share
    assert found.low == pytest.approx(plain.low, abs=1e-4)
    assert found.high == pytest.approx(plain.high, abs=1e-4)
    assert found.method == WILSON


def test_questions_that_say_all_the_same_in_a_cluster_count_once() -> None:
    rates = [1.0, 0.0] * 20
    names = alone(40)
    doubled = mean_interval(rates * 3, names * 3, seed=1, binary=True)
    single = mean_interval(rates, names, seed=1, binary=True)
    assert (doubled.low, doubled.high) == pytest.approx((single.low, single.high), abs=1e-9)


@pytest.mark.parametrize(("value", "count"), [(0.0, 0), (1.0, 12)])
def test_a_rate_of_none_or_all_counts_each_cluster_once(value: float, count: int) -> None:
    found = mean_interval([value] * 60, alone(12) * 5, seed=1, binary=True)
    plain = wilson(count, 12)
    assert (found.low, found.high, found.method) == (plain.low, plain.high, EACH_CLUSTER_ONCE)


def test_a_rate_of_few_clusters_says_so() -> None:
    found = mean_interval([1.0, 0.0, 1.0], alone(3), seed=1, binary=True)
    assert found.method == WILSON_FEW


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.5, 1.0]), st.integers(0, 9)), min_size=1))
def test_a_rate_and_its_interval_lie_between_0_and_1(drawn: list[tuple[float, int]]) -> None:
    values, names = [value for value, _ in drawn], [str(name) for _, name in drawn]
    found = mean_interval(values, names, seed=1, binary=True)
    assert found.value is not None
    if found.low is not None and found.high is not None:
        assert 0 <= found.low <= found.value <= found.high <= 1


def test_what_is_no_rate_is_refused_as_one() -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        mean_interval([2.0], ["a"], seed=1, binary=True)


@pytest.mark.parametrize("binary", [False, True])
def test_the_mean_of_nothing_is_none(binary: bool) -> None:
    found = mean_interval([], [], seed=1, binary=binary)
    assert (found.value, found.low, found.high) == (None, None, None)


def test_a_mean_that_is_no_rate_may_lie_anywhere() -> None:
    generator = np.random.default_rng(4)
    found = mean_interval(generator.normal(50, 5, 100).tolist(), alone(100), seed=1)
    assert found.low is not None
    assert found.high is not None
    # 1.984 * 5 / 10 = 0.99 on either side, by the t distribution
    assert found.high - found.low == pytest.approx(2 * 0.99, rel=0.15)


# A ratio and a quantile


def test_a_ratio_with_the_same_denominator_everywhere_is_a_mean() -> None:
    costs = np.random.default_rng(2).random(80).tolist()
    names = [str(n % 20) for n in range(80)]
    ratio, mean = ratio_interval(costs, [1.0] * 80, names, 3), mean_interval(costs, names, seed=3)
    assert ratio == mean


def test_a_ratio_does_not_care_for_the_unit() -> None:
    generator = np.random.default_rng(2)
    costs, right = generator.random(80), generator.integers(0, 2, 80).astype(float)
    names = [str(n % 20) for n in range(80)]
    dollars = ratio_interval(costs.tolist(), right.tolist(), names, 3)
    cents = ratio_interval((100 * costs).tolist(), right.tolist(), names, 3)
    for one, hundred in ((dollars.value, cents.value), (dollars.low, cents.low)):
        assert one is not None
        assert hundred == pytest.approx(100 * one, rel=1e-9)


@pytest.mark.parametrize("right", [[0.0] * 3, []])
def test_over_nothing_there_is_no_ratio(right: list[float]) -> None:
    found = ratio_interval([1.0] * len(right), right, alone(len(right)), 1)
    assert (found.value, found.low, found.high) == (None, None, None)


def test_a_ratio_that_hangs_on_one_cluster_has_no_interval() -> None:
    found = ratio_interval([1.0] * 20, [1.0] + [0.0] * 19, alone(20), 1)
    assert (found.value, found.low, found.high) == (20.0, None, None)


def test_the_median_of_a_hundred_has_the_ends_that_the_binomial_gives() -> None:
    # Binomial(100, .5) is at most 39 with a chance of .0176, at most 60 with .9824: ranks 40 and
    # 61; a hair further out for what 100 clusters leave unsure.
    found = quantile_interval([float(n) for n in range(1, 101)], 0.5, alone(100), 1)
    assert (found.value, found.low, found.high) == (50.0, 40.0, 61.0)
    assert found.method == WOODRUFF


def test_ten_questions_cannot_say_how_high_the_95th_hundredth_may_be() -> None:
    found = quantile_interval([float(n) for n in range(10)], 0.95, alone(10), 1)
    assert (found.value, found.high) == (9.0, None)


@given(st.lists(st.integers(0, 30), min_size=2, max_size=60), st.sampled_from([0.1, 0.5, 0.95]))
def test_a_quantile_lies_within_its_interval(drawn: list[int], q: float) -> None:
    values = [float(one) for one in drawn]
    found = quantile_interval(values, q, [str(n % 9) for n in range(len(values))], 1)
    assert found.value in values
    assert found.low is None or found.low <= found.value
    assert found.high is None or found.high >= found.value


def test_a_quantile_of_few_clusters_says_so_and_of_nothing_is_none() -> None:
    assert quantile_interval([1.0, 2.0, 3.0], 0.5, alone(3), 1).method == WOODRUFF_FEW
    assert quantile_interval([1.0, 2.0], 0.5, ["a", "a"], 1).low is None
    assert quantile_interval([], 0.5, [], 1).value is None


@pytest.mark.parametrize("q", [0.0, 1.0, -0.5])
def test_a_quantile_outside_0_to_1_is_refused(q: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        quantile_interval([1.0], q, ["a"], 1)


# The simulation. The seed is fixed, so that these are the same figures on every machine, and the
# bounds are three standard errors of a share of that many runs away from what is promised.


@pytest.mark.parametrize(
    "setting",
    [
        Setting("normal", 20, 0.1),
        Setting("three values", 40, 0.3),
        Setting("skewed shares", 40, 0.1),
        Setting("mostly ties", 80, 0.1),
    ],
)
def test_the_interval_of_a_difference_holds_the_truth(setting: Setting) -> None:
    found = coverage(setting, runs=300, seed=1, resamples=500)
    assert 0.91 <= found.shares["studentised"] <= 0.99


def test_the_percentile_interval_falls_short_with_few_clusters() -> None:
    found = coverage(Setting("skewed shares", 12, 0.3), runs=300, seed=1, resamples=500)
    assert found.shares["percentile"] < found.shares["studentised"] - 0.02


def test_the_interval_of_a_rate_holds_where_wilson_over_questions_does_not() -> None:
    found = rate_coverage(0.3, Setting("normal", 40, 0.3), runs=500, seed=1)
    assert 0.92 <= found.shares["effective number"] <= 0.98
    assert found.shares["plain Wilson"] < 0.88


def test_the_interval_of_a_median_holds_the_truth() -> None:
    found = quantile_coverage(0.5, Setting("long tail", 40, 0.1), runs=300, seed=1)
    assert 0.91 <= found.shares["Woodruff"] <= 0.99


def test_the_test_gives_few_false_alarms_and_finds_what_is_detectable() -> None:
    found = power(Setting("three values", 40, 0.3), runs=400, seed=1)
    assert found.false_alarms["sign-flip by cluster"] <= 0.08
    assert found.false_alarms["McNemar by question"] > 0.09
    assert 0.70 <= found.found <= 0.90


def test_the_made_up_data_have_the_mean_and_the_dependence_that_they_claim() -> None:
    generator = np.random.default_rng(1)
    for shape in ("normal", "three values", "skewed shares", "mostly ties", "long tail"):
        sample = draw_sample(Setting(shape, 6_000, 0.0), generator)
        spread = np.std(sample.values) / np.sqrt(len(sample.values))
        assert abs(np.mean(sample.values) - sample.truth) < 4 * spread
    drawn = draw_rates(0.5, Setting("normal", 6_000, 0.3), generator)
    by_cluster: dict[str, list[float]] = {}
    for value, cluster in zip(drawn.values, drawn.clusters, strict=True):
        by_cluster.setdefault(cluster, []).append(value)
    pairs = np.array([found[:2] for found in by_cluster.values() if len(found) > 1])
    assert np.corrcoef(pairs.T)[0, 1] == pytest.approx(0.3, abs=0.05)


def test_the_tables_of_the_simulation_are_whole() -> None:
    table = list(lines(runs=2, resamples=50, seed=1))
    assert sum(line.startswith("**") for line in table) == 5
    rows = [line.count("|") for line in table if line.startswith("| mostly ties")]
    # Nine settings and one that is harder, of eight columns; the tests at nine, of seven.
    assert (rows.count(9), rows.count(8)) == (10, 9)
