"""What speaks for a unit as an answer to a question, as numbers from 0 to 1."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from assistant.reading.plain import without_source
from assistant.reading.terms import Terms, Vocabulary, terms_of
from assistant.reading.topics import asked_topics, told_topics
from assistant.reading.units import Unit
from index.passages import Passage

NAMES: Final = (
    "meaning",
    "words",
    "words in context",
    "names",
    "other version",
    "named system",
    "other system",
    "topic told",
    "topic in heading",
    "number",
    "passage",
    "match",
    "subject",
    "short",
    "long",
    "sentence",
    "list",
    "row",
    "on the lesson",
    "unknown",
    "list wanted",
    "same side",
    "other side",
    "on itself",
)

_WANTS_NUMBER: Final = re.compile(
    r"\b(?:how\s+(?:many|much|long|big|large|old|fast)|when|sizes?|parameters?|params?|count|price|"
    r"pricing|costs?|date|year|context|window|port|score|memory|ram|download|percentile|number)\b",
    re.IGNORECASE,
)
_DIGIT: Final = re.compile(r"\d")
_UNKNOWN: Final = re.compile(
    r"\b(?:(?:is|are|were)\s+not\s+(?:known|stated|documented|confirmed|described|read)|not\s+known)\b"
)
_ABOUT_LESSON: Final = re.compile(r"^The lesson(?:'s)?\b")
_WANTS_LIST: Final = re.compile(
    r"\b(?:list|which\s+\w+s|what\s+are|advantages|disadvantages|benefits|pros|cons|examples|all|"
    r"reasons|weaknesses|limits|uses|use\s+cases|name\s+(?:the|some))\b",
    re.IGNORECASE,
)
_COMPARES: Final = re.compile(
    r"\b(?:differences?|compare[ds]?|vs|versus|trade-?offs?|both|cheaper|larger|longer)\b",
    re.IGNORECASE,
)
_SIDES: Final = {
    "open": re.compile(r"\bopen\b(?!AI)", re.IGNORECASE),
    "closed": re.compile(r"\b(?:proprietary|closed)\b", re.IGNORECASE),
}
_ON_ITSELF: Final = re.compile(
    r"^(?:In\s+)?(?:This|The\s+following)\s+(?:lesson|page|document|section|article|guide|table)\b"
)
_CAPITAL: Final = re.compile(r"(?<!^)(?<![.!?]\s)\b\w*[A-Z][\w.-]*")
_SHORT_CHARS: Final = 45
_LONG_CHARS: Final = 260


@dataclass(frozen=True, slots=True)
class Asked:
    """A question taken apart.

    Attributes:
        text: the question.
        terms: its words.
        topics: what it asks for.
        systems: words of it that stand in the title of a document of the evidence.
        wants_number: whether a number or a date is asked for.
        wants_list: whether the members of a list are asked for.
        several: whether one sentence can hardly be enough: a list, or a comparison.
        sides: ``open``, ``closed``, both or none, as the question names them.
    """

    text: str
    terms: Terms
    topics: frozenset[str]
    systems: frozenset[str]
    wants_number: bool
    wants_list: bool
    several: bool
    sides: frozenset[str]

    @classmethod
    def of(cls, question: str, titles: Sequence[str]) -> "Asked":
        """Take a question apart; ``titles`` are those of the passages' documents."""
        terms = terms_of(question)
        wants_list = bool(_WANTS_LIST.search(question))
        title_words = frozenset[str]().union(*(terms_of(title).stems for title in titles))
        return cls(
            text=question,
            terms=terms,
            topics=asked_topics(question),
            systems=_systems(question, terms.stems & title_words),
            wants_number=bool(_WANTS_NUMBER.search(question)),
            wants_list=wants_list,
            several=wants_list or bool(_COMPARES.search(question)),
            sides=sides_in(question),
        )


def _systems(question: str, words: frozenset[str]) -> frozenset[str]:
    """Those words that name a system: the capitalised ones, where the question has capitals."""
    words = frozenset(word for word in words - _GENERIC if not word.isdigit())
    capitals = frozenset[str]().union(*(terms_of(m[0]).stems for m in _CAPITAL.finditer(question)))
    return words & capitals or words


_GENERIC: Final = terms_of("open source vs proprietary LLMs large language models lesson ai").stems


