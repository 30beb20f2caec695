"""What every adapter does when the other side does not behave."""

import socket
import time
import traceback
from collections.abc import AsyncIterator, Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.backends.base import Delta, TextDelta
from assistant.backends.errors import (
    AuthRejected,
    BackendBusy,
    BackendTimeout,
    BackendUnreachable,
    BadReply,
    ContentFiltered,
    ContextOverflow,
    ModelMissing,
    QuotaExhausted,
    RateLimited,
    StreamInterrupted,
)
from assistant.backends.retry import stream_with_retry
from corpus.errors import BackendError, KeyMissing
from tests.contract.conftest import (
    ADAPTERS,
    IMPATIENT,
    IMPATIENT_LATER,
    KEY_VARIABLES,
    PATIENT,
    SECRET,
    VENDORS,
    Reached,
    ask,
)
from tests.support.vendor_server import Script, VendorServer
from tests.support.wires import faults_of

MEANINGS = {
    "auth": AuthRejected,
    "rate": RateLimited,
    "quota": QuotaExhausted,
    "server": BackendBusy,
    "busy": BackendBusy,
    "context": ContextOverflow,
    "filter": ContentFiltered,
    "model": ModelMissing,
    "bad request": BadReply,
}


def wire_of(adapter: str) -> str:
    return "openai" if adapter == "openai-compatible" else adapter


CASES = [
    (adapter, fault)
    for adapter in ADAPTERS
    for fault in faults_of(wire_of(adapter))  # type: ignore[arg-type]
]


