"""Questions to passages: vectors and words, fused, the best chunk of each section kept."""

from itertools import islice
from typing import Literal

import numpy as np

from corpus.documents import Span
from index.comparisons import NameTest
from index.embedder import Embedder, FloatArray
from index.fusion import DENSE_WEIGHT, Places, Ranking, best_first, fuse
from index.generation import corrupt
from index.opening import Index
from index.passages import Chunk, Passage
from index.query import Query, QuestionReader
from index.ranking import choose_passages, take_turns

_DEPTH_AT_LEAST = 100
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
        names = NameTest(index.lexical, lambda i: index.chunks[i].search_text)
        self._reader = QuestionReader(index.lexical, index.words, embedder, names.is_name)
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
        """Return at most ``k`` passages, best first, numbered from 1.

        None overlaps another, and none repeats another's text. The things that a question compares
        take turns. A question longer than the embedder
        reads is cut for the vectors, not for the words.

        Raises:
            StoreError: the index on disk was damaged while it was open.
        """
        if k < 1 or not question.strip():
            return ()
        query = self._reader.read(question)
        found, asked = self._found(query, _depth(k))
        shares = [(places, _within(scores, reach)) for (places, scores), reach in found]
        ranking = take_turns(shares, self._index.chunks)
        chosen = choose_passages(ranking, self._index.chunks, self._index.vectors)
        return tuple(
            self._passage(chunk, number, score, asked)
            for number, (chunk, score) in enumerate(islice(chosen, k), start=1)
        )

    def rank_documents(
        self, question: str, k: int, by: RankedBy = "hybrid"
    ) -> tuple[tuple[str, float], ...]:
        """Return at most ``k`` document ids with the score of their best chunk, best first."""
        query = self._reader.read(question)
        places, scores = self._ranking(query, by, _depth(k))
        best: dict[str, float] = {}
        for place, score in zip(places.tolist(), scores.tolist(), strict=True):
            best.setdefault(self._index.chunks[place].document_id, score)
            if len(best) == k:
                break
        return tuple(best.items())

    def _ranking(self, query: Query, by: RankedBy, depth: int) -> Ranking:
        """Every chunk that was found, best first."""
        if by == "hybrid":
            found, _ = self._found(query, depth)
            return take_turns([ranking for ranking, _ in found], self._index.chunks)
        if by == "dense":
            vector = self._embedder.encode_questions([query.text])[0]
            places = self._by_vector(vector, depth)
            return best_first(places, self._index.vectors[places] @ vector)
        words = self._index.lexical.scores(query.terms)
        places = _highest(words, depth)
        return best_first(places, words[places])

    def _found(self, query: Query, depth: int) -> tuple[list[tuple[Ranking, float]], FloatArray]:
        """What was found and the score within reach, for each thing asked; and their vectors."""
        asked = query.sides or (query,)
        vectors = self._embedder.encode_questions([one.text for one in asked])
        found = [
            self._hybrid(one, vector, depth) for one, vector in zip(asked, vectors, strict=True)
        ]
        return found, vectors

    def _hybrid(self, query: Query, vector: FloatArray, depth: int) -> tuple[Ranking, float]:
        """Every chunk that was found, best first, and what one that leads both lists would score.

        Either list proposes; both scores of every proposal are known, whichever list it is from.
        """
        weight = self._dense_weight
        words = self._index.lexical.scores(query.terms)
        by_words = _highest(words, depth if weight < 1 else 0)
        by_vector = self._by_vector(vector, depth if weight > 0 else 0)
        places = np.union1d(by_words, by_vector)
        if not places.size:
            return (places, np.empty(0, dtype=np.float32)), 0.0
        cosines, words = self._index.vectors[places] @ vector, words[places]
        best = self._index.lexical.best_score(query.terms)
        fused = fuse(cosines, words, best, weight)
        reach = fuse(cosines.max(keepdims=True), words.max(keepdims=True), best, weight)
        return best_first(places, fused), float(reach[0])

    def _by_vector(self, vector: FloatArray, depth: int) -> Places:
        if not depth:
            return np.empty(0, dtype=np.intp)
        ids, _ = self._index.store.query(vector, min(depth, len(self._index.chunks)))
        try:
            return np.array([self._place[id_] for id_ in ids], dtype=np.intp)
        except KeyError as exc:  # somebody else has written to the collection on a server
            raise corrupt("its vectors are not those of its chunks") from exc

    def _passage(self, chunk: Chunk, number: int, score: float, asked: FloatArray) -> Passage:
        document = self._index.documents[chunk.document_id]
        section = chunk.section
        members = self._members[chunk.document_id, section]
        similarity = float((self._index.vectors[members] @ asked.T).max())
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


def _depth(k: int) -> int:
    """Chunks to take from each list, so that ``k`` results come out; more would change nothing."""
    return max(_DEPTH_AT_LEAST, _DEPTH_PER_RESULT * k)


def _highest(scores: FloatArray, depth: int) -> Places:
    """Places of the highest scores above 0, in no order."""
    found = np.flatnonzero(scores)
    if found.size > depth:
        found = found[np.argpartition(-scores[found], depth)[:depth]]
    return found


def _within(scores: FloatArray, reach: float) -> FloatArray:
    """Falling scores as shares of the way from the last that was found to ``reach``."""
    if scores.size < 2 or reach <= scores[-1]:
        return np.ones_like(scores)
    return np.asarray((scores - scores[-1]) / (reach - scores[-1]), dtype=np.float32)
