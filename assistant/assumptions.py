"""Figures of a plan that a person may change: what they start with, why, and their limits."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from assistant.receipts import SECONDS_PER_HOUR


@dataclass(frozen=True, slots=True)
class Assumption:
    """One figure that can be edited.

    Attributes:
        key: its name in a plan or a machine.
        label: its name for a person.
        unit: what it is counted in, for a person; may be empty.
        default: what it starts with.
        low, high: its limits, both allowed.
        whole: whether it is a whole number.
        reason: why it starts there.
    """

    key: str
    label: str
    unit: str
    default: float
    low: float
    high: float
    whole: bool
    reason: str


PLAN = (
    Assumption("people", "People", "", 30, 1, 100_000, True, "a class"),
    Assumption(
        "questions_a_day", "Questions a person and day", "", 10, 1, 1_000, True, "a guess: ask them"
    ),
    Assumption(
        "days", "Days of use in the term", "", 60, 1, 3_660, True, "twelve weeks of five days"
    ),
)
MACHINE = (
    Assumption(
        "price", "Price of the machine", "$", 1_800, 0, 10_000_000, False,
        "a desktop with a 16 GB graphics card, assumed; take an offer of your own",
    ),
    Assumption(
        "lifetime_years", "It lasts", "years", 4, 0.1, 30, False,
        "as computers are often written off; assumed",
    ),
    Assumption(
        "days_a_year", "Days of use a year", "days", 180, 1, 366, True, "a school year; assumed"
    ),
    Assumption(
        "hours_a_day", "Switched on, a day of use", "hours", 8, 0.1, 24, False,
        "a school day, switched off else; assumed",
    ),
    Assumption(
        "load_watts", "Its power while it answers", "W", 350, 0, 100_000, False,
        "such a card and the rest of the desktop at work; assumed, a meter at the plug tells",
    ),
    Assumption(
        "idle_watts", "Its power while it waits", "W", 60, 0, 100_000, False,
        "the same desktop with a loaded model; assumed",
    ),
    Assumption(
        "seconds_per_answer", "Its time for one answer", "s", 6, 0.01, 3_600, False,
        "1 s to read 1,450 tokens, 5 s to write 150 with an 8B model; assumed, a receipt tells",
    ),
    Assumption(
        "price_per_kwh", "Electricity, a kWh", "$", 0.30, 0, 10, False,
        "assumed; your last bill tells",
    ),
)  # fmt: skip
HERE = Assumption(
    "watts_here", "This computer, while it answers", "W", 30, 0, 100_000, False,
    "as the settings have it (energy.watts); assumed, a meter at the plug tells",
)  # fmt: skip
EVERY = (*PLAN, *MACHINE, HERE)


def check_figures(values: Mapping[str, object]) -> tuple[dict[str, float], tuple[str, ...]]:
    """The figures that hold, and one sentence for each that does not.

    Args:
        values: what a person typed, by key; a missing one is an error, an unknown one is left out.

    Returns:
        The figures within their limits, by key, and what is wrong with the others.
    """
    good: dict[str, float] = {}
    wrong: list[str] = []
    for assumption in EVERY:
        value = _number(values.get(assumption.key))
        if problem := _problem(assumption, value):
            wrong.append(f"{assumption.label}: {problem}.")
        elif value is not None:
            good[assumption.key] = value
    seconds, hours = good.get("seconds_per_answer"), good.get("hours_a_day")
    if seconds and hours and seconds > hours * SECONDS_PER_HOUR:
        wrong.append("Its time for one answer: longer than it is switched on, a day of use.")
    return good, tuple(wrong)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return math.inf
    return None if math.isnan(number) else number


def _problem(assumption: Assumption, value: float | None) -> str:
    if value is None:
        return "put a number here"
    if not assumption.low <= value <= assumption.high:
        return f"put a number from {assumption.low:,g} to {_plain(assumption.high)}"
    if assumption.whole and value != int(value):
        return "put a whole number"
    return ""


def _plain(value: float) -> str:
    return f"{value:,.0f}"
