"""Many people over a term, and when a machine of one's own would be cheaper."""

import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.assumptions import EVERY, check_figures
from assistant.backends.base import Usage
from assistant.backends.catalogue import BackendEntry, Price
from assistant.bill import Counted
from assistant.bill_plan import (
    Hardware,
    Plan,
    QuestionSize,
    break_even,
    capacity,
    cost_of_plan,
    electricity_a_day,
    lives,
    own_cost,
    purchase,
    question_size,
)
from tests.support.evidence import make_entry

# 2,000 × 2 + 600 × 10 millionths: one cent a question, 3 dollars a day, 180 for the term.
SIZE = QuestionSize(2_000, 600)
PLAN = Plan(people=30, questions_a_day=10, days=60, size=SIZE)
CENT = Price(input=2, output=10)
MACHINE = Hardware(
    price=1_080,
    lifetime_years=4,
    days_a_year=180,
    hours_a_day=10,
    load_watts=400,
    idle_watts=40,
    seconds_per_answer=6,
    price_per_kwh=0.5,
)


def priced(price: Price | None) -> BackendEntry:
    return make_entry(price=price)


def changed(**fields: float) -> Hardware:
    return dataclasses.replace(MACHINE, **fields)  # type: ignore[arg-type]


def test_a_term_costs_people_times_questions_times_days() -> None:
    assert PLAN.questions == 18_000
    assert cost_of_plan(priced(CENT), PLAN).amount == pytest.approx(180.0)


def test_the_long_prompt_tier_holds_in_a_plan_too() -> None:
    tiers = Price(input=2, output=10, long_prompt_above=1_999, long_input=4, long_output=20)
    assert cost_of_plan(priced(tiers), PLAN).amount == pytest.approx(360.0)


def test_the_cost_of_a_plan_at_an_unknown_price_is_unknown() -> None:
    assert cost_of_plan(priced(None), PLAN).amount is None


def test_electricity_is_load_while_it_answers_and_idle_for_the_rest() -> None:
    # 300 × 6 s = half an hour at 400 W and 9.5 h at 40 W: 0.2 + 0.38 kWh at 50 cents
    assert electricity_a_day(MACHINE, PLAN) == pytest.approx(0.29)


def test_a_machine_that_keeps_up_is_counted_once() -> None:
    needed = capacity(MACHINE, PLAN)
    assert (needed.answers_a_day, needed.machines) == (6_000, 1)
    assert needed.busy == pytest.approx(0.05)
    assert needed.longest_wait_s == 180


def test_a_machine_that_cannot_keep_up_is_counted_as_often_as_needed() -> None:
    # 300 × 300 s = 25 h of work in 10 h: three machines, ten people to each of them
    slow = changed(seconds_per_answer=300)
    needed = capacity(slow, PLAN)
    assert (needed.answers_a_day, needed.machines) == (120, 3)
    assert needed.busy == pytest.approx(25 / 30)
    assert needed.longest_wait_s == 3_000
    assert purchase(slow, PLAN) == 3 * 1_080
    # 25 h at 400 W and 5 h at 40 W
    assert electricity_a_day(slow, PLAN) == pytest.approx((10 + 0.2) * 0.5)


def test_no_answer_is_shared_between_two_machines() -> None:
    # A machine that is on for 10 hours ends one answer of 7 hours, not 10/7 of one.
    needed = capacity(changed(seconds_per_answer=7 * 3_600.0), Plan(8, 1, 1))
    assert (needed.answers_a_day, needed.machines) == (1, 8)
    assert needed.busy == pytest.approx(7 / 10)


def test_an_answer_longer_than_the_machine_is_switched_on_is_told() -> None:
    values = {each.key: each.default for each in EVERY}
    _, wrong = check_figures(values | {"seconds_per_answer": 361, "hours_a_day": 0.1})
    assert wrong == ("Its time for one answer: longer than it is switched on, a day of use.",)


def test_the_term_bears_the_whole_price_or_its_share() -> None:
    assert own_cost(MACHINE, PLAN, shared=False) == pytest.approx(1_080 + 60 * 0.29)
    # 60 of 720 days of use
    assert own_cost(MACHINE, PLAN, shared=True) == pytest.approx(90 + 60 * 0.29)


def test_a_term_that_outlasts_the_machine_buys_it_again() -> None:
    # Worn out after 18 days of use: 60 days take four of them, and all of three and a third.
    short = changed(lifetime_years=0.1)
    assert (lives(MACHINE, PLAN), lives(short, PLAN)) == (1, 4)
    assert own_cost(short, PLAN, shared=False) == pytest.approx(4 * 1_080 + 60 * 0.29)
    assert own_cost(short, PLAN, shared=True) == pytest.approx(3_600 + 60 * 0.29)


def test_a_machine_that_lasts_just_the_term_is_bought_once() -> None:
    assert lives(changed(lifetime_years=1 / 3), PLAN) == 1


def test_the_break_even_is_the_price_over_what_a_day_saves() -> None:
    # 1,080 / (3 − 0.29) = 398.52…
    even = break_even(priced(CENT), MACHINE, PLAN)
    assert (even.days, even.questions, even.reason) == (399, 119_700, "")


