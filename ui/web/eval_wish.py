"""What may be chosen for a run on the page, and reading what was chosen."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from assistant.backends.base import Health
from assistant.backends.catalogue import BackendEntry
from corpus.errors import InputError
from eval.cases import Case
from eval.report.markdown import MODES as MODE_WORDS
from eval.runs.preparing import Wish
from eval.runs.records import MODES
from eval.stand_in import STAND_IN_ID
from eval.stand_in.serving import ENTRY as STAND_IN

ALL: Final = 0
COUNTS: Final = (10, 30, 60)
REPEATS: Final = (1, 2, 3)
CEILING: Final = "1.00"
"""What the box for the ceiling holds until somebody writes another one."""
MOST_USD: Final = 1_000_000.0


def backend_choices(
    entries: Sequence[BackendEntry], states: Mapping[str, Health]
) -> list[tuple[str, str]]:
    """Label with kind and state, and id, of each backend; the stand-in comes last."""
    return [
        *((_choice(entry, states.get(entry.id)), entry.id)
          for entry in entries if entry.id != STAND_IN_ID),
        ("Stand-in · in place of a proprietary one · ready", STAND_IN.id),
    ]  # fmt: skip


def _choice(entry: BackendEntry, health: Health | None) -> str:
    return f"{entry.label} · {entry.kind} · {health.state.value if health else 'checking'}"


def count_choices(questions: int) -> list[tuple[str, int]]:
    """How many questions may be asked; 0 is all of them."""
    return [
        *((str(each), each) for each in COUNTS),
        (f"All {questions:,}" if questions else "All", ALL),
    ]


def slice_choices(cases: Sequence[Case]) -> list[tuple[str, str]]:
    """Each sort of question with how many there are."""
    return [(f"{name} ({count})", name) for name, count in Counter(c.slice for c in cases).items()]


def mode_choices() -> list[tuple[str, str]]:
    """Each way in which evidence is made, in words."""
    return [(MODE_WORDS[mode], mode) for mode in MODES]


def read_wish(first: Any, second: Any, third: Any, count: Any, ceiling: Any, *more: Any) -> Wish:
    """What was chosen, as the browser says it.

    Args:
        first: id of a backend.
        second: another one.
        third: a third; an empty one is nobody.
        count: how many questions; 0 is all.
        ceiling: in US dollars, as it was typed.
        more: the sorts of questions, the kinds of evidence, the number of repeats.

    Raises:
        InputError: something is not among what may be chosen.
    """
    slices, modes, repeats = more
    backends = tuple(str(each) for each in (first, second, third) if each)
    if len(set(backends)) < max(2, len(backends)):
        raise InputError(
            "A comparison takes two different backends.", "Choose another one on one side."
        )
    # A browser may say 1.0 or true, which equal 1 and are no number of times.
    if type(count) is not int or type(repeats) is not int:
        raise InputError("That number cannot be chosen.", "Choose one of those shown.")
    if count not in {*COUNTS, ALL} or repeats not in REPEATS:
        raise InputError("That number cannot be chosen.", "Choose one of those shown.")
    if not isinstance(slices or [], list) or not isinstance(modes or [], list):
        raise InputError("That cannot be chosen.", "Tick some of what is shown.")
    known = tuple(mode for mode in MODES if mode in (modes or ()))
    if not known:
        raise InputError("No kind of evidence is chosen.", "Tick at least one.")
    return Wish(
        backends=backends,
        limit=count or None,
        slices=tuple(str(each) for each in slices or ()),
        modes=known,
        repeats=repeats,
        max_cost=read_figure(ceiling, "The ceiling", MOST_USD),
    )


def read_figure(text: Any, name: str, most: float) -> float | None:
    """A figure that was typed; None when the box is empty.

    Raises:
        InputError: it is no number from 0 to ``most``.
    """
    typed = str(text or "").strip().removeprefix("$").removesuffix("%").strip()
    if not typed:
        return None
    # Whether a comma parts thousands or a fraction cannot be told; a ceiling must not be guessed.
    if re.fullmatch(r"\d{1,9}(?:\.\d{1,9})?", typed, re.ASCII) and float(typed) <= most:
        return float(typed)
    raise InputError(
        f"{name} is no number from 0 to {most:,.0f}.",
        "Write it with a point, such as 2.50, or leave the box empty.",
    )
