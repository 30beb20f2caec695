"""A stream that ends as soon as somebody wishes it, with what had arrived."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator

from assistant.backends.base import Delta
from assistant.turns import Waiting

Arrived = asyncio.Queue[Delta | Waiting | None]
"""What comes from upstream, in order; None is the end."""


async def until_stopped(
    deltas: AsyncGenerator[Delta, None], arrived: Arrived, stop: asyncio.Event
) -> AsyncGenerator[Delta | Waiting, None]:
    """Pass on what arrives until the end or until ``stop`` is set; then close upstream.

    One task reads for the whole answer: with many at once, a race of tasks for each token was a
    good part of all work.

    Args:
        deltas: an answer.
        arrived: what it gives is put here; others may put in what they have to say of it.
        stop: ends it.
    """
    if stop.is_set():
        return
    reading = asyncio.create_task(_read(deltas, arrived))
    stopping = asyncio.create_task(_stop(stop, reading, arrived))
    try:
        while (event := await arrived.get()) is not None:
            yield event
        await asyncio.wait({reading})
        # Stopped is stopped, though the connection may fail while it is being closed.
        if not stop.is_set():
            reading.result()
    finally:
        reading.cancel()
        stopping.cancel()
        await asyncio.gather(reading, stopping, return_exceptions=True)
        await deltas.aclose()


async def _read(deltas: AsyncGenerator[Delta, None], arrived: Arrived) -> None:
    try:
        async with contextlib.aclosing(deltas):
            async for delta in deltas:
                arrived.put_nowait(delta)
    finally:
        arrived.put_nowait(None)


async def _stop(stop: asyncio.Event, reading: "asyncio.Task[None]", arrived: Arrived) -> None:
    """Close upstream as soon as ``stop`` is set, even where reading has not begun."""
    await stop.wait()
    reading.cancel()
    await asyncio.wait({reading})
    arrived.put_nowait(None)
