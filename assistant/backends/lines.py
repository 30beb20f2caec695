"""The lines of a streamed reply, as its format means them."""

from collections.abc import AsyncGenerator

import httpx


async def lines_of(response: httpx.Response) -> AsyncGenerator[str, None]:
    """Yield the lines that a line feed ends, without their ends.

    ``Response.aiter_lines`` also ends a line at each character that Unicode calls an end of line
    (U+0085, U+2028, U+2029). JSON may hold these as they are, so an answer with one of them would
    break off there.
    """
    rest = b""
    async for part in response.aiter_bytes():
        *lines, rest = (rest + part).split(b"\n")
        for line in lines:
            yield _text(line)
    if rest:
        yield _text(rest)


async def event_lines_of(response: httpx.Response) -> AsyncGenerator[str, None]:
    """Yield the lines of server-sent events: without comments, with a space after ``data:``.

    A comment is how a proxy keeps a connection open; the space may be missing.
    """
    async for line in lines_of(response):
        if line.startswith(":"):
            continue
        field, colon, value = line.partition(":")
        yield f"data: {value.removeprefix(' ')}" if field == "data" and colon else line


def _text(line: bytes) -> str:
    return line.removesuffix(b"\r").decode("utf-8", "replace")
