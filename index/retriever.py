"""Questions to passages: vectors and words, fused, the best chunk of each section kept."""

from typing import Literal

import numpy as np

from corpus.documents import Span
from index.embedder import Embedder, FloatArray
from index.fusion import DENSE_WEIGHT, Ranking, fuse
from index.opening import Index
from index.passages import Chunk, Passage
from index.query import Query, QuestionReader

_DEPTH_AT_LEAST = 200
_DEPTH_PER_RESULT = 10

RankedBy = Literal["hybrid", "dense", "bm25"]


class HybridRetriever:
    """Retrieves from an open index. Safe to use from several threads.

    Args:
        index: the open index.
        embedder: the one that the index was built with.
        dense_weight: share of the vectors in the fused score; the words have the rest.
    """

    def __init__(
        self, index: Index, embedder: Embedder, dense_weight: float = DENSE_WEIGHT
    ) -> None:
        self._index = index
        self._embedder = embedder
        self._dense_weight = dense_weight
        self._reader = QuestionReader(
            index.lexical, lambda: (chunk.search_text for chunk in index.chunks), embedder
        )
        self._place = {chunk.id: i for i, chunk in enumerate(index.chunks)}
        self._members: dict[tuple[str, Span], list[int]] = {}
        for i, chunk in enumerate(index.chunks):
            self._members.setdefault((chunk.document_id, chunk.section), []).append(i)

    @property
    def generation(self) -> str:
        """The generation that is searched."""
        return self._index.generation

    def understand(self, question: str) -> Query:
        """Return what is searched for: slips mended, other languages in key words of English."""
        return self._reader.read(question)

    def retrieve(self, question: str, k: int) -> tuple[Passage, ...]:
        """Return at most ``k`` passages, best first, numbered from 1; none overlaps another.

        A question longer than the embedder reads is cut for the vectors, not for the words.

        Raises:
            StoreError: the index on disk was damaged while it was open.
        """
        if k < 1 or not question.strip():
            return ()
        query = self._reader.read(question)
        vector = self._embedder.encode([query.text])[0]
        places, scores = self._ranking(query, vector, "hybrid", k)
        taken: dict[str, list[Span]] = {}
        passages: list[Passage] = []
        for place, score in zip(places.tolist(), scores.tolist(), strict=True):
            chunk = self._index.chunks[place]
            spans = taken.setdefault(chunk.document_id, [])
            if any(chunk.section.overlaps(span) for span in spans):
                continue
            spans.append(chunk.section)
            passages.append(self._passage(chunk, len(passages) + 1, score, vector))
            if len(passages) == k:
                break
        return tuple(passages)

    def rank_documents(
        self, question: str, k: int, by: RankedBy = "hybrid"
    ) -> tuple[tuple[str, float], ...]:
        """Return at most ``k`` document ids with the score of their best chunk, best first."""
        query = self._reader.read(question)
        vector = self._embedder.encode([query.text])[0]
        places, scores = self._ranking(query, vector, by, k)
        best: dict[str, float] = {}
        for place, score in zip(places.tolist(), scores.tolist(), strict=True):
            best.setdefault(self._index.chunks[place].document_id, score)
            if len(best) == k:
                break
        return tuple(best.items())

    def _ranking(self, query: Query, vector: FloatArray, by: RankedBy, k: int) -> Ranking:
        """Every chunk that was found, best first; deep enough that ``k`` results come out."""
        depth = max(_DEPTH_AT_LEAST, _DEPTH_PER_RESULT * k)
        weight = {"hybrid": self._dense_weight, "dense": 1.0, "bm25": 0.0}[by]
        nothing = np.empty(0, dtype=np.intp), np.empty(0, dtype=np.float32)
        return fuse(
            self._dense(vector, depth) if weight > 0 else nothing,
            self._lexical(query, depth) if weight < 1 else nothing,
            weight,
        )

    def _dense(self, vector: FloatArray, depth: int) -> Ranking:
        ids, cosines = self._index.store.query(vector, min(depth, len(self._index.chunks)))
        return np.array([self._place[id_] for id_ in ids], dtype=np.intp), cosines

    def _lexical(self, query: Query, depth: int) -> Ranking:
        scores = self._index.lexical.scores(query.terms)
        found = np.flatnonzero(scores)
        if found.size > depth:
            found = found[np.argpartition(-scores[found], depth - 1)[:depth]]
        return found, scores[found]

    def _passage(self, chunk: Chunk, number: int, score: float, vector: FloatArray) -> Passage:
        document = self._index.documents[chunk.document_id]
        section = chunk.section
        members = self._members[chunk.document_id, section]
        similarity = float((self._index.vectors[members] @ vector).max())
        return Passage(
            number=number,
            source=document.id,
            title=document.title,
            heading_path=chunk.heading_path,
            url=document.url,
            start=section.start,
            end=section.end,
            text=document.text[section.start : section.end],
            # Six places: further ones differ with the order of additions in a batch.
            score=round(score, 6),
            similarity=round(similarity, 6),
            match=Span(chunk.start, chunk.end),
            dated=document.dated,
            page=document.page_at(chunk.start),
        )
