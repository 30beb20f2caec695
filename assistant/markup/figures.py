"""Figures as a person reads them; an unknown one is said to be unknown, never 0."""

import datetime

from assistant.money import OLD_PRICE_DAYS, price_age_days
from assistant.turns import Money, Receipt
from corpus.dates import spelled_date

SECONDS_PER_MINUTE = 60
_CURRENCY_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£"}


def seconds(value: float | None) -> str:
    """A duration given in seconds."""
    if value is None:
        return "unknown"
    if value < 0.995:
        return f"{value:.2f} s"
    if value < SECONDS_PER_MINUTE:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), SECONDS_PER_MINUTE)
    return f"{minutes} min {rest} s"


def count(value: int | None) -> str:
    """A whole number with separators."""
    return "unknown" if value is None else f"{value:,}"


def number_of(value: int, one: str, many: str | None = None) -> str:
    """``1 passage``, ``2 passages``."""
    return f"{value:,} {one if value == 1 else many or one + 's'}"


def money(value: Money) -> str:
    """An amount to two significant digits below one cent, or that it is not known."""
    return "cost unknown" if value.amount is None else amount(value.amount, value.currency)


def amount(value: float, currency: str) -> str:
    """A sum of money to two significant digits below one cent, whole from a thousand on."""
    sign = _CURRENCY_SIGNS.get(currency, f"{currency} ")
    if value == 0:
        return f"{sign}0"
    if value >= 999.5:
        return f"{sign}{value:,.0f}"
    if value >= 0.995:
        return f"{sign}{value:,.2f}"
    decimals = 4
    while decimals < 8 and value < 10 ** (1 - decimals):
        decimals += 1
    return f"{sign}{value:.{decimals}f}"


def round_amount(value: float, currency: str) -> str:
    """A round sum of money, as an axis has it, without figures that say nothing."""
    sign = _CURRENCY_SIGNS.get(currency, f"{currency} ")
    return f"{sign}{value:,.10f}".rstrip("0").rstrip(".")


def day(iso: str | None) -> str:
    """A date as ISO gives it, whole or in part, in words; or that there is none."""
    return spelled_date(iso) if iso else "undated"


def price_age(money: Money, today: datetime.date) -> str:
    """The day that a price speaks for, and a warning when that is long ago or not known."""
    if money.price_date is None:
        return "an undated price: it may have changed"
    words = f"price of {day(money.price_date)}"
    age_days = price_age_days(money, today) or 0
    if age_days > OLD_PRICE_DAYS:
        return f"{words}, {age_days:,} days old: it may have changed"
    return words


def energy_formula(receipt: Receipt) -> str:
    """The estimate with what it was made from; nothing here was measured but the time."""
    estimate = energy(receipt.energy_wh)
    if receipt.energy_wh is None:
        return estimate
    if receipt.watts is None:
        return f"{estimate}, from an assumed power"
    made_of = f"{receipt.total_s:.2f} s × {receipt.watts:g} W ÷ 3,600"
    return f"{estimate} = {made_of}; the power is assumed, not measured"


def energy(value: float | None) -> str:
    """Energy given in watt-hours; always an estimate."""
    if value is None:
        return "unknown"
    return "under 0.01 Wh est." if value < 0.01 else f"{value:.2f} Wh est."


def size(value: int | None) -> str:
    """A size given in bytes."""
    if value is None:
        return "unknown"
    amount = float(value)
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit in {"bytes", "kB"} else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def share(value: float) -> str:
    """A share of 1 in percent, with one decimal below ten."""
    percent = 100 * value
    if 0 < percent < 0.1:
        return "under 0.1%"
    return f"{percent:.1f}%" if 0 < percent < 10 else f"{percent:.0f}%"
