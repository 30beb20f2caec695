"""What a conversation cost, and what the same one would have cost elsewhere."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from assistant.backends.base import Usage
from assistant.backends.catalogue import BackendEntry, Price, load_catalogue
from assistant.bill import (
    TYPICAL_INPUT_TOKENS,
    TYPICAL_OUTPUT_TOKENS,
    BillRow,
    backend_totals,
    count_turns,
    example_questions,
    price_questions,
    side_totals,
)
from assistant.evidence import Evidence
from assistant.turns import Answer, Money, Turn
from tests.support.evidence import make_entry
from tests.support.scripted_assistant import ScriptedAssistant
from tests.support.scripted_objects import Script, scripted_answer

EVIDENCE = Evidence("Q?", "Q?", (), (), True, 0.02)
# 2 and 10 dollars a million tokens, a tenth for cached ones, twice as much above 1,000.
TIERS = Price(input=2, output=10, cached_input=0.2, long_prompt_above=1_000, long_input=4,
              long_output=20, long_cached_input=0.4, date="2026-10-01")  # fmt: skip
Answered = Callable[..., Answer]


@pytest.fixture
def answered(tmp_path: Path) -> Answered:
    """An answer with a usage and what it cost."""
    assistant = ScriptedAssistant(tmp_path)

    def make(backend: str, usage: Usage, amount: float | None = None, **changes: object) -> Answer:
        answer = scripted_answer(
            assistant.entry(backend), Script(), EVIDENCE, "Yes.", stopped=False, broke=False
        )
        money = dataclasses.replace(answer.receipt.money, amount=amount)
        receipt = dataclasses.replace(
            answer.receipt,
            usage=usage,
            money=money,
            **changes,  # type: ignore[arg-type]
        )
        return dataclasses.replace(answer, receipt=receipt)

    return make


def turn(*answers: Answer) -> Turn:
    return Turn("Q?", EVIDENCE, answers)


def price_of(turns: Sequence[Turn], entries: Sequence[BackendEntry]) -> tuple[BillRow, ...]:
    return price_questions(count_turns(turns, entries), entries)


def vendor(backend_id: str, price: Price | None, **more: object) -> BackendEntry:
    return make_entry(price=price).model_copy(update={"id": backend_id, **more})


def test_another_backend_is_priced_with_the_tokens_that_were_counted(answered: Answered) -> None:
    said = turn(answered("claude-sonnet", Usage(1_000, 200), 0.006))
    row = price_of([said, said], [vendor("other", Price(input=3, output=15))])[0]
    # 2 × (1,000 × 3 + 200 × 15) / 1,000,000
    assert row.money.amount == pytest.approx(0.012)
    assert row.answered == 0
    assert not row.at_least


def test_what_a_backend_did_answer_costs_what_it_did_cost(answered: Answered) -> None:
    turns = [
        turn(answered("claude-sonnet", Usage(1_000, 200), 0.0055)),
        turn(answered("gpt-mini", Usage(500, 100), 0.003)),
    ]
    row = price_of(turns, [vendor("claude-sonnet", Price(input=3, output=15))])[0]
    # 0.0055 as billed, and 500 × 3 + 100 × 15 millionths
    assert row.money.amount == pytest.approx(0.0055 + 0.003)
    assert row.answered == 1


def test_what_one_provider_had_in_its_cache_another_has_not(answered: Answered) -> None:
    said = turn(answered("claude-sonnet", Usage(800, 100, cached_tokens=800), 0.001))
    row = price_of([said], [vendor("other", TIERS)])[0]
    assert row.money.amount == pytest.approx((800 * 2 + 100 * 10) / 1_000_000)


def test_a_long_prompt_is_priced_by_its_own_tier_question_by_question(answered: Answered) -> None:
    turns = [
        turn(answered("claude-sonnet", Usage(1_000, 100), 0.1)),
        turn(answered("claude-sonnet", Usage(1_001, 100), 0.1)),
    ]
    row = price_of(turns, [vendor("other", TIERS)])[0]
    assert row.money.amount == pytest.approx(
        (1_000 * 2 + 100 * 10 + 1_001 * 4 + 100 * 20) / 1_000_000
    )


def test_an_unknown_price_stays_unknown_and_comes_last(answered: Answered) -> None:
    said = [turn(answered("claude-sonnet", Usage(1_000, 200), 0.006))]
    entries = [
        vendor("unknown", None),
        vendor("dear", Price(input=30, output=60)),
        vendor("cheap", Price(input=0.1, output=0.5)),
        vendor("in-part", Price(input=1)),
    ]
    rows = price_of(said, entries)
    assert [row.entry.id for row in rows] == ["cheap", "dear", "unknown", "in-part"]
    assert [row.money.amount is None for row in rows] == [False, False, True, True]
    assert all(row.money.note for row in rows[2:])


def test_a_question_without_counted_tokens_makes_the_sum_an_at_least(answered: Answered) -> None:
    turns = [
        turn(answered("claude-sonnet", Usage(1_000, 200), 0.006)),
        turn(answered("claude-sonnet", Usage(None, None), None)),
    ]
    row = price_of(turns, [vendor("other", Price(input=3, output=15))])[0]
    assert row.at_least
    assert row.money.amount == pytest.approx(0.006)
    assert row.money.note == "the provider did not report the tokens"


def test_a_conversation_of_which_nothing_is_counted_is_unknown_everywhere(
    answered: Answered,
) -> None:
    row = price_of([turn(answered("claude-sonnet", Usage(), None))], [vendor("other", TIERS)])[0]
    assert row.money.amount is None
    assert not row.at_least


def test_the_count_of_a_language_model_is_preferred_to_the_readers(answered: Answered) -> None:
    reader = answered("reader", Usage(700, 50), 0.0)
    model = answered("claude-sonnet", Usage(1_000, 200), 0.006)
    entries = ScriptedAssistant(Path("unused")).entries
    for both in (turn(reader, model), turn(model, reader)):
        counted = count_turns([both], entries)[0]
        assert counted.stand_in == Usage(1_000, 200)
        assert not counted.scaled


def test_the_readers_count_is_scaled_to_the_prompt_that_a_model_would_read(
    answered: Answered,
) -> None:
    entries = ScriptedAssistant(Path("unused")).entries
    counted = count_turns([turn(answered("reader", Usage(1_000, 50), 0.0))], entries)[0]
    assert counted.stand_in == Usage(1_360, 50)
    assert counted.scaled


def test_hidden_reasoning_is_told_as_the_most_that_it_may_cost(answered: Answered) -> None:
    said = [turn(answered("gpt-mini", Usage(1_000, 200), 0.006))]
    thinker = vendor("thinker", Price(input=3, output=15), thinking_tokens=4_000)
    row = price_of(said, [thinker])[0]
    assert row.money.amount == pytest.approx(0.006)
    # 4,000 more tokens at 15 dollars a million
    assert row.most == pytest.approx(0.066)
    assert price_of(said, [vendor("plain", Price(input=3, output=15))])[0].most is None


def test_models_on_ones_own_machine_have_no_bill_by_the_token() -> None:
    entries = load_catalogue(Path("/nowhere"))
    priced = {row.entry.id for row in price_questions(example_questions(), entries)}
    assert {"gpt-4", "claude-sonnet", "gemini-3.7-flash"} <= priced
    assert not {"reader", "smollm2", "llama3.2"} & priced


def test_the_example_is_ten_typical_questions() -> None:
    row = price_questions(example_questions(), [vendor("other", Price(input=2, output=10))])[0]
    one = (TYPICAL_INPUT_TOKENS * 2 + TYPICAL_OUTPUT_TOKENS * 10) / 1_000_000
    assert row.money.amount == pytest.approx(10 * one)


def test_currencies_are_kept_apart(answered: Answered) -> None:
    said = [turn(answered("claude-sonnet", Usage(1_000, 200), 0.006))]
    euros = Price(currency="EUR", input=1, output=1)
    rows = price_of(said, [vendor("euros", euros), vendor("dollars", TIERS)])
    assert [row.money.currency for row in rows] == ["EUR", "USD"]


def test_each_side_is_added_up_with_every_version_of_an_answer(answered: Answered) -> None:
    turns = [
        turn(
            answered("reader", Usage(100, 10), 0.0, energy_wh=0.5, total_s=2.0),
            answered("claude-sonnet", Usage(300, 30), 0.25, bytes_sent=1_000, total_s=1.0),
            answered("claude-sonnet", Usage(300, 40), 0.5, bytes_sent=1_000, total_s=1.5),
        )
    ]
    here, there = side_totals(turns)
    assert (here.kind, here.answers, here.local_s, here.bytes_out) == ("open", 1, 2.0, 0)
    assert here.energy_wh.value == pytest.approx(0.5)
    assert (there.kind, there.answers, there.bytes_out) == ("proprietary", 2, 2_000)
    assert there.money == (("USD", 0.75),)
    assert (there.output_tokens.value, there.output_tokens.unknown) == (70, 0)
    assert (there.time_s, there.local_s) == (2.5, 0)


def test_an_open_answer_from_elsewhere_is_counted_as_not_local(answered: Answered) -> None:
    moved = answered("reader", Usage(1, 1), None, stayed_local=False, bytes_sent=9, energy_wh=None)
    side = side_totals([turn(moved)])[0]
    assert (side.not_local, side.unpriced, side.bytes_out) == (1, 1, 9)
    assert (side.energy_wh.known, side.energy_wh.unknown) == (0, 0)


def test_totals_of_backends_come_in_the_order_in_which_they_answered(answered: Answered) -> None:
    turns = [
        turn(answered("claude-sonnet", Usage(1, 1), 0.1)),
        turn(answered("reader", Usage(1, 1), 0.0), answered("claude-sonnet", Usage(2, 2), 0.2)),
    ]
    totals = backend_totals(turns)
    assert [(total.label, total.answers) for total in totals] == [
        ("Claude Sonnet", 2),
        ("Built-in reader", 1),
    ]
    assert dict(totals[0].money) == pytest.approx({"USD": 0.3})


def test_the_cost_as_billed_is_taken_even_for_an_entry_whose_price_is_now_unknown(
    answered: Answered,
) -> None:
    billed = turn(answered("claude-sonnet", Usage(1_000, 200), 0.006))
    row = price_of([billed], [vendor("claude-sonnet", None)])[0]
    assert row.money == Money(0.006, "USD", None, "", "")
