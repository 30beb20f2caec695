import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.embedder import FloatArray
from index.fusion import Ranking, fuse, min_max


def scores(*values: float) -> FloatArray:
    return np.array(values, dtype=np.float32)


def ranking(places: list[int], *values: float) -> Ranking:
    return np.array(places, dtype=np.intp), scores(*values)


def test_scores_are_scaled_to_the_range_they_span() -> None:
    assert min_max(scores(2, 4, 3)).tolist() == [0.0, 1.0, 0.5]
    assert min_max(scores(0.3, 0.3)).tolist() == [1.0, 1.0]
    assert min_max(scores()).tolist() == []


def test_a_chunk_both_lists_rank_high_comes_first() -> None:
    places, fused = fuse(ranking([5, 2, 9], 0.9, 0.8, 0.1), ranking([2, 7, 9], 10.0, 6.0, 2.0))
    assert places.tolist() == [2, 5, 7, 9]
    assert fused.tolist() == pytest.approx([0.9375, 0.5, 0.25, 0.0])


def test_the_worst_of_both_lists_is_still_in_the_result() -> None:
    places, _ = fuse(ranking([0, 1], 0.9, 0.1), ranking([]))
    assert places.tolist() == [0, 1]


def test_the_weight_decides_which_list_rules() -> None:
    dense, lexical = ranking([1, 2], 0.9, 0.1), ranking([2, 1], 5.0, 1.0)
    assert fuse(dense, lexical, 1.0)[0].tolist() == [1, 2]
    assert fuse(dense, lexical, 0.0)[0].tolist() == [2, 1]
    # Equal scores stand in the order of the places, whatever the order they came in.
    assert fuse(dense, lexical, 0.5)[0].tolist() == [1, 2]


@given(
    st.dictionaries(st.integers(0, 30), st.floats(-1, 1, width=32), max_size=20),
    st.dictionaries(st.integers(0, 30), st.floats(0, 50, width=32), max_size=20),
    st.floats(0, 1),
)
def test_fused_scores_lie_between_0_and_1_and_fall(
    dense: dict[int, float], lexical: dict[int, float], weight: float
) -> None:
    places, fused = fuse(
        ranking(list(dense), *dense.values()), ranking(list(lexical), *lexical.values()), weight
    )
    assert set(places.tolist()) == dense.keys() | lexical.keys()
    assert len(places) == len(set(places.tolist()))
    assert all(0 <= score <= 1 + 1e-6 for score in fused.tolist())
    assert fused.tolist() == sorted(fused.tolist(), reverse=True)
