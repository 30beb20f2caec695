"""Claims of the lesson that a vendor sees differently: which ones a question or answer touches."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from assistant.claim_words import has_term, overlap, repeats, said, speaks_of, systems_in
from assistant.evidence import Dispute, Evidence
from assistant.reading.terms import terms_of
from assistant.reading.topics import asked_topics, told_topics
from corpus.claims import GRAVEST_FIRST, Claim, load_claims
from corpus.documents import Document, Span
from corpus.library import LESSON_ID, load_lesson
from index.embedder import Embedder
from index.passages import Passage

MAX_DISPUTES: Final = 3

# A claim is relevant when its meaning, its system and its words together reach this.
RELEVANT: Final = 0.8
RELEVANT_WITHOUT_PASSAGE: Final = 0.88
_BEHIND_THE_BEST: Final = 0.25
_SYSTEM_NAMED: Final = 0.15
_WORD_SHARED: Final = 0.1
_WORDS_SHARED: Final = 0.15
_SAME_TOPIC: Final = 0.1
_OTHER_TOPIC: Final = 0.15
_OTHER_VERSION: Final = 0.25
_VENDOR_SIDE: Final = 0.1
_FEW_SYSTEMS: Final = 2
_SAME_STATEMENT: Final = 0.45

_LESSON_WORD: Final = re.compile(r"\blesson\b", re.IGNORECASE)
_ERROR_WORD: Final = re.compile(
    r"\b(?:wrong|mistakes?|errors?|incorrect\w*|outdated|out\s+of\s+date|disagrees?|disputed|"
    r"false|contradict\w*|right\s+about|correct)\b",
    re.IGNORECASE,
)
_HEADING: Final = re.compile(r"^(#{1,6})\s+(.+?)\s*$", re.MULTILINE)
_DIGIT: Final = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class _Relevance:
    """How near a claim is to a question, and whether they share a word or a topic."""

    score: float
    claim: Claim
    shares: bool


def asks_for_errors(question: str) -> bool:
    """Whether a question asks what is wrong with the lesson itself."""
    return bool(_LESSON_WORD.search(question) and _ERROR_WORD.search(question))


def find_disputes(
    passages: Sequence[Passage], claims: Sequence[Claim], question: str, embedder: Embedder
) -> tuple[Dispute, ...]:
    """The disputed claims that a question is about, at most three, the most relevant first.

    A claim counts when a passage of the lesson holds it; without such a passage it must be
    closer to the question, and the dispute then has no passage number.

    Args:
        passages: what was retrieved.
        claims: the whole claims table.
        question: one that stands alone.
        embedder: compares meaning.
    """
    if asks_for_errors(question):
        return tuple(
            Dispute(claim, _holding_passage(claim, passages))
            for claim in _plain_errors(claims, systems_in(question))
        )
    found: list[tuple[_Relevance, Dispute]] = []
    for relevance in _relevances([claim for claim in claims if claim.disputed], question, embedder):
        number = _holding_passage(relevance.claim, passages)
        needed = RELEVANT if number is not None else RELEVANT_WITHOUT_PASSAGE
        if relevance.score >= needed:
            found.append((relevance, Dispute(relevance.claim, number)))
    found.sort(key=lambda pair: (-pair[0].score, pair[1].claim.id))
    chosen: list[Dispute] = []
    for relevance, dispute in found:
        near = relevance.score >= found[0][0].score - _BEHIND_THE_BEST
        if not chosen or (near and relevance.shares and not _told(dispute, chosen)):
            chosen.append(dispute)
    return tuple(chosen[:MAX_DISPUTES])


def _plain_errors(claims: Sequence[Claim], named: frozenset[str]) -> list[Claim]:
    """Wrong claims for a question about the lesson's errors: on the named systems, else on many."""
    chosen: list[Claim] = []
    seen: set[str] = set()
    for claim in claims:
        about = set(claim.systems)
        wanted = about & named if named else len(about) <= _FEW_SYSTEMS and not about & seen
        if claim.verdict == "wrong" and wanted:
            chosen.append(claim)
            seen |= about
    return chosen[:MAX_DISPUTES]


def _told(dispute: Dispute, chosen: Sequence[Dispute]) -> bool:
    """Whether a chosen dispute already says most of it."""
    claim = dispute.claim
    return any(
        overlap(other.claim.vendor_says, claim.vendor_says) >= _SAME_STATEMENT
        or overlap(claim.vendor_says, other.claim.vendor_says) >= _SAME_STATEMENT
        for other in chosen
    )


