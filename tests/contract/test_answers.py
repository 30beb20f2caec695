"""What every adapter does when the other side behaves."""

import asyncio
import contextlib
from collections.abc import Callable

import pytest

from assistant.backends.base import Done, HealthState, StopReason, TextDelta
from assistant.backends.retry import stream_with_retry
from tests.contract.conftest import ADAPTERS, PATIENT, SECRET, VENDORS, Reached, ask, collect
from tests.support.vendor_server import Script
from tests.support.wires import Counts, Reply

TEXT = "Phi-3 is made by Microsoft [1]."


async def test_an_answer_streams_in_pieces_and_ends_with_one_end_marker(reached: Reached) -> None:
    deltas = [delta async for delta in reached.backend.stream(ask())]
    assert [type(d) for d in deltas] == [TextDelta] * 4 + [Done]
    assert "".join(d.text for d in deltas if isinstance(d, TextDelta)) == TEXT


async def test_the_first_piece_arrives_before_the_reply_is_complete(reached: Reached) -> None:
    reached.server.play(Script(stall_after=1))
    async with contextlib.aclosing(reached.backend.stream(ask())) as deltas:
        assert await anext(deltas) == TextDelta("Phi-3 ")


async def test_the_vendors_counts_are_the_usage(reached: Reached) -> None:
    reached.server.play(Script(reply=Reply(("a", "b"), Counts(input=321, output=45, cached=6))))
    _, done = await collect(reached.backend)
    assert (done.usage.input_tokens, done.usage.output_tokens) == (321, 45)
    # Ollama keeps a cache and does not report it.
    assert done.usage.cached_tokens == (None if reached.wire == "ollama" else 6)


async def test_the_model_that_answered_is_named(reached: Reached) -> None:
    reached.server.play(Script(reply=Reply(("a",), model="other-model-2")))
    _, done = await collect(reached.backend)
    assert done.model == "other-model-2"


@pytest.mark.parametrize("adapter", [name for name in ADAPTERS if name != "anthropic"])
async def test_counts_that_do_not_come_are_unknown_and_never_zero(reached: Reached) -> None:
    # Anthropic's format has no reply without counts.
    reached.server.play(Script(reply=Reply(("a", "b"), counts=None)))
    text, done = await collect(reached.backend)
    assert text == "ab"
    assert (done.usage.input_tokens, done.usage.output_tokens) == (None, None)


async def test_an_answer_that_is_cut_at_its_limit_says_so(reached: Reached) -> None:
    reached.server.play(Script(reply=Reply(("a",), stop="length")))
    _, done = await collect(reached.backend)
    assert done.stop_reason is StopReason.LENGTH


@pytest.mark.parametrize(
    ("adapter", "expected"),
    [
        ("openai", StopReason.FILTER),
        ("xai", StopReason.FILTER),
        ("openai-compatible", StopReason.FILTER),
        ("google", StopReason.FILTER),
        ("anthropic", StopReason.REFUSAL),
    ],
)
async def test_an_answer_that_the_vendor_stopped_says_so(
    adapter: str, expected: StopReason, reach: Callable[..., Reached]
) -> None:
    reached = reach(adapter)
    reached.server.play(Script(reply=Reply(("a",), stop="filter")))
    _, done = await collect(reached.backend)
    assert done.stop_reason is expected


async def test_an_answer_that_ends_says_end(reached: Reached) -> None:
    _, done = await collect(reached.backend)
    assert done.stop_reason is StopReason.END


async def test_the_request_holds_the_conversation_in_order(reached: Reached) -> None:
    await collect(reached.backend)
    sent = str(reached.server.questions[0].body)
    places = [sent.index(m.content) for m in ask().messages[1:]]
    assert places == sorted(places)
    assert "Answer from the passages." in sent


async def test_the_length_of_an_answer_is_limited(reached: Reached) -> None:
    await collect(reached.backend)
    assert "200" in str(reached.server.questions[0].body)


