"""A change of one figure or name wherever a text states it."""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import permutations
from typing import Final

from assistant.text.words import SCALES, STOP_WORDS, number_of, numbers_in
from eval.runs.records import Alteration

_NOTHING: Final = re.compile("")


@dataclass(frozen=True, slots=True)
class Change:
    """What is looked for, and what is put in place of it.

    Attributes:
        pattern: what may have to be changed.
        written: gives the words for a match; the same words where it is something else.
        told_by: what follows and tells the figure or name from others that are written alike.
    """

    pattern: re.Pattern[str]
    written: Callable[[re.Match[str]], str]
    told_by: re.Pattern[str] = _NOTHING

    def apply(self, text: str) -> str:
        """The changed text."""
        return self.pattern.sub(self.written, text)

    def made_in(self, text: str) -> Iterator[Alteration]:
        """What it changes in a text, in the text's own way of writing."""
        for match in self.pattern.finditer(text):
            if (false := self.written(match)) != match[0]:
                after = self.told_by.match(text, match.end())
                tail = after[0] if after else ""
                yield Alteration(match[0] + tail, false + tail)


# Names


@dataclass(frozen=True, slots=True)
class Sort:
    """Names of which one can stand for another.

    Attributes:
        true: patterns of names that documents use, each with all its ways of writing.
        false: names to put in their place.
        after: what has to follow, for names that mean something else elsewhere.
    """

    true: tuple[str, ...]
    false: tuple[str, ...]
    after: str = ""


_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
SORTS: Final = (
    # A maker whose name its models bear (Mistral, Falcon, Inflection) cannot be changed alone.
    Sort(
        ("[Mm]icrosoft", "[Oo]pen[Aa][Ii]", "[Aa]nthropic", "[Gg]oogle(?: DeepMind)?",
         "Meta(?: AI)?(?![ -]Llama)", "xAI", "(?:NVIDIA|Nvidia)", "Alibaba", "Amazon", "Apple",
         r"(?:Technology Innovation Institute(?: \(TII\))?|TII)"),
        ("Siemens", "Samsung", "Salesforce", "Oracle", "Adobe", "Baidu", "Intel", "Sony"),
    ),
    Sort(
        ("MIT", r"Apache(?:[ -](?:licen[cs]e,? (?:version )?)?2\.0)?"),
        ("GPL-3.0", "MPL-2.0", "EUPL-1.2", "AGPL-3.0"),
    ),
    Sort(tuple(f"(?:{m}|{m[:3]})" for m in _MONTHS), _MONTHS, r",? \d{4}\b"),
)  # fmt: skip


def name_changes(stated: str, shown: str, draw: random.Random) -> Iterator[Change]:
    """Changes of each name that a fact is stated with.

    Args:
        stated: the words of the evidence that state the fact.
        shown: all of the evidence.
        draw: chooses the name that is put in place.
    """
    for sort in SORTS:
        others = [name for name in sort.false if name.lower() not in shown.lower()]
        for true in sort.true:
            found = re.search(rf"(?<!\w){true}(?!\w)(?P<after>{sort.after})", stated)
            if others and found:
                after = re.escape(found["after"])
                pattern = re.compile(rf"(?<!\w){true}(?!\w)(?={after})")
                yield _name_change(pattern, draw.choice(others), after)


def _name_change(pattern: re.Pattern[str], false: str, after: str) -> Change:
    def write(match: re.Match[str]) -> str:
        return false.lower() if match[0].islower() else false

    return Change(pattern, write, re.compile(after))


# Figures

