"""Which of the found chunks are worth a passage: one a section, and no text twice."""

import re
from collections.abc import Iterator

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


def _is_copy(place: int, kept: list[int], chunks: tuple[Chunk, ...], vectors: FloatArray) -> bool:
    if not kept:
        return False
    alike = np.flatnonzero(vectors[kept] @ vectors[place] >= COPY_COSINE)
    numbers = _numbers(chunks[place]) if alike.size else None
    return any(_numbers(chunks[kept[i]]) == numbers for i in alike.tolist())


def _numbers(chunk: Chunk) -> frozenset[str]:
    return frozenset(_NUMBER.findall(chunk.search_text))
