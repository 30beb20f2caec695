"""A receipt in one line of text."""

from datetime import date

from assistant.money import OLD_PRICE_DAYS, price_age_days
from assistant.turns import Answer, Money


def receipt_line(answer: Answer) -> str:
    """Time, tokens, money and where the data went."""
    receipt = answer.receipt
    first = f", first word {receipt.first_token_s:.2f} s" if receipt.first_token_s else ""
    speed = f", {receipt.tokens_per_second:.0f} tok/s" if receipt.tokens_per_second else ""
    parts = [
        f"{answer.label} ({receipt.kind})",
        f"{receipt.total_s:.2f} s{first}{speed}",
        tokens_text(answer),
        money_text(receipt.money) + _age_text(receipt.money),
    ]
    if receipt.energy_wh is not None:
        parts.append(f"about {receipt.energy_wh:.2f} Wh (estimate)")
    parts.append(
        "stayed on this machine"
        if receipt.stayed_local
        else f"{receipt.bytes_sent:,} bytes to {receipt.destination}"
    )
    if receipt.search_host:
        parts.append(f"the question's vector went to {receipt.search_host} for the search")
    if receipt.passages_cut:
        whose = f" to fit the window of {receipt.fitted_to}" if receipt.fitted_to else ""
        parts.append(f"passages left out{whose}: {len(receipt.passages_cut)}")
    if receipt.context_shortfall:
        parts.append("the model read less than was sent")
    return " · ".join(parts)


def cost_text(low: Money, high: Money) -> str:
    """The span of an estimate with the date of its price, or why it is not known."""
    if low.amount is None or high.amount is None:
        return f"cost unknown: {low.note or high.note}"
    if high.amount == 0:
        return f"{high.currency} 0: {high.note}"
    dated = f"price of {high.price_date}" if high.price_date else "undated price"
    return f"{money_text(low)} to {high.amount:.6f}".rstrip("0") + f" ({dated}{_age_text(high)})"


def _age_text(money: Money) -> str:
    """How old a price is, when it is old."""
    age_days = price_age_days(money, date.today()) if money.amount else None
    if age_days is None or age_days <= OLD_PRICE_DAYS:
        return ""
    return f", a price {age_days} days old"


def tokens_text(answer: Answer) -> str:
    """Tokens in and out, marked where they are ours."""
    usage = answer.receipt.usage
    tokens_in = "?" if usage.input_tokens is None else f"{usage.input_tokens:,}"
    tokens_out = "?" if usage.output_tokens is None else f"{usage.output_tokens:,}"
    about = "about " if answer.receipt.tokens_estimated else ""
    return f"{tokens_in} tokens in, {about}{tokens_out} out"


def money_text(money: Money) -> str:
    """An amount, or that it is not known."""
    if money.amount is None:
        return "cost unknown"
    if money.amount == 0:
        return f"{money.currency} 0"
    return f"{money.currency} {money.amount:.6f}".rstrip("0")
