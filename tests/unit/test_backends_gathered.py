"""Pieces of text that came together are handed on as one, and nothing else changes."""

import asyncio
import gc
import itertools
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.backends.gathered import brings_text, gathered, merge_completions
from assistant.backends.openai import _gather_pieces


def event(text: str, **more: Any) -> bytes:
    choice = {"index": 0, "delta": {"content": text, **more}, "finish_reason": None}
    return b"data: " + json.dumps({"id": "a", "choices": [choice]}).encode() + b"\n\n"


STOP = b'data: {"id":"a","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
USAGE = b'data: {"id":"a","choices":[],"usage":{"prompt_tokens":3}}\n\n'
DONE = b"data: [DONE]\n\n"
ERROR = b'data: {"error":{"message":"busy"}}\n\n'


class Source:
    """Gives its parts, each after the loop has turned when it is told to wait."""

    def __init__(self, *parts: bytes, error: Exception | None = None, waits: bool = False) -> None:
        self.parts, self.error, self.waits = parts, error, waits
        self.was_left = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            for part in self.parts:
                if self.waits:
                    await asyncio.sleep(0)
                yield part
            if self.error is not None:
                raise self.error
        except asyncio.CancelledError:
            self.was_left = True
            raise

    async def aclose(self) -> None:
        return


def text_of(stream: bytes) -> str:
    found = []
    for line in stream.replace(b"\r\n", b"\n").split(b"\n"):
        if line.startswith(b"data: {"):
            for choice in json.loads(line[6:]).get("choices", []):
                found.append(choice["delta"].get("content") or "")
    return "".join(found)


async def collected(source: Source, interval_s: float = 0.0) -> list[bytes]:
    return [part async for part in gathered(source, merge_completions, brings_text, interval_s)]


def test_neighbouring_pieces_become_one_and_every_other_event_stays_as_it_was() -> None:
    merged = merge_completions([event("a"), event("b"), ERROR, event("c"), STOP, USAGE, DONE])
    assert [text_of(each) for each in merged] == ["ab", "", "c", "", "", ""]
    assert [merged[1], *merged[3:]] == [ERROR, STOP, USAGE, DONE]


@pytest.mark.parametrize("more", [{"refusal": "No."}, {"tool_calls": []}, {"reasoning": "So"}])
def test_a_piece_that_says_more_than_text_is_left_alone(more: dict[str, Any]) -> None:
    given_events = [event("a"), event("b", **more), event("c")]
    assert merge_completions(given_events) == given_events


async def test_the_first_piece_comes_at_once_and_what_follows_within_a_blink_together() -> None:
    parts = await collected(Source(event("a"), event("b"), event("c"), STOP, waits=True), 0.01)
    assert text_of(parts[0]) == "a"
    assert text_of(b"".join(parts)) == "abc"
    assert parts[-1].endswith(STOP)
    assert len(parts) == 2


@given(
    texts=st.lists(st.text(max_size=5), min_size=1, max_size=8),
    cuts=st.lists(st.integers(0, 400), max_size=6),
    windows=st.booleans(),
)
def test_a_stream_cut_anywhere_says_the_same(
    texts: list[str], cuts: list[int], windows: bool
) -> None:
    whole = b"".join([event(text) for text in texts] + [STOP, USAGE, DONE])
    whole = whole.replace(b"\n", b"\r\n") if windows else whole
    at = sorted({min(cut, len(whole)) for cut in cuts} | {0, len(whole)})
    parts = [whole[start:end] for start, end in itertools.pairwise(at)]
    got = b"".join(asyncio.run(collected(Source(*parts, waits=True))))
    assert text_of(got) == "".join(texts)
    assert got.count(b'"usage"') == 1
    assert got.count(b"[DONE]") == 1


ROLE = event("", role="assistant")


async def test_no_piece_waits_before_the_first_that_brings_text() -> None:
    source = Source(ROLE, event("a"), event("b"), event("c"), STOP, waits=True)
    parts = await collected(source, 60.0)
    assert [text_of(part) for part in parts] == ["", "a", "bc"]


