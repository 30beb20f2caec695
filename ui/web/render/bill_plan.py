"""Many people over a term: what each backend would cost, and when one's own machine pays."""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.backends.catalogue import BackendEntry
from assistant.bill_plan import (
    BreakEven,
    Capacity,
    Hardware,
    Plan,
    break_even,
    capacity,
    cost_of_plan,
    electricity_a_day,
    lives,
    own_cost,
    purchase,
)
from assistant.markup import figures
from assistant.markup.drawing import Caption
from assistant.markup.elements import SafeHtml, element, icon
from assistant.markup.figures import number_of
from assistant.markup.plots import Axis, Line, line_chart, swatch
from assistant.markup.tables import table

_LINES = 4
_LETTERS = "ABCD"
_ROOM = 1.15
# More of them look like a slope.
_MOST_STEPS = 60


@dataclass(frozen=True, slots=True)
class Offer:
    """One backend's price for the plan.

    Attributes:
        entry: the backend.
        amount: for the whole plan in the machine's currency, or None when it is not known.
        words: the amount as a person reads it.
        even: when a machine of one's own has cost no more.
    """

    entry: BackendEntry
    amount: float | None
    words: str
    even: BreakEven


def offers(entries: Sequence[BackendEntry], hardware: Hardware, plan: Plan) -> list[Offer]:
    """Every backend that bills by the token, the cheapest first and the unknown last."""
    found = []
    for entry in entries:
        if entry.price is None and entry.kind == "open":
            continue
        money = cost_of_plan(entry, plan)
        same = money.currency == hardware.currency
        amount = money.amount if same else None
        words = figures.money(money).replace("cost ", "")
        found.append(Offer(entry, amount, words, break_even(entry, hardware, plan)))
    return sorted(found, key=lambda offer: (offer.amount is None, offer.amount or 0.0))


def plan_section(
    entries: Sequence[BackendEntry],
    hardware: Hardware,
    plan: Plan,
    answered: Sequence[str] = (),
) -> SafeHtml:
    """The plan's result: words, plot and table.

    Args:
        entries: the catalogue.
        hardware: the machine that might be bought.
        plan: the people, their questions and the days.
        answered: backends of this conversation, which the plot prefers.
    """
    found = offers(entries, hardware, plan)
    drawn = _chosen(found, answered)
    head = ("Backend", "The term", "A day", "Own machine breaks even")
    rows = [_row(offer, hardware, plan) for offer in found]
    return element(
        "section",
        _facts(hardware, plan),
        _plot(drawn, hardware, plan),
        element(
            "details",
            element("summary", "Every backend in figures"),
            table("The term at every backend", head, rows, words_from=3),
            class_="fold",
        ),
        class_="bill",
        id="bill-plan",
        aria_live="polite",
        aria_label="The term",
    )


def _facts(hardware: Hardware, plan: Plan) -> SafeHtml:
    asked = (
        f"{plan.questions:,}: {number_of(plan.people, 'person', 'people')} × "
        f"{plan.questions_a_day:,} a day × {number_of(plan.days, 'day')}."
    )
    size = f"{plan.size.input_tokens:,} tokens read and {plan.size.output_tokens:,} written"
    if plan.size.questions:
        count = number_of(plan.size.questions, "question")
        sized = f"{size}: the mean over {count} of this conversation."
    else:
        sized = (
            f"{size}: typical for this program, the first measured on 22 prompts, the second "
            "assumed."
        )
    sized += " Hidden reasoning, which many models bill as written tokens, is not in it."
    facts = (
        ("Questions", asked),
        ("One question", sized),
        ("One machine", _capacity_words(hardware, plan)),
        ("Its cost", _own_words(hardware, plan)),
    )
    rows = (element("div", element("dt", name), element("dd", words)) for name, words in facts)
    return element("dl", *rows, class_="facts")


def _capacity_words(hardware: Hardware, plan: Plan) -> str:
    needed = capacity(hardware, plan)
    can = (
        f"It answers up to {number_of(needed.answers_a_day, 'question')} a day, one after the "
        f"other; {plan.daily:,} {'is' if plan.daily == 1 else 'are'} asked: "
    )
    return f"{can}{_enough(needed)} {_wait_words(needed, plan)}"


def _enough(needed: Capacity) -> str:
    if needed.machines == 1:
        return f"it keeps up, and is busy {figures.share(needed.busy)} of the time."
    return f"one is not enough. {needed.machines:,} are needed, and are counted here."


def _wait_words(needed: Capacity, plan: Plan) -> str:
    if plan.people == 1:
        return ""
    wait = figures.seconds(needed.longest_wait_s)
    return f"When all {plan.people:,} ask at the same moment, the last one waits {wait}."


def _own_words(hardware: Hardware, plan: Plan) -> str:
    def sum_of(value: float) -> str:
        return figures.amount(value, hardware.currency)

    whole = own_cost(hardware, plan, shared=False)
    share = own_cost(hardware, plan, shared=True)
    bought = lives(hardware, plan)
    again = (
        f"The term outlasts it: {bought:,} are bought, one after the other. " if bought > 1 else ""
    )
    return (
        f"{sum_of(purchase(hardware, plan))} to buy and "
        f"{sum_of(electricity_a_day(hardware, plan))} a day for electricity. {again}"
        f"The term costs {sum_of(whole)} if it bears the whole price, or {sum_of(share)} if it "
        f"bears its share of {hardware.days_of_use:,.0f} days of use. Nobody's time is counted."
    )


