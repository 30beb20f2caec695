"""The state of backends in words, looked at side by side and never for long."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from assistant.backends.base import Health, HealthState
from assistant.backends.catalogue import KINDS, BackendEntry, Kind
from corpus.errors import CounterpointError, KeyMissing

if TYPE_CHECKING:
    from assistant.wiring import Assistant

_MARGIN_S = 1.0
_BEST_FIRST = (
    HealthState.READY,
    HealthState.MODEL_MISSING,
    HealthState.NO_KEY,
    HealthState.NOT_RUNNING,
    HealthState.UNKNOWN,
)


async def look(assistant: "Assistant", entry: BackendEntry, *, fresh: bool = False) -> Health:
    """The state of one backend; a backend that does not answer in time is "not checked".

    Args:
        assistant: who knows the backends.
        entry: the backend.
        fresh: whether a state that was seen a moment ago is not enough.
    """
    patience_s = assistant.settings.timeouts.health_s + _MARGIN_S
    try:
        return await asyncio.wait_for(
            assistant.health(entry.id, max_age_s=0 if fresh else 5), patience_s
        )
    except KeyMissing as exc:
        return Health(HealthState.NO_KEY, exc.what, exc.cure)
    except CounterpointError as exc:
        return Health(HealthState.UNKNOWN, exc.what, exc.cure)
    except TimeoutError:
        return Health(HealthState.UNKNOWN, f"{entry.label} did not answer in time.")


async def look_at_all(assistant: "Assistant") -> dict[str, Health]:
    """The states of all backends by id, without holding up the page meanwhile."""
    return await asyncio.to_thread(lambda: asyncio.run(_gather(assistant)))


async def _gather(assistant: "Assistant") -> dict[str, Health]:
    entries = assistant.entries
    states = await asyncio.gather(*(look(assistant, entry) for entry in entries))
    return {entry.id: state for entry, state in zip(entries, states, strict=True)}


def backend_choices(
    entries: Sequence[BackendEntry], kind: Kind, states: Mapping[str, Health]
) -> list[tuple[str, str]]:
    """Label with state word, and id, for each backend of a kind."""
    return [(label_with_state(e, states.get(e.id)), e.id) for e in entries if e.kind == kind]


def kind_choices(
    entries: Sequence[BackendEntry], states: Mapping[str, Health]
) -> list[tuple[str, str]]:
    """The two kinds with the best state that one of their backends is in, and both at once."""
    choices: list[tuple[str, str]] = []
    for kind in KINDS:
        seen = {states[e.id].state for e in entries if e.kind == kind and e.id in states}
        best = next((state.value for state in _BEST_FIRST if state in seen), "checking")
        choices.append((f"{kind.capitalize()} · {best}", kind))
    return [*choices, ("Both", "both")]


def label_with_state(entry: BackendEntry, health: Health | None) -> str:
    """A backend's label with the word for its state."""
    return f"{entry.label} · {health.state.value if health else 'checking'}"
