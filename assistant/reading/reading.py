"""One question read against the passages that were found for it."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.reading.features import Asked, covered, feature_matrix, fits, systems_of
from assistant.reading.scorer import Candidates, choose_units, score_units
from assistant.reading.terms import Vocabulary, terms_of
from assistant.reading.topics import told_topics
from assistant.reading.units import Unit, units_of
from corpus.documents import Document, Span
from index.embedder import Embedder
from index.passages import Passage

MAX_ENCODED = 24
"""Sentences that are compared by meaning; over long vendor documents nearly all of an answer's time
goes there, and 12 find the same facts as 60 on the development half."""
MAX_REMEMBERED = 1500
_BATCH = 16
_PAUSE_S = 0.02
LESSON = "lesson"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a question finds in its passages.

    Attributes:
        asked: the question taken apart.
        candidates: what can be quoted, with its scores.
        meaning: cosine of the question and each unit, shape [units].
        chosen: indices of the units that make the answer, the best first.
        lesson: numbers of the passages that are the lesson's.
    """

    asked: Asked
    candidates: Candidates
    meaning: NDArray[np.float32]
    chosen: tuple[int, ...]
    lesson: frozenset[int]

    @property
    def units(self) -> Sequence[Unit]:
        """What can be quoted."""
        return self.candidates.units

    @property
    def chosen_units(self) -> tuple[Unit, ...]:
        """The units that make the answer, the best first."""
        return tuple(self.units[at] for at in self.chosen)


def read(question: str, passages: Sequence[Passage], embedder: Embedder) -> Reading:
    """Score everything that can be quoted and choose the best.

    Args:
        question: one that stands alone.
        passages: best first.
        embedder: compares meaning; texts that it remembers cost nothing.
    """
    asked = Asked.of(question, [passage.title for passage in passages])
    vocabulary = Vocabulary.of(f"{p.title} {p.heading} {p.text}" for p in passages)
    units = _shortlist([unit for p in passages for unit in units_of(p)], asked, vocabulary)
    encoded = embedder.encode([question, *(unit.text for unit in units)])
    own = encoded[1:]
    meaning = own @ encoded[0]
    features = feature_matrix(asked, units, passages, vocabulary, meaning)
    candidates = Candidates(
        units=units,
        scores=score_units(features),
        vectors=own,
        fits=np.array([fits(asked, unit) for unit in units], dtype=np.bool_),
        systems=[systems_of(asked, unit) for unit in units],
        covers=[covered(asked, unit) for unit in units],
        several=asked.several,
    )
    return Reading(
        asked=asked,
        candidates=candidates,
        meaning=meaning,
        chosen=choose_units(candidates),
        lesson=frozenset(p.number for p in passages if p.source == LESSON),
    )


def remember_units(documents: Iterable[Document], embedder: Embedder) -> None:
    """Encode everything quotable in some documents, so that the first answers come at once.

    Works when the embedder remembers small calls; takes some seconds for the shipped corpus. A
    question that comes meanwhile goes first.
    """
    texts = [unit.text for document in documents for unit in units_of(_whole(document))]
    for at in range(0, min(len(texts), MAX_REMEMBERED), _BATCH):
        embedder.encode(texts[at : at + _BATCH])
        # Locks are not fair: without a pause the next batch would win over a waiting question.
        time.sleep(_PAUSE_S)


def _whole(document: Document) -> Passage:
    return Passage(
        number=1,
        source=document.id,
        title=document.title,
        heading_path=(),
        url=document.url,
        start=0,
        end=len(document.text),
        text=document.text,
        score=0.0,
        similarity=0.0,
        match=Span(0, 0),
    )


def _shortlist(units: list[Unit], asked: Asked, vocabulary: Vocabulary) -> list[Unit]:
    """The units that share most words with the question, in the order of the passages.

    Long documents have hundreds of sentences; encoding them all would take seconds.
    """
    if len(units) <= MAX_ENCODED:
        return units

    wanted = asked.terms.stems | asked.terms.names

    def promise(unit: Unit) -> float:
        own = terms_of(f"{unit.subject} {unit.text}")
        around = own.stems | own.names | terms_of(unit.context).stems
        told = float(bool(asked.topics & told_topics(unit.text)))
        return (
            vocabulary.share(wanted, own.stems | own.names)
            + 0.5 * vocabulary.share(wanted, around)
            + 0.5 * told
        )

    best = sorted(range(len(units)), key=lambda at: -promise(units[at]))[:MAX_ENCODED]
    return [units[at] for at in sorted(best)]