async def test_room_for_hidden_reasoning_is_added_up_to_the_models_limit(
    adapter: str, reach: Callable[..., Reached]
) -> None:
    reached = reach(adapter, thinking_tokens=4096)
    await collect(reached.backend)
    assert "500" in str(reached.server.questions[0].body)


async def test_closing_the_stream_closes_the_request_upstream(reached: Reached) -> None:
    reached.server.play(Script(stall_after=2))
    deltas = reached.backend.stream(ask())
    await anext(deltas)
    await deltas.aclose()
    assert await asyncio.to_thread(reached.server.wait_until_left)


async def test_each_piece_may_be_awaited_in_a_task_of_its_own(reached: Reached) -> None:
    reached.server.play(Script(stall_after=2))
    deltas = stream_with_retry(reached.backend, ask(), PATIENT)
    for piece in ("Phi-3 ", "is made "):
        assert await asyncio.ensure_future(anext(deltas)) == TextDelta(piece)
    waiting = asyncio.ensure_future(anext(deltas))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await deltas.aclose()
    assert await asyncio.to_thread(reached.server.wait_until_left)


async def test_cancelling_while_waiting_closes_the_request_upstream(reached: Reached) -> None:
    reached.server.play(Script(hang=True))
    waiting = asyncio.ensure_future(collect(reached.backend))
    while not reached.server.questions:
        await asyncio.sleep(0.005)
    waiting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await waiting
    assert await asyncio.to_thread(reached.server.wait_until_left)


@pytest.mark.parametrize("crlf", [False, True])
async def test_a_stream_in_single_bytes_gives_the_same_text(reached: Reached, crlf: bool) -> None:
    text = ("naïve — ", "日本語 ", "🙂 ", "e\u0301nd")
    reached.server.play(Script(reply=Reply(text), bytes_at_once=1, crlf=crlf))
    got, done = await collect(reached.backend)
    assert got == "".join(text)
    assert done.stop_reason is StopReason.END


async def test_one_request_is_one_connection_to_one_host(reached: Reached) -> None:
    await collect(reached.backend)
    assert len(reached.server.requests) == 1
    host = f"127.0.0.1:{reached.server.port}"
    assert reached.backend.destination == host
    assert reached.server.requests[0].headers["host"] == host


async def test_a_proxy_is_not_used_for_this_machine(
    adapter: str, reach: Callable[..., Reached], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    text, _ = await collect(reach(adapter).backend)
    assert text == TEXT


@pytest.mark.parametrize("adapter", VENDORS)
async def test_only_the_own_key_is_sent(
    adapter: str, reach: Callable[..., Reached], monkeypatch: pytest.MonkeyPatch
) -> None:
    reached = reach(adapter)
    for name in ("OLLAMA_API_KEY", "LANGSMITH_API_KEY", "ANTHROPIC_AUTH_TOKEN"):
        monkeypatch.setenv(name, "another-secret")
    await collect(reached.backend)
    sent = str(reached.server.requests)
    assert SECRET in sent
    assert "another-secret" not in sent


@pytest.mark.parametrize("adapter", VENDORS)
async def test_health_with_a_key_asks_nobody(adapter: str, reach: Callable[..., Reached]) -> None:
    reached = reach(adapter)
    health = await reached.backend.health()
    assert health.state is HealthState.READY
    assert reached.server.requests == []
    assert SECRET not in str(health)


async def test_googles_other_variable_is_taken_too(
    reach: Callable[..., Reached], monkeypatch: pytest.MonkeyPatch
) -> None:
    reached = reach("google")
    monkeypatch.delenv("GOOGLE_API_KEY")
    monkeypatch.setenv("GEMINI_API_KEY", "other-variable")
    await collect(reached.backend)
    assert reached.server.questions[0].headers["x-goog-api-key"] == "other-variable"
