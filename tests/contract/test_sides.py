"""Two real backends over two loopback servers, asked at the same time."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from typing import Any

import pytest

from assistant.answering import Answering
from assistant.backends.base import Backend
from assistant.backends.errors import AuthRejected, StreamInterrupted
from assistant.settings import Settings
from assistant.turns import Answer, Exchange, Failed, Finished, SideEvent, Status, Stopped, Token
from index.hash_embedder import HashEmbedder
from tests.contract.conftest import ADAPTERS, SECRET, Reached
from tests.support.evidence import make_evidence
from tests.support.vendor_server import Script, VendorServer

EMBEDDER = HashEmbedder()
TEXT = "Phi-3 is made by Microsoft [1]."
HISTORY = [Exchange("Who makes Grok – “4.7”?", "xAI does.\n")]
VENDORS = [name for name in ADAPTERS if name != "ollama"]
STALLED = Script(stall_after=2)


@pytest.fixture
def other_server() -> Iterator[VendorServer]:
    with VendorServer() as running:
        yield running


@pytest.fixture(params=["anthropic"])
def vendor(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def both(
    reach: Callable[..., Reached], other_server: VendorServer, vendor: str
) -> tuple[Reached, Reached]:
    """An open side over one server and a proprietary one over another."""
    here = reach("ollama")
    there = reach(vendor, url=other_server.base_url(vendor))
    return here, there._replace(server=other_server)


def asked(
    both: tuple[Reached, Reached], stops: list[asyncio.Event] | None = None
) -> AsyncGenerator[SideEvent, None]:
    backends: list[Backend] = [side.backend for side in both]
    answering = Answering(Settings(home="unused"), lambda: EMBEDDER)  # type: ignore[arg-type]
    evidence = make_evidence(question="Who makes Phi-3 – and is it “free”?", disputed=True)
    stops = stops or [asyncio.Event(), asyncio.Event()]
    return answering.answer_sides(evidence, HISTORY, backends, stops)


async def answers(both: tuple[Reached, Reached]) -> tuple[Answer, Answer]:
    return ended([event async for event in asked(both)])


def ended(events: list[SideEvent]) -> tuple[Answer, Answer]:
    ends = {
        event.side: event.event.answer
        for event in events
        if isinstance(event.event, Finished | Failed | Stopped)
    }
    return ends[0], ends[1]


def texts_in(body: Any) -> list[str]:
    """Every text of a request, in its order; the system's first, wherever a vendor wants it."""
    system = body.get("system") or body.get("systemInstruction") or ""
    return [*_texts(system), *_texts(body.get("messages") or body.get("contents"))]


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value] if value else []
    if isinstance(value, list):
        return [text for part in value for text in _texts(part)]
    return _texts(value.get("content") or value.get("parts") or value.get("text") or "")


@pytest.mark.parametrize("vendor", VENDORS, indirect=True)
async def test_both_vendors_get_byte_identical_texts_and_both_receipts_have_their_hash(
    both: tuple[Reached, Reached],
) -> None:
    one, two = await answers(both)
    sent = [texts_in(side.server.questions[0].body) for side in both]
    assert sent[0] == sent[1]
    assert len(sent[0]) == 4
    assert one.receipt.prompt_hash == two.receipt.prompt_hash != ""
    assert one.receipt.evidence_hash == two.receipt.evidence_hash
    assert one.text == two.text == TEXT
    assert one.receipt.bytes_sent == sum(len(text.encode()) for text in sent[0])


async def test_a_refused_key_on_one_side_leaves_the_other_whole(
    both: tuple[Reached, Reached],
) -> None:
    both[1].server.play(Script(fault="auth", echo=True))
    one, two = await answers(both)
    assert (one.status, one.text) == (Status.FINISHED, TEXT)
    assert isinstance(two.error, AuthRejected)
    assert SECRET not in str(two.error)


async def test_a_connection_that_breaks_on_one_side_leaves_the_other_whole(
    both: tuple[Reached, Reached],
) -> None:
    both[0].server.play(Script(drop_after=1))
    one, two = await answers(both)
    assert (one.status, one.text) == (Status.INTERRUPTED, "Phi-3 ")
    assert isinstance(one.error, StreamInterrupted)
    assert (two.status, two.text) == (Status.FINISHED, TEXT)


async def test_a_side_that_cannot_be_reached_leaves_the_other_whole(
    reach: Callable[..., Reached],
) -> None:
    gone = reach("ollama", url="http://127.0.0.1:9")
    one, two = await answers((gone, reach("openai")))
    assert one.status is Status.FAILED
    assert one.receipt.bytes_sent == 0
    assert (two.status, two.text) == (Status.FINISHED, TEXT)


async def test_a_missing_key_leaves_the_other_side_whole(
    both: tuple[Reached, Reached], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    one, two = await answers(both)
    assert one.status is Status.FINISHED
    assert two.status is Status.FAILED
    assert both[1].server.requests == []


async def test_stopping_one_side_closes_its_socket_alone(both: tuple[Reached, Reached]) -> None:
    for side in both:
        side.server.play(STALLED)
    stops = [asyncio.Event(), asyncio.Event()]
    heard: dict[int | None, str] = {0: "", 1: ""}
    async with aclosing(asked(both, stops)) as events:
        async for event in events:
            match event.event:
                case Token(text):
                    heard[event.side] += text
                case Stopped(answer):
                    assert (event.side, answer.text) == (0, "Phi-3 is made ")
                    break
            if set(heard.values()) == {"Phi-3 is made "}:
                stops[0].set()
        assert await asyncio.to_thread(both[0].server.wait_until_left)
        assert both[1].server.left == 0
    assert await asyncio.to_thread(both[1].server.wait_until_left)


async def test_leaving_closes_both_sockets_at_once(both: tuple[Reached, Reached]) -> None:
    for side in both:
        side.server.play(STALLED)
    heard: dict[int | None, str] = {0: "", 1: ""}
    async with aclosing(asked(both)) as events:
        async for event in events:
            if isinstance(event.event, Token):
                heard[event.side] += event.event.text
            if set(heard.values()) == {"Phi-3 is made "}:
                break
    for side in both:
        assert await asyncio.to_thread(side.server.wait_until_left)


async def test_whoever_waits_for_the_first_word_and_leaves_closes_both_sockets(
    both: tuple[Reached, Reached],
) -> None:
    for side in both:
        side.server.play(Script(hang=True))

    async def listen() -> None:
        async with aclosing(asked(both)) as events:
            async for _ in events:
                pass

    listening = asyncio.create_task(listen())
    while not all(side.server.questions for side in both):
        await asyncio.sleep(0.01)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    for side in both:
        assert await asyncio.to_thread(side.server.wait_until_left)


async def test_the_sides_stream_together_and_not_one_after_the_other(
    both: tuple[Reached, Reached],
) -> None:
    both[0].server.play(STALLED)
    stops = [asyncio.Event(), asyncio.Event()]
    ends: list[int | None] = []
    async for event in asked(both, stops):
        if isinstance(event.event, Finished | Stopped):
            ends.append(event.side)
            stops[0].set()
    assert ends == [1, 0]
