"""Two sides on the same questions: the difference, its interval, the tests, what can be shown."""

import itertools
import math
import time
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from eval.statistics import (
    Paired,
    detectable,
    holm,
    mcnemar_exact,
    paired,
    sign_flip,
)
from eval.statistics.bootstrap import (
    FEW,
    NONE,
    ONE_CLUSTER,
    STUDENTISED,
    cluster_error,
    mean_range,
    studentised,
)
from eval.statistics.clusters import drawn_weights, grouped
from eval.statistics.comparing import MCNEMAR, MCNEMAR_BY_CLUSTER, SIGN_FLIP

Rows = list[tuple[float, float, str]]


def rows(binary: bool = False, least: int = 1) -> st.SearchStrategy[Rows]:
    score = st.sampled_from([0.0, 1.0]) if binary else st.integers(0, 20).map(lambda n: n / 20)
    row = st.tuples(score, score, st.sampled_from([f"c{n}" for n in range(20)]))
    return st.lists(row, min_size=least, max_size=60)


def compared(table: Rows, *, swapped: bool = False, binary: bool = False) -> Paired:
    first, second, clusters = zip(*table, strict=True)
    if swapped:
        first, second = second, first
    return paired(first, second, clusters, seed=7, binary=binary, resamples=200)


def alone(n: int) -> list[str]:
    return [f"q{place:04d}" for place in range(n)]


def made_up(n: int, clusters: int, seed: int = 5) -> tuple[list[float], list[float], list[str]]:
    generator = np.random.default_rng(seed)
    first, second = generator.random(n), generator.random(n)
    names = [f"c{place}" for place in generator.integers(0, clusters, n)]
    return first.tolist(), second.tolist(), names


# Interval


def test_with_one_question_each_the_interval_is_nearly_that_of_normal_theory() -> None:
    generator = np.random.default_rng(3)
    deltas = generator.normal(0.1, 1.0, 400)
    found = paired(deltas.tolist(), [0.0] * 400, alone(400), seed=1)
    theory = stats.ttest_1samp(deltas, 0).confidence_interval(0.95)
    assert found.low == pytest.approx(theory.low, abs=0.005)
    assert found.high == pytest.approx(theory.high, abs=0.005)
    assert found.method == STUDENTISED


def test_with_one_question_each_the_error_is_the_usual_one() -> None:
    values = [0.3, 0.1, 0.9, 0.4, 0.4, 0.0]
    assert cluster_error(grouped(values, alone(6))) == pytest.approx(stats.sem(values), rel=1e-12)


def test_the_error_of_clusters_is_what_leaving_each_out_shows() -> None:
    first, _, names = made_up(40, 9)
    means = [
        np.mean([v for v, n in zip(first, names, strict=True) if n != left])
        for left in sorted(set(names))
    ]
    moves = np.array(means) - np.mean(first)
    expected = math.sqrt(len(means) - 1) * math.sqrt(float(np.mean(moves**2)))
    assert cluster_error(grouped(first, names)) == pytest.approx(expected, rel=1e-12)


def test_the_error_of_equal_clusters_is_that_of_their_means() -> None:
    values = [0.1, 0.3, 0.8, 0.6, 0.5, 0.2, 0.9, 0.7]
    names = ["a", "a", "b", "b", "c", "c", "d", "d"]
    means = [0.2, 0.7, 0.35, 0.8]
    assert cluster_error(grouped(values, names)) == pytest.approx(stats.sem(means), rel=1e-12)


def test_the_distances_of_resamples_are_those_of_a_plain_loop() -> None:
    first, second, names = made_up(30, 10)
    deltas = np.subtract(first, second)
    groups = grouped(deltas.tolist(), names)
    weights = drawn_weights(groups.count, 11, 25)
    found = studentised(groups, weights, own_share=1.0)
    members = [
        [v for v, n in zip(deltas, names, strict=True) if n == c] for c in sorted(set(names))
    ]
    for row, distance in zip(weights, found, strict=True):
        drawn = [m for m, times in zip(members, row, strict=True) for _ in range(int(times))]
        pooled = np.concatenate(drawn)
        left = [sum(m) - len(m) * pooled.mean() for m in drawn]
        error = math.sqrt(len(drawn) / (len(drawn) - 1) * sum(x * x for x in left)) / len(pooled)
        assert distance == pytest.approx(abs(pooled.mean() - deltas.mean()) / error, rel=1e-9)


