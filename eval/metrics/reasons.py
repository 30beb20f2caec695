"""Why an answer has no value of a metric: few fixed sentences, so that they can be counted."""

from typing import Final

from eval.metrics.base import Score

FAILED: Final = "the answer failed"
CUT: Final = "the backend read less than it was sent"
STATES_NOTHING: Final = "the answer states nothing"
CITES_NOTHING: Final = "the answer cites nothing"
NOT_SAID: Final = "the backend did not say why it stopped"
NO_TEXT: Final = "no text came"
NOT_COUNTED: Final = "the provider did not count the tokens"
TOO_SHORT: Final = "too little text to measure a speed"
NO_PRICE: Final = "the cost is not known"
OTHER_CURRENCY: Final = "the price is not in US dollars"
NOT_MEASURED: Final = "energy is estimated for local backends only"

REASONS: Final = (
    FAILED, CUT, STATES_NOTHING, CITES_NOTHING, NOT_SAID, NO_TEXT, NOT_COUNTED, TOO_SHORT,
    NO_PRICE, OTHER_CURRENCY, NOT_MEASURED,
)  # fmt: skip
"""All of them."""


def without(reason: str) -> Score:
    """A score that has no value for one of ``REASONS``."""
    return Score(None, reason)
