"""What an answer cost."""

from datetime import date
from pathlib import Path

import pytest

from assistant.backends.base import Usage
from assistant.backends.catalogue import Price, load_catalogue
from assistant.money import cost_of, price_age_days
from assistant.turns import Money
from tests.support.evidence import make_entry

PRICE = Price(
    input=2, output=10, cached_input=0.1, long_prompt_above=272_000, long_input=4, long_output=15,
    long_cached_input=0.2, date="2026-10-01", source="price page",
)  # fmt: skip


@pytest.mark.parametrize(
    ("usage", "amount"),
    [
        (Usage(1_000_000 // 4, 100_000), 0.5 + 1.0),
        (Usage(200_000, 0, cached_tokens=100_000), 0.2 + 0.01),
        (Usage(300_000, 100_000), 1.2 + 1.5),
        (Usage(0, 0), 0.0),
    ],
)
def test_usage_times_price_is_the_cost(usage: Usage, amount: float) -> None:
    assert cost_of(usage, make_entry(price=PRICE), local=False).amount == pytest.approx(amount)


@pytest.mark.parametrize(
    ("usage", "price"),
    [
        (Usage(None, 10), PRICE),
        (Usage(10, None), PRICE),
        (Usage(10, 10), Price(input=1, output=None)),
        (Usage(10, 10), None),
    ],
)
def test_what_is_not_known_stays_unknown_and_says_why(usage: Usage, price: Price | None) -> None:
    money = cost_of(usage, make_entry(price=price), local=False)
    assert money.amount is None
    assert money.note


def test_a_model_on_this_machine_costs_no_money_per_token() -> None:
    assert cost_of(Usage(10, 10), make_entry(kind="open"), local=True).amount == 0


def test_the_price_carries_its_date_and_source() -> None:
    money = cost_of(Usage(10, 10), make_entry(price=PRICE), local=False)
    assert (money.price_date, money.price_source) == ("2026-10-01", "price page")


def test_an_open_model_that_did_not_run_here_is_never_called_free() -> None:
    assert cost_of(Usage(10, 10), make_entry(kind="open"), local=False).amount is None


def test_more_cached_tokens_than_were_sent_never_lower_the_cost_of_the_answer() -> None:
    money = cost_of(Usage(10, 1_000_000, cached_tokens=5_000), make_entry(price=PRICE), local=False)
    assert money.amount == pytest.approx(10 + 10 * 0.1 / 1_000_000)


@pytest.mark.parametrize(
    ("backend_id", "usage", "amount"),
    [
        ("gpt-6.2-sol", Usage(1_000, 100), 0.002 + 0.001),
        ("gpt-6.2-sol", Usage(10_000, 0, cached_tokens=10_000), 0.001),
        ("gpt-6.2-sol", Usage(272_000, 0), 0.544),
        ("gpt-6.2-sol", Usage(300_000, 100_000, cached_tokens=100_000), 0.8 + 0.02 + 1.5),
        ("gpt-4", Usage(1_000, 1_000), 0.03 + 0.06),
        ("claude-opus", Usage(1_000, 1_000), 0.004 + 0.02),
        ("claude-sonnet", Usage(1_000, 1_000), 0.002 + 0.01),
        ("gemini-2.5-pro", Usage(200_000, 1_000), 0.25 + 0.01),
        ("gemini-2.5-pro", Usage(200_001, 1_000), 0.5000025 + 0.015),
        ("grok", Usage(199_999, 0), 0.399998),
        ("grok", Usage(200_000, 1_000), 0.8 + 0.012),
        ("mistral-large", Usage(1_000_000, 1_000_000), 2.0),
    ],
)
def test_the_shipped_prices_and_tiers_are_those_that_the_vendors_publish(
    backend_id: str, usage: Usage, amount: float, tmp_path: Path
) -> None:
    entry = next(entry for entry in load_catalogue(tmp_path) if entry.id == backend_id)
    assert cost_of(usage, entry, local=False).amount == pytest.approx(amount)


def test_a_cached_token_of_unknown_price_is_counted_in_full_and_that_is_said() -> None:
    price = Price(input=4, output=20)
    money = cost_of(Usage(1_000, 0, cached_tokens=400), make_entry(price=price), local=False)
    assert money.amount == pytest.approx(0.004)
    assert "full price" in money.note


@pytest.mark.parametrize(
    ("price_date", "age_days"),
    [
        ("2026-08-26", 90),
        ("2026-08-25", 91),
        ("2026-11-24", 0),
        ("2026-12-01", 0),
        ("2026-08", 115),
        (None, None),
        ("autumn", None),
    ],
)
def test_a_price_grows_old_by_the_day_that_it_speaks_for(
    price_date: str | None, age_days: int | None
) -> None:
    money = Money(0.1, "USD", price_date, "price page")
    assert price_age_days(money, date(2026, 11, 24)) == age_days


@pytest.mark.parametrize(
    ("usage", "note"),
    [
        (Usage(1_000, 10), ""),
        (Usage(1_000, 10, cached_tokens=512), "512 tokens at the price of cached ones"),
        (Usage(300_000, 10), "the price of prompts above 272,000 tokens"),
        (
            Usage(300_000, 10, cached_tokens=512),
            "the price of prompts above 272,000 tokens; 512 tokens at the price of cached ones",
        ),
    ],
)
def test_which_of_several_prices_held_is_told(usage: Usage, note: str) -> None:
    assert cost_of(usage, make_entry(price=PRICE), local=False).note == note
