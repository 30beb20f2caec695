"""Numbers with what they count, and dates: what must agree to the letter."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from assistant.text.words import SCALES, STOP_WORDS, number_of

_BYTES: Final = {"kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "gib": 1e9, "mib": 1e6}
_NUMBER: Final = re.compile(
    r"(?<![\w.])(?<![A-Za-z]-)(?P<bytes>\d+(?:\.\d+)?)\s?(?P<size>[KMGT]i?B)\b"
    r"|(?<![\w.])(?<![A-Za-z]-)(?P<currency>[$€£]\s?)?(?P<digits>\d+(?:[.,]\d+)*)"
    r"(?:[\s-]?(?P<scale>[kKmMbBtT]|bn|thousand|million|billion|trillion)(?![\w]))?"
    r"(?P<ordinal>st|nd|rd|th)?\+?(?!\.?\d)(?!\w)",
    re.IGNORECASE,
)
_WORDS: Final = {
    word: float(value)
    for value, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve".split(), start=1
    )
} | {"half a million": 5e5, "both": 2.0}  # fmt: skip
_RATIOS: Final = {
    "double": 2.0, "doubles": 2.0, "doubled": 2.0, "twice": 2.0, "half": 0.5, "halve": 0.5,
    "halves": 0.5, "halved": 0.5, "triple": 3.0, "triples": 3.0,
}  # fmt: skip
_WORD: Final = re.compile(rf"\b(?:{'|'.join([*_WORDS, *_RATIOS])})\b", re.IGNORECASE)
_UNITS: Final = {
    "time": "second minute hour day week month year",
    "rate": "daily monthly yearly",
    "money": "dollar usd euro eur cent pound",
    "ratio": "time",
    "count": "token parameter user layer expert request percent bit answer vote language",
}
_UNIT_OF: Final = {
    form: (sort, word) for sort, words in _UNITS.items() for word in words.split()
    for form in (word, f"{word}s")
}  # fmt: skip
_SAME_UNIT: Final = {"time": "times", "usd": "dollar", "eur": "euro", "param": "parameter"}
_CURRENCIES: Final = {"$": "dollar", "€": "euro", "£": "pound"}
_AFTER: Final = re.compile(r"[\s-]*(?:(?:US|input|output|active|total|monthly)\s+)?([A-Za-z]+|%)")
_CLOSE: Final = 1e-6

_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        "january february march april may june july august september october november "
        "december".split(),
        start=1,
    )
}
_MONTH: Final = "|".join(_MONTHS)
_DATE: Final = re.compile(
    rf"\b(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+)?(?P<month>{_MONTH})"
    rf"(?:\s+(?P<day2>\d{{1,2}}),)?\s+(?P<year>(?:19|20)\d\d)\b"
    r"|\b(?P<iso>(?:19|20)\d\d-\d\d(?:-\d\d)?)\b"
    rf"|\b(?P<day3>\d{{1,2}})\s+(?P<month3>{_MONTH})\b"
    r"|(?<![\w.$€,])(?P<alone>(?:19|20)\d\d)(?![\w,]|\.\d)",
    re.IGNORECASE,
)
_VERSION: Final = re.compile(
    r"\b([A-Z][\w.+]*|[a-z]+(?=-))[\s-]\d+(?:\.\d+)*(?!\.?\d|[\s-]?(?:[kKmMbBtT](?!\w)|bn|%|[KMGT]i?B\b|"
    r"(?:thousand|million|billion|trillion|tokens?|bits?|days?|GPUs?|models?|parameters?)\b))"
)
_LIST_OF_NUMBERS: Final = re.compile(
    r"(?<![\w.])\d+(?:\.\d+)?(?:, \d+(?:\.\d+)?)*,? (?:and|or|to) (?P<last>\d+(?:\.\d+)?)\s"
    r"(?P<scale>thousand|million|billion|trillion)\b"
)
_HEDGED: Final = re.compile(
    r"\b(?:about|around|roughly|approximately|some|nearly|almost|circa|ca)\W+$", re.IGNORECASE
)
_ROUNDING: Final = 0.03


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number and what it counts.

    Attributes:
        value: in plain units: ``128K`` is 128,000, ``4.1 GB`` 4.1e9.
        unit: ``token``, ``dollar``, ``bytes``, ``month`` and so on; empty when none was read.
        start: where it stands in its text.
        about: whether the text calls it a rough number.
    """

    value: float
    unit: str
    start: int
    about: bool = False

    def agrees(self, other: "Quantity") -> bool:
        """Whether the values are the same and the units do not speak against it.

        A number without a unit counts no cents: a price in a table is in dollars.
        """
        if (self.unit == "cent") is (other.unit == "cent"):
            return self._is_near(other)
        return _in_whole_coins(self)._is_near(_in_whole_coins(other))

    def _is_near(self, other: "Quantity") -> bool:
        slack = _ROUNDING if self.about else _CLOSE
        return abs(self.value - other.value) <= slack * max(abs(other.value), _CLOSE) and (
            self.unit == other.unit or not self.unit or not other.unit
        )


