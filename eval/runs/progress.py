"""How far a run is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError


@dataclass(frozen=True, slots=True)
class SideProgress:
    """How far one backend is.

    Attributes:
        label: its name.
        done: how many answers there are, failed ones among them.
        failed: how many of those failed or broke off.
        total: how many a whole run has.
        stopped: why it is asked no further; empty while it is.
        resting_s: how long it is left alone, at its own wish, in seconds.
    """

    label: str
    done: int
    failed: int
    total: int
    stopped: str = ""
    resting_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is.

    Attributes:
        done: how many answers there are, from earlier processes too.
        total: how many a whole run has.
        by_backend: the same for each backend, by id.
        failed: how many answers failed or broke off.
        seconds: since this process began.
        cost: in US dollars, what is known to have been spent.
        cost_at_least: whether there may be more to pay.
        left_s: how long it will still take, in seconds; None while that is not known.
        now: what is being done, for people.
    """

    done: int
    total: int
    by_backend: Mapping[str, SideProgress]
    failed: int
    seconds: float
    cost: float
    cost_at_least: bool
    left_s: float | None
    now: str


_READER: TypeAdapter[Progress] = TypeAdapter(Progress)


def progress_in(said: Mapping[str, Any] | None) -> Progress | None:
    """The progress that a run's folder tells of (see ``read_progress``); None when it is none."""
    try:
        return _READER.validate_python(said)
    except ValidationError:
        return None
