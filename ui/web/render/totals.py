"""The running total of a conversation, one line a side."""

from collections.abc import Sequence

from assistant.bill import Tally, Total, side_totals
from assistant.markup import figures
from assistant.markup.elements import EMPTY, SafeHtml, element, icon
from assistant.markup.figures import number_of
from assistant.turns import Turn


def totals(turns: Sequence[Turn]) -> SafeHtml:
    """What the conversation has taken so far: a line for each side that answered, or nothing."""
    sides = side_totals(turns)
    if not sides:
        return EMPTY
    return element(
        "section",
        element("h2", "This conversation so far"),
        *(_line(side) for side in sides),
        class_="totals",
        aria_label="Total of this conversation",
    )


def _line(side: Total) -> SafeHtml:
    read, written = tally(side.input_tokens), tally(side.output_tokens)
    parts = [
        number_of(side.answers, "answer"),
        f"{read} in, {written} out",
        cost(side),
        figures.seconds(side.time_s),
    ]
    return element(
        "p",
        element("span", icon(f"kind-{side.kind}"), side.kind, class_=f"kind kind-{side.kind}"),
        *(element("span", part, class_="figure") for part in parts),
        _left(side),
        class_=f"total kind-{side.kind}",
    )


def _left(side: Total) -> SafeHtml:
    if not side.bytes_out and side.search_hosts:
        words = f"answered here, searched at {', '.join(side.search_hosts)}"
        return element("span", icon("away"), words, class_="figure went")
    if not side.bytes_out:
        return element("span", icon("home"), "nothing left this machine", class_="figure stayed")
    left = f"{figures.size(side.bytes_out)} left this machine"
    if side.not_local:
        count = number_of(side.not_local, "answer")
        words = f"not local: {count}, {left}"
        return element("span", icon("warning"), words, class_="figure not-local")
    return element("span", icon("away"), left, class_="figure went")


def tally(value: Tally) -> str:
    """A sum of tokens: whole, "at least" so many, or unknown."""
    if not value.known and value.unknown:
        return "unknown"
    return ("at least " if value.unknown else "") + figures.count(round(value.value))


def cost(side: Total) -> str:
    """Money in each currency, and the energy of what was made here."""
    known = [figures.amount(value, currency) for currency, value in side.money if value]
    if side.unpriced:
        paid = "at least " + " + ".join(known) if known else "cost unknown"
    else:
        paid = " + ".join(known) or figures.amount(0, side.money[0][0])
    if not side.energy_wh.known:
        return paid
    at_least = "at least " if side.energy_wh.unknown else ""
    return f"{paid} + {at_least}{figures.energy(side.energy_wh.value)}"
