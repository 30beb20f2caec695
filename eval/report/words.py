"""Figures as a person reads them."""

import re
from typing import Final

from eval.metrics.base import Unit
from eval.report.model import Figure

UNKNOWN: Final = "–"
MINUS: Final = "−"
_ROUND_FROM: Final = 100
_FINEST_S: Final = 0.01
_BRACKETS: Final = re.compile(r"\s*\([^()]*\)\s*$")


def share(value: float, digits: int = 0) -> str:
    """A share as per cent: 0.943 is ``94 %``."""
    return f"{_signed(100 * value, digits)} %"


def points(value: float, digits: int = 0) -> str:
    """The difference of two shares: 0.23 is ``23 points``."""
    number = _signed(100 * value, digits)
    return f"{number} point" if number.lstrip(MINUS) == "1" else f"{number} points"


def seconds(value: float) -> str:
    """A time, no finer than a hundredth: ``0.07 s``, ``1.3 s``, ``less than 0.01 s``."""
    number = _number(value, "s")
    return f"less than {_FINEST_S} s" if number == "0" and value > 0 else f"{number} s"


def money(value: float, currency: str = "USD") -> str:
    """A sum: ``nothing``, ``0.0012 USD``, ``1.20 USD``."""
    if value == 0:
        return "nothing"
    return f"{value:,.2f} {currency}" if abs(value) >= 1 else f"{_three(value)} {currency}"


def amount(value: float | None, unit: Unit) -> str:
    """One value in its unit; a dash where it is unknown."""
    if value is None:
        return UNKNOWN
    match unit:
        case "share":
            return share(value)
        case "s":
            return seconds(value)
        case "USD":
            return "0 USD" if value == 0 else money(value)
        case _:
            return f"{_three(value)} {unit}"


def difference(value: float | None, unit: Unit) -> str:
    """A difference in its unit: shares differ by points."""
    if value is None:
        return UNKNOWN
    if unit == "share":
        return points(value)
    return f"{_number(value, unit)} s" if unit == "s" else amount(value, unit)


def shows_from(value: float | None, unit: Unit) -> str:
    """The smallest difference that can be shown; a dash where not even the largest share can."""
    is_none = value is not None and unit == "share" and value > 1
    return UNKNOWN if is_none else difference(value, unit)


def span(low: float | None, high: float | None, unit: Unit) -> str:
    """An interval without its unit: ``17 to 29``; empty where there is none."""
    ends = [
        None if end is None else _signed(100 * end, 0) if unit == "share" else _number(end, unit)
        for end in (low, high)
    ]
    match ends:
        case [None, None]:
            return ""
        case [str(least), None]:
            return f"{least} or more"
        case [None, str(most)]:
            return f"{most} or less"
        case _:
            return f"{ends[0]} to {ends[1]}"


def change(
    value: float | None, low: float | None, high: float | None, unit: Unit, digits: int = 0
) -> str:
    """A difference with its interval: ``23 points (17 to 29)``."""
    told = points(value, digits) if value is not None and unit == "share" else None
    between = span(low, high, unit)
    return (told or difference(value, unit)) + (f" ({between})" if between else "")


def figure(found: Figure, unit: Unit) -> str:
    """A figure with its interval: ``94 % (91 to 96)``."""
    between = span(found.low, found.high, unit)
    told = amount(found.value, unit)
    return f"{told} ({between})" if between and found.value is not None else told


def short(label: str) -> str:
    """A backend's label without what stands in brackets at its end."""
    return _BRACKETS.sub("", label) or label


def count(number: int, one: str, many: str = "") -> str:
    """So many of something: ``1 question``, ``1,200 questions``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(parts: list[str] | tuple[str, ...]) -> str:
    """``a, b and c``."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def _signed(value: float, digits: int) -> str:
    text = f"{value:,.{digits}f}"
    return text.replace("-", MINUS) if float(text.replace(",", "")) else text.lstrip("-")


def _number(value: float, unit: Unit) -> str:
    """A number in its unit; of times nobody needs to know more than hundredths of a second."""
    return _three(round(value, 2) if unit == "s" else value)


def _three(value: float) -> str:
    """Three figures at most, without an exponent."""
    if abs(value) >= _ROUND_FROM:
        return _signed(value, 0)
    text = f"{float(f'{value:.2g}' if abs(value) < 1 else f'{value:.3g}'):.12f}"
    text = text.rstrip("0").rstrip(".")
    return text.replace("-", MINUS) if float(text) else "0"
