"""Events of a running answer in batches that a browser can keep up with."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import TypeVar

from corpus.errors import CounterpointError

Event = TypeVar("Event")

# Ten updates a second look like a stream; more of them only keep the browser busy.
INTERVAL_S = 0.1
HEARTBEAT_S = 0.5
# With many answers at once an update takes long to be taken; the next one then comes later and
# brings more, so that the words of all of them arrive in time.
BREATHER = 3.0
LONGEST_INTERVAL_S = 2.0


async def batched(
    events: AsyncIterator[Event],
    *,
    interval_s: float = INTERVAL_S,
    heartbeat_s: float = HEARTBEAT_S,
    is_urgent: Callable[[Event], bool] = lambda _event: False,
    clock: Callable[[], float] = time.monotonic,
) -> AsyncGenerator[list[Event], None]:
    """Gather events; yield at most once per interval, and an empty list when nothing came.

    When a batch takes long to be taken, the interval grows with that. Nothing is left out.

    Closing this iterator closes ``events`` too.

    Args:
        events: the events.
        interval_s: shortest time between two batches, in seconds.
        heartbeat_s: longest time without one, in seconds.
        is_urgent: whether an event is passed on at once, with what came before it.
        clock: seconds, monotonic.
    """
    batch: list[Event] = []
    following: asyncio.Future[Event] | None = None
    next_at = clock()
    try:
        while True:
            following = following or asyncio.ensure_future(anext(events))
            patience_s = max(0.0, next_at - clock()) if batch else heartbeat_s
            await asyncio.wait({following}, timeout=patience_s)
            if following.done():
                done, following = following, None
                try:
                    batch.append(done.result())
                except StopAsyncIteration:
                    break
                except CounterpointError:
                    if batch:
                        yield batch
                    raise
                if clock() < next_at and not is_urgent(batch[-1]):
                    continue
            given_at = clock()
            yield batch
            taken_at = clock()
            slow_s = min(BREATHER * (taken_at - given_at), LONGEST_INTERVAL_S)
            batch, next_at = [], taken_at + max(interval_s, slow_s)
        if batch:
            yield batch
    finally:
        if following is not None:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
        if isinstance(events, AsyncGenerator):
            await events.aclose()
