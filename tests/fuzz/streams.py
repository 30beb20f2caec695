"""Streams of every wire, spoilt and cut anywhere, through real sockets; and the lines in them."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
from hypothesis import strategies as st

from assistant.backends.base import Done, TextDelta
from assistant.backends.errors import StreamInterrupted
from assistant.backends.lines import lines_of
from assistant.backends.registry import open_backend
from assistant.settings import Settings
from corpus.errors import BackendError
from tests.contract.conftest import ADAPTERS, KEY_VARIABLES, PATIENT, ask, entry_of
from tests.contract.test_streams import JUNK, PIECES
from tests.fuzz.target import Target, scratch
from tests.support import vendor_server
from tests.support.vendor_server import Script, VendorServer
from tests.support.wires import Events, Reply, write_reply

_CUTS = st.lists(st.integers(1, 9_999), max_size=12).map(tuple)
_ENDS = st.sampled_from(["cutting", "closing", "ending"])


def _stream(adapter: str) -> Any:
    wire: Any = "openai" if adapter == "openai-compatible" else adapter

    def check(
        example: tuple[list[str], bytes, int, tuple[int, ...], bool, int | None, Any],
    ) -> None:
        pieces, junk, place, cuts, crlf, break_at, how = example
        usual = write_reply(wire, Reply(tuple(pieces)))
        parts = [*usual.head, *usual.deltas, *usual.end]
        if junk:
            parts.insert(place % (len(parts) + 1), junk)
        script = Script(cuts=cuts, crlf=crlf, break_at=break_at, break_by=how)
        before = vendor_server.write_reply
        vendor_server.write_reply = lambda *_: Events(tuple(parts), (), ())
        try:
            text, ended = asyncio.run(_ask(adapter, script))
        finally:
            vendor_server.write_reply = before
        if not junk:
            assert "".join(pieces).startswith(text)
        if isinstance(ended, Done):
            assert junk or text == "".join(pieces)
        elif text:
            # What had arrived stays, and is never taken for the whole.
            assert isinstance(ended, StreamInterrupted) or junk

    return check


async def _ask(adapter: str, script: Script) -> tuple[str, Done | BackendError]:
    text = ""
    with VendorServer((script,)) as server, scratch() as home:
        entry = entry_of(adapter)
        urls = {entry.id: server.base_url(adapter)}
        settings = Settings(home=Path(home), base_urls=urls, timeouts=PATIENT)
        if variable := KEY_VARIABLES.get(adapter):
            os.environ[variable] = "sk-not-a-key"
        try:
            async for delta in open_backend(entry, settings, lambda: None).stream(ask()):  # type: ignore[arg-type,return-value]
                if isinstance(delta, TextDelta):
                    text += delta.text
                else:
                    return text, delta
        except BackendError as exc:
            assert exc.cure
            return text, exc
        finally:
            os.environ.pop(variable or "", None)
    raise AssertionError("a stream ended with neither an end marker nor an error")


def _lines(example: tuple[bytes, tuple[int, ...]]) -> None:
    content, cuts = example

    async def parts() -> AsyncIterator[bytes]:
        before = 0
        for place in [*sorted(cut % (len(content) + 1) for cut in cuts), len(content)]:
            yield content[before:place]
            before = place

    async def read() -> list[str]:
        return [line async for line in lines_of(httpx.Response(200, content=parts()))]

    whole = [line.removesuffix(b"\r").decode("utf-8", "replace") for line in content.split(b"\n")]
    assert asyncio.run(read()) == (whole if whole[-1] or content[-1:] == b"\r" else whole[:-1])


def _events(wire: str) -> st.SearchStrategy[bytes]:
    mark = b"" if wire == "ollama" else b"data: "
    junk = JUNK.map(lambda value: mark + repr(value).encode() + b"\n\n")
    return st.just(b"") | junk | st.binary(max_size=20)


_FORMATS = st.lists(
    st.sampled_from(
        [b"\n", b"\r\n", b"\r", b"\x85", "\u2028".encode(), b"\xe2", b"\x80", b"data: a"]
    )
    | st.binary(max_size=5),
    max_size=12,
).map(b"".join)

TARGETS = (
    Target("lines", st.tuples(_FORMATS, _CUTS), _lines),
    *(
        Target(
            f"stream-{adapter}",
            st.tuples(
                PIECES, _events(adapter), st.integers(0, 20), _CUTS, st.booleans(),
                st.none() | st.integers(1, 2_500), _ENDS,
            ),
            _stream(adapter),
        )
        for adapter in ADAPTERS
    ),
)  # fmt: skip
