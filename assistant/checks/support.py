"""The sentence check: supported, partly, or not found, the same for every backend.

Numbers, names and negation must agree to the letter with one place of the evidence; the meaning
is compared by the embedder. No model is asked.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.checks.sentences import split_sentences
from assistant.checks.terms import (
    content_words,
    contradict,
    is_negated,
    names_in,
    numbers_in,
    share,
)
from assistant.citations import parse_citations, strip_markers
from assistant.evidence import Dispute, Evidence
from assistant.turns import SentenceCheck, SentenceVerdict
from corpus.dates import spelled_date
from corpus.documents import Span
from index.embedder import Embedder
from index.passages import Passage

CANDIDATES = 4
SUPPORTED_MEANING = 0.72
PARTLY_MEANING = 0.5
SUPPORTED_WORDS = 0.6
PARTLY_WORDS = 0.35
# "The lesson says:", "No vendor document confirms this:": who speaks, not what is said.
_LEAD_IN = re.compile(r"^(?:the (?:lesson|vendor)|by the vendor|no vendor)[^:]{0,60}:\s*", re.I)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A place in the evidence, with its neighbourhood for names that stand in the heading."""

    passage: Passage
    span: Span
    text: str
    context: str
    words: frozenset[str]


def check_sentences(
    text: str, evidence: Evidence, shown: Sequence[int], embedder: Embedder
) -> tuple[SentenceCheck, ...]:
    """Check each sentence of an answer against the passages that the model was shown.

    Sentences that only speak about the sources ("this is not in these sources") are left out.

    Args:
        text: the answer.
        evidence: what was retrieved.
        shown: numbers of the passages that the model was shown.
        embedder: compares meaning.
    """
    places = _candidates(evidence, shown)
    sentences = [
        (span, _LEAD_IN.sub("", strip_markers(text[span.start : span.end]).strip()))
        for span in split_sentences(text)
        if not is_meta(text[span.start : span.end])
    ]
    sentences = [(span, plain) for span, plain in sentences if plain]
    shortlists = [_shortlist(text[s.start : s.end], plain, places) for s, plain in sentences]
    vectors = _encode(embedder, [p for _, p in sentences], shortlists)
    checks = []
    for (span, plain), shortlist in zip(sentences, shortlists, strict=True):
        verdict, best = _judge(plain, shortlist, vectors)
        checks.append(
            SentenceCheck(
                span=span,
                text=plain,
                verdict=verdict,
                passage=best.passage.number if best else None,
                support=best.span if best else None,
            )
        )
    return tuple(checks)


def is_meta(sentence: str) -> bool:
    """Whether a sentence speaks about the sources or the answer, not about the world."""
    words = sentence.lower()
    about_sources = any(
        phrase in words
        for phrase in ("these sources", "the sources", "the passages", "nearest passage")
    )
    return about_sources and any(
        phrase in words
        for phrase in ("not in", "do not", "don't", "does not", "nearest", "no answer", "cannot")
    )


def _candidates(evidence: Evidence, shown: Sequence[int]) -> list[_Candidate]:
    read = {p.number: p for p in evidence.passages if p.number in shown}
    places = [place for passage in read.values() for place in _lines_of(passage)]
    for dispute in evidence.disputes:
        if dispute.passage in read:
            places.extend(_sides_of(dispute, read[dispute.passage]))
    return places


def _lines_of(passage: Passage) -> Iterator[_Candidate]:
    """Sentences and rows of a passage; a row is read with its table's head."""
    heading = f"{passage.title} {passage.heading}"
    table_head = passage.lead
    for span in split_sentences(passage.text):
        line = passage.text[span.start : span.end]
        is_row = "|" in line
        table_head = (table_head or line) if is_row else ""
        context = f"{heading} {table_head} {line}" if is_row else f"{heading} {line}"
        place = Span(passage.start + span.start, passage.start + span.end)
        yield _Candidate(passage, place, line, context, content_words(context))


def _sides_of(dispute: Dispute, passage: Passage) -> Iterator[_Candidate]:
    """What the claims table says: the lesson's side, and each sentence of the vendor's."""
    claim = dispute.claim
    context = f"{claim.lesson_says} {claim.vendor_says} {claim.source_title}"
    if claim.source_date:
        context += f" {claim.source_date} {spelled_date(claim.source_date)}"
    words = content_words(context)
    vendor = [claim.vendor_says[s.start : s.end] for s in split_sentences(claim.vendor_says)]
    for side in (claim.lesson_says, *vendor):
        yield _Candidate(passage, claim.spans[0], side, context, words)


def _shortlist(marked: str, plain: str, places: Sequence[_Candidate]) -> list[_Candidate]:
    cited = {c.number for c in parse_citations(marked, ())}
    words, numbers = content_words(plain), numbers_in(plain)

    def closeness(place: _Candidate) -> float:
        bonus = 0.15 if place.passage.number in cited else 0.0
        return share(words, place.words) + 0.3 * share(numbers, numbers_in(place.text)) + bonus

    return sorted(places, key=closeness, reverse=True)[:CANDIDATES]


def _encode(
    embedder: Embedder, sentences: Sequence[str], shortlists: Sequence[Sequence[_Candidate]]
) -> dict[str, NDArray[np.float32]]:
    texts = list(dict.fromkeys([*sentences, *(c.text for found in shortlists for c in found)]))
    if not texts:
        return {}
    return dict(zip(texts, embedder.encode(texts), strict=True))


def _judge(
    plain: str, shortlist: Sequence[_Candidate], vectors: dict[str, NDArray[np.float32]]
) -> tuple[SentenceVerdict, _Candidate | None]:
    best: tuple[float, SentenceVerdict, _Candidate | None] = (0.0, "not found", None)
    words, names, numbers = content_words(plain), names_in(plain), numbers_in(plain)
    for place in shortlist:
        meaning = float(vectors[plain] @ vectors[place.text])
        overlap = share(words, place.words)
        exact = numbers <= numbers_in(place.context)
        named = share(names, names_in(place.context) | place.words)
        same_sense = _same_sense(plain, place.text) and not contradict(words, place.words)
        score = meaning + overlap
        if exact and named >= 0.99 and same_sense and _close(meaning, overlap, strict=True):
            verdict: SentenceVerdict = "supported"
            score += 2
        elif (exact or bool(numbers & numbers_in(place.context))) and _close(
            meaning, overlap, strict=False
        ):
            verdict = "partly"
            score += 1
        else:
            continue
        if score > best[0]:
            best = (score, verdict, place)
    return best[1], best[2]


def _same_sense(sentence: str, place: str) -> bool:
    """Whether neither denies the other; a row may deny in a cell that the sentence leaves out."""
    denies, denied = is_negated(sentence), is_negated(place)
    return denied or not denies if "|" in place else denies == denied


def _close(meaning: float, overlap: float, *, strict: bool) -> bool:
    if strict:
        return meaning >= SUPPORTED_MEANING or overlap >= SUPPORTED_WORDS
    return meaning >= PARTLY_MEANING or overlap >= PARTLY_WORDS
