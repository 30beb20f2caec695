"""Streams of every wire, however their bytes arrive, and wherever they end."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.backends.base import Backend, Done, StopReason, TextDelta
from assistant.backends.errors import BackendTimeout, StreamInterrupted
from assistant.backends.gguf import GgufBackend
from assistant.backends.gguf_server import GgufServer, Listening
from assistant.settings import Settings, TimeoutSettings
from corpus.errors import BackendError
from tests.contract.conftest import ADAPTERS, IMPATIENT, PATIENT, Reached, ask, collect, entry_of
from tests.support import vendor_server
from tests.support.vendor_server import Script, VendorServer
from tests.support.wires import Events, Reply, WireName, write_reply

WIRES = (*ADAPTERS, "gguf")
# Ends of lines that JSON does not escape, a byte order mark, and what looks like the format itself.
ODD = ("\x85", "\u2028", "\u2029", "\ufeff", "\x7f", "\n\ndata: x\n\n", "\r", "é", "🙂", "e\u0301")
PIECES = st.lists(st.sampled_from(ODD) | st.text(max_size=4), min_size=1, max_size=6).filter(
    lambda pieces: any(piece.strip() for piece in pieces)
)
SOCKETS = settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class Engine(GgufServer):
    """The engine of the embedded model, were it to listen where the loopback server does."""

    def start(self) -> Listening:
        return Listening(str(self.path).replace(":/", "://", 1), "key", 0.0, 8000)


class Streamed(NamedTuple):
    """What came of a stream."""

    text: str
    done: Done | None
    error: BackendError | None


@pytest.fixture(params=WIRES)
def stream(
    request: pytest.FixtureRequest, reach: Callable[..., Reached], server: VendorServer, home: Path
) -> "Stream":
    return Stream(request.param, reach, server, home)


class Stream:
    """One wire; the embedded model's is read from the loopback server too."""

    def __init__(
        self, name: str, reach: Callable[..., Reached], server: VendorServer, home: Path
    ) -> None:
        self.name, self.server, self._reach, self._home = name, server, reach, home
        self.wire: WireName = "openai" if name in {"gguf", "openai-compatible"} else name  # type: ignore[assignment]

    def backend(self, timeouts: TimeoutSettings = PATIENT) -> Backend:
        if self.name != "gguf":
            return self._reach(self.name, timeouts).backend
        entry = entry_of("gguf", kind="open")
        backend = GgufBackend(entry, Settings(home=self._home, timeouts=timeouts))
        backend._server = Engine(Path(self.server.url + "/openai"), 8000, 1, "stand-in")
        return backend

    async def play(self, script: Script, timeouts: TimeoutSettings = PATIENT) -> Streamed:
        """Ask once; what came, with its end marker or its error."""
        self.server.play(script)
        text, done = "", None
        try:
            async for delta in self.backend(timeouts).stream(ask()):
                assert done is None
                if isinstance(delta, TextDelta):
                    text += delta.text
                else:
                    done = delta
        except BackendError as exc:
            assert done is None
            assert exc.cure
            return Streamed(text, None, exc)
        return Streamed(text, done, None)


def size_of(wire: WireName, reply: Reply) -> int:
    events = write_reply(wire, reply)
    return sum(map(len, (*events.head, *events.deltas, *events.end)))


@pytest.fixture
def send(monkeypatch: pytest.MonkeyPatch) -> Callable[[Events], None]:
    """Makes the server send exactly these events."""
    return lambda events: monkeypatch.setattr(vendor_server, "write_reply", lambda *_: events)


@pytest.mark.parametrize("piece", ODD)
async def test_every_character_of_an_answer_arrives_as_it_was_sent(
    stream: Stream, piece: str
) -> None:
    streamed = await stream.play(Script(reply=Reply((f"a{piece}b", piece, "", "c"))))
    assert streamed.error is None
    assert streamed.text == f"a{piece}b{piece}c"


@SOCKETS
@given(
    pieces=PIECES,
    cuts=st.lists(st.integers(1, 10_000), min_size=1, max_size=12),
    crlf=st.booleans(),
)
async def test_bytes_cut_anywhere_give_the_same_text(
    stream: Stream, pieces: list[str], cuts: list[int], crlf: bool
) -> None:
    script = Script(reply=Reply(tuple(pieces)), cuts=tuple(cuts), crlf=crlf)
    streamed = await stream.play(script)
    assert streamed.error is None
    assert streamed.text == "".join(pieces)
    assert streamed.done is not None
    assert streamed.done.stop_reason is StopReason.END


