"""Metrics of what an answer took: time, tokens, money, energy, as its receipt has them."""

from typing import Final

from assistant.turns import Answer
from eval.metrics.base import Answered, Score
from eval.metrics.holding import is_whole
from eval.metrics.reasons import (
    FAILED,
    NO_PRICE,
    NO_TEXT,
    NOT_COUNTED,
    NOT_MEASURED,
    OTHER_CURRENCY,
    TOO_SHORT,
    without,
)

CURRENCY: Final = "USD"
SHORTEST_S: Final = 0.05
"""Writing that took less is no measure of a speed: it came in one piece."""


def first_token(a: Answered) -> Score:
    """Seconds from sending to the first text; of a broken answer, too, when text came."""
    seconds = a.answer.receipt.first_token_s
    if seconds is None:
        return without(NO_TEXT if is_whole(a.answer) else FAILED)
    return Score(seconds)


def total(a: Answered) -> Score:
    """Seconds from sending to the end of a whole answer."""
    return Score(a.answer.receipt.total_s) if is_whole(a.answer) else without(FAILED)


def tokens_per_second(a: Answered) -> Score:
    """Output tokens over the time after the first one."""
    receipt = a.answer.receipt
    if not is_whole(a.answer):
        return without(FAILED)
    if receipt.tokens_estimated or receipt.usage.output_tokens is None:
        return without(NOT_COUNTED)
    writing_s = receipt.total_s - (receipt.first_token_s or receipt.total_s)
    speed = receipt.tokens_per_second
    return without(TOO_SHORT) if speed is None or writing_s < SHORTEST_S else Score(speed)


def cost(a: Answered) -> Score:
    """US dollars; what a failed answer cost counts."""
    amount = dollars(a.answer)
    if amount is None:
        return without(NO_PRICE if a.answer.receipt.money.amount is None else OTHER_CURRENCY)
    return Score(amount)


def dollars(answer: Answer) -> float | None:
    """What an answer cost; None when that is not known, or is not in US dollars."""
    money = answer.receipt.money
    return money.amount if money.currency == CURRENCY else None


def input_tokens(a: Answered) -> Score:
    """Tokens of the prompt as the provider counted them."""
    return _counted(a.answer.receipt.usage.input_tokens)


def output_tokens(a: Answered) -> Score:
    """Tokens of the answer as the provider counted them."""
    receipt = a.answer.receipt
    return _counted(None if receipt.tokens_estimated else receipt.usage.output_tokens)


def energy(a: Answered) -> Score:
    """Watt-hours by the declared power of this machine, for local backends."""
    energy_wh = a.answer.receipt.energy_wh
    return without(NOT_MEASURED) if energy_wh is None else Score(energy_wh)


def _counted(tokens: int | None) -> Score:
    return without(NOT_COUNTED) if tokens is None else Score(float(tokens))