def test_drawn_means_spread_as_those_that_scipy_draws() -> None:
    deltas = np.random.default_rng(8).exponential(1.0, 60)
    weights = drawn_weights(60, 4, 10_000)
    ours = np.quantile(weights @ deltas / 60, [0.025, 0.975])
    theirs = stats.bootstrap(
        (deltas,), np.mean, n_resamples=10_000, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    assert ours == pytest.approx([theirs.low, theirs.high], abs=0.03)


def test_a_draw_takes_as_many_clusters_as_there_are_and_each_as_often_on_average() -> None:
    weights = drawn_weights(12, 3, 10_000)
    assert set(weights.sum(axis=1)) == {12.0}
    assert weights.mean(axis=0) == pytest.approx(np.ones(12), abs=0.05)
    assert weights.var() == pytest.approx(11 / 12, abs=0.02)


def test_the_draw_is_kept_for_the_next_metric_and_cannot_be_changed() -> None:
    weights = drawn_weights(12, 3, 100)
    assert drawn_weights(12, 3, 100) is weights
    with pytest.raises(ValueError, match="read-only"):
        weights[0, 0] = 2.0


def test_the_same_seed_gives_the_same_interval_and_another_one_nearly_the_same() -> None:
    first, second, names = made_up(150, 40)
    one, again = (paired(first, second, names, seed=1) for _ in range(2))
    other = paired(first, second, names, seed=2)
    assert one == again
    assert other.low != one.low
    assert other.low == pytest.approx(one.low, abs=0.01)


def test_few_clusters_get_a_t_interval_that_says_so() -> None:
    deltas = [0.2, 0.5, 0.1, 0.4, 0.3]
    found = mean_range(grouped(deltas, alone(5)), seed=1)
    theory = stats.ttest_1samp(deltas, 0).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((theory.low, theory.high))
    assert found.method == FEW
    assert paired(deltas, [0.0] * 5, alone(5), seed=1).method == FEW


@pytest.mark.parametrize(
    ("deltas", "clusters", "method"),
    [([0.25] * 30, alone(30), NONE), ([0.1, 0.9, 0.4], ["a"] * 3, ONE_CLUSTER)],
)
def test_what_shows_no_spread_has_no_interval(
    deltas: list[float], clusters: list[str], method: str
) -> None:
    found = paired(deltas, [0.0] * len(deltas), clusters, seed=1)
    assert (found.low, found.high, found.method) == (None, None, method)
    assert found.detectable is None


def test_one_question_that_differs_among_many_has_a_finite_interval_that_holds_nothing_away() -> (
    None
):
    found = paired([1.0] + [0.0] * 199, [0.0] * 200, alone(200), seed=1, binary=True)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0 < found.high < 0.03


def test_without_questions_there_is_nothing_but_that() -> None:
    found = paired([], [], [], seed=1)
    assert (found.n, found.delta, found.low, found.p, found.sd) == (0, None, None, None, None)


def test_a_binary_difference_stays_within_what_can_be() -> None:
    first = [1.0] * 9 + [0.0]
    found = paired(first, [0.0] * 10, alone(10), seed=1, binary=True)
    assert found.high == 1.0


@pytest.mark.parametrize(
    ("first", "second", "clusters", "band"),
    [
        ([1.0], [1.0, 2.0], ["a"], 0.0),
        ([1.0], [1.0], ["a", "b"], 0.0),
        ([math.nan], [1.0], ["a"], 0.0),
        ([math.inf], [1.0], ["a"], 0.0),
        ([1.0], [1.0], ["a"], -0.1),
    ],
)
def test_what_cannot_be_compared_is_refused(
    first: list[float], second: list[float], clusters: list[str], band: float
) -> None:
    with pytest.raises(ValueError, match=r"scores|finite|band"):
        paired(first, second, clusters, seed=1, band=band)


def test_differences_up_to_the_band_are_ties() -> None:
    found = paired([0.3, 0.31, 0.1, 0.2], [0.2, 0.2, 0.2, 0.31], alone(4), seed=1, band=0.1)
    assert (found.wins, found.ties, found.losses) == (1, 2, 1)


def test_a_report_with_two_hundred_comparisons_is_quick() -> None:
    first, second, names = made_up(350, 80)
    paired(first, second, names, seed=9)
    start = time.process_time()
    for _ in range(20):
        paired(first, second, names, seed=9)
    assert (time.process_time() - start) / 20 < 0.05


# Tests


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_is_the_binomial_test_of_scipy(only_first: int, only_second: int) -> None:
    total = only_first + only_second
    expected = stats.binomtest(only_first, total).pvalue if total else 1.0
    assert mcnemar_exact(only_first, only_second) == pytest.approx(expected, rel=1e-9)


def test_a_negative_number_of_questions_is_refused() -> None:
    with pytest.raises(ValueError, match="from 0"):
        mcnemar_exact(-1, 2)


@given(rows(binary=True))
def test_with_one_question_each_flipping_signs_is_mcnemar(table: Rows) -> None:
    deltas = [first - second for first, second, _ in table]
    expected = mcnemar_exact(deltas.count(1.0), deltas.count(-1.0))
    assert sign_flip(deltas, alone(len(deltas)), 1) == pytest.approx(expected, rel=1e-9)


def flipped_by_hand(sums: Sequence[float]) -> float:
    observed = abs(sum(sums))
    ways = list(itertools.product([1, -1], repeat=len(sums)))
    reached = [abs(sum(s * x for s, x in zip(signs, sums, strict=True))) for signs in ways]
    return sum(total >= observed - 1e-9 for total in reached) / len(ways)


@given(rows())
def test_few_clusters_are_flipped_in_every_way(table: Rows) -> None:
    table = [(first, second, f"c{int(cluster[1:]) % 8}") for first, second, cluster in table]
    deltas, names = [a - b for a, b, _ in table], [name for *_, name in table]
    by_hand = flipped_by_hand(grouped(deltas, names).sums.tolist())
    assert sign_flip(deltas, names, 1) == pytest.approx(by_hand)


@given(rows(binary=True))
def test_whole_numbers_are_counted_as_all_ways_of_flipping_are(table: Rows) -> None:
    table = [(first, second, f"c{int(cluster[1:]) % 8}") for first, second, cluster in table]
    deltas, names = [a - b for a, b, _ in table], [name for *_, name in table]
    by_hand = flipped_by_hand(grouped(deltas, names).sums.tolist())
    assert sign_flip(deltas, names, 1) == pytest.approx(by_hand)


def test_few_questions_are_flipped_as_scipy_flips_them() -> None:
    deltas = np.array([0.31, -0.12, 0.44, 0.27, -0.05, 0.18, 0.52, 0.09, -0.21, 0.33])
    theirs = stats.permutation_test(
        (deltas,), np.sum, permutation_type="samples", n_resamples=np.inf, alternative="two-sided"
    )
    assert sign_flip(deltas.tolist(), alone(10), 1) == pytest.approx(theirs.pvalue)


def test_drawn_flips_come_close_to_those_of_scipy_and_are_never_none() -> None:
    deltas = np.random.default_rng(6).normal(0.25, 1.0, 50)
    theirs = stats.permutation_test(
        (deltas,), np.sum, permutation_type="samples", n_resamples=20_000,
        rng=np.random.default_rng(1),
    )  # fmt: skip
    assert sign_flip(deltas.tolist(), alone(50), 1) == pytest.approx(theirs.pvalue, abs=0.015)
    sure = [1.0 + n / 1000 for n in range(50)]
    assert sign_flip(sure, alone(50), 1) == pytest.approx(1 / 10_001)


def test_many_questions_of_one_cluster_count_as_one_flip() -> None:
    assert sign_flip([0.4] * 100, ["only"] * 100, 1) == 1.0
    assert sign_flip([0.4] * 100, alone(100), 1) < 0.001


def test_no_difference_at_all_is_no_surprise() -> None:
    assert sign_flip([0.0] * 9, alone(9), 1) == 1.0


@pytest.mark.parametrize(
    ("clusters", "binary", "first", "test"),
    [
        (alone(4), True, [1.0, 1.0, 0.0, 1.0], MCNEMAR),
        (["a", "a", "b", "c"], True, [1.0, 1.0, 0.0, 1.0], MCNEMAR_BY_CLUSTER),
        (alone(4), True, [1.0, 0.5, 0.0, 1.0], SIGN_FLIP),
        (alone(4), False, [1.0, 1.0, 0.0, 1.0], SIGN_FLIP),
    ],
)
def test_the_test_goes_by_the_scores_and_the_clusters(
    clusters: list[str], binary: bool, first: list[float], test: str
) -> None:
    assert paired(first, [0.0] * 4, clusters, seed=1, binary=binary).test == test


@given(rows(binary=True), st.booleans())
def test_swapping_the_sides_turns_everything_round_and_keeps_p(table: Rows, binary: bool) -> None:
    one, other = compared(table, binary=binary), compared(table, swapped=True, binary=binary)
    assert one.delta is not None
    assert other.delta == -one.delta
    assert (other.wins, other.ties, other.losses) == (one.losses, one.ties, one.wins)
    assert (other.p, other.sd, other.detectable) == (one.p, one.sd, one.detectable)
    if one.low is not None and one.high is not None:
        assert (other.low, other.high) == (-one.high, -one.low)


@given(rows(), st.randoms(use_true_random=False))
def test_the_order_of_the_questions_does_not_matter(table: Rows, chance: object) -> None:
    mixed = list(table)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    one, other = compared(table), compared(mixed)
    assert one.sd == pytest.approx(other.sd)
    same = ("n", "clusters", "delta", "low", "high", "p", "wins", "ties", "losses", "detectable")
    assert [getattr(one, name) for name in same] == [getattr(other, name) for name in same]


@given(rows(least=2))
def test_the_interval_lies_around_the_difference(table: Rows) -> None:
    found = compared(table)
    if found.low is not None and found.high is not None:
        assert found.delta is not None
        assert found.low < found.delta < found.high


# What can be shown


def test_the_detectable_difference_is_that_of_normal_theory_with_many_clusters() -> None:
    found = detectable(0.02, 100_000)
    assert found == pytest.approx((1.959964 + 0.841621) * 0.02, rel=1e-4)


def test_few_clusters_can_show_less() -> None:
    # t with 9 degrees of freedom: 2.262157 two-sided at .05, 0.883404 at a power of .8
    assert detectable(0.02, 10) == pytest.approx((2.262157 + 0.883404) * 0.02, rel=1e-6)


def test_four_times_the_questions_show_half_the_difference() -> None:
    few, many = (
        paired(([1.0, 0.0, 0.5] * n), [0.4] * 3 * n, alone(3 * n), seed=1) for n in (50, 200)
    )
    assert few.detectable is not None
    assert many.detectable == pytest.approx(few.detectable / 2, rel=0.02)


@pytest.mark.parametrize(("error", "clusters"), [(0.1, 1), (0.0, 50), (math.inf, 50)])
def test_without_spread_or_clusters_nothing_is_promised(error: float, clusters: int) -> None:
    assert detectable(error, clusters) is None


# Several tests


def test_holm_by_hand() -> None:
    # Ranked .01, .02, .03, .04 times 4, 3, 2, 1: .04, .06, .06, .06
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx((0.06, 0.04, 0.06, 0.06))


def test_holm_leaves_out_what_could_not_be_tested() -> None:
    assert holm([None, 0.02, None, 0.5]) == (None, 0.04, None, 0.5)
    assert holm([]) == ()


ps = st.lists(st.floats(0, 1), min_size=1, max_size=12)


@given(ps)
def test_holm_lies_between_the_plain_p_and_that_of_bonferroni(found: list[float]) -> None:
    for plain, corrected in zip(found, holm(found), strict=True):
        assert corrected is not None
        assert plain <= corrected <= min(1.0, plain * len(found))


@given(ps)
def test_holm_is_at_least_as_strict_as_false_discovery_control(found: list[float]) -> None:
    looser = stats.false_discovery_control(found, method="bh")
    for corrected, loose in zip(holm(found), looser, strict=True):
        assert corrected is not None
        assert corrected >= loose - 1e-12


def test_under_nothing_but_chance_holm_rarely_finds_anything() -> None:
    generator = np.random.default_rng(12)
    alarms = [
        min(p or 0.0 for p in holm(generator.random(8).tolist())) < 0.05 for _ in range(4_000)
    ]
    assert np.mean(alarms) == pytest.approx(0.049, abs=0.012)
