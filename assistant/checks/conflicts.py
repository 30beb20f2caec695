"""What keeps a place from bearing a statement out, however close its words are."""

import re
from collections.abc import Iterable
from typing import Final, Literal

from assistant.checks.places import Place, Segment
from assistant.checks.quantities import (
    Day,
    Quantity,
    dates_in,
    missing,
    missing_days,
    quantities_in,
)
from assistant.checks.statements import Statement
from assistant.checks.wording import (
    claims_all,
    comparatives_in,
    is_denied,
    is_specific,
    names_of,
    opposed,
    raw_words,
    share,
    sized_systems_in,
    variants_of,
    weighty,
    with_parts,
    words_of,
)
from corpus.library import LESSON_ID

Conflict = Literal[
    "speaker",
    "name",
    "number",
    "date",
    "bound",
    "denial",
    "opposite",
    "all",
    "comparison",
    "word",
]
"""Whose words they are; a name, number or date that is not there; a number that belongs to
something else there; one says no; one says the opposite; all where the place says some; a
comparison that is not made there; a word that says something of its own and is not there."""

_CONTRADICTS: Final[frozenset[Conflict]] = frozenset({"denial", "opposite"})
_NAME: Final[frozenset[Conflict]] = frozenset({"name"})
_RELEVANT: Final = 0.34
_HOLDS_IT: Final = 0.8
_BUT: Final = frozenset("but while although though whereas yet agree agrees which not".split())
_FEW: Final = 12
_NAME_BEFORE: Final = re.compile(r"\b[A-Z]\w*(?:[\s-]\d[\w.]*)?\s$")
_VAGUE: Final = re.compile(r"one\b|both\b", re.IGNORECASE)


def conflicts_of(statement: Statement, place: Place) -> frozenset[Conflict]:
    """The reasons why the place does not bear the statement out.

    A name that is not there settles it alone: nothing else is looked for then.
    """
    if _other_name_than(statement, place):
        return _NAME
    tests: dict[Conflict, bool] = {
        "speaker": not _may_say(statement, place),
        "number": _missing_numbers(statement, place),
        "date": bool(missing_days(statement.dates, _dates_of(statement, place))),
        "bound": any(_bound_elsewhere(segment, place) for segment in statement.segments),
        "all": statement.widens and not claims_all(place.text),
        "comparison": not comparatives_in(statement.text) <= comparatives_in(place.text),
        "word": _adds_word(statement, place),
    }
    found = {conflict for conflict, is_so in tests.items() if is_so}
    return frozenset(found | _contrary(statement, place))


def _contrary(statement: Statement, place: Place) -> set[Conflict]:
    """Whether what the place says to the statement is denied there, or the opposite of it."""
    found: set[Conflict] = set()
    told = " ".join(segment.text for segment in _relevant(statement, place))
    if is_denied(statement.text) != is_denied(told):
        found.add("denial")
    if opposed(statement.raw, raw_words(f"{told} {place.heading} {place.caption}")):
        found.add("opposite")
    return found


def _other_name_than(statement: Statement, place: Place) -> bool:
    return (
        not statement.names <= place.names
        or _other_subject(statement, place)
        or _other_variant(statement, place)
    )


def _adds_word(statement: Statement, place: Place) -> bool:
    told = with_parts(place.words)
    added = weighty(statement.words - told - _parts_of(statement.names))
    return any("-" not in word or weighty(with_parts([word]) - {word} - told) for word in added)


def _parts_of(names: Iterable[str]) -> frozenset[str]:
    """The words of names, which are compared as names."""
    return frozenset().union(*(words_of(name) | words_of(name.capitalize()) for name in names))


def contradicts(conflicts: Iterable[Conflict]) -> bool:
    """Whether the place says the contrary, and about the same thing."""
    return bool(_CONTRADICTS & set(conflicts)) and not {"name", "number", "date"} & set(conflicts)


def holds_some(statement: Statement, place: Place) -> bool:
    """Whether some of a statement's numbers and dates stand in the place, those in names aside."""
    quantities = [q for q in statement.quantities if not _in_name(q, statement.text)]
    return len(missing(quantities, place.quantities)) < len(quantities) or len(
        missing_days(statement.dates, place.dates)
    ) < len(statement.dates)


def _in_name(quantity: Quantity, text: str) -> bool:
    return bool(_NAME_BEFORE.search(text[: quantity.start]))


def _may_say(statement: Statement, place: Place) -> bool:
    """Whether the words of the place are those of the one whom the statement has speak.

    What a note reports of the lesson is no fact by itself: the note goes on to say so.
    """
    speaker, is_lesson = statement.speaker, place.passage.source == LESSON_ID
    if place.voice == "both":
        return "lesson" in statement.raw and bool(statement.raw & _BUT)
    if not speaker:
        return place.voice == "vendor" or is_lesson
    if speaker == "lesson":
        return place.voice == "lesson"
    if place.voice == "lesson":
        return False
    sources = place.sources or place.around
    return speaker == "vendor" or (
        "secondary source" not in sources and bool(set(speaker.split()) & raw_words(sources))
    )


def _other_subject(statement: Statement, place: Place) -> bool:
    """Whether a row is about another thing than the statement names."""
    sized, here = sized_systems_in(statement.text), sized_systems_in(place.subject)
    if sized and here and not sized & here:
        return True
    names = statement.names | statement.subject
    specific = {name for name in names if any(ch.isdigit() for ch in name)}
    if not place.subject or not specific:
        return False
    said = names | statement.raw
    return not any(
        names_of(part) <= said or not names_of(part)
        for part in place.subject.replace(" and ", ", ").split(", ")
    )


