"""What many people would pay over a term, and when a machine of one's own would be cheaper."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from assistant.backends.base import Usage
from assistant.backends.catalogue import BackendEntry
from assistant.bill import TYPICAL_INPUT_TOKENS, TYPICAL_OUTPUT_TOKENS, Counted
from assistant.money import cost_of
from assistant.receipts import SECONDS_PER_HOUR
from assistant.turns import Money

WH_PER_KWH = 1000
_ROUNDING = 1e-9
_FAR_DAYS = 1_000_000


@dataclass(frozen=True, slots=True)
class QuestionSize:
    """The tokens of one question, and where that figure is from.

    Attributes:
        input_tokens, output_tokens: a mean, as whole tokens.
        questions: how many questions it is the mean of; 0 for the typical one.
    """

    input_tokens: int = TYPICAL_INPUT_TOKENS
    output_tokens: int = TYPICAL_OUTPUT_TOKENS
    questions: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """Many people with many questions.

    Attributes:
        people: how many.
        questions_a_day: of each of them.
        days: days of use.
        size: the tokens of a question.
    """

    people: int
    questions_a_day: int
    days: int
    size: QuestionSize = QuestionSize()

    @property
    def daily(self) -> int:
        """Questions on one day."""
        return self.people * self.questions_a_day

    @property
    def questions(self) -> int:
        """Questions in all."""
        return self.daily * self.days


@dataclass(frozen=True, slots=True)
class Hardware:
    """A machine of one's own that answers one question after the other.

    Attributes:
        price: to buy it, in ``currency``.
        lifetime_years: how long it lasts.
        days_a_year: days of use in a year.
        hours_a_day: hours that it is switched on, on a day of use.
        load_watts, idle_watts: power while it answers, and while it waits.
        seconds_per_answer: time for one answer.
        price_per_kwh: of electricity, in ``currency``.
        currency: ISO code.
    """

    price: float
    lifetime_years: float
    days_a_year: float
    hours_a_day: float
    load_watts: float
    idle_watts: float
    seconds_per_answer: float
    price_per_kwh: float
    currency: str = "USD"

    @property
    def days_of_use(self) -> float:
        """Days of use until it is worn out."""
        return self.lifetime_years * self.days_a_year


@dataclass(frozen=True, slots=True)
class Capacity:
    """Whether a machine keeps up.

    Attributes:
        answers_a_day: what one machine can answer on a day, one after the other.
        machines: how many are needed for the plan, at least 1.
        busy: share of the time switched on that they answer, 0 to 1.
        longest_wait_s: for the last person when all ask at the same moment.
    """

    answers_a_day: int
    machines: int
    busy: float
    longest_wait_s: float


@dataclass(frozen=True, slots=True)
class BreakEven:
    """When a machine of one's own has cost no more than the backend.

    Attributes:
        days: the first day of use from which that is so; None is never.
        questions: asked until then, or None.
        reason: why it is never so; empty otherwise.
    """

    days: int | None
    questions: int | None
    reason: str = ""


def question_size(questions: Sequence[Counted]) -> QuestionSize:
    """The mean of a conversation's questions, or the typical size when no tokens are known."""
    known = [each.stand_in for each in questions if each.stand_in is not None]
    if not known:
        return QuestionSize()
    return QuestionSize(
        input_tokens=round(fmean(usage.input_tokens or 0 for usage in known)),
        output_tokens=round(fmean(usage.output_tokens or 0 for usage in known)),
        questions=len(known),
    )


def cost_of_plan(entry: BackendEntry, plan: Plan) -> Money:
    """All questions of the plan at a backend that bills by the token; unknown stays unknown."""
    usage = Usage(plan.size.input_tokens, plan.size.output_tokens)
    one = cost_of(usage, entry, local=False)
    if one.amount is None:
        return one
    return replace(one, amount=one.amount * plan.questions)


def capacity(hardware: Hardware, plan: Plan) -> Capacity:
    """Whether such a machine can answer a day's questions one after the other."""
    on_s = hardware.hours_a_day * SECONDS_PER_HOUR
    a_day = math.floor(on_s / hardware.seconds_per_answer)
    needed_s = plan.daily * hardware.seconds_per_answer
    # An answer that is begun is ended on the same machine and day.
    machines = max(1, math.ceil(plan.daily / max(1, a_day)))
    rounds = math.ceil(plan.people / machines)
    return Capacity(
        a_day, machines, needed_s / (machines * on_s), rounds * hardware.seconds_per_answer
    )


def electricity_a_day(hardware: Hardware, plan: Plan) -> float:
    """Money for electricity on one day of use, for all machines that are needed."""
    needed = capacity(hardware, plan)
    on_h = needed.machines * hardware.hours_a_day
    watt_hours = on_h * (
        needed.busy * hardware.load_watts + (1 - needed.busy) * hardware.idle_watts
    )
    return watt_hours / WH_PER_KWH * hardware.price_per_kwh


def purchase(hardware: Hardware, plan: Plan) -> float:
    """Money for the machines that are needed."""
    return capacity(hardware, plan).machines * hardware.price


def lives(hardware: Hardware, plan: Plan) -> int:
    """How many machines, one worn out after the other, the term takes in one place: at least 1."""
    return max(1, math.ceil(plan.days / hardware.days_of_use * (1 - _ROUNDING)))


def own_cost(hardware: Hardware, plan: Plan, *, shared: bool) -> float:
    """The term on machines of one's own, bought again when they are worn out.

    Args:
        hardware: the machine.
        plan: the term.
        shared: whether the term carries its share of the price alone, for the rest of the
            machine's life is used too.
    """
    bought = plan.days / hardware.days_of_use if shared else lives(hardware, plan)
    return purchase(hardware, plan) * bought + electricity_a_day(hardware, plan) * plan.days


def break_even(entry: BackendEntry, hardware: Hardware, plan: Plan) -> BreakEven:
    """The day from which machines of one's own have cost no more than the backend.

    The whole price counts on the first day; both go on with the same questions every day.
    """
    money = cost_of_plan(entry, plan)
    if money.amount is None:
        return BreakEven(None, None, f"its cost is not known: {money.note}")
    if money.currency != hardware.currency:
        return BreakEven(
            None, None, f"its price is in {money.currency}: no exchange rate is assumed"
        )
    saved_a_day = money.amount / plan.days - electricity_a_day(hardware, plan)
    price = purchase(hardware, plan)
    if saved_a_day <= 0:
        if price == 0 and saved_a_day == 0:
            return BreakEven(1, plan.daily)
        return BreakEven(None, None, "the electricity alone costs as much or more")
    needed_days = price / saved_a_day
    if needed_days > hardware.days_of_use * (1 + _ROUNDING):
        return BreakEven(None, None, _too_late(needed_days, hardware))
    # What is a whole number of days but for the last bits of a float is that whole number.
    days = max(1, math.ceil(needed_days * (1 - _ROUNDING)))
    return BreakEven(days, days * plan.daily)


def _too_late(days: float, hardware: Hardware) -> str:
    needed = (
        f"{math.ceil(days * (1 - _ROUNDING)):,}" if days < _FAR_DAYS else f"more than {_FAR_DAYS:,}"
    )
    return f"it would take {needed} days of use, and the machine lasts {hardware.days_of_use:,.0f}"
