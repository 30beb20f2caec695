"""The bill as it is read on the page."""

import dataclasses
import datetime
import html
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.assumptions import EVERY
from assistant.backends.base import Usage
from assistant.backends.catalogue import Price
from assistant.evidence import Evidence
from assistant.turns import Answer, Money, Turn
from tests.support.scripted_assistant import ScriptedAssistant
from tests.support.scripted_objects import Script, scripted_answer
from ui.web.bill import Bill, make_bill
from ui.web.render.bill import problems

TODAY = datetime.date(2026, 11, 24)
EVIDENCE = Evidence("Q?", "Q?", (), (), True, 0.02)
DEFAULTS = {each.key: each.default for each in EVERY}


@pytest.fixture
def assistant(tmp_path: Path) -> ScriptedAssistant:
    return ScriptedAssistant(tmp_path)


@pytest.fixture
def answer(assistant: ScriptedAssistant) -> Callable[..., Answer]:
    def make(backend: str, **changes: object) -> Answer:
        made = scripted_answer(
            assistant.entry(backend), Script(), EVIDENCE, "Yes.", stopped=False, broke=False
        )
        return dataclasses.replace(
            made,
            receipt=dataclasses.replace(made.receipt, **changes),  # type: ignore[arg-type]
        )

    return make


def turn(*answers: Answer) -> Turn:
    return Turn("Q?", EVIDENCE, answers)


