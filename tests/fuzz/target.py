"""What a fuzz target is, how it is tried, and how bytes of a known form are spoilt."""

import os
import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st


@dataclass(frozen=True, slots=True)
class Target:
    """Something that parses.

    Attributes:
        name: what is tried, as it is named on the command line.
        strategy: what is given to it.
        check: gives it, and asserts what must hold; it must not raise anything else.
    """

    name: str
    strategy: st.SearchStrategy[Any]
    check: Callable[[Any], None]


def attempt(target: Target, examples: int, number: int) -> None:
    """Try so many examples; the same number makes the same ones.

    Raises:
        AssertionError, Exception: what the check raised, for the smallest example that was found.
    """
    tried = settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )

    def trying(example: Any) -> None:
        target.check(example)

    # Hypothesis tells tests apart by their names.
    trying.__qualname__ = trying.__name__ = target.name.replace("-", "_")
    seed(number)(tried(given(target.strategy)(trying)))()


def scratch() -> tempfile.TemporaryDirectory[str]:
    """A folder for one example, in memory where there is such a place: many files are written."""
    memory = Path("/dev/shm")
    return tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None)


_NASTY = (
    "\x00",
    "\r",
    "\n",
    "\x85",
    "\u2028",
    "\ud800",
    "\ufeff",
    "\u202e",
    "🙂",
    "e\u0301",
    "9" * 400,
)
_DEEP = ("[" * 3_000, '{"a":' * 3_000, "((" * 500, "> " * 300, "**" * 300, "a." * 2_000)


def spoilt(seeds: Sequence[bytes], words: Sequence[str] = ()) -> st.SearchStrategy[bytes]:
    """Bytes of a known form with a few slips in them.

    Args:
        seeds: whole ones.
        words: what belongs to the form, put where it does not belong.
    """
    slips = (
        st.binary(max_size=6)
        | st.sampled_from([*words, *_NASTY, *_DEEP]).map(
            lambda t: t.encode("utf-8", "surrogatepass")
        )
        | st.text(max_size=6).map(lambda text: text.encode("utf-8", "replace"))
    )
    places = st.floats(0, 1)
    edits = st.lists(st.tuples(places, st.integers(0, 40), slips), min_size=1, max_size=4)
    return st.builds(_edited, st.sampled_from(list(seeds)), edits) | st.binary(max_size=60)


def spoilt_text(seeds: Sequence[str], words: Sequence[str] = ()) -> st.SearchStrategy[str]:
    """As ``spoilt``, for what takes text."""
    return spoilt([seed_.encode() for seed_ in seeds], words).map(
        lambda data: data.decode("utf-8", "replace")
    )


def _edited(whole: bytes, edits: list[tuple[float, int, bytes]]) -> bytes:
    for place, dropped, put in edits:
        start, length = round(place * len(whole)), dropped
        if dropped > 20:  # a slip does most where a value begins
            found = re.compile(rb"[=:] ?").search(whole, start)
            start, length = (found.end(), dropped - 20) if found else (start, dropped)
        whole = whole[:start] + put + whole[start + length :]
    return whole
