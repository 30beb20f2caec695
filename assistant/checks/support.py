"""The sentence check: supported, partly, or not found, the same for every backend.

Numbers, names and negation must agree to the letter with one place of the evidence; the meaning
is compared by the embedder. No model is asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.checks.sentences import split_sentences
from assistant.checks.terms import content_words, is_negated, names_in, numbers_in, share
from assistant.citations import parse_citations, strip_markers
from assistant.evidence import Evidence
from assistant.turns import SentenceCheck, SentenceVerdict
from corpus.documents import Span
from index.embedder import Embedder
from index.passages import Passage

CANDIDATES = 4
SUPPORTED_MEANING = 0.72
PARTLY_MEANING = 0.5
SUPPORTED_WORDS = 0.6
PARTLY_WORDS = 0.35


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
        (span, strip_markers(text[span.start : span.end]).strip())
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
    places = []
    for passage in evidence.passages:
        if passage.number not in shown:
            continue
        context = f"{passage.title} {passage.heading}"
        header = ""
        for span in split_sentences(passage.text):
            line = passage.text[span.start : span.end]
            if "|" in line:
                header = header or line
                context_here = f"{context} {header}"
            else:
                header, context_here = "", context
            places.append(
                _Candidate(
                    passage,
                    Span(passage.start + span.start, passage.start + span.end),
                    line,
                    f"{context_here} {line}",
                    content_words(f"{context_here} {line}"),
                )
            )
    for dispute in evidence.disputes:
        number = dispute.passage
        passage_of = next((p for p in evidence.passages if p.number == number), None)
        if passage_of is None or not dispute.claim.spans:
            continue
        claim = f"{dispute.claim.vendor_says} {dispute.claim.source_title}"
        claim += f" {dispute.claim.source_date or ''} {dispute.claim.lesson_says}"
        places.append(
            _Candidate(passage_of, dispute.claim.spans[0], claim, claim, content_words(claim))
        )
    return places


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
        same_sense = is_negated(plain) == is_negated(place.text)
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


def _close(meaning: float, overlap: float, *, strict: bool) -> bool:
    if strict:
        return meaning >= SUPPORTED_MEANING or overlap >= SUPPORTED_WORDS
    return meaning >= PARTLY_MEANING or overlap >= PARTLY_WORDS
