import numpy as np
import pytest

from corpus.documents import Span
from index.embedder import FloatArray
from index.fusion import Ranking
from index.passages import Chunk
from index.ranking import choose_passages, take_turns


def chunk(document: str, text: str, start: int = 0, section: Span | None = None) -> Chunk:
    end = start + 10
    return Chunk(
        f"{document}-{start}", document, (), start, end, text, section or Span(start, end), "prose"
    )


def ranked(count: int) -> Ranking:
    return np.arange(count, dtype=np.intp), np.linspace(1, 0.5, count, dtype=np.float32)


def vectors(*angles: float) -> FloatArray:
    """Unit vectors in the plane; alike where the angles are."""
    return np.array([[np.cos(a), np.sin(a)] for a in angles], dtype=np.float32).reshape(-1, 2)


def chosen(chunks: list[Chunk], *angles: float) -> list[str]:
    found = choose_passages(ranked(len(chunks)), tuple(chunks), vectors(*angles))
    return [chunk.id for chunk, _ in found]


def test_one_chunk_speaks_for_its_section() -> None:
    whole = Span(0, 40)
    chunks = [chunk("a", "x", 0, whole), chunk("a", "y", 20, whole), chunk("b", "z", 0)]
    assert chosen(chunks, 0, 1, 2) == ["a-0", "b-0"]


def test_the_copy_in_another_version_of_a_document_gives_way_to_the_better_one() -> None:
    chunks = [chunk("readme-new", "Install it."), chunk("readme-old", "Install it"), chunk("c", "")]
    assert chosen(chunks, 0, 0.1, 1) == ["readme-new-0", "c-0"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Llama 3.1 Community License\nYou may", "Llama 3.3 Community License\nYou may"),
        ("Falcon 7B has 7 billion", "Falcon 40B has 40 billion"),
        ("in force", "in force since 2024"),
    ],
)
def test_texts_that_name_other_numbers_are_no_copies(one: str, other: str) -> None:
    assert chosen([chunk("a", one), chunk("b", other)], 0, 0.1) == ["a-0", "b-0"]


def test_texts_with_the_same_numbers_but_another_meaning_are_both_kept() -> None:
    assert chosen([chunk("a", "12 apples"), chunk("b", "12 pears")], 0, 0.6) == ["a-0", "b-0"]


def test_nothing_found_is_nothing_chosen() -> None:
    assert chosen([]) == []


def test_rankings_take_turns_and_none_brings_a_section_again() -> None:
    both = Span(0, 40)
    chunks = (chunk("a", "", 0, both), chunk("a", "", 20, both), chunk("b", ""), chunk("c", ""))

    def order(*places: int) -> Ranking:
        return np.array(places), np.linspace(1, 0.5, len(places), dtype=np.float32)

    places, scores = take_turns([order(0, 1, 2), order(1, 3, 2)], chunks)
    assert places.tolist() == [0, 3, 2]
    assert scores.tolist() == [1.0, 0.75, 0.5]
    assert take_turns([order(), order(2)], chunks)[0].tolist() == [2]
