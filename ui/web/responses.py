"""Requests and responses as ASGI passes them: limited, added to, refused."""

import json
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Pairs = list[tuple[bytes, bytes]]

HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
"""What every response carries, whoever writes it."""


class BodyTooLarge(Exception):
    """The body went over the limit while it was read."""


class LimitedBody:
    """A request's body that is cut off at a limit, whatever its length was said to be.

    Attributes:
        is_over: whether the limit was met.
    """

    def __init__(self, receive: Receive, limit_bytes: int) -> None:
        self._receive = receive
        self._limit_bytes = limit_bytes
        self._taken = 0
        self.is_over = False

    async def receive(self) -> Message:
        """The next message.

        Raises:
            BodyTooLarge: there is more than the limit.
        """
        message = await self._receive()
        self._taken += len(message.get("body", b""))
        if self._taken > self._limit_bytes:
            self.is_over = True
            raise BodyTooLarge
        return message


def without(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> Pairs:
    """The headers but for those of one name."""
    return [(key, value) for key, value in headers if key.lower() != name]


def with_headers(send: Send, headers: Pairs) -> Send:
    """Send with these headers in the place of any others of the same names."""

    async def add(message: Message) -> None:
        if message["type"] == "http.response.start":
            ours = {name for name, _ in headers}
            theirs = [pair for pair in message.get("headers", []) if pair[0].lower() not in ours]
            message["headers"] = [*theirs, *headers]
        await send(message)

    return add


async def say(send: Send, status: int, words: str, *headers: tuple[bytes, bytes]) -> None:
    """Answer with plain words."""
    body = words.encode()
    about = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        *headers,
    ]
    await send({"type": "http.response.start", "status": status, "headers": about})
    await send({"type": "http.response.body", "body": body})


def busy_in_words(send: Send, words: str) -> Send:
    """Send on, but where the server is too busy to take an event, say so in these words.

    Gradio answers with 503 then, for which its script has a sentence of its own; after 429 it shows
    what the answer says.
    """
    is_said = False

    async def pass_on(message: Message) -> None:
        nonlocal is_said
        if message["type"] == "http.response.start" and message["status"] == 503:
            is_said = True
            body = json.dumps({"detail": words}).encode()
            about = [
                (b"content-type", b"application/json"),
                (b"content-length", str(len(body)).encode()),
                (b"retry-after", b"5"),
            ]
            await send({"type": "http.response.start", "status": 429, "headers": about})
            await send({"type": "http.response.body", "body": body})
        elif not is_said:
            await send(message)

    return pass_on
