"""Single values of a row, whatever stands there.

SQLite takes any kind of value in any column, so a damaged or foreign row can hold what the program
never wrote. One such value must not take the list, or the rest of a conversation, with it.
"""

import math
from collections.abc import Iterable
from typing import Any, Final

from corpus.errors import StoreError

# No conversation has so many turns or answers; a number beyond was not written by the program.
_LARGEST: Final = 2**31


def text_of(value: Any) -> str:
    """The value as text; what is no text is as near to it as can be."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)


def seconds_of(value: Any) -> float:
    """The value as seconds; 0 where it is no number."""
    is_number = isinstance(value, int | float) and math.isfinite(value)
    return float(value) if is_number else 0.0


def number_of(value: Any) -> int:
    """The value as the number of a turn or an answer.

    Raises:
        StoreError: it is none.
    """
    if isinstance(value, int) and 0 <= value < _LARGEST:
        return value
    raise StoreError(
        "A part of this conversation is damaged, so nothing can be added to it.",
        "Start a new conversation; this one can still be read.",
    )


def next_number(taken: Iterable[Any], wanted: int) -> int:
    """The wanted number, or the first one after all that are taken.

    Raises:
        StoreError: a number that is taken is none.
    """
    return max([wanted, *(number_of(value) + 1 for value in taken)])
