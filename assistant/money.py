"""What an answer cost: the provider's own count times a dated price. Unknown stays unknown."""

from datetime import date

from assistant.backends.base import Usage
from assistant.backends.catalogue import BackendEntry, Price
from assistant.turns import Money

MILLION = 1_000_000
# A price read longer ago than this is said to be old.
OLD_PRICE_DAYS = 90
_MONTH_CHARS = len("2026-08")


def cost_of(usage: Usage, entry: BackendEntry, *, local: bool) -> Money:
    """Price the usage of one answer.

    A model on the user's own machine has no price per token: 0, with energy estimated apart.

    Args:
        usage: what the provider counted.
        entry: the backend, with its price.
        local: whether the answer was made on this machine.
    """
    if entry.price is None:
        if local:
            return Money(0.0, "USD", None, "", "runs on this machine; see the energy estimate")
        return Money(None, "USD", None, "", "no price is known for this backend")
    price = entry.price
    amount, note = _amount(usage, price)
    return Money(amount, price.currency, price.date, price.source, note)


def price_age_days(money: Money, today: date) -> int | None:
    """How many days ago the price was read; None when nobody dated it.

    A month without a day counts from its first.
    """
    written = money.price_date or ""
    try:
        dated = date.fromisoformat(f"{written}-01" if len(written) == _MONTH_CHARS else written)
    except ValueError:
        return None
    return max(0, (today - dated).days)


def _amount(usage: Usage, price: Price) -> tuple[float | None, str]:
    if usage.input_tokens is None or usage.output_tokens is None:
        return None, "the provider did not report the tokens"
    is_long = price.long_prompt_above is not None and usage.input_tokens > price.long_prompt_above
    rate_in = price.long_input if is_long else price.input
    rate_out = price.long_output if is_long else price.output
    rate_cached = price.long_cached_input if is_long else price.cached_input
    if rate_in is None or rate_out is None:
        return None, "part of the price is not known"
    cached = min(usage.cached_tokens or 0, usage.input_tokens)
    notes = [f"the price of prompts above {price.long_prompt_above:,} tokens"] if is_long else []
    if cached and rate_cached is None:
        rate_cached = rate_in
        notes.append("cached tokens counted at the full price: theirs is not known")
    elif cached:
        notes.append(f"{cached:,} tokens at the price of cached ones")
    total = (usage.input_tokens - cached) * rate_in + usage.output_tokens * rate_out
    return (total + cached * (rate_cached or 0.0)) / MILLION, "; ".join(notes)