def read(markup: str) -> str:
    """What a person reads."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", markup))).strip()


def bill(assistant: ScriptedAssistant, *turns: Turn, **values: float) -> Bill:
    return make_bill(turns, assistant.entries, {**DEFAULTS, **values}, TODAY)


def test_before_the_first_question_the_page_shows_an_example_and_says_so(
    assistant: ScriptedAssistant,
) -> None:
    made = bill(assistant)
    assert "Example Nothing has been asked yet, so nothing was paid." in read(made.actual)
    assert "An example of 10 questions: 1,450 tokens read and 150 written" in read(made.elsewhere)
    assert "typical for this program" in read(made.plan)


def test_a_question_that_got_no_answer_is_no_conversation_yet(
    assistant: ScriptedAssistant,
) -> None:
    assert "Example" in read(bill(assistant, turn()).actual)


def test_the_bill_of_a_conversation_has_a_row_for_each_backend(
    assistant: ScriptedAssistant, answer: Callable[..., Answer]
) -> None:
    made = bill(assistant, turn(answer("reader"), answer("claude-sonnet")), watts_here=100)
    # 1.24 s at 100 W and 30 cents a kWh
    assert "Built-in reader 1 812 1 $0 $0.000010 est. 1.2 s nothing" in read(made.actual)
    assert "Claude Sonnet 1 812 1 $0.0025 none here 1.2 s 3 kB" in read(made.actual)
    assert "100 W assumed" in read(made.actual)


def test_an_unknown_cost_in_the_bill_is_unknown_and_in_a_sum_an_at_least(
    assistant: ScriptedAssistant, answer: Callable[..., Answer]
) -> None:
    unknown = answer("claude-sonnet", money=Money(None, "USD", None, ""))
    assert "812 1 unknown none here" in read(bill(assistant, turn(unknown)).actual)
    both = bill(assistant, turn(unknown, answer("claude-sonnet")))
    assert "1,624 2 at least $0.0025" in read(both.actual)


def test_where_a_backend_answered_the_table_says_that_its_cost_is_exact(
    assistant: ScriptedAssistant, answer: Callable[..., Answer]
) -> None:
    shown = read(bill(assistant, turn(answer("claude-sonnet"))).elsewhere)
    assert "exact for 1 of 1 question: it answered here" in shown
    assert "tokenizer counts differently" in shown
    assert "price of 1 October 2025, 419 days old: it may have changed" in shown


def test_a_prompt_that_a_backend_could_not_hold_is_said_to_be_cut_there(
    assistant: ScriptedAssistant, answer: Callable[..., Answer]
) -> None:
    def said(tokens: int) -> str:
        long = turn(answer("llama3.2-3b", usage=Usage(tokens, 700)))
        return read(bill(assistant, long).elsewhere)

    window = assistant.entry("claude-sonnet").context_window_tokens
    told = f"holds {window:,} tokens at most: a prompt here was longer and would be cut"
    assert told in said(window + 1)
    assert told not in said(window)


def test_tokens_of_the_reader_are_said_to_be_scaled(
    assistant: ScriptedAssistant, answer: Callable[..., Answer]
) -> None:
    shown = read(bill(assistant, turn(answer("reader"))).elsewhere)
    assert "1.36 times the tokens it read are taken, as measured" in shown


def test_tokens_that_nobody_counted_are_said_to_be_missing(
    assistant: ScriptedAssistant, answer: Callable[..., Answer]
) -> None:
    silent = turn(answer("claude-sonnet", usage=Usage(None, None)))
    shown = read(bill(assistant, turn(answer("claude-sonnet")), silent).elsewhere)
    assert "The tokens of 1 question are not known and not in it." in shown


def test_the_electricity_of_the_own_machine_stands_among_the_bars(
    assistant: ScriptedAssistant,
) -> None:
    # 10 questions × 6 s × 350 W at 30 cents a kWh
    assert "Own machine below: electricity $0.0017 est." in read(bill(assistant).elsewhere)


def test_the_plan_says_what_one_machine_can_do_and_who_waits(
    assistant: ScriptedAssistant,
) -> None:
    shown = read(bill(assistant).plan)
    assert "18,000: 30 people × 10 a day × 60 days." in shown
    assert "It answers up to 4,800 questions a day, one after the other; 300 are asked" in shown
    assert "it keeps up, and is busy 6.2% of the time" in shown
    assert "the last one waits 3 min 0 s" in shown


def test_a_machine_that_cannot_keep_up_is_said_to_be_not_enough(
    assistant: ScriptedAssistant,
) -> None:
    shown = read(bill(assistant, seconds_per_answer=300.0).plan)
    assert "one is not enough. 4 are needed, and are counted here." in shown
    assert "4 machines of your own" in shown


def test_the_plot_marks_the_day_from_which_the_own_machine_is_cheaper(
    assistant: ScriptedAssistant,
) -> None:
    # 300 × (1,450 × 3 + 150 × 15) millionths = 1.98 a day; electricity 0.1875; 1,800 / 1.7925
    made = bill(assistant, lifetime_years=10.0)
    assert "breaks even on day 1,005 (301,500 questions)" in read(made.plan)
    assert 'class="mark"' in made.plan
    assert "the term ends" in made.plan
    worn = bill(assistant)
    assert "it would take 1,005 days of use, and the machine lasts 720" in read(worn.plan)
    assert 'class="mark"' not in worn.plan


def test_a_term_that_outlasts_the_machine_climbs_a_step_in_the_plot(
    assistant: ScriptedAssistant,
) -> None:
    made = bill(assistant, days=1_500.0, people=1.0)
    # 720 days of use: bought on the first day, after 720 and after 1,440.
    assert "The term outlasts it: 3 are bought, one after the other." in read(made.plan)
    own = re.search(r'<polyline points="([^"]*)" class="line line-own', made.plan)
    assert own is not None
    places = [point.split(",")[0] for point in own[1].split()]
    assert places == ["0.000", "48.000", "48.000", "96.000", "96.000", "100.000"]
    worn = bill(assistant, days=3_660.0, lifetime_years=0.1, days_a_year=1.0)
    assert "36,600 are bought" in read(worn.plan)
    assert len(worn.plan) < 2 * len(made.plan)


def test_an_unknown_price_has_a_row_and_no_line(assistant: ScriptedAssistant) -> None:
    entries = tuple(
        entry.model_copy(update={"price": None}) if entry.id == "gpt-mini" else entry
        for entry in assistant.entries
    )
    made = make_bill((), entries, DEFAULTS, TODAY)
    assert "GPT mini unknown unknown cannot be said: its cost is not known" in read(made.plan)
    legend = made.plan.partition('class="legend"')[2].partition("</ul>")[0]
    assert "GPT mini" not in legend
    assert "GPT mini" not in made.elsewhere.partition("<svg")[2].partition("</svg>")[0]


def test_a_catalogue_without_any_price_still_makes_a_bill(assistant: ScriptedAssistant) -> None:
    entries = tuple(entry.model_copy(update={"price": None}) for entry in assistant.entries)
    made = make_bill((), entries, DEFAULTS, TODAY)
    assert "cannot be said" in read(made.plan)


def test_a_price_in_another_currency_is_in_the_table_and_not_in_the_plot(
    assistant: ScriptedAssistant,
) -> None:
    euros = Price(currency="EUR", input=3, output=15)
    entries = (assistant.entry("gpt-mini").model_copy(update={"price": euros}),)
    made = make_bill((), entries, DEFAULTS, TODAY)
    assert "€0.0660" in read(made.elsewhere)
    assert "GPT mini" not in made.elsewhere.partition("<svg")[2].partition("</svg>")[0]
    assert "no exchange rate is assumed" in read(made.plan)


def test_ids_on_the_page_are_unique(assistant: ScriptedAssistant) -> None:
    made = bill(assistant)
    ids = re.findall(r'\bid="([^"]+)"', made.actual + made.elsewhere + made.plan)
    assert len(ids) == len(set(ids))


def test_what_a_catalogue_says_becomes_text_and_never_markup(
    assistant: ScriptedAssistant,
) -> None:
    price = Price(input=1, output=1, source="<script>x</script>")
    evil = assistant.entry("gpt-mini").model_copy(update={"label": "<img src=x>", "price": price})
    made = make_bill((), (evil,), DEFAULTS, TODAY)
    markup = made.elsewhere + made.plan
    assert "<img" not in markup
    assert "<script" not in markup


def test_what_is_wrong_with_the_figures_is_listed_and_announced() -> None:
    markup = problems(("People: put a number here.", "Days of use in the term: put a number."))
    assert 'role="alert"' in markup
    assert read(markup).count("put a number") == 2
    assert problems(()) == ""
