"""The sentence check: supported, partly, or not found, the same for every backend.

Numbers, dates, names, denial and who says it must agree with one place of the evidence; the
meaning is compared by the embedder. A sentence that states several things is also taken in parts,
each with a place of its own. No model is asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from assistant.checks.conflicts import Conflict, conflicts_of, contradicts, holds_some
from assistant.checks.meta import is_meta
from assistant.checks.places import Place, places_in
from assistant.checks.quantities import missing
from assistant.checks.statements import Statement, statements_of
from assistant.checks.wording import share
from assistant.citations import parse_citations, strip_markers
from assistant.evidence import Evidence
from assistant.text.sentences import split_sentences
from assistant.turns import SentenceCheck, SentenceVerdict
from index.embedder import Embedder

CANDIDATES: Final = 6
CANDIDATES_OF_PART: Final = 3
SUPPORTED_MEANING: Final = 0.72
SUPPORTED_WORDS: Final = 0.6
PARTLY_MEANING: Final = 0.5
PARTLY_WORDS: Final = 0.5
_CITED: Final = 0.15
_NUMBERS: Final = 0.3
_VETO: Final = 0.1

Vectors = dict[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Judgement:
    """One statement held against one place.

    Attributes:
        place: the place.
        closeness: meaning and words together, 0 to 2.
        is_close: whether that is close enough for support.
        is_near: whether it is close enough to say that the place speaks of this at all.
        holds_some: whether some of the statement's numbers and dates stand there.
        conflicts: what speaks against it all the same.
    """

    place: Place
    closeness: float
    is_close: bool
    is_near: bool
    holds_some: bool
    conflicts: frozenset[Conflict]


def check_sentences(
    text: str, evidence: Evidence, shown: Sequence[int], embedder: Embedder
) -> tuple[SentenceCheck, ...]:
    """Check each sentence of an answer against the passages that the model was shown.

    Sentences that only speak about the sources or the answer are left out.

    Args:
        text: the answer.
        evidence: what was retrieved.
        shown: numbers of the passages that the model was shown.
        embedder: compares meaning.
    """
    places = places_in(evidence, shown)
    spans = [s for s in split_sentences(text) if not is_meta(text[s.start : s.end])]
    marked = [text[span.start : span.end] for span in spans]
    plain = [strip_markers(sentence).strip() for sentence in marked]
    statements = [statements_of(sentence) for sentence in plain]
    cited = [frozenset(c.number for c in parse_citations(sentence, ())) for sentence in marked]
    shortlists = [
        _shortlists(found, numbers, places)
        for found, numbers in zip(statements, cited, strict=True)
    ]
    vectors = _encode(embedder, statements, shortlists)
    checks = []
    for at, span in enumerate(spans):
        judged = [
            [_judge(statement, place, vectors) for place in shortlist]
            for statement, shortlist in zip(statements[at], shortlists[at], strict=True)
        ]
        verdict, best = _conclude(judged, cited[at])
        checks.append(
            SentenceCheck(
                span=span,
                text=plain[at],
                verdict=verdict,
                passage=best.place.passage.number if best else None,
                support=best.place.span if best else None,
                misplaced=verdict == "supported"
                and best is not None
                and _misplaces(cited[at], best),
            )
        )
    return tuple(checks)


def _misplaces(cited: frozenset[int], best: Judgement) -> bool:
    """Whether a sentence cites passages, and what bears it out stands in none of them."""
    place = best.place
    return bool(cited) and not place.in_claims and place.passage.number not in cited


def _shortlists(
    statements: Sequence[Statement], cited: frozenset[int], places: Sequence[Place]
) -> list[list[Place]]:
    """Candidates for the whole sentence, and for each part its own and those of the whole."""
    whole = _shortlist(statements[0], cited, places)
    parts = [_shortlist(part, cited, places)[:CANDIDATES_OF_PART] for part in statements[1:]]
    return [whole, *([*part, *(p for p in whole if p not in part)] for part in parts)]


def _shortlist(statement: Statement, cited: frozenset[int], places: Sequence[Place]) -> list[Place]:
    wanted = statement.words | statement.subject

    def closeness(place: Place) -> float:
        bonus = _CITED if place.passage.number in cited else 0.0
        if statement.quantities:
            lost = len(missing(statement.quantities, place.quantities))
            bonus += _NUMBERS * (1 - lost / len(statement.quantities))
        return share(wanted, place.words) + bonus

    return sorted(places, key=closeness, reverse=True)[:CANDIDATES]


def _encode(
    embedder: Embedder,
    statements: Sequence[Sequence[Statement]],
    shortlists: Sequence[Sequence[Sequence[Place]]],
) -> Vectors:
    said = [statement.text for found in statements for statement in found]
    told = [place.text for found in shortlists for places in found for place in places]
    texts = list(dict.fromkeys([*said, *told]))
    return dict(zip(texts, embedder.encode(texts), strict=True)) if texts else {}


def _judge(statement: Statement, place: Place, vectors: Vectors) -> Judgement:
    meaning = float(vectors[statement.text] @ vectors[place.text])
    words = share(statement.words, place.words)
    return Judgement(
        place=place,
        closeness=meaning + words,
        is_close=meaning >= SUPPORTED_MEANING or words >= SUPPORTED_WORDS,
        is_near=meaning >= PARTLY_MEANING or words >= PARTLY_WORDS,
        holds_some=holds_some(statement, place),
        conflicts=conflicts_of(statement, place),
    )


def _conclude(
    judged: Sequence[Sequence[Judgement]], cited: frozenset[int]
) -> tuple[SentenceVerdict, Judgement | None]:
    """The verdict on a sentence from its whole and its parts."""
    whole = _supporter(judged[0], cited)
    if len(judged) == 1:
        return ("supported", whole) if whole else _fallback(judged[0])
    parts = [_supporter(found, cited) or _beside(whole, found) for found in judged[1:]]
    held = [part for part in parts if part]
    if held and len(held) == len(parts):
        return "supported", whole or held[0]
    if held:
        return "partly", held[0]
    return _fallback(judged[0])


def _beside(whole: Judgement | None, judged: Sequence[Judgement]) -> Judgement | None:
    """The place that bears out the whole, where it is near a part as well."""
    if whole is None:
        return None
    return next(
        (one for one in judged if one.place is whole.place and one.is_near and not one.conflicts),
        None,
    )


def _supporter(judged: Sequence[Judgement], cited: frozenset[int]) -> Judgement | None:
    """The closest place that bears a statement out, a cited one before others."""
    able = [one for one in judged if one.is_close and not one.conflicts]
    if not able:
        return None
    best = max(able, key=lambda one: one.closeness)
    if any(contradicts(one.conflicts) and one.closeness > best.closeness - _VETO for one in judged):
        return None
    in_cited = [one for one in able if one.place.passage.number in cited]
    return max(in_cited, key=lambda one: one.closeness) if in_cited else best


def _fallback(judged: Sequence[Judgement]) -> tuple[SentenceVerdict, Judgement | None]:
    """What is said of a statement that nothing bears out.

    Partly, where the closest place agrees but for its width, or holds some of the numbers.
    """
    closest = max(judged, key=lambda one: one.closeness, default=None)
    if closest is None or not closest.is_near:
        return "not found", None
    if not closest.conflicts - {"all", "word"}:
        return "partly", closest
    if closest.conflicts <= {"number", "date", "word"} and closest.holds_some:
        return "partly", closest
    return "not found", None
