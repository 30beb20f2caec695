"""What one statement of an answer is worth against places of the evidence.

Words, numbers, dates, names, denial and voice are compared first; the embedder is asked only where
meaning decides.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from assistant.checks.conflicts import Conflict, conflicts_of, contradicts, holds_some
from assistant.checks.places import Place
from assistant.checks.quantities import missing
from assistant.checks.statements import Statement, statements_of
from assistant.checks.wording import share
from assistant.turns import SentenceVerdict
from index.embedder import Embedder

Conclusion = tuple[SentenceVerdict, "Judgement | None"]
Held = Sequence[Sequence["Judgement"]]
"""A sentence against places: its whole, then its parts, each with some judgements."""
CANDIDATES: Final = 6
CANDIDATES_OF_PART: Final = 3
SUPPORTED_MEANING: Final = 0.72
SUPPORTED_WORDS: Final = 0.6
PARTLY_MEANING: Final = 0.5
PARTLY_WORDS: Final = 0.5
_CITED: Final = 0.15
_NUMBERS: Final = 0.3
_VETO: Final = 0.1


@dataclass(frozen=True, slots=True)
class Judgement:
    """One statement held against one place, but for its meaning.

    Attributes:
        statement: the statement.
        place: the place.
        words: share of the statement's words that the place holds, 0 to 1.
        holds_some: whether some of the statement's numbers and dates stand there.
        conflicts: what speaks against it, however close they are.
    """

    statement: Statement
    place: Place
    words: float
    holds_some: bool
    conflicts: frozenset[Conflict]

    @property
    def may_be_partly(self) -> bool:
        """Whether no more speaks against it than its width, or some of its numbers."""
        return not self.conflicts - {"all", "word"} or (
            self.conflicts <= {"number", "date", "word"} and self.holds_some
        )


class Meanings:
    """How near statements and places are in meaning, of those that it was given."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._vectors: dict[str, NDArray[np.float32]] = {}

    def learn(self, judged: Iterable[Judgement]) -> None:
        """Encode what is not known yet, in one call."""
        texts = dict.fromkeys(
            text for one in judged for text in (one.statement.text, one.place.text)
        )
        new = [text for text in texts if text not in self._vectors]
        if new:
            self._vectors.update(zip(new, self._embedder.encode(new), strict=True))

    def closeness(self, one: Judgement) -> float:
        """Meaning and words together, 0 to 2."""
        return self._nearness(one) + one.words

    def is_close(self, one: Judgement) -> bool:
        """Whether that is close enough for support."""
        return one.words >= SUPPORTED_WORDS or self._nearness(one) >= SUPPORTED_MEANING

    def is_near(self, one: Judgement) -> bool:
        """Whether it is close enough to say that the place speaks of this at all."""
        return one.words >= PARTLY_WORDS or self._nearness(one) >= PARTLY_MEANING

    def _nearness(self, one: Judgement) -> float:
        return float(self._vectors[one.statement.text] @ self._vectors[one.place.text])


def held_against(
    sentence: str, cited: frozenset[int], places: Sequence[Place]
) -> list[list[Judgement]]:
    """A sentence, first whole and then in parts, each held against the places nearest in words.

    Args:
        sentence: without citation markers.
        cited: numbers of the passages that it cites; their places come a little sooner.
        places: where it may be borne out.
    """
    found = statements_of(sentence)
    return [
        [_judge(statement, place) for place in shortlist]
        for statement, shortlist in zip(found, _shortlists(found, cited, places), strict=True)
    ]


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


def _judge(statement: Statement, place: Place) -> Judgement:
    return Judgement(
        statement=statement,
        place=place,
        words=share(statement.words, place.words),
        holds_some=holds_some(statement, place),
        conflicts=conflicts_of(statement, place),
    )


def undecided(judged: Sequence[Judgement], cited: frozenset[int]) -> Sequence[Judgement]:
    """Those of a statement's places that only meaning can choose between for its support."""
    able = _able(judged, cited)
    against = [one for one in judged if _speaks_against(one)]
    is_plain = len(able) == 1 and able[0].words >= SUPPORTED_WORDS and not against
    if not able or is_plain:
        return ()
    return [*(one for one in judged if not one.conflicts), *against]


def _speaks_against(one: Judgement) -> bool:
    """Whether the place denies the statement; a vendor does not deny that the lesson says so."""
    of_another = one.statement.speaker == "lesson" and "speaker" in one.conflicts
    return contradicts(one.conflicts) and not of_another


def _able(judged: Sequence[Judgement], cited: frozenset[int]) -> list[Judgement]:
    """Places that nothing keeps from bearing a statement out: the cited ones, where there are."""
    able = [one for one in judged if not one.conflicts]
    return [one for one in able if one.place.passage.number in cited] or able


def supported(judged: Held, cited: frozenset[int], meanings: Meanings) -> Conclusion | None:
    """Supported or partly where the whole or a part is borne out; None where nothing is."""
    whole = _supporter(judged[0], cited, meanings)
    if len(judged) == 1:
        return ("supported", whole) if whole else None
    parts = [
        _supporter(found, cited, meanings) or _beside(whole, found, meanings)
        for found in judged[1:]
    ]
    held = [part for part in parts if part]
    if not held:
        return None
    return ("supported", whole or held[0]) if len(held) == len(parts) else ("partly", held[0])


def _beside(
    whole: Judgement | None, judged: Sequence[Judgement], meanings: Meanings
) -> Judgement | None:
    """The place that bears out the whole, where it is near a part as well."""
    if whole is None:
        return None
    return next(
        (
            one
            for one in judged
            if one.place is whole.place and not one.conflicts and meanings.is_near(one)
        ),
        None,
    )


def _supporter(
    judged: Sequence[Judgement], cited: frozenset[int], meanings: Meanings
) -> Judgement | None:
    """The closest place that bears a statement out, a cited one before others."""
    if not (asked := undecided(judged, cited)):
        return next(iter(_able(judged, cited)), None)
    able = [one for one in asked if not one.conflicts and meanings.is_close(one)]
    if not able:
        return None
    best = max(meanings.closeness(one) for one in able)
    if any(one.conflicts and meanings.closeness(one) > best - _VETO for one in asked):
        return None
    in_cited = [one for one in able if one.place.passage.number in cited]
    return max(in_cited or able, key=meanings.closeness)
