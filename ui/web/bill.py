"""The tab with the bill: of this conversation, elsewhere, and for many people over a term."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant.assumptions import HERE, MACHINE, PLAN, Assumption, check_figures
from assistant.backends.catalogue import BackendEntry
from assistant.bill_plan import Hardware, Plan, question_size
from assistant.markup.elements import EMPTY, SafeHtml, element
from assistant.turns import Turn
from ui.web.components import PRIVATE, html, show
from ui.web.render.bill import Power, actual_bill, conversation_of, elsewhere, problems
from ui.web.render.bill_plan import plan_section
from ui.web.session import Session

if TYPE_CHECKING:
    from assistant.wiring import Assistant


@dataclass(frozen=True, slots=True)
class Bill:
    """The bill as markup.

    Attributes:
        actual: of this conversation.
        elsewhere: the same conversation at other backends.
        plan: many people over a term.
    """

    actual: SafeHtml
    elsewhere: SafeHtml
    plan: SafeHtml


def make_bill(
    turns: Sequence[Turn],
    entries: Sequence[BackendEntry],
    values: dict[str, float],
    today: datetime.date,
) -> Bill:
    """The bill of a conversation.

    Args:
        turns: of the conversation; an example is made when there are none.
        entries: the catalogue.
        values: the assumptions by key, each within its limits.
        today: the day that the age of prices is counted to.
    """
    conversation = conversation_of(turns, entries)
    machine = Hardware(
        price=values["price"],
        lifetime_years=values["lifetime_years"],
        days_a_year=values["days_a_year"],
        hours_a_day=values["hours_a_day"],
        load_watts=values["load_watts"],
        idle_watts=values["idle_watts"],
        seconds_per_answer=values["seconds_per_answer"],
        price_per_kwh=values["price_per_kwh"],
    )
    power = Power(values[HERE.key], machine)
    size = question_size(() if conversation.is_example else conversation.questions)
    people, questions_a_day, days = (int(values[each.key]) for each in PLAN)
    plan = Plan(people, questions_a_day, days, size)
    answered = [answer.backend for turn in conversation.turns for answer in turn.answers]
    return Bill(
        actual=actual_bill(conversation, power),
        elsewhere=elsewhere(conversation, power, today),
        plan=plan_section(entries, machine, plan, answered),
    )


def build_bill(tab: gr.Tab, assistant: "Assistant", session: gr.State) -> None:
    """Put the bill into its tab and connect it; call it inside ``tab``.

    Args:
        tab: the bill is made out when it is selected.
        assistant: has the catalogue and the settings.
        session: the chat's conversation.
    """
    watts = assistant.settings.energy.watts
    with gr.Column(elem_id="bill", min_width=0):
        actual = html(elem_id="bill-now")
        others = html(elem_id="bill-others")
        html(_plan_heading(), elem_id="bill-heading")
        with gr.Row(elem_id="bill-people"):
            inputs = [_number(each, watts) for each in PLAN]
        with (
            gr.Accordion("The machine, its electricity, and why", open=False, elem_id="bill-more"),
            gr.Row(elem_id="bill-machine"),
        ):
            inputs += [_number(each, watts) for each in (*MACHINE, HERE)]
        wrong = html(elem_id="bill-wrong")
        term = html(elem_id="bill-term")
    outputs = [actual, others, wrong, term]
    reckon = partial(_reckon, assistant)
    gr.on(
        [tab.select, *(each.input for each in inputs)],
        reckon,
        [session, *inputs],
        outputs,
        trigger_mode="always_last",
        **PRIVATE,
    )


def _reckon(assistant: "Assistant", session: Session, *typed: object) -> tuple[Any, ...]:
    """The bill for what was typed, or what is wrong with it."""
    keys = (each.key for each in (*PLAN, *MACHINE, HERE))
    values, wrong = check_figures(dict(zip(keys, typed, strict=True)))
    if wrong:
        return gr.skip(), gr.skip(), show(problems(wrong)), gr.skip()
    bill = make_bill(session.turns, assistant.entries, values, datetime.date.today())
    return show(bill.actual), show(bill.elsewhere), show(EMPTY), show(bill.plan)


def _number(assumption: Assumption, watts_here: float) -> gr.Number:
    value = watts_here if assumption is HERE else assumption.default
    unit = f" ({assumption.unit})" if assumption.unit else ""
    return gr.Number(
        int(value) if assumption.whole else value,
        label=assumption.label + unit,
        info=assumption.reason,
        step=1 if assumption.whole else 0.01,
        elem_id=f"figure-{assumption.key.replace('_', '-')}",
        min_width=0,
    )


def _plan_heading() -> SafeHtml:
    return element(
        "section",
        element("h2", "Many people over a term"),
        element(
            "p",
            "What the same kind of question would cost a class or a company, and when a machine of "
            "your own would be cheaper. Every figure below may be changed.",
        ),
        class_="bill",
    )