def touched_disputes(answer: str, evidence: Evidence) -> tuple[Dispute, ...]:
    """The disputed claims that an answer speaks of, at most three.

    First those of the evidence, in their order, that the answer takes up; then others whose
    statement it repeats as the lesson makes it, the plainest errors first. Words alone decide, so
    that this needs no embedder (measured by ``python -m eval.dispute_quality``).
    """
    words = said(answer, evidence.standalone_question)
    chosen = [each for each in evidence.disputes if speaks_of(words, each.claim)]
    lesson = load_lesson()
    known = {each.claim.id for each in evidence.disputes}
    further = [
        claim
        for claim in load_claims(lesson)
        if claim.disputed and claim.id not in known and repeats(words, claim, lesson.text)
    ]
    further.sort(key=lambda claim: (GRAVEST_FIRST.index(claim.verdict), claim.id))
    for claim in further:
        if not any(_same_place(claim, other.claim) for other in chosen):
            chosen.append(Dispute(claim, _holding_passage(claim, evidence.passages)))
    return tuple(chosen[:MAX_DISPUTES])


def _same_place(claim: Claim, other: Claim) -> bool:
    return any(one.overlaps(two) for one in claim.spans for two in other.spans)


def _relevances(claims: Sequence[Claim], question: str, embedder: Embedder) -> list[_Relevance]:
    if not claims:
        return []
    vectors = embedder.encode(
        [question, *(c.lesson_says for c in claims), *(c.vendor_says for c in claims)]
    )
    lesson = _cosines(vectors[1 : len(claims) + 1], vectors[0])
    vendor = _cosines(vectors[len(claims) + 1 :], vectors[0])
    named = systems_in(question)
    return [
        _relevance(claim, question, named, float(max(a, b - _VENDOR_SIDE)))
        for claim, a, b in zip(claims, lesson, vendor, strict=True)
    ]


def _cosines(rows: NDArray[np.float32], vector: NDArray[np.float32]) -> NDArray[np.float32]:
    return rows @ vector


def _relevance(claim: Claim, question: str, named: frozenset[str], meaning: float) -> _Relevance:
    about = frozenset(claim.systems)
    if named and about and not named & about:
        return _Relevance(0.0, claim, False)
    sides = f"{claim.lesson_says} {claim.vendor_says}"
    score = meaning
    if named & about:
        score += _SYSTEM_NAMED
    if words := sum(has_term(question, term) for term in claim.terms):
        score += _WORD_SHARED if words == 1 else _WORDS_SHARED
    same_topic = False
    if asked := asked_topics(question):
        same_topic = bool(asked & told_topics(sides))
        score += _SAME_TOPIC if same_topic else -_OTHER_TOPIC
    versions = {name for name in terms_of(question).names if _DIGIT.search(name)}
    if versions and not versions & terms_of(sides).names:
        score -= _OTHER_VERSION
    return _Relevance(score, claim, bool(words) or same_topic)


def _holding_passage(claim: Claim, passages: Sequence[Passage]) -> int | None:
    """Number of the first passage of the lesson that holds the claim."""
    for passage in passages:
        span = Span(passage.start, passage.end)
        if passage.source == LESSON_ID and any(span.overlaps(place) for place in claim.spans):
            return passage.number
    return None


def with_disputed_passages(
    passages: Sequence[Passage], disputes: Sequence[Dispute], lesson: Document
) -> tuple[tuple[Passage, ...], tuple[Dispute, ...]]:
    """Add the lesson's own words where a dispute is about a part that was not retrieved.

    So the page can show what the lesson says, and an answer can cite it. The added passages come
    last and have no score; one is shared by all disputes on the same section.

    Args:
        passages: what was retrieved.
        disputes: as ``find_disputes`` gives them.
        lesson: the lesson.
    """
    shown, complete = list(passages), []
    for dispute in disputes:
        number = dispute.passage or _holding_passage(dispute.claim, shown)
        if number is None:
            number = len(shown) + 1
            shown.append(_lesson_passage(lesson, dispute.claim.spans[0], number))
        complete.append(Dispute(dispute.claim, number))
    return tuple(shown), tuple(complete)


def _lesson_passage(lesson: Document, span: Span, number: int) -> Passage:
    """The section of the lesson around a place, from its heading to the next."""
    headings = list(_HEADING.finditer(lesson.text))
    above = [heading for heading in headings if heading.start() <= span.start]
    start = above[-1].start() if above else 0
    end = next((h.start() for h in headings if h.start() > span.start), len(lesson.text))
    text = lesson.text[start:end].rstrip()
    path: list[re.Match[str]] = []
    for heading in above:
        path = [upper for upper in path if len(upper[1]) < len(heading[1])] + [heading]
    return Passage(
        number=number,
        source=lesson.id,
        title=lesson.title,
        heading_path=tuple(heading[2].replace("*", "").strip() for heading in path),
        url=lesson.url,
        start=start,
        end=start + len(text),
        text=text,
        score=0.0,
        similarity=0.0,
        match=span,
        dated=lesson.dated,
    )
