"""Which of the found chunks are worth a passage: one a section, and no text twice."""

import re
from collections.abc import Iterator, Sequence

import numpy as np

from corpus.documents import Span
from index.embedder import FloatArray
from index.fusion import Ranking
from index.passages import Chunk

COPY_COSINE = 0.95
"""Chunks at least this alike say the same, if they name the same numbers."""

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def choose_passages(
    ranking: Ranking, chunks: tuple[Chunk, ...], vectors: FloatArray
) -> Iterator[tuple[Chunk, float]]:
    """Yield, best first, the chunks whose sections make a list without overlap and without copies.

    Documents that are kept in several versions repeat whole sections; the copy that ranks best
    speaks for all. Texts whose numbers differ, be it only a version in the title, are no copies.

    Args:
        ranking: every chunk that was found, best first.
        chunks: all chunks of the index.
        vectors: theirs, of length 1, shape ``[len(chunks), dimension]``.
    """
    taken: dict[str, list[Span]] = {}
    kept: list[int] = []
    for place, score in zip(ranking[0].tolist(), ranking[1].tolist(), strict=True):
        chunk = chunks[place]
        spans = taken.setdefault(chunk.document_id, [])
        if any(chunk.section.overlaps(span) for span in spans):
            continue
        if _is_copy(place, kept, chunks, vectors):
            continue
        spans.append(chunk.section)
        kept.append(place)
        yield chunk, score


def take_turns(rankings: Sequence[Ranking], chunks: tuple[Chunk, ...]) -> Ranking:
    """One ranking from several: the best of each, then the next best of each, and so on.

    A section that one has brought is passed over by the others. Interleaving needs no scores that
    compare across questions (Voorhees, Gupta & Johnson-Laird, "The Collection Fusion Problem",
    TREC-3, 1994).
    """
    if len(rankings) == 1:
        return rankings[0]
    taken: set[tuple[str, Span]] = set()
    places: list[int] = []
    scores: list[float] = []
    turns = [zip(places.tolist(), scores.tolist(), strict=True) for places, scores in rankings]
    while turns:
        for turn in tuple(turns):
            for place, score in turn:
                section = (chunks[place].document_id, chunks[place].section)
                if section not in taken:
                    taken.add(section)
                    places.append(place)
                    scores.append(score)
                    break
            else:
                turns.remove(turn)
    return np.array(places, dtype=np.intp), np.array(scores, dtype=np.float32)


def _is_copy(place: int, kept: list[int], chunks: tuple[Chunk, ...], vectors: FloatArray) -> bool:
    if not kept:
        return False
    alike = np.flatnonzero(vectors[kept] @ vectors[place] >= COPY_COSINE)
    numbers = _numbers(chunks[place]) if alike.size else None
    return any(_numbers(chunks[kept[i]]) == numbers for i in alike.tolist())


def _numbers(chunk: Chunk) -> frozenset[str]:
    return frozenset(_NUMBER.findall(chunk.search_text))