_FIGURE: Final = re.compile(
    r"(?<![\w.,])(?<!\w[-/])(?P<digits>\d+(?:[.,]\d+)*)"
    r"(?:\s?(?P<unit>k|m|b|t|bn|thousand|million|billion|trillion|%|percent|[kmgt]b))?"
    r"(?!\w)(?![.,]?\d)(?!-\d)",
    re.IGNORECASE,
)
_NOUN: Final = re.compile(r"[\s-]?([^\W\d_]+|%)")
_VERSION_OF: Final = re.compile(r"\b[A-Z][\w-]*\s$")
_YEARS: Final = range(1900, 2101)
_LARGE: Final = 1000
_MOST_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class _Figure:
    """A number as it is written, and what it counts where that is needed to know it again."""

    digits: str
    scale: float
    value: float
    noun: str
    is_version: bool

    @property
    def is_distinct(self) -> bool:
        """Whether its value alone tells it from other figures."""
        return self.scale > 1 or self.value >= _LARGE

    @property
    def can_be_known(self) -> bool:
        """Whether it can be found again: no year, no version, no small number of nothing."""
        if self.is_version or (self.scale == 1 and self.digits.isdigit() and self.value in _YEARS):
            return False
        return self.is_distinct or "." in self.digits or bool(self.noun)

    @property
    def told_by(self) -> re.Pattern[str]:
        """What follows it and is needed to know it again."""
        if self.is_distinct or "." in self.digits or not self.noun.isalpha():
            return _NOTHING
        return re.compile(rf"[\s-]?{self.noun}s?(?!\w)", re.IGNORECASE)

    def is_same(self, other: "_Figure") -> bool:
        """Whether another one, however it is written, states the same."""
        if self.is_distinct:
            return abs(self.value - other.value) <= self.value * 1e-9
        if "." in self.digits:
            return self.digits == other.digits and not other.is_version
        return self.digits == other.digits and self.noun == other.noun

    def written_as(self, value: float) -> str | None:
        """The digits of another value in the same style; None when the style cannot show it."""
        decimals = len(self.digits.rpartition(".")[2]) if "." in self.digits else 0
        comma = "," if "," in self.digits else ""
        digits = f"{value / self.scale:{comma}.{decimals}f}"
        shown = number_of(digits)
        if shown is None or abs(shown * self.scale - value) > value * 1e-9:
            return None
        return digits


def figure_changes(stated: re.Match[str], draw: random.Random) -> Iterator[Change]:
    """Changes of the first figure that a fact is stated with, in an order that is drawn.

    Args:
        stated: where the evidence states the fact.
        draw: decides the order.
    """
    shown = stated.string
    figures = [read for m in _FIGURE.finditer(shown) if (read := _read(m)) is not None]
    target = next(
        (
            read
            for m in _FIGURE.finditer(shown, *stated.span())
            if (read := _read(m)) is not None and read.can_be_known
        ),
        None,
    )
    if target is None:
        return
    same = [figure for figure in figures if target.is_same(figure)] or [target]
    coarsest = max(same, key=lambda figure: (figure.scale, -len(figure.digits)))
    stated_values = numbers_in(shown) | {figure.value for figure in figures}
    for digits in _false_digits(coarsest.digits, draw):
        value = (number_of(digits) or 0.0) * coarsest.scale
        if value in stated_values or any(figure.written_as(value) is None for figure in same):
            continue
        yield Change(_FIGURE, _writer(target, value), target.told_by)


def _writer(target: _Figure, value: float) -> Callable[[re.Match[str]], str]:
    def write(match: re.Match[str]) -> str:
        figure = _read(match)
        if figure is None or not target.is_same(figure):
            return match[0]
        digits = figure.written_as(value)
        return match[0] if digits is None else digits + match[0][len(figure.digits) :]

    return write


def _read(match: re.Match[str]) -> _Figure | None:
    number = number_of(match["digits"])
    if number is None:
        return None
    unit = (match["unit"] or "").lower()
    scale = SCALES.get(unit, 1.0)
    noun = "" if scale > 1 else unit
    after = None if unit else _NOUN.match(match.string, match.end())
    if after and after[1].lower() not in STOP_WORDS:
        noun = after[1].lower().removesuffix("s")
    if not noun and match.string[: match.start()].endswith("$"):
        noun = "$"
    before = match.string[max(0, match.start() - 40) : match.start()]
    is_version = scale == 1 and bool(_VERSION_OF.search(before))
    return _Figure(match["digits"], scale, number * scale, noun, is_version)


def _false_digits(digits: str, draw: random.Random) -> Iterator[str]:
    """The same digits in other orders, then with one of them changed; never a zero in front.

    Zeros at the end stay, so that a round figure stays round.
    """
    round_from = len(digits.rstrip("0,."))
    places = [at for at, sign in enumerate(digits) if sign.isdigit() and at < round_from]
    own = [digits[at] for at in places]
    orders = sorted(set(permutations(own))) if len(own) <= _MOST_DIGITS else []
    one_changed = [
        (*own[:at], sign, *own[at + 1 :]) for at in range(len(own)) for sign in "123456789"
    ]
    draw.shuffle(orders)
    draw.shuffle(one_changed)
    for order in (*orders, *one_changed):
        if list(order) != own and (order[0] != "0" or own[0] == "0"):
            written = list(digits)
            for at, sign in zip(places, order, strict=True):
                written[at] = sign
            yield "".join(written)
