"""The bill: what this conversation cost, what it would have cost elsewhere, and for many people."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.backends.catalogue import BackendEntry
from assistant.bill import (
    EXAMPLE_QUESTIONS,
    TOKENIZER_SPREAD,
    BillRow,
    Counted,
    Total,
    backend_totals,
    count_turns,
    example_questions,
    price_questions,
)
from assistant.bill_plan import WH_PER_KWH, Hardware
from assistant.markup import figures
from assistant.markup.drawing import Caption
from assistant.markup.elements import EMPTY, SafeHtml, element, icon, join
from assistant.markup.figures import number_of
from assistant.markup.plots import Bar, bar_chart
from assistant.markup.tables import table
from assistant.receipts import SECONDS_PER_HOUR
from assistant.turns import Turn
from ui.web.render.receipt import source_link
from ui.web.render.totals import tally

_LEFT = "Left this machine"


@dataclass(frozen=True, slots=True)
class Conversation:
    """What the bill is made out for.

    Attributes:
        turns: of this conversation; none before the first question.
        entries: the catalogue.
        questions: the tokens of each question; typical ones when there is no conversation.
    """

    turns: Sequence[Turn]
    entries: Sequence[BackendEntry]
    questions: Sequence[Counted]

    @property
    def is_example(self) -> bool:
        """Whether there is no conversation yet."""
        return not any(turn.answers for turn in self.turns)


def conversation_of(turns: Sequence[Turn], entries: Sequence[BackendEntry]) -> Conversation:
    """A conversation, or an example of one."""
    answered = [turn for turn in turns if turn.answers]
    questions = count_turns(answered, entries) if answered else example_questions()
    return Conversation(answered, entries, questions)


@dataclass(frozen=True, slots=True)
class Power:
    """What turns time into electricity: assumed, and edited on the page.

    Attributes:
        watts_here: power of this machine while it answers.
        machine: the machine that might be bought.
    """

    watts_here: float
    machine: Hardware

    def cost(self, seconds: float, watts: float) -> float:
        """Money for so many seconds at so many watts."""
        return watts * seconds / SECONDS_PER_HOUR / WH_PER_KWH * self.machine.price_per_kwh


def actual_bill(conversation: Conversation, power: Power) -> SafeHtml:
    """What this conversation took, one row a backend; a word when there is none yet."""
    heading = element("h2", "This conversation's bill")
    if conversation.is_example:
        words = (
            "Nothing has been asked yet, so nothing was paid. What follows is an example: "
            f"{EXAMPLE_QUESTIONS} typical questions. Ask something in the chat and this page "
            "shows the bill of your own conversation."
        )
        sign = element("span", "Example", class_="example")
        return _section("bill-actual", heading, element("p", sign, " ", words))
    totals = backend_totals(conversation.turns)
    head = ("Backend", "Answers", "Read", "Written", "Paid", "Electricity here", "Time", _LEFT)
    rows = [_actual_row(total, power) for total in totals]
    watts = f"{power.watts_here:g} W"
    note = (
        f"Electricity is an estimate: the seconds in which this machine worked × {watts} assumed "
        "× the price of a kWh below. Each answer's receipt shows the watts that it assumed itself. "
        "Every version of an answer counts, for each one was paid."
    )
    numbers = table("What each backend took", head, rows)
    return _section("bill-actual", heading, numbers, element("p", note, class_="quiet"))


def _actual_row(total: Total, power: Power) -> tuple[str | SafeHtml, ...]:
    known = [figures.amount(value, currency) for currency, value in total.money]
    paid = " + ".join(known) or "unknown"
    if total.unpriced and known:
        paid = f"at least {paid}" if any(value for _, value in total.money) else "unknown"
    electricity = "none here"
    if total.local_s:
        cost = power.cost(total.local_s, power.watts_here)
        electricity = f"{figures.amount(cost, power.machine.currency)} est."
    left = figures.size(total.bytes_out) if total.bytes_out else "nothing"
    if total.not_local:
        left = f"{left}, not local"
    if total.search_hosts:
        left = f"{left}; vectors to {', '.join(total.search_hosts)}"
    return (
        element("span", icon(f"kind-{total.kind}"), total.label, class_=f"kind kind-{total.kind}"),
        figures.count(total.answers),
        tally(total.input_tokens),
        tally(total.output_tokens),
        paid,
        electricity,
        figures.seconds(total.time_s),
        left,
    )


def elsewhere(conversation: Conversation, power: Power, today: datetime.date) -> SafeHtml:
    """The same conversation at every backend that bills by the token, and electricity alone."""
    rows = price_questions(conversation.questions, conversation.entries)
    currency = power.machine.currency
    bars = _electric_bars(conversation, power)
    bars += [_bar(row) for row in rows if row.money.amount is not None]
    shown = [bar for bar, same in bars if same in {"", currency}]
    shown.sort(key=lambda bar: bar.value)
    number = number_of(len(conversation.questions), "question")
    caption = Caption(
        "plot-elsewhere",
        f"{number} at each backend, in {currency}",
        "; ".join(f"{bar.label}: {bar.words}" for bar in shown),
    )
    head = ("Backend", "This conversation", "With hidden reasoning", "Price")
    body = [_elsewhere_row(row, conversation, today) for row in rows]
    return _section(
        "bill-elsewhere",
        element("h2", "The same conversation elsewhere"),
        element("p", join([_basis(conversation), f" The scale is linear, in {currency}."])),
        bar_chart(shown, caption, lambda value: figures.round_amount(value, currency)),
        element(
            "details",
            element("summary", "The figures, their prices and sources"),
            table("The same conversation at every priced backend", head, body, words_from=3),
            class_="fold",
        ),
    )


def _bar(row: BillRow) -> tuple[Bar, str]:
    words = _cost_words(row)
    value = row.money.amount or 0.0
    return Bar(row.entry.label, value, words, row.entry.kind), row.money.currency


def _cost_words(row: BillRow) -> str:
    at_least = "at least " if row.at_least else ""
    return at_least + figures.money(row.money)


def _electric_bars(conversation: Conversation, power: Power) -> list[tuple[Bar, str]]:
    """Electricity of what answered here, by its measured time, and of the machine to buy."""
    currency = power.machine.currency
    found: list[tuple[Bar, str]] = []
    for total in backend_totals(conversation.turns):
        if total.local_s:
            cost = power.cost(total.local_s, power.watts_here)
            words = f"{figures.amount(cost, currency)} est."
            found.append((Bar(f"{total.label}, here: electricity", cost, words, "open"), ""))
    machine = power.machine
    seconds = machine.seconds_per_answer * len(conversation.questions)
    cost = power.cost(seconds, machine.load_watts)
    words = f"{figures.amount(cost, currency)} est."
    found.append((Bar("Own machine below: electricity", cost, words, "open"), ""))
    return found


def _basis(conversation: Conversation) -> str:
    number = number_of(len(conversation.questions), "question")
    spread = (
        "Another model's tokenizer counts differently: five published vocabularies differed by up "
        f"to about {TOKENIZER_SPREAD:.0%} on prompts of this program."
    )
    if conversation.is_example:
        size = conversation.questions[0].stand_in
        tokens = (
            f"{size.input_tokens:,} tokens read and {size.output_tokens} written" if size else ""
        )
        return (
            f"An example of {number}: {tokens} each, the first measured on 22 prompts of this "
            f"program, the second assumed. {spread}"
        )
    words = (
        f"{number.capitalize()}, with the tokens that the provider counted who answered. Where a "
        f"backend did answer, its cost is what it was. {spread}"
    )
    scaled = sum(question.scaled for question in conversation.questions)
    if scaled:
        words += (
            f" {number_of(scaled, 'question')} had an answer of the built-in reader alone, which "
            "reads no prompt: 1.36 times the tokens it read are taken, as measured."
        )
    missing = sum(question.stand_in is None for question in conversation.questions)
    if missing:
        words += f" The tokens of {number_of(missing, 'question')} are not known and not in it."
    return words


def _elsewhere_row(
    row: BillRow, conversation: Conversation, today: datetime.date
) -> tuple[str | SafeHtml, ...]:
    price = row.entry.price
    remarks: list[str | SafeHtml] = []
    if row.answered:
        of = number_of(len(conversation.questions), "question")
        remarks.append(f"exact for {row.answered} of {of}: it answered here")
    if price is not None:
        age = figures.price_age(row.money, today)
        remarks += [source_link(price.source), age]
        if price.secondary:
            remarks.append("reported by a third party")
    if row.money.note:
        remarks.append(row.money.note)
    sizes = [each.stand_in.input_tokens or 0 for each in conversation.questions if each.stand_in]
    if price is not None and max(sizes, default=0) > row.entry.context_window_tokens:
        window = figures.count(row.entry.context_window_tokens)
        remarks.append(f"holds {window} tokens at most: a prompt here was longer and would be cut")
    most = "-"
    if row.most is not None:
        most = f"up to {figures.amount(row.most, row.money.currency)}"
    kind = f"kind-{row.entry.kind}"
    return (
        element("span", icon(kind), row.entry.label, class_=f"kind {kind}"),
        _cost_words(row).replace("cost ", ""),
        most,
        join(remarks, "; "),
    )


def _section(name: str, *children: SafeHtml) -> SafeHtml:
    return element("section", *children, class_="bill", id=name)


def problems(wrong: Sequence[str]) -> SafeHtml:
    """What cannot be reckoned with, in a list."""
    if not wrong:
        return EMPTY
    return element(
        "div",
        icon("warning"),
        element(
            "div",
            element("p", element("strong", "These figures cannot be reckoned with.")),
            element("ul", *(element("li", each) for each in wrong)),
            element("p", "What stands below is still reckoned with the figures before."),
        ),
        class_="error",
        role="alert",
    )
