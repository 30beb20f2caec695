"""The sentence check: supported, partly, or not found, the same for every backend.

Numbers, dates, names, denial and who says it must agree with one place of the evidence; the
meaning is compared by the embedder. A sentence that states several things is also taken in parts,
each with a place of its own. No model is asked.
"""

from collections.abc import Sequence

from assistant.checks.judgement import (
    Conclusion,
    Held,
    Judgement,
    Meanings,
    held_against,
    supported,
    undecided,
)
from assistant.checks.layout import furniture_of
from assistant.checks.meta import is_meta
from assistant.checks.places import places_in
from assistant.citations import parse_citations, strip_markers
from assistant.evidence import Evidence
from assistant.text.sentences import split_sentences
from assistant.turns import SentenceCheck
from corpus.documents import Span
from index.embedder import Embedder


def check_sentences(
    text: str, evidence: Evidence, shown: Sequence[int], embedder: Embedder
) -> tuple[SentenceCheck, ...]:
    """Check each sentence of an answer against the passages that the model was shown.

    Sentences that only speak about the sources or the answer are left out, and lines that only
    order it: headings, and the heads of tables.

    Args:
        text: the answer.
        evidence: what was retrieved.
        shown: numbers of the passages that the model was shown.
        embedder: compares meaning.
    """
    places = places_in(evidence, shown)
    spans = _statements(text)
    marked = [text[span.start : span.end] for span in spans]
    plain = [strip_markers(sentence).strip() for sentence in marked]
    cited = [frozenset(c.number for c in parse_citations(sentence, ())) for sentence in marked]
    judged = [
        held_against(sentence, numbers, places)
        for sentence, numbers in zip(plain, cited, strict=True)
    ]
    return tuple(
        SentenceCheck(
            span=span,
            text=text,
            verdict=verdict,
            passage=best.place.passage.number if best else None,
            support=best.place.span if best else None,
            misplaced=verdict == "supported" and best is not None and _misplaces(numbers, best),
        )
        for span, text, numbers, (verdict, best) in zip(
            spans, plain, cited, _conclusions(judged, cited, Meanings(embedder)), strict=True
        )
    )


def _statements(text: str) -> list[Span]:
    furniture = furniture_of(text)
    return [
        span
        for span in split_sentences(text)
        if not any(line.start <= span.start < line.end for line in furniture)
        and not is_meta(text[span.start : span.end])
    ]


def _misplaces(cited: frozenset[int], best: Judgement) -> bool:
    """Whether a sentence cites passages, and what bears it out stands in none of them.

    What the claims table has a vendor say stands in no passage that could be cited.
    """
    place = best.place
    is_beside = place.in_claims and place.voice == "vendor"
    return bool(cited) and not is_beside and place.passage.number not in cited


def _conclusions(
    judged: Sequence[Held],
    cited: Sequence[frozenset[int]],
    meanings: Meanings,
) -> list[Conclusion]:
    """The verdict on each sentence from its whole and its parts.

    Encoding takes most of the time, so only those texts are encoded whose meaning decides.
    """
    meanings.learn(
        one
        for sentence, numbers in zip(judged, cited, strict=True)
        for statement in sentence
        for one in undecided(statement, numbers)
    )
    found = [
        supported(sentence, numbers, meanings)
        for sentence, numbers in zip(judged, cited, strict=True)
    ]
    wholes = [
        sentence[0] if any(one.may_be_partly for one in sentence[0]) else [] for sentence in judged
    ]
    meanings.learn(
        one
        for whole, conclusion in zip(wholes, found, strict=True)
        if conclusion is None
        for one in whole
    )
    return [
        conclusion or _fallback(whole, meanings)
        for whole, conclusion in zip(wholes, found, strict=True)
    ]


def _fallback(judged: Sequence[Judgement], meanings: Meanings) -> Conclusion:
    """What is said of a statement that nothing bears out.

    Partly, where the closest place agrees but for its width, or holds some of the numbers.
    """
    closest = max(judged, key=meanings.closeness, default=None)
    if closest is None or not closest.may_be_partly or not meanings.is_near(closest):
        return "not found", None
    return "partly", closest
