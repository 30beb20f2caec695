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


async def batched(
    events: AsyncIterator[Event],
    *,
    interval_s: float = INTERVAL_S,
    heartbeat_s: float = HEARTBEAT_S,
    clock: Callable[[], float] = time.monotonic,
) -> AsyncGenerator[list[Event], None]:
    """Gather events; yield at most once per interval, and an empty list when nothing came.

    Closing this iterator closes ``events`` too.

    Args:
        events: the events.
        interval_s: shortest time between two batches, in seconds.
        heartbeat_s: longest time without one, in seconds.
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
                if clock() < next_at:
                    continue
            yield batch
            batch, next_at = [], clock() + interval_s
        if batch:
            yield batch
    finally:
        if following is not None:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
        if isinstance(events, AsyncGenerator):
            await events.aclose()