def _other_variant(statement: Statement, place: Place) -> bool:
    """Whether the place speaks of a variant (GPT-4 Turbo) of what is named without it (GPT-4)."""
    if place.subject:
        return False
    told = variants_of(place.text)
    return any(
        name in told and None not in told[name] and not told[name] & statement.names
        for name in statement.names
        if is_specific(name)
    )


def _missing_numbers(statement: Statement, place: Place) -> bool:
    lost = missing(statement.quantities, (*place.quantities, *quantities_in(place.around)))
    return any(not _counts(quantity, statement, place) for quantity in lost)


def _counts(quantity: Quantity, statement: Statement, place: Place) -> bool:
    """Whether a small number without a unit says how many things are listed."""
    if quantity.unit or not 1 <= quantity.value <= _FEW:
        return False
    if _VAGUE.match(statement.text, quantity.start):
        return True
    lists = [segment.text for segment in (*place.segments, Segment(statement.text))]
    return any(
        text.count(", ") + text.count(" and ") - text.count(", and ") + 1 == quantity.value > 1
        for text in lists
    )


def _dates_of(statement: Statement, place: Place) -> tuple[Day, ...]:
    """The dates of a place; the date of its source where the statement speaks of the source."""
    if statement.speaker or statement.raw & _SPEAKS_OF_SOURCE:
        return (*place.dates, *dates_in(place.around))
    return place.dates


_SPEAKS_OF_SOURCE: Final = frozenset(
    "source blog page readme card report according said stated announced confirmed document".split()
)


def _bound_elsewhere(clause: Segment, place: Place) -> bool:
    """Whether a number or date of a clause stands in the place beside something else."""
    values: list[Quantity | Day] = [*quantities_in(clause.text), *dates_in(clause.text)]
    for value in values:
        beside = [segment for segment in place.segments if _holds(segment, value)]
        if beside and all(_belongs_to_other(clause, value, segment, place) for segment in beside):
            return True
    return False


def _holds(segment: Segment, value: Quantity | Day) -> bool:
    if isinstance(value, Day):
        return any(value.agrees(day) for day in dates_in(segment.text))
    return any(value.agrees(quantity) for quantity in quantities_in(segment.text))


def _belongs_to_other(
    clause: Segment, value: Quantity | Day, segment: Segment, place: Place
) -> bool:
    if opposed(raw_words(clause.text), raw_words(f"{segment.text} {place.around} {place.caption}")):
        return True
    others = [other for other in place.segments if other is not segment]
    return (
        _other_label(clause, segment, others)
        or _other_name(clause, segment, others)
        or _other_number(clause, value, segment, others)
        or _other_deed(clause, value, segment, others)
    )


def _other_deed(
    clause: Segment, value: Quantity | Day, segment: Segment, others: Iterable[Segment]
) -> bool:
    """Whether all that is said of a date is said there of another date."""
    if not isinstance(value, Day):
        return False
    said = words_of(clause.text) - frozenset(names_of(clause.text))
    return not said & words_of(segment.text) and any(
        said & words_of(other.text) and dates_in(other.text) for other in others
    )


def _other_label(clause: Segment, segment: Segment, others: Iterable[Segment]) -> bool:
    """Whether the clause speaks of another column and not of the one that holds the number."""
    if not segment.label or segment.label.lower().startswith("note"):
        return False
    said, label = words_of(clause.text), words_of(segment.label)
    values: list[Quantity | Day] = [*quantities_in(clause.text), *dates_in(clause.text)]
    idle = [other for other in others if not any(_holds(other, one) for one in values)]
    busy = frozenset[str]().union(*(words_of(one.label) for one in others if one not in idle))
    elsewhere = frozenset[str]().union(*(words_of(one.label) for one in idle)) - label - busy
    return bool(said & elsewhere) and not said & label


def _other_name(clause: Segment, segment: Segment, others: Iterable[Segment]) -> bool:
    said, here = names_of(clause.text), names_of(segment.text)
    there = frozenset[str]().union(*(names_of(other.text) for other in others))
    return bool((said - here) & there) and any(is_specific(name) for name in here - said)


def _other_number(
    clause: Segment, value: Quantity | Day, segment: Segment, others: Iterable[Segment]
) -> bool:
    here = quantities_in(segment.text)
    for quantity in quantities_in(clause.text):
        if quantity == value or any(quantity.agrees(one) for one in here):
            continue
        rivals = [
            one
            for one in here
            if one.unit == quantity.unit
            and not _same(one, value)
            and not any(one.agrees(said) for said in quantities_in(clause.text))
        ]
        if rivals and any(_holds(other, quantity) for other in others):
            return True
    return False


def _same(one: Quantity, value: Quantity | Day) -> bool:
    return isinstance(value, Quantity) and value.agrees(one)


def _relevant(statement: Statement, place: Place) -> list[Segment]:
    """The clauses or cells that speak to the statement: one that holds it, or all that are near."""
    scored = [
        (len(statement.words & words_of(s.text)), share(words_of(s.text), statement.words), s)
        for s in place.segments
    ]
    best = max((count for count, _, _ in scored), default=0)
    if best >= _HOLDS_IT * len(statement.words):
        return [s for count, _, s in scored if count == best]
    return [s for count, part, s in scored if count and (count == best or part >= _RELEVANT)]
