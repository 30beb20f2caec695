"""Figures as a person reads them; an unknown one is said to be unknown, never 0."""

from assistant.turns import Money

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
    if value.amount is None:
        return "cost unknown"
    sign = _CURRENCY_SIGNS.get(value.currency, f"{value.currency} ")
    if value.amount == 0:
        return f"{sign}0"
    if value.amount >= 0.995:
        return f"{sign}{value.amount:.2f}"
    decimals = 4
    while decimals < 8 and value.amount < 10 ** (1 - decimals):
        decimals += 1
    return f"{sign}{value.amount:.{decimals}f}"


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