def _chosen(found: Sequence[Offer], answered: Sequence[str]) -> list[Offer]:
    """At most four to draw: those of this conversation, the dearest, the middle, the cheapest."""
    known = [offer for offer in found if offer.amount is not None]
    own = [offer for offer in known if offer.entry.id in answered][:_LINES]
    if not known:
        return []
    spread = [known[-1], known[0], known[len(known) // 2], known[-(len(known) // 4 + 1)]]
    wanted = [*own, *spread]
    unique = list({offer.entry.id: offer for offer in wanted}.values())[:_LINES]
    return sorted(unique, key=lambda offer: -(offer.amount or 0.0))


def _plot(drawn: Sequence[Offer], hardware: Hardware, plan: Plan) -> SafeHtml:
    reached = [offer.even.days for offer in drawn if offer.even.days is not None]
    end = max([float(plan.days), *(days * _ROOM for days in reached)])
    end = min(end, max(float(plan.days), hardware.days_of_use))
    steps = _own_steps(hardware, plan, end)
    machines = number_of(capacity(hardware, plan).machines, "machine")
    own = Line(
        f"{machines} of your own",
        steps,
        "open",
        words=f"{figures.amount(own_cost(hardware, plan, shared=False), hardware.currency)}"
        " over the term, with the whole price",
    )
    lines = [
        _line(offer, letter, end, plan) for offer, letter in zip(drawn, _LETTERS, strict=False)
    ]
    # A day that breaks even lies in the life of the first machine.
    price, daily = purchase(hardware, plan), electricity_a_day(hardware, plan)
    marks = [(float(days), price + daily * days) for days in reached if days <= end]
    edge = (float(plan.days), "the term ends") if plan.days < end else None
    x = Axis(end, "days of use", lambda value: f"{value:,.4g}")
    ceiling = steps[-1][1] * 1.6
    highest = max([steps[-1][1], *(line.points[-1][1] for line in lines)])
    y = Axis(
        min(ceiling, highest) if ceiling else highest,
        f"cost so far, {hardware.currency}, linear",
        lambda value: figures.round_amount(value, hardware.currency),
    )
    told = "; ".join(f"{line.label}: {line.words}" for line in (own, *lines))
    caption = Caption("plot-plan", "Cost over the days, own machine and backends", told)
    chart = line_chart([own, *lines], x, y, caption, marks=marks, edge=edge)
    legend = element("ul", *(_legend(line) for line in (own, *lines)), class_="legend")
    return element("div", chart, legend, class_="line-plot")


def _own_steps(hardware: Hardware, plan: Plan, end: float) -> tuple[tuple[float, float], ...]:
    """What machines of one's own have cost by each day, with a step up where they are replaced."""
    price, daily, life = (
        purchase(hardware, plan),
        electricity_a_day(hardware, plan),
        hardware.days_of_use,
    )
    bought = lives(hardware, plan)
    last = (end, bought * price + daily * end)
    if bought > _MOST_STEPS:
        return ((0.0, price), last)
    worn = [
        (number * life, (number + up) * price + daily * number * life)
        for number in range(1, bought)
        for up in (0, 1)
    ]
    return ((0.0, price), *worn, last)


def _line(offer: Offer, letter: str, end: float, plan: Plan) -> Line:
    a_day = (offer.amount or 0.0) / plan.days
    words = f"{offer.words} over the term; {_even_words(offer.even)}"
    points = ((0.0, 0.0), (end, a_day * end))
    return Line(offer.entry.label, points, offer.entry.kind, letter, words)


def _legend(line: Line) -> SafeHtml:
    badge = element("span", f"{line.letter} ", class_="line-letter") if line.letter else None
    return element(
        "li",
        swatch(line),
        element(
            "span", badge, element("strong", line.label), " ", element("span", line.words)
        ),
        class_=f"kind-{line.kind}",
    )  # fmt: skip


def _even_words(even: BreakEven) -> str:
    if even.days is None:
        return f"never breaks even: {even.reason}"
    return f"breaks even on day {even.days:,} ({even.questions or 0:,} questions)"


def _row(offer: Offer, hardware: Hardware, plan: Plan) -> tuple[str | SafeHtml, ...]:
    a_day = "unknown"
    if offer.amount is not None:
        a_day = figures.amount(offer.amount / plan.days, hardware.currency)
    entry, even = offer.entry, offer.even
    when = f"{'cannot be said' if offer.amount is None else 'never'}: {even.reason}"
    if even.days is not None:
        within = "" if even.days <= plan.days else ", after the term"
        when = f"day {even.days:,} ({even.questions or 0:,} questions){within}"
    label = element(
        "span", icon(f"kind-{entry.kind}"), entry.label, class_=f"kind kind-{entry.kind}"
    )
    return label, offer.words, a_day, when
