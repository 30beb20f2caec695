"""A reply's stream with the pieces that came shortly after one another put together.

A vendor sends an event for each token, and reading one through the vendor's library takes a third
of a millisecond: a hundred answers at once would take a machine for that alone. Pieces of text that
came within a blink are handed on as one. Nothing is dropped and nothing changes its order. Whatever
comes up to the first piece of text is never held back, and neither is the end, so that the times of
an answer are the vendor's.
"""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any, Final, Protocol

INTERVAL_S: Final = 0.03
# A line may end in \r alone; at the end of what came, that may be half of \r\n.
_EVENT: Final = re.compile(rb"(?:[^\r\n]+(?:\r\n|\n|\r(?!\n|\Z)))*(?:\r\n|\n|\r(?!\n|\Z))")
_DATA: Final = re.compile(rb"data: ?(\{.*\})\r?\n\r?\n", re.DOTALL)


class Source(Protocol):
    """A reply's stream, as httpx2 gives it."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The bytes as they come."""
        ...

    async def aclose(self) -> None:
        """Close the connection."""
        ...


async def gathered(
    source: Source,
    merge: Callable[[list[bytes]], list[bytes]],
    speaks: Callable[[bytes], bool],
    interval_s: float = INTERVAL_S,
) -> AsyncGenerator[bytes, None]:
    """Whole events of a stream, those of an interval put together.

    Closing this stops the reading and does not close ``source``.

    Args:
        source: server-sent events.
        merge: puts events together that came at the same time.
        speaks: whether an event brings text; none is waited for before the first that does.
        interval_s: shortest time between two looks, in seconds.

    Raises:
        Exception: what ``source`` raises, after what came before it.
    """
    loop = asyncio.get_running_loop()
    came, is_due = bytearray(), asyncio.Event()
    next_at, timer, has_spoken = loop.time(), None, False

    async def read() -> None:
        nonlocal timer
        try:
            async for part in source:
                came.extend(part)
                if not is_due.is_set() and timer is None:
                    if loop.time() >= next_at:
                        is_due.set()
                    else:
                        timer = loop.call_at(next_at, is_due.set)
        finally:
            is_due.set()

    reading = asyncio.create_task(read())
    try:
        while True:
            await is_due.wait()
            is_over = reading.done()
            is_due.clear()
            events, rest = _taken_apart(came)
            came[:] = rest
            has_spoken = has_spoken or any(map(speaks, events))
            timer, next_at = None, loop.time() + (interval_s if has_spoken else 0.0)
            if events:
                yield b"".join(merge(events) if len(events) > 1 else events)
            if is_over:
                if came:
                    yield bytes(came)
                await reading
                return
    finally:
        await _leave(reading, timer)


async def _leave(reading: asyncio.Task[None], timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
    reading.cancel()
    await asyncio.wait({reading})
    if not reading.cancelled():
        reading.exception()  # it was raised, or nobody listens any more


def _taken_apart(came: bytearray) -> tuple[list[bytes], bytes]:
    """The whole events, and what is left."""
    events, at = [], 0
    while found := _EVENT.match(came, at):
        events.append(found.group())
        at = found.end()
    return events, bytes(came[at:])


def merge_completions(events: list[bytes]) -> list[bytes]:
    """Put neighbouring pieces of text in events of chat completions together.

    An event that says anything beside a piece of text stays as it is.
    """
    merged: list[bytes] = []
    frame: dict[str, Any] | None = None
    pieces: list[str] = []
    for event in [*events, b""]:
        piece = _plain_piece(event)
        if piece is not None and frame is not None and _about(piece) == _about(frame):
            pieces.append(_delta(piece)["content"])
            continue
        if frame is not None and len(pieces) > 1:
            _delta(frame)["content"] = "".join(pieces)
            merged[-1] = b"data: " + json.dumps(frame).encode() + b"\n\n"
        merged.append(event)
        frame, pieces = piece, [_delta(piece)["content"]] if piece is not None else []
    return merged[:-1]


def brings_text(event: bytes) -> bool:
    """Whether an event of chat completions holds a piece of text that is not empty."""
    piece = _plain_piece(event)
    return piece is not None and _delta(piece)["content"] != ""


def _plain_piece(event: bytes) -> dict[str, Any] | None:
    """The event when it holds a piece of text and nothing else."""
    found = _DATA.fullmatch(event)
    if found is None:
        return None
    try:
        frame = json.loads(found.group(1))
        (choice,) = frame["choices"]
        delta = choice["delta"]
        said = {*_set(choice), *_set(delta), *_set(frame)}
    except (ValueError, LookupError, TypeError, AttributeError):
        return None
    is_plain = isinstance(delta.get("content"), str) and said <= _KNOWN
    return frame if is_plain else None


_KNOWN: Final = {
    *("id", "object", "created", "model", "choices", "service_tier", "system_fingerprint"),
    *("index", "delta", "content", "role", "obfuscation"),
}


def _set(given: dict[str, Any]) -> list[str]:
    return [name for name, value in given.items() if value is not None]


def _delta(frame: dict[str, Any]) -> dict[str, Any]:
    delta: dict[str, Any] = frame["choices"][0]["delta"]
    return delta


def _about(frame: dict[str, Any]) -> tuple[Any, Any, Any]:
    return frame.get("id"), frame.get("model"), frame["choices"][0].get("index")
