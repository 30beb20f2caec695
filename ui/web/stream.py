"""Events of a running answer in batches that a browser, and the server, can keep up with."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from typing import Final, Generic, TypeVar

Event = TypeVar("Event")

# Ten updates a second look like a stream; more of them only keep the browser busy.
INTERVAL_S: Final = 0.1
HEARTBEAT_S: Final = 0.5
# An update takes the server 1.6 ms: so many a second leave it most of its time for the answers.
MOST_UPDATES_PER_S: Final = 60.0
LONGEST_INTERVAL_S: Final = 3.0


class Tempo:
    """How often answers are shown while they grow: all of them share what a server can carry."""

    def __init__(self) -> None:
        self._running = 0

    @contextlib.contextmanager
    def joined(self) -> Iterator[None]:
        """One more answer is shown until the context ends."""
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1

    def interval_s(self) -> float:
        """Shortest time between two updates of one answer now, in seconds."""
        shared_s = self._running / MOST_UPDATES_PER_S
        return min(max(INTERVAL_S, shared_s), LONGEST_INTERVAL_S)


async def batched(
    events: AsyncIterator[Event],
    *,
    interval_s: Callable[[], float] = lambda: INTERVAL_S,
    heartbeat_s: float = HEARTBEAT_S,
    is_urgent: Callable[[Event], bool] = lambda _event: False,
    clock: Callable[[], float] = time.monotonic,
) -> AsyncGenerator[list[Event], None]:
    """Gather events; yield at most once per interval, and an empty list when nothing came.

    Nothing is left out, and what came before an error is yielded before it is raised. Closing this
    iterator closes ``events`` too.

    Args:
        events: the events.
        interval_s: shortest time between two batches, in seconds; asked after each batch.
        heartbeat_s: longest time without one, in seconds, unless the interval is longer.
        is_urgent: whether an event is passed on at once, with what came before it.
        clock: seconds, monotonic.
    """
    inbox = _Inbox(is_urgent)
    filling = asyncio.create_task(inbox.fill(events))
    next_at, quiet_s = clock(), heartbeat_s
    try:
        while True:
            await _until(inbox.something, quiet_s)
            if inbox.waiting:
                await _until(inbox.due, next_at - clock())
            if inbox.ended and not inbox.waiting:
                break
            yield inbox.take()
            between_s = interval_s()
            next_at, quiet_s = clock() + between_s, max(heartbeat_s, between_s)
        await filling
    finally:
        filling.cancel()
        await asyncio.gather(filling, return_exceptions=True)
        if isinstance(events, AsyncGenerator):
            await events.aclose()


class _Inbox(Generic[Event]):
    """What has come and was not taken yet. A token costs no more than being put here."""

    def __init__(self, is_urgent: Callable[[Event], bool]) -> None:
        self._is_urgent = is_urgent
        self.waiting: list[Event] = []
        self.something, self.due = asyncio.Event(), asyncio.Event()
        self.ended = False

    async def fill(self, events: AsyncIterator[Event]) -> None:
        try:
            async for event in events:
                self.waiting.append(event)
                self.something.set()
                if self._is_urgent(event):
                    self.due.set()
        finally:
            self.ended = True
            self.something.set()
            self.due.set()

    def take(self) -> list[Event]:
        taken, self.waiting = self.waiting, []
        if not self.ended:
            self.something.clear()
            self.due.clear()
        return taken


async def _until(event: asyncio.Event, patience_s: float) -> None:
    """Wait for an event, but no longer than that."""
    if patience_s > 0:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                await event.wait()
