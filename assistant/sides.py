"""Backends that answer the same question at the same time, each on its own."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass

from assistant.backends.addresses import THIS_PROCESS
from assistant.backends.base import Backend, BackendRequest, Delta, Health, HealthState
from assistant.backends.catalogue import BackendEntry
from assistant.turns import SideEvent, TurnEvent
from corpus.errors import CounterpointError


async def merge_sides(
    sides: Sequence[AsyncGenerator[TurnEvent, None]],
) -> AsyncGenerator[SideEvent, None]:
    """The events of all sides in order of arrival, each with the place of its side.

    The sides run at their own speed however slowly the events are taken, so that no side's times
    depend on another. Closing this closes every side at once.
    """
    arrived: asyncio.Queue[SideEvent | None] = asyncio.Queue()
    tasks = [
        asyncio.create_task(_pass_on(place, side, arrived)) for place, side in enumerate(sides)
    ]
    running = len(tasks)
    try:
        while running:
            event = await arrived.get()
            if event is None:
                running -= 1
            else:
                yield event
        # A backend's failure is an event; what is raised here is a fault of this program.
        for task in tasks:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pass_on(
    place: int, side: AsyncGenerator[TurnEvent, None], arrived: "asyncio.Queue[SideEvent | None]"
) -> None:
    try:
        async with contextlib.aclosing(side):
            async for event in side:
                arrived.put_nowait(SideEvent(place, event))
    finally:
        arrived.put_nowait(None)


async def only_side(events: AsyncGenerator[SideEvent, None]) -> AsyncGenerator[TurnEvent, None]:
    """The events of a question to one backend, without the side's place."""
    async with contextlib.aclosing(events):
        async for event in events:
            yield event.event


@dataclass(frozen=True, slots=True)
class UnopenedBackend:
    """Stands where a backend could not be opened, and fails as that did when it is asked.

    Attributes:
        entry: the catalogue entry.
        error: why it could not be opened.
    """

    entry: BackendEntry
    error: CounterpointError

    @property
    def destination(self) -> str:
        """Nothing is sent anywhere."""
        return THIS_PROCESS

    async def prepare(self) -> None:
        """Nothing to import."""

    def stream(self, request: BackendRequest) -> AsyncIterator[Delta]:
        """Raise the error, whatever is asked."""
        del request
        raise self.error

    async def health(self) -> Health:
        """It cannot answer."""
        return Health(HealthState.NOT_RUNNING, self.error.what, self.error.cure)


async def prepared(backend: Backend) -> Backend:
    """The backend when its imports are done, or one that fails as they did."""
    try:
        await backend.prepare()
    except CounterpointError as exc:
        return UnopenedBackend(backend.entry, exc)
    return backend