class Waits:
    """Sleeps that are only written down."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


async def fail(deltas: AsyncIterator[Delta]) -> tuple[str, BackendError]:
    """What had arrived, and the error."""
    text = ""
    with pytest.raises(BackendError) as caught:
        async for delta in deltas:
            assert isinstance(delta, TextDelta)
            text += delta.text
    return text, caught.value


async def retried(reached: Reached, waits: Waits | None = None) -> tuple[str, BackendError]:
    return await fail(
        stream_with_retry(reached.backend, ask(), PATIENT, sleep=waits or Waits(), rng=lambda: 0.5)
    )


@pytest.mark.parametrize(("adapter", "fault"), CASES)
async def test_an_error_of_the_vendor_is_the_right_one_of_ours(
    adapter: str, fault: str, reach: Callable[..., Reached]
) -> None:
    reached = reach(adapter)
    reached.server.play(Script(fault=fault, echo=True))
    _, error = await fail(reached.backend.stream(ask()))
    assert type(error) is MEANINGS[fault]
    assert error.cure


@pytest.mark.parametrize(("adapter", "fault"), CASES)
async def test_an_error_never_repeats_the_key_or_the_servers_words(
    adapter: str, fault: str, reach: Callable[..., Reached]
) -> None:
    reached = reach(adapter)
    reached.server.play(Script(fault=fault, echo=True))
    _, error = await fail(reached.backend.stream(ask()))
    shown = f"{error} {error!r}"
    assert SECRET not in shown
    assert "Something is wrong" not in shown


@pytest.mark.parametrize("adapter", VENDORS)
async def test_a_refused_key_is_asked_once_and_not_in_the_error(
    adapter: str, reach: Callable[..., Reached]
) -> None:
    reached = reach(adapter)
    reached.server.play(Script(fault="auth"))
    _, error = await retried(reached)
    assert len(reached.server.questions) == 1
    assert isinstance(error, AuthRejected)
    assert KEY_VARIABLES[adapter] in str(error)
    # A server that does not echo the key: then it is nowhere in the traceback either.
    assert SECRET not in "".join(traceback.format_exception(error))


@pytest.mark.parametrize("adapter", VENDORS)
async def test_without_a_key_nothing_is_sent(
    adapter: str, reach: Callable[..., Reached], monkeypatch: pytest.MonkeyPatch
) -> None:
    reached = reach(adapter)
    monkeypatch.delenv(KEY_VARIABLES[adapter])
    with pytest.raises(KeyMissing, match=KEY_VARIABLES[adapter]):
        await anext(aiter(reached.backend.stream(ask())))
    health = await reached.backend.health()
    assert health.state == "no key"
    assert KEY_VARIABLES[adapter] in health.cure
    assert reached.server.requests == []


@pytest.mark.parametrize("adapter", VENDORS)
async def test_the_wait_that_a_vendor_asks_for_is_waited(
    adapter: str, reach: Callable[..., Reached]
) -> None:
    reached = reach(adapter)
    reached.server.play(Script(fault="rate", headers=(("retry-after", "7"),)), Script())
    waits = Waits()
    told: list[tuple[float, str]] = []

    def on_wait(wait_s: float, error: BackendError) -> None:
        told.append((wait_s, error.what))

    deltas = stream_with_retry(reached.backend, ask(), PATIENT, sleep=waits, on_wait=on_wait)
    assert [d async for d in deltas]
    assert waits.seconds == [7.0]
    assert told[0][0] == 7.0
    assert "7 seconds" in told[0][1]
    assert len(reached.server.questions) == 2


@pytest.mark.parametrize("adapter", VENDORS)
async def test_an_hour_is_not_waited(adapter: str, reach: Callable[..., Reached]) -> None:
    reached = reach(adapter)
    reached.server.play(Script(fault="rate", headers=(("retry-after", "3600"),)))
    waits = Waits()
    _, error = await retried(reached, waits)
    assert waits.seconds == []
    assert isinstance(error, RateLimited)
    assert "3,600 seconds" in error.what
    assert len(reached.server.questions) == 1


@pytest.mark.parametrize("adapter", VENDORS)
async def test_an_empty_account_is_asked_once(adapter: str, reach: Callable[..., Reached]) -> None:
    reached = reach(adapter)
    reached.server.play(Script(fault="quota"))
    _, error = await retried(reached)
    assert isinstance(error, QuotaExhausted)
    assert len(reached.server.questions) == 1


@pytest.mark.parametrize("fault", ["server", "busy"])
async def test_a_failing_service_is_asked_three_times(reached: Reached, fault: str) -> None:
    reached.server.play(Script(fault=fault))
    waits = Waits()
    _, error = await retried(reached, waits)
    assert isinstance(error, BackendBusy)
    assert len(reached.server.questions) == 3
    assert waits.seconds == [0.5, 1.0]


async def test_a_failing_service_that_recovers_gives_one_whole_answer(reached: Reached) -> None:
    reached.server.play(Script(fault="server"), Script(fault="busy"), Script())
    deltas = [d async for d in stream_with_retry(reached.backend, ask(), PATIENT, sleep=Waits())]
    assert "".join(d.text for d in deltas if isinstance(d, TextDelta)).startswith("Phi-3 is made")
    assert len(reached.server.questions) == 3


async def test_a_server_that_never_answers_is_a_timeout(
    adapter: str, reach: Callable[..., Reached]
) -> None:
    limits = {"first_token_local_s": 1.0, "first_token_vendor_s": 1.0}
    reached = reach(adapter, PATIENT.model_copy(update=limits))
    reached.server.play(Script(hang=True))
    began = time.monotonic()
    _, error = await retried(reached)
    assert isinstance(error, BackendTimeout)
    assert "timeouts.first_token_" in error.cure
    assert len(reached.server.questions) == 1
    assert time.monotonic() - began < 2
    assert reached.server.wait_until_left()


async def test_a_stall_before_the_first_token_is_a_timeout(
    adapter: str, reach: Callable[..., Reached]
) -> None:
    reached = reach(adapter, IMPATIENT)
    reached.server.play(Script(stall_after=0))
    _, error = await fail(reached.backend.stream(ask()))
    assert isinstance(error, BackendTimeout)


async def test_a_stall_keeps_the_partial_answer(
    adapter: str, reach: Callable[..., Reached]
) -> None:
    reached = reach(adapter, IMPATIENT_LATER)
    reached.server.play(Script(stall_after=2))
    text, error = await retried(reached)
    assert text == "Phi-3 is made "
    assert isinstance(error, StreamInterrupted)
    assert len(reached.server.questions) == 1
    assert reached.server.wait_until_left()


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(count=st.integers(1, 4), adapter=st.sampled_from(ADAPTERS))
async def test_a_dropped_stream_keeps_the_partial_answer(
    count: int, adapter: str, reach: Callable[..., Reached]
) -> None:
    reached = reach(adapter)
    reached.server.questions.clear()
    reached.server.play(Script(drop_after=count))
    text, error = await retried(reached)
    assert text == "".join(("Phi-3 ", "is made ", "by Microsoft ", "[1].")[:count])
    assert isinstance(error, StreamInterrupted)
    assert len(reached.server.questions) == 1


async def test_a_stream_dropped_before_its_first_token_is_tried_once_more_at_a_vendor(
    reached: Reached,
) -> None:
    reached.server.play(Script(drop_after=0))
    text, error = await retried(reached)
    assert text == ""
    assert isinstance(error, StreamInterrupted)
    assert len(reached.server.questions) == (1 if reached.wire == "ollama" else 2)


@pytest.mark.parametrize("count", [1, 4])
async def test_a_stream_without_its_end_marker_is_not_a_finished_answer(
    reached: Reached, count: int
) -> None:
    reached.server.play(Script(end_after=count))
    text, error = await fail(reached.backend.stream(ask()))
    assert text
    assert isinstance(error, StreamInterrupted)


async def test_an_error_in_mid_stream_keeps_the_partial_answer(reached: Reached) -> None:
    reached.server.play(Script(error_after=2))
    text, error = await retried(reached)
    assert text == "Phi-3 is made "
    assert isinstance(error, StreamInterrupted)
    assert "Something broke" not in str(error)


@pytest.mark.parametrize("adapter", [*VENDORS, "openai-compatible"])
async def test_an_error_as_the_first_event_is_read_by_its_code(
    adapter: str, reach: Callable[..., Reached]
) -> None:
    reached = reach(adapter)
    reached.server.play(Script(error_after=0, error_fault="rate"), Script())
    error: BackendError | None = None
    try:
        [d async for d in reached.backend.stream(ask())]
    except BackendError as exc:
        error = exc
    expected = BadReply if adapter == "mistral" else RateLimited
    assert type(error) is expected


async def test_an_error_in_the_place_of_ollamas_first_word_is_told_as_one(
    reach: Callable[..., Reached],
) -> None:
    reached = reach("ollama")
    reached.server.play(Script(error_after=0))
    text, error = await fail(reached.backend.stream(ask()))
    assert text == ""
    assert isinstance(error, BadReply)
    assert "reported an error" in error.what
    assert "Something broke" not in str(error)


@pytest.mark.parametrize("status", [200, 502])
async def test_a_web_page_is_a_bad_reply_and_is_not_shown(reached: Reached, status: int) -> None:
    reached.server.play(Script(html=True, html_status=status))
    _, error = await retried(reached)
    assert isinstance(error, BadReply)
    assert "<" not in str(error)
    assert len(reached.server.questions) == 1


async def test_a_redirect_is_not_followed(reached: Reached) -> None:
    with VendorServer() as elsewhere:
        location = elsewhere.base_url(reached.backend.entry.adapter)
        reached.server.play(Script(html=True, html_status=307, headers=(("location", location),)))
        await fail(reached.backend.stream(ask()))
        assert elsewhere.requests == []


async def test_nobody_at_the_address_is_told_with_the_cure(
    adapter: str, reach: Callable[..., Reached]
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    reached = reach(adapter, url=f"http://127.0.0.1:{port}")
    waits = Waits()
    _, error = await retried(reached, waits)
    assert isinstance(error, BackendUnreachable)
    assert f"127.0.0.1:{port}" in error.what
    # A vendor is tried once more; what should run here is not.
    assert len(waits.seconds) == (0 if adapter == "ollama" else 1)
    assert ("ollama serve" in error.cure) == (adapter == "ollama")
