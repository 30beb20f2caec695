"""Every wire before its first token: nobody there, nobody who speaks, and how long is waited."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from assistant.backends.base import Done
from assistant.backends.errors import (
    BackendBusy,
    BackendTimeout,
    BackendUnreachable,
    ModelMissing,
    QuotaExhausted,
    RateLimited,
    StreamInterrupted,
)
from assistant.backends.retry import stream_with_retry
from corpus.errors import BackendError
from tests.contract.conftest import IMPATIENT, PATIENT, SOON_S, VENDORS, Reached, ask
from tests.contract.test_failures import Waits, fail, retried
from tests.support.vendor_server import Script

ASKED_FOR_A_PAUSE = (*VENDORS, "openai-compatible")


@pytest.fixture
def full_port() -> Iterator[int]:
    """A port that answers no call: its queue of callers is full and nobody takes one."""
    with contextlib.ExitStack() as stack:
        deaf = stack.enter_context(socket.socket())
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for _ in range(4):
            caller = stack.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(deaf.getsockname())
        yield deaf.getsockname()[1]


@pytest.fixture
def plain_port() -> Iterator[int]:
    """A port that answers whatever it is told with words that are not encrypted."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            with contextlib.suppress(OSError):
                while True:
                    caller, _ = listener.accept()
                    with caller:
                        caller.recv(4096)
                        caller.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")

        answering = threading.Thread(target=answer)
        answering.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        answering.join()


async def test_an_address_that_answers_no_call_is_named_soon(
    adapter: str, reach: Callable[..., Reached], full_port: int
) -> None:
    reached = reach(adapter, IMPATIENT, url=f"http://127.0.0.1:{full_port}")
    await reached.backend.prepare()
    began = time.monotonic()
    _, error = await fail(reached.backend.stream(ask()))
    # Who gave up first, the call or the wait for the first token, is a matter of settings.
    assert isinstance(error, BackendUnreachable | BackendTimeout)
    assert time.monotonic() - began < SOON_S


async def test_an_address_that_speaks_no_tls_is_named_soon(
    adapter: str, reach: Callable[..., Reached], plain_port: int
) -> None:
    reached = reach(adapter, url=f"https://127.0.0.1:{plain_port}")
    await reached.backend.prepare()
    began = time.monotonic()
    _, error = await retried(reached)
    assert isinstance(error, BackendUnreachable)
    assert time.monotonic() - began < SOON_S


async def test_a_connection_that_is_taken_and_dropped_is_an_error_of_ours(
    adapter: str, reach: Callable[..., Reached]
) -> None:
    reached = reach(adapter)
    reached.server.play(Script(break_at=1))
    _, error = await retried(reached)
    assert isinstance(error, StreamInterrupted)


async def test_an_error_that_is_packed_wrongly_is_an_error_of_ours(reached: Reached) -> None:
    reached.server.play(Script(fault="server", headers=(("content-encoding", "gzip"),)))
    _, error = await fail(reached.backend.stream(ask()))
    assert isinstance(error, BackendError)
    assert "gzip" not in str(error)


@pytest.mark.parametrize("adapter", ASKED_FOR_A_PAUSE)
async def test_a_pause_until_a_date_is_waited(adapter: str, reach: Callable[..., Reached]) -> None:
    reached = reach(adapter)
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=25), usegmt=True)
    reached.server.play(Script(fault="rate", headers=(("retry-after", until),)), Script())
    waits = Waits()
    deltas = [d async for d in stream_with_retry(reached.backend, ask(), PATIENT, sleep=waits)]
    assert isinstance(deltas[-1], Done)
    assert 15 < waits.seconds[0] <= 25
    assert len(waits.seconds) == 1


@pytest.mark.parametrize("until", ["Wed, 21 Oct 2015 07:28:00 GMT", "0", "-5", "soon", "NaN", ""])
@pytest.mark.parametrize("adapter", ASKED_FOR_A_PAUSE)
async def test_a_pause_that_is_over_or_none_is_never_waited_long(
    adapter: str, until: str, reach: Callable[..., Reached]
) -> None:
    reached = reach(adapter)
    reached.server.play(Script(fault="rate", headers=(("retry-after", until),)), Script())
    waits = Waits()
    deltas = stream_with_retry(reached.backend, ask(), PATIENT, sleep=waits, rng=lambda: 0.5)
    assert [d async for d in deltas]
    assert all(0 <= wait_s <= 1 for wait_s in waits.seconds)


async def test_a_busy_service_that_names_a_pause_is_given_it(reached: Reached) -> None:
    headers = (("retry-after", "2"),)
    reached.server.play(Script(fault="busy", headers=headers), Script())
    waits = Waits()
    assert [d async for d in stream_with_retry(reached.backend, ask(), PATIENT, sleep=waits)]
    assert waits.seconds == [2.0]


async def test_a_busy_service_that_names_an_hour_is_not_asked_again(reached: Reached) -> None:
    reached.server.play(Script(fault="busy", headers=(("retry-after", "3600"),)))
    waits = Waits()
    _, error = await retried(reached, waits)
    assert isinstance(error, BackendBusy)
    assert waits.seconds == []
    assert len(reached.server.questions) == 1


async def test_a_compatible_endpoint_that_asks_for_an_hour_is_asked_once(
    reach: Callable[..., Reached],
) -> None:
    reached = reach("openai-compatible")
    reached.server.play(Script(fault="rate", headers=(("retry-after", "3600"),)))
    _, error = await retried(reached)
    assert isinstance(error, RateLimited)
    assert len(reached.server.questions) == 1


async def test_an_account_of_a_gateway_that_is_empty_is_asked_once(
    reach: Callable[..., Reached],
) -> None:
    reached = reach("openai-compatible")
    reached.server.play(Script(fault="quota"))
    _, error = await retried(reached)
    assert isinstance(error, QuotaExhausted)
    assert len(reached.server.questions) == 1


async def test_a_model_that_ollama_lost_is_named_with_those_that_it_has(
    reach: Callable[..., Reached],
) -> None:
    reached = reach("ollama", model="gemma3")
    reached.server.play(Script(fault="model"))
    _, error = await retried(reached)
    assert isinstance(error, ModelMissing)
    assert "llama3.2:latest" in error.what
    assert error.cure == "Run: ollama pull gemma3"
    assert len(reached.server.questions) == 1
