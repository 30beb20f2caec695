import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.embedder import FloatArray
from index.fusion import best_first, fuse


def scores(*values: float) -> FloatArray:
    return np.array(values, dtype=np.float32)


def test_each_list_counts_as_a_share_of_what_it_could_reach() -> None:
    fused = fuse(scores(0.8, 0.4), scores(2.0, 6.0), best_words=8.0)
    assert fused.tolist() == pytest.approx([0.4 + 0.125, 0.2 + 0.375])


def test_a_chunk_that_points_away_from_the_question_counts_as_unrelated() -> None:
    assert fuse(scores(-0.3, 0.0), scores(0, 0), best_words=5.0).tolist() == [0.0, 0.0]


def test_a_question_without_a_known_word_is_ranked_by_the_vectors() -> None:
    assert fuse(scores(0.5, 0.9), scores(0, 0), best_words=0.0).tolist() == pytest.approx(
        [0.25, 0.45]
    )


def test_the_weight_decides_which_list_rules() -> None:
    cosines, words = scores(0.9, 0.1), scores(1.0, 5.0)
    assert fuse(cosines, words, 5.0, 1.0).argmax() == 0
    assert fuse(cosines, words, 5.0, 0.0).argmax() == 1


def test_equal_scores_stand_in_the_order_of_the_places_whatever_order_they_came_in() -> None:
    places, found = best_first(np.array([9, 2, 5]), scores(0.5, 0.5 + 1e-8, 0.7))
    assert places.tolist() == [5, 2, 9]
    assert found.tolist() == pytest.approx([0.7, 0.5, 0.5])


def test_a_place_that_was_found_twice_is_ranked_once() -> None:
    assert best_first(np.array([3, 1, 3]), scores(0.5, 0.9, 0.5))[0].tolist() == [1, 3]


@given(
    st.lists(
        st.tuples(st.floats(-1, 1, width=32), st.floats(0, 50, width=32)), min_size=1, max_size=20
    ),
    st.floats(0, 1),
)
def test_fused_scores_lie_between_0_and_1(pairs: list[tuple[float, float]], weight: float) -> None:
    cosines, words = scores(*(a for a, _ in pairs)), scores(*(b for _, b in pairs))
    fused = fuse(cosines, words, 50.0, weight)
    assert all(0 <= score <= 1 + 1e-6 for score in fused.tolist())
