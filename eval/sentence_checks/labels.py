"""The labelled sentences, put back together with their evidence."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from assistant.evidence import Dispute, Evidence
from assistant.reading.heads import with_table_heads
from corpus.claims import Claim, load_claims
from corpus.documents import Document, Span
from corpus.library import LESSON_ID, load_shipped
from index.markdown import Block, parse_markdown
from index.passages import Passage

Label = Literal["supported", "partly", "not found", "left out"]
Origin = Literal["reader", "smollm2", "written"]
Half = Literal["dev", "test", "fresh"]
Row = TypeVar("Row", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PlaceRow(_Strict):
    """A place of the evidence: the first words of a line of a document, or a claim."""

    source: str = ""
    text: str = ""
    claim: str = ""


class SentenceRow(_Strict):
    """One labelled sentence as it is written down."""

    text: str
    before: str | None = None
    label: Label
    kind: str
    evidence: tuple[PlaceRow, ...] = ()


class AnswerRow(_Strict):
    """One answer as it is written down."""

    case: str
    origin: Origin
    shown: tuple[int, ...] = ()
    sentences: tuple[SentenceRow, ...]


class PassageRow(_Strict):
    """A passage: its document and the words that it begins and ends with."""

    source: str
    begins: str
    ends: str


class DisputeRow(_Strict):
    """A disputed claim that the evidence carries."""

    claim: str
    passage: int | None


class QuestionRow(_Strict):
    """A question with its evidence."""

    case: str
    question: str
    passages: tuple[PassageRow, ...]
    disputes: tuple[DisputeRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where the evidence speaks to a sentence.

    Attributes:
        source: the document's id.
        span: the line, as offsets in that document.
    """

    source: str
    span: Span


@dataclass(frozen=True, slots=True)
class LabelledSentence:
    """One sentence of an answer with its label.

    Attributes:
        span: its range in the answer's text.
        text: the sentence.
        label: what a careful reader says.
        kind: how it was made, or what is wrong with it.
        places: where the evidence speaks to it; empty when nowhere.
    """

    span: Span
    text: str
    label: Label
    kind: str
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class LabelledAnswer:
    """One answer whose sentences are labelled.

    Attributes:
        half: ``dev``, on which the checker was made, or ``test``, by the question; ``fresh`` for
            what was written when the checker was done.
        origin: who wrote it.
        evidence: what was retrieved for its question.
        shown: numbers of the passages that it was written from.
        text: the answer.
        sentences: all of them, in order.
    """

    half: Half
    origin: Origin
    evidence: Evidence
    shown: tuple[int, ...]
    text: str
    sentences: tuple[LabelledSentence, ...]


class PlaceMissing(LookupError):
    """A place that the labels speak of is not in the documents any more."""


_FOLDER: Final = "eval.sentence_checks"


@dataclass(frozen=True, slots=True)
class _Corpus:
    documents: Mapping[str, Document]
    claims: Mapping[str, Claim]

    @classmethod
    def load(cls) -> "_Corpus":
        documents = {document.id: document for document in load_shipped()}
        claims = {claim.id: claim for claim in load_claims(documents[LESSON_ID])}
        return cls(documents, claims)


@cache
def load_answers() -> tuple[LabelledAnswer, ...]:
    """Return every labelled answer.

    Raises:
        PlaceMissing: the documents changed under the labels.
    """
    return _answers("questions.jsonl", "answers.jsonl")


@cache
def load_fresh() -> tuple[LabelledAnswer, ...]:
    """Return the answers to questions of neither half, written by another hand.

    Raises:
        PlaceMissing: the documents changed under the labels.
    """
    answers = _answers("fresh_questions.jsonl", "fresh.jsonl")
    return tuple(replace(answer, half="fresh") for answer in answers)


def half_of(question: str) -> Half:
    """The half that a question belongs to."""
    return "dev" if hashlib.sha256(question.encode()).digest()[0] % 2 == 0 else "test"


def _answers(questions: str, answers: str) -> tuple[LabelledAnswer, ...]:
    corpus = _Corpus.load()
    cases = {row.case: _evidence(row, corpus) for row in _rows(questions, QuestionRow)}
    return tuple(_answer(row, cases[row.case], corpus) for row in _rows(answers, AnswerRow))


def _rows(name: str, kind: type[Row]) -> list[Row]:
    text = (resources.files(_FOLDER) / name).read_text(encoding="utf-8")
    return [kind.model_validate_json(line) for line in text.splitlines()]


def _evidence(row: QuestionRow, corpus: _Corpus) -> Evidence:
    passages = [
        _passage(number, passage, corpus.documents[passage.source])
        for number, passage in enumerate(row.passages, start=1)
    ]
    return Evidence(
        question=row.question,
        standalone_question=row.question,
        passages=with_table_heads(passages, lambda source: corpus.documents[source].text),
        disputes=tuple(Dispute(corpus.claims[d.claim], d.passage) for d in row.disputes),
        answerable=True,
        retrieval_s=0.0,
    )


def _passage(number: int, row: PassageRow, document: Document) -> Passage:
    start = _only(row.begins, document)
    end = document.text.find(row.ends, start) + len(row.ends)
    if end < start + len(row.ends):
        raise PlaceMissing(f"{document.id}: {row.ends!r}")
    return Passage(
        number=number,
        source=document.id,
        title=document.title,
        heading_path=_headings(document.text, start),
        url=document.url,
        start=start,
        end=end,
        text=document.text[start:end],
        score=1.0 / number,
        similarity=0.0,
        match=Span(start, end),
        dated=document.dated,
    )


@cache
def _blocks(text: str) -> tuple[Block, ...]:
    return parse_markdown(text)


def _headings(text: str, start: int) -> tuple[str, ...]:
    above = [block for block in _blocks(text) if block.span.start <= start]
    return above[-1].heading_path if above else ()


def _only(words: str, document: Document) -> int:
    """Where some words stand that occur exactly once."""
    if document.text.count(words) != 1:
        raise PlaceMissing(f"{document.id}: {words!r}")
    return document.text.index(words)


def _answer(row: AnswerRow, evidence: Evidence, corpus: _Corpus) -> LabelledAnswer:
    text = ""
    sentences = []
    for sentence in row.sentences:
        before = sentence.before if sentence.before is not None else " " if text else ""
        text += before + sentence.text
        sentences.append(
            LabelledSentence(
                span=Span(len(text) - len(sentence.text), len(text)),
                text=sentence.text,
                label=sentence.label,
                kind=sentence.kind,
                places=_places(sentence.evidence, corpus),
            )
        )
    return LabelledAnswer(
        half=half_of(evidence.question),
        origin=row.origin,
        evidence=evidence,
        shown=row.shown or tuple(p.number for p in evidence.passages),
        text=text,
        sentences=tuple(sentences),
    )


def _places(rows: Sequence[PlaceRow], corpus: _Corpus) -> tuple[Place, ...]:
    places: list[Place] = []
    for row in rows:
        if row.claim:
            places += [Place(LESSON_ID, span) for span in corpus.claims[row.claim].spans]
        else:
            document = corpus.documents[row.source]
            start = _only(row.text, document)
            line = document.text[start:].partition("\n")[0]
            places.append(Place(row.source, Span(start, start + len(line))))
    return tuple(places)