def feature_matrix(
    asked: Asked,
    units: Sequence[Unit],
    passages: Sequence[Passage],
    vocabulary: Vocabulary,
    meaning: NDArray[np.float32],
) -> NDArray[np.float32]:
    """One row of features a unit, columns as in ``NAMES``.

    Args:
        asked: the question.
        units: what can be quoted.
        passages: where the units stand.
        vocabulary: how common each word is.
        meaning: cosine of the question and each unit's text, shape [units].
    """
    by_number = {passage.number: passage for passage in passages}
    rows = [
        [float(cosine), *_features(asked, unit, by_number[unit.passage], vocabulary)]
        for unit, cosine in zip(units, meaning, strict=True)
    ]
    return np.asarray(rows, dtype=np.float32).reshape(len(units), len(NAMES))


def fits(asked: Asked, unit: Unit) -> bool:
    """Whether a unit tells a topic that is asked for, and a number where one is wanted."""
    said = without_source(unit.text)
    if asked.wants_number and not _DIGIT.search(said):
        return False
    return not asked.topics or bool(asked.topics & told_topics(said))


def covered(asked: Asked, unit: Unit) -> frozenset[str]:
    """Words and names of the question that a unit itself holds."""
    near = terms_of(f"{unit.subject} {without_source(unit.text)}")
    return (asked.terms.stems & near.stems) | (asked.terms.names & near.names)


def systems_of(asked: Asked, unit: Unit) -> frozenset[str]:
    """The systems of the question that a unit is about."""
    return asked.systems & (terms_of(unit.text).stems | terms_of(unit.context).stems)


def _features(
    asked: Asked,
    unit: Unit,
    passage: Passage,
    vocabulary: Vocabulary,
) -> list[float]:
    said = without_source(unit.text)
    text, around = terms_of(unit.text), terms_of(f"{unit.context} {unit.caption}")
    near = terms_of(f"{unit.subject} {said}")
    subject = terms_of(unit.subject)
    told, told_above = told_topics(said), told_topics(f"{unit.context} {' '.join(unit.labels)}")
    named = asked.systems & (text.stems | around.stems)
    wanted = asked.terms.names
    return [
        vocabulary.share(asked.terms.stems, near.stems),
        vocabulary.share(asked.terms.stems, near.stems | around.stems),
        _part(wanted & near.names, wanted),
        float(bool(wanted) and not wanted & near.names and _same_family(wanted, near.names)),
        _part(named, asked.systems),
        float(bool(asked.systems) and not named),
        _part(asked.topics & told, asked.topics),
        _part(asked.topics & told_above, asked.topics),
        float(asked.wants_number and bool(_DIGIT.search(said))),
        passage.score,
        float(passage.match.overlaps(unit.span)),
        _part(subject.stems & asked.terms.stems, subject.stems),
        float(len(said) < _SHORT_CHARS),
        min(1.0, max(0.0, (len(said) - _LONG_CHARS) / _LONG_CHARS)),
        float(unit.kind == "sentence"),
        float(unit.kind == "list"),
        float(unit.kind == "row"),
        float(bool(_ABOUT_LESSON.match(unit.text))),
        float(bool(_UNKNOWN.search(said))),
        _part(subject.stems & asked.terms.stems, asked.terms.stems)
        if _is_list(asked, unit)
        else 0.0,
        float(bool(asked.sides & _sides(unit, said))),
        float(
            bool(asked.sides) and not asked.sides & _sides(unit, said) and bool(_sides(unit, said))
        ),
        float(bool(_ON_ITSELF.match(unit.text))),
    ]


def sides_in(text: str) -> frozenset[str]:
    """Whether a text speaks of open models, of proprietary ones, of both or of neither."""
    return frozenset(side for side, pattern in _SIDES.items() if pattern.search(text))


def _sides(unit: Unit, said: str) -> frozenset[str]:
    heading = unit.context.rpartition(" > ")[2]
    return sides_in(f"{unit.subject} {said}") or sides_in(heading)


def _is_list(asked: Asked, unit: Unit) -> bool:
    return asked.wants_list and unit.kind == "list"


def _part(found: frozenset[str], wanted: frozenset[str]) -> float:
    return len(found) / len(wanted) if wanted else 0.0


def _same_family(wanted: frozenset[str], given: frozenset[str]) -> bool:
    words = {name.rstrip("0123456789.,x%bkmo") for name in wanted}
    return any(name.rstrip("0123456789.,x%bkmo") in words for name in given)