@SOCKETS
@given(share=st.floats(0, 1), how=st.sampled_from(["cutting", "closing", "ending"]))
async def test_a_stream_that_ends_at_any_byte_is_whole_or_says_that_it_is_not(
    stream: Stream, share: float, how: str
) -> None:
    reply = Reply(("Phi-3 ", "is ", "naïve 🙂 ", "[1]."))
    place = max(1, round(share * size_of(stream.wire, reply)))
    streamed = await stream.play(Script(reply=reply, break_at=place, break_by=how))  # type: ignore[arg-type]
    whole = "".join(reply.pieces)
    assert whole.startswith(streamed.text)
    if streamed.error is None:
        assert streamed.text == whole
    elif streamed.text:
        assert isinstance(streamed.error, StreamInterrupted)


@pytest.mark.parametrize("how", ["abort", "close"])
@pytest.mark.parametrize("count", range(5))
async def test_what_came_before_a_connection_ended_is_kept(
    stream: Stream, count: int, how: str
) -> None:
    reply = vendor_server.USUAL
    events = write_reply(stream.wire, reply)
    place = sum(map(len, (*events.head, *events.deltas[:count]))) + 1
    by = "cutting" if how == "abort" else "closing"
    streamed = await stream.play(Script(break_at=place, break_by=by))  # type: ignore[arg-type]
    assert streamed.text == "".join(reply.pieces[:count])
    # Before the first token an open connection that ends may also be no reply at all.
    assert isinstance(streamed.error, StreamInterrupted) or (count == 0 and streamed.error)


async def test_what_keeps_a_connection_open_is_no_part_of_the_answer(
    stream: Stream, send: Callable[[Events], None]
) -> None:
    usual = write_reply(stream.wire, vendor_server.USUAL)
    quiet = b"\n" if stream.wire == "ollama" else b": keep-alive\n\n"
    parts = (*usual.head, *usual.deltas, *usual.end)
    send(Events(head=tuple(itertools.chain(*((quiet, part) for part in parts))), deltas=(), end=()))
    streamed = await stream.play(Script())
    assert streamed.error is None
    assert streamed.text == "".join(vendor_server.USUAL.pieces)


async def test_a_stream_that_only_keeps_its_connection_open_is_a_timeout(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def endless(*_: object) -> AsyncIterator[bytes]:
        while True:
            yield b"\n" if stream.wire == "ollama" else b": keep-alive\n\n"
            await asyncio.sleep(0.02)

    monkeypatch.setattr(vendor_server, "_stream", endless)
    streamed = await stream.play(Script(), IMPATIENT)
    assert isinstance(streamed.error, BackendTimeout)


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
@pytest.mark.parametrize("count", [0, 2])
@pytest.mark.parametrize(
    "bad", [b"\xff", b"\xc3", b"\xed\xa0\xbd", b"\xf0\x9f\x99", b"\\ud83d", b"\x00", b"\\u0000"]
)
async def test_bytes_that_are_no_text_end_in_an_answer_or_in_an_error_of_ours(
    stream: Stream, send: Callable[[Events], None], bad: bytes, count: int
) -> None:
    usual = write_reply(stream.wire, Reply(("Phi-3 ", "is ", "made ", "here")))
    deltas = list(usual.deltas)
    deltas[count] = deltas[count].replace(b" ", bad + b" ") if count else bad + deltas[count]
    send(Events(usual.head, tuple(deltas), usual.end))
    streamed = await stream.play(Script())
    if streamed.error is not None:
        assert "Phi-3 is "[: len(streamed.text)] == streamed.text
        assert isinstance(streamed.error, StreamInterrupted) or not streamed.text
    else:
        assert streamed.text.endswith("here")


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 9) | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                "choices delta content error message candidates parts text type index usage done "
                "model usageMetadata finish_reason content_block promptFeedback role".split()
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@pytest.mark.filterwarnings("ignore")
@SOCKETS
@given(junk=JUNK, count=st.integers(0, 2))
async def test_an_event_of_any_form_ends_in_an_answer_or_in_an_error_of_ours(
    stream: Stream, junk: object, count: int
) -> None:
    usual = write_reply(stream.wire, Reply(("a ", "b ")))
    text = json.dumps(junk)
    line = f"{text}\n" if stream.wire == "ollama" else f"data: {text}\n\n"
    deltas = [*usual.deltas[:count], line.encode(), *usual.deltas[count:]]
    with replaced(Events(usual.head, tuple(deltas), usual.end)):
        streamed = await stream.play(Script())
    assert streamed.error is not None or streamed.done is not None
    assert streamed.text.startswith("a b "[: 2 * count]) or streamed.error is not None


class replaced:  # noqa: N801 - reads as a verb in a ``with``
    """The server sends these events; a fixture would outlive the examples of one test."""

    def __init__(self, events: Events) -> None:
        self._events = events

    def __enter__(self) -> None:
        self._before = vendor_server.write_reply
        vendor_server.write_reply = lambda *_: self._events

    def __exit__(self, *_: object) -> None:
        vendor_server.write_reply = self._before


async def test_a_finished_answer_ends_once_on_every_wire(stream: Stream) -> None:
    text, done = await collect(stream.backend())
    assert text == "".join(vendor_server.USUAL.pieces)
    assert done.stop_reason is StopReason.END
