import math

import numpy as np
import pytest

from eval.bench.scores import MEASURES, intervals, score_ranking


def one(ranking: list[str], grades: dict[str, int]) -> dict[str, float]:
    (row,) = score_ranking({"q": ranking}, {"q": grades})
    return dict(zip(MEASURES, row.tolist(), strict=True))


def test_a_perfect_ranking_scores_one_everywhere() -> None:
    assert set(one(["a", "b", "x"], {"a": 1, "b": 1}).values()) == {1.0}


def test_graded_gains_are_discounted_by_the_logarithm_of_the_place() -> None:
    found = one(["x", "low", "high"], {"low": 1, "high": 2})
    ideal = 2 / math.log2(2) + 1 / math.log2(3)
    assert found["nDCG@10"] == pytest.approx((1 / math.log2(3) + 2 / math.log2(4)) / ideal)
    assert found["MRR@10"] == pytest.approx(1 / 2)
    assert found["recall@5"] == 1.0


def test_recall_counts_what_stands_within_the_depth_and_what_nobody_can_find() -> None:
    ranking = [f"x{i}" for i in range(200)]
    found = one(ranking, {"x4": 1, "x5": 1, "x10": 1, "x99": 1, "x100": 1, "ghost": 1})
    assert found["recall@5"] == pytest.approx(1 / 6)
    assert found["recall@10"] == pytest.approx(2 / 6)
    assert found["recall@100"] == pytest.approx(4 / 6)
    assert found["MRR@10"] == pytest.approx(1 / 5)


def test_a_first_hit_on_the_eleventh_place_is_no_hit_at_ten() -> None:
    found = one([f"x{i}" for i in range(20)], {"x10": 1})
    assert (found["MRR@10"], found["nDCG@10"], found["recall@100"]) == (0.0, 0.0, 1.0)


def test_a_document_of_grade_zero_is_no_hit() -> None:
    found = one(["zero", "one"], {"zero": 0, "one": 1})
    assert found["MRR@10"] == pytest.approx(1 / 2)
    assert found["recall@5"] == 1.0


def test_equal_scores_cannot_reorder_a_ranking() -> None:
    # trec_eval breaks ties by the name; the places that are handed to it leave none.
    assert one(["a", "z"], {"a": 1})["MRR@10"] == one(["z", "a"], {"z": 1})["MRR@10"] == 1.0


def test_a_query_for_which_nothing_was_found_counts_as_zero() -> None:
    judgements = {"nothing": {"a": 1}, "left-out": {"a": 1}, "found": {"a": 1}}
    scores = score_ranking({"nothing": [], "found": ["a"]}, judgements)
    assert scores.tolist() == [[0.0] * 5, [0.0] * 5, [1.0] * 5]
    assert intervals(scores)["recall@5"].mean == pytest.approx(1 / 3, abs=1e-5)


def test_an_interval_agrees_with_the_normal_approximation_for_many_queries() -> None:
    scores = np.random.default_rng(1).normal(0.5, 0.2, size=(2000, 5))
    found = intervals(scores)["nDCG@10"]
    error = scores[:, 0].std() / math.sqrt(2000)
    assert found.low == pytest.approx(found.mean - 1.96 * error, abs=error / 10)
    assert found.high == pytest.approx(found.mean + 1.96 * error, abs=error / 10)


def test_an_interval_is_the_same_in_every_run_and_empty_of_width_when_all_agree() -> None:
    scores = np.random.default_rng(2).random((40, 5))
    assert intervals(scores) == intervals(scores)
    same = intervals(np.full((40, 5), 0.25))["MRR@10"]
    assert (same.low, same.mean, same.high) == (0.25, 0.25, 0.25)


def test_a_paired_difference_is_surer_than_its_parts() -> None:
    generator = np.random.default_rng(3)
    base = generator.random((200, 5))
    better = base + 0.05 + generator.normal(0, 0.01, (200, 5))
    difference = intervals(better - base)["nDCG@10"]
    alone = intervals(base)["nDCG@10"]
    assert difference.low > 0
    assert difference.high - difference.low < (alone.high - alone.low) / 5