SAID = st.sampled_from(
    [
        ROLE,
        event("a"),
        event("\u00e9\r\n\u2028"),
        event("b", refusal="No."),
        b": keep alive\n\n",
        b"\n",
        b'event: error\ndata: {"error":\ndata: {"message":"busy"}}\n\n',
        ERROR,
        STOP,
        USAGE,
        DONE,
        b"data: {half",
        b"\xff\x00\n\n",
    ]
)
CUTS = st.lists(st.integers(0, 600), max_size=12)


def cut(whole: bytes, cuts: list[int]) -> list[bytes]:
    at = sorted({min(place, len(whole)) for place in cuts} | {0, len(whole)})
    return [whole[start:end] for start, end in itertools.pairwise(at)]


@pytest.mark.timeout(30)
@given(said=st.lists(SAID, max_size=8), cuts=CUTS, end=st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_without_merging_every_byte_of_a_stream_cut_anywhere_comes_in_its_place(
    said: list[bytes], cuts: list[int], end: bytes
) -> None:
    whole = b"".join(said).replace(b"\n", end)

    async def parts() -> list[bytes]:
        source = Source(*cut(whole, cuts), waits=True)
        return [part async for part in gathered(source, list, brings_text, 0.0)]

    assert b"".join(asyncio.run(parts())) == whole


@pytest.mark.timeout(30)
@given(said=st.lists(SAID, max_size=8), cuts=CUTS)
def test_merging_changes_nothing_but_how_text_is_divided(
    said: list[bytes], cuts: list[int]
) -> None:
    whole = b"".join(said)
    got = b"".join(asyncio.run(collected(Source(*cut(whole, cuts), waits=True))))
    plain = (ROLE, event("a"), event("\u00e9\r\n\u2028"))

    def others(stream: bytes) -> list[bytes]:
        return [each for each in stream.split(b"\n\n") if not brings_text(each + b"\n\n")]

    assert [each for each in others(got) if each + b"\n\n" not in plain] == [
        each for each in others(whole) if each + b"\n\n" not in plain
    ]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
async def test_an_event_is_handed_on_before_the_next_comes(end: bytes) -> None:
    go_on = asyncio.Event()

    class Slow(Source):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            for text in "ab":
                yield event(text).replace(b"\n", end)
            await go_on.wait()

    parts = gathered(Slow(), merge_completions, brings_text, 0.0)
    async with asyncio.timeout(5):
        assert b'"a"' in await anext(parts)
    await parts.aclose()


@pytest.mark.filterwarnings("error")
async def test_what_breaks_after_nobody_listens_any_more_is_not_reported_to_the_loop() -> None:
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    parts = gathered(
        Source(event("a"), error=ConnectionResetError()), merge_completions, brings_text
    )
    await anext(parts)
    await parts.aclose()
    del parts
    gc.collect()
    assert told == []


async def test_what_came_before_a_break_is_handed_on_and_then_the_break_is_raised() -> None:
    source = Source(event("a"), event("b"), b"data: {half", error=ConnectionResetError())
    parts = []
    with pytest.raises(ConnectionResetError):
        async for part in gathered(source, merge_completions, brings_text, 0.0):
            parts.append(part)
    assert text_of(b"".join(parts[:-1])) == "ab"
    assert parts[-1] == b"data: {half"


async def test_leaving_early_stops_the_reading() -> None:
    class Endless(Source):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield event("a")
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.was_left = True
                raise

    source = Endless()
    parts = gathered(source, merge_completions, brings_text)
    assert text_of(await anext(parts)) == "a"
    await parts.aclose()
    assert source.was_left


async def test_who_leaves_a_reply_ends_its_reading_before_its_connection_is_closed() -> None:
    happened: list[str] = []

    class Connection(httpx2.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield event("a")
            try:
                await asyncio.Event().wait()
            finally:
                happened.append("reading ended")

        async def aclose(self) -> None:
            happened.append("connection closed")

    response = httpx2.Response(
        200, headers={"content-type": "text/event-stream"}, stream=Connection()
    )
    await _gather_pieces(response)
    assert text_of(await anext(aiter(response.stream))) == "a"  # type: ignore[arg-type]
    await response.aclose()
    assert happened == ["reading ended", "connection closed"]