def _in_whole_coins(quantity: Quantity) -> Quantity:
    """Cents as parts of a dollar or whatever the other side counts."""
    if quantity.unit == "cent":
        return Quantity(quantity.value / 100, "", quantity.start, quantity.about)
    return quantity


@dataclass(frozen=True, slots=True)
class Day:
    """A date, as far as it is given.

    Attributes:
        parts: year, month and day; None where it is not given.
        start: where it stands in its text.
    """

    parts: tuple[int | None, int | None, int | None]
    start: int

    def agrees(self, other: "Day") -> bool:
        """Whether everything this date gives, the other gives too."""
        return all(a is None or a == b for a, b in zip(self.parts, other.parts, strict=True))


@lru_cache(maxsize=2048)
def dates_in(text: str) -> tuple[Day, ...]:
    """The dates of a text, in order."""
    return tuple(_day(match) for match in _DATE.finditer(text))


def _day(match: re.Match[str]) -> Day:
    if match["iso"]:
        year, month, *rest = (int(part) for part in match["iso"].split("-"))
        return Day((year, month, rest[0] if rest else None), match.start())
    if match["alone"]:
        return Day((int(match["alone"]), None, None), match.start())
    if match["month3"]:
        return Day((None, _MONTHS[match["month3"].lower()], int(match["day3"])), match.start())
    day = match["day"] or match["day2"]
    month = _MONTHS[match["month"].lower()]
    return Day((int(match["year"]), month, int(day) if day else None), match.start())


@lru_cache(maxsize=2048)
def quantities_in(text: str) -> tuple[Quantity, ...]:
    """The numbers of a text with their units, dates and versions of names left out."""
    bare = _VERSION.sub(_blank_version, _DATE.sub(lambda match: " " * len(match[0]), text))
    found = [q for match in _NUMBER.finditer(bare) if (q := _quantity(match, bare)) is not None]
    for match in _WORD.finditer(bare):
        word = match[0].lower()
        if word in _RATIOS:
            found.append(Quantity(_RATIOS[word], "times", match.start()))
        else:
            found.append(Quantity(_WORDS[word], _unit_after(bare, match.end()), match.start()))
    return _shared_units(sorted(found, key=lambda quantity: quantity.start), bare)


def _shared_units(found: Sequence[Quantity], text: str) -> tuple[Quantity, ...]:
    """In "7, 13 and 70 billion", the first two are billions as well."""
    complete = list(found)
    for listed in _LIST_OF_NUMBERS.finditer(text):
        factor = SCALES[listed["scale"].lower()]
        last = next((q for q in found if listed.start("last") <= q.start < listed.end()), None)
        for place, quantity in enumerate(complete):
            if last and listed.start() <= quantity.start < listed.start("last"):
                complete[place] = replace(quantity, value=quantity.value * factor, unit=last.unit)
    return tuple(complete)


def _blank_version(match: re.Match[str]) -> str:
    """Spaces for the version in a name such as ``GPT-4`` or ``Llama 3.1``; other words stay."""
    if match[1].lower() in STOP_WORDS:
        return match[0]
    return match[1] + " " * (len(match[0]) - len(match[1]))


def _quantity(match: re.Match[str], text: str) -> Quantity | None:
    about = bool(_HEDGED.search(text[: match.start()]))
    if match["bytes"]:
        value = float(match["bytes"]) * _BYTES[match["size"].lower()]
        return Quantity(value, "bytes", match.start(), about)
    plain = number_of(match["digits"])
    if plain is None:
        return None  # a version such as 1.2.3: it is compared as a name
    value = plain * SCALES.get((match["scale"] or "").lower(), 1.0)
    unit = _unit_after(text, match.end())
    if match["currency"]:
        unit = _CURRENCIES[match["currency"].strip()]
    elif (match["scale"] or "") in {"B", "b"} and not unit:
        unit = "parameter"
    return Quantity(value, unit, match.start(), about)


def _unit_after(text: str, end: int) -> str:
    match = _AFTER.match(text, end)
    if match is None:
        return ""
    if match[1] == "%":
        return "percent"
    _, word = _UNIT_OF.get(match[1].lower(), ("", ""))
    return _SAME_UNIT.get(word, word)


def missing(wanted: Iterable[Quantity], given: Iterable[Quantity]) -> tuple[Quantity, ...]:
    """Those wanted that no given one agrees with."""
    given = tuple(given)
    return tuple(q for q in wanted if not any(q.agrees(other) for other in given))


def missing_days(wanted: Iterable[Day], given: Iterable[Day]) -> tuple[Day, ...]:
    """Those dates wanted that no given one agrees with."""
    given = tuple(given)
    return tuple(day for day in wanted if not any(day.agrees(other) for other in given))
