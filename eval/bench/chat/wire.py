"""Requests to a server on this machine, with the time at which each part of a reply came.

A general client takes a tenth of a millisecond for a line of a stream; with hundreds of streams
that would be measured instead of the server.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Any, Final

_HOST: Final = "127.0.0.1"
_LONGEST_LINE_BYTES: Final = 16 * 2**20


@dataclass(frozen=True, slots=True)
class Response:
    """A whole reply."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


async def request(
    port: int,
    method: str,
    path: str,
    *,
    body: Any = None,
    headers: dict[str, str] | None = None,
    timeout_s: float = 60,
) -> Response:
    """One request on a connection of its own.

    Raises:
        OSError: nobody answers.
        TimeoutError: it takes longer than ``timeout_s``.
    """
    async with asyncio.timeout(timeout_s), _connection(port) as (reader, writer):
        _send(writer, port, f"{method} {path}", body, headers)
        status, given = await _head(reader)
        content = await reader.read()
        if given.get("transfer-encoding") == "chunked":
            content = _unchunked(content)
        return Response(status, given, content)


async def events(
    port: int,
    method: str,
    path: str,
    *,
    body: Any = None,
    headers: dict[str, str] | None = None,
) -> AsyncGenerator[tuple[float, bytes], None]:
    """The events of a stream, each with when it came on the monotonic clock, in seconds.

    Raises:
        OSError: nobody answers, or the reply is no stream.
    """
    async with _connection(port) as (reader, writer):
        _send(writer, port, f"{method} {path}", body, headers)
        status, _ = await _head(reader)
        if status != 200:
            raise ConnectionError(f"the server answered with {status}")
        while True:
            try:
                part = await reader.readuntil(b"\n\n")
            except asyncio.IncompleteReadError:
                return
            # Before the mark stands the length of a chunk, which says nothing that is needed.
            _, mark, data = part.partition(b"data: ")
            if mark:
                yield time.monotonic(), data[:-2]


@contextlib.asynccontextmanager
async def _connection(
    port: int,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(_HOST, port, limit=_LONGEST_LINE_BYTES)
    try:
        yield reader, writer
    finally:
        writer.close()


def _send(
    writer: asyncio.StreamWriter,
    port: int,
    line: str,
    body: Any,
    headers: dict[str, str] | None,
) -> None:
    content = b"" if body is None else json.dumps(body).encode()
    lines = [
        f"{line} HTTP/1.1",
        f"Host: {_HOST}:{port}",
        "Connection: close",
        *(f"{name}: {value}" for name, value in (headers or {}).items()),
    ]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + content)


async def _head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError as exc:
        raise ConnectionError("the server closed the connection without an answer") from exc
    first, *lines = head.split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return int(first.split()[1]), {name.lower(): value.strip() for name, _, value in pairs}


def _unchunked(content: bytes) -> bytes:
    parts: list[bytes] = []
    at = 0
    while True:
        size, _, _ = content[at:].partition(b"\r\n")
        length = int(size.split(b";")[0] or b"0", 16)
        if length == 0:
            return b"".join(parts)
        start = at + len(size) + 2
        parts.append(content[start : start + length])
        at = start + length + 2