def test_a_break_even_that_is_a_whole_day_is_that_day() -> None:
    # 3 dollars a day against no electricity: 1,080 / 3 = 360
    free = changed(price_per_kwh=0)
    assert break_even(priced(CENT), free, PLAN).days == 360


def test_a_break_even_on_the_last_day_of_its_life_still_counts() -> None:
    free = changed(price_per_kwh=0, lifetime_years=2)
    assert break_even(priced(CENT), free, PLAN).days == 360
    worn = changed(price_per_kwh=0, lifetime_years=1.99)
    assert break_even(priced(CENT), worn, PLAN).days is None


def test_it_never_breaks_even_when_electricity_alone_costs_as_much() -> None:
    even = break_even(priced(Price(input=0.01, output=0.01)), MACHINE, PLAN)
    assert (even.days, even.questions) == (None, None)
    assert even.reason == "the electricity alone costs as much or more"


def test_it_never_breaks_even_when_the_machine_is_worn_out_before() -> None:
    even = break_even(priced(CENT), changed(lifetime_years=2), PLAN)
    assert even.reason == "it would take 399 days of use, and the machine lasts 360"


def test_nothing_is_said_against_an_unknown_price_or_another_currency() -> None:
    assert "not known" in break_even(priced(None), MACHINE, PLAN).reason
    euros = priced(Price(currency="EUR", input=2, output=10))
    assert "no exchange rate" in break_even(euros, MACHINE, PLAN).reason


def test_a_machine_that_is_there_already_pays_from_the_first_day() -> None:
    assert break_even(priced(CENT), changed(price=0), PLAN).days == 1
    gift = changed(price=0, price_per_kwh=0)
    assert break_even(priced(Price(input=0, output=0)), gift, PLAN).days == 1


def test_a_saving_too_small_to_count_is_said_in_words() -> None:
    cheap = priced(Price(input=1e-9, output=0))
    even = break_even(cheap, changed(price_per_kwh=0, lifetime_years=30), PLAN)
    assert "more than 1,000,000 days" in even.reason


figures = st.fixed_dictionaries(
    {
        each.key: st.integers(int(each.low), int(min(each.high, 10_000)))
        if each.whole
        else st.floats(each.low, each.high, allow_nan=False)
        for each in EVERY
    }
).filter(lambda values: values["seconds_per_answer"] <= values["hours_a_day"] * 3_600)


@given(figures, st.floats(0, 1_000), st.floats(0, 1_000))
def test_from_the_break_even_on_the_own_machine_has_cost_no_more(
    values: dict[str, float], price_in: float, price_out: float
) -> None:
    good, wrong = check_figures(values)
    assert not wrong
    machine = Hardware(**{f.name: good[f.name] for f in dataclasses.fields(Hardware)[:-1]})  # type: ignore[arg-type]
    plan = Plan(int(good["people"]), int(good["questions_a_day"]), int(good["days"]), SIZE)
    entry = priced(Price(input=price_in, output=price_out))
    a_day = (cost_of_plan(entry, plan).amount or 0.0) / plan.days
    price, electricity = purchase(machine, plan), electricity_a_day(machine, plan)
    even = break_even(entry, machine, plan)
    if even.days is None:
        last = machine.days_of_use
        assert price + electricity * last >= a_day * last * (1 - 1e-6)
    else:
        assert even.days <= math.ceil(machine.days_of_use * (1 + 1e-6))
        assert price + electricity * even.days <= a_day * even.days * (1 + 1e-6)


def test_the_size_of_a_question_is_the_mean_of_those_whose_tokens_are_known() -> None:
    questions = [
        Counted({}, Usage(1_000, 100)),
        Counted({}, None),
        Counted({}, Usage(2_001, 301)),
    ]
    assert question_size(questions) == QuestionSize(1_500, 200, 2)


def test_without_known_tokens_the_size_is_the_typical_one() -> None:
    assert question_size([Counted({}, None)]) == QuestionSize()
    assert question_size([]).questions == 0


DEFAULTS: dict[str, object] = {each.key: each.default for each in EVERY}


def test_every_default_lies_within_its_limits_and_has_a_reason() -> None:
    values, wrong = check_figures(DEFAULTS)
    assert wrong == ()
    assert values == DEFAULTS
    assert all(each.reason for each in EVERY)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "People: put a number here."),
        (math.nan, "People: put a number here."),
        ("30", "People: put a number here."),
        (True, "People: put a number here."),
        (-3, "People: put a number from 1 to 100,000."),
        (0, "People: put a number from 1 to 100,000."),
        (math.inf, "People: put a number from 1 to 100,000."),
        (10**400, "People: put a number from 1 to 100,000."),
        (2.5, "People: put a whole number."),
    ],
)
def test_a_figure_that_cannot_be_is_told_in_clear_words(value: object, words: str) -> None:
    values, wrong = check_figures({**DEFAULTS, "people": value})
    assert wrong == (words,)
    assert "people" not in values


def test_every_wrong_figure_is_told_at_once() -> None:
    _, wrong = check_figures({})
    assert len(wrong) == len(EVERY)
