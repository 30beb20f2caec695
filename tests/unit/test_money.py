"""What an answer cost."""

import pytest

from assistant.backends.base import Usage
from assistant.backends.catalogue import Price
from assistant.money import cost_of
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
