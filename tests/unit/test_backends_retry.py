from collections.abc import AsyncGenerator, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.backends.base import BackendRequest, Delta, Message, TextDelta
from assistant.backends.errors import (
    AuthRejected,
    BackendBusy,
    BackendUnreachable,
    RateLimited,
    StreamInterrupted,
)
from assistant.backends.retry import stream_with_retry
from assistant.settings import TimeoutSettings
from corpus.errors import BackendError
from tests.support.evidence import make_entry, make_evidence
from tests.support.scripted import ScriptedBackend, done

REQUEST = BackendRequest((Message("user", "x"),), make_evidence(), 10, 100, 5)
Script = tuple[str | Delta | BackendError, ...]


class Tries(ScriptedBackend):
    """Plays one script a try; the last one is repeated."""

    def __init__(self, *scripts: Script, kind: str = "proprietary") -> None:
        super().__init__(entry=make_entry(kind=kind))
        self.scripts = list(scripts)

    async def stream(self, request: BackendRequest) -> AsyncGenerator[Delta, None]:
        self.script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        async for delta in super().stream(request):
            yield delta


async def run(
    backend: Tries, rng: Callable[[], float] = lambda: 0.5
) -> tuple[str, list[float], BackendError | None]:
    """The text, the waits and the error."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    text = ""
    try:
        async for delta in stream_with_retry(
            backend, REQUEST, TimeoutSettings(), sleep=sleep, rng=rng
        ):
            text += delta.text if isinstance(delta, TextDelta) else ""
    except BackendError as exc:
        return text, waits, exc
    return text, waits, None


def busy(retry_after_s: float | None = None) -> BackendBusy:
    return BackendBusy("busy.", "wait.", retry_after_s=retry_after_s)


async def test_the_third_try_may_succeed() -> None:
    backend = Tries((busy(),), (busy(),), ("text", done()))
    assert await run(backend) == ("text", [0.5, 1.0], None)


async def test_there_is_no_fourth_try() -> None:
    backend = Tries((busy(),))
    _, waits, error = await run(backend)
    assert (len(backend.requests), len(waits)) == (3, 2)
    assert isinstance(error, BackendBusy)


@given(share=st.floats(0, 1, exclude_max=True))
async def test_waits_are_spread_and_bounded(share: float) -> None:
    _, waits, _ = await run(Tries((busy(),)), rng=lambda: share)
    assert 0 <= waits[0] < 1
    assert 0 <= waits[1] < 2


async def test_after_the_first_token_nothing_is_sent_again() -> None:
    backend = Tries(("part", busy()))
    text, waits, error = await run(backend)
    assert (text, waits, len(backend.requests)) == ("part", [], 1)
    assert isinstance(error, BackendBusy)


@pytest.mark.parametrize(("kind", "tries"), [("open", 1), ("proprietary", 2)])
@pytest.mark.parametrize("error", [BackendUnreachable("a.", "b."), StreamInterrupted("a.", "b.")])
async def test_a_vendor_out_of_reach_is_tried_once_more_and_a_local_model_is_not(
    error: BackendError, kind: str, tries: int
) -> None:
    backend = Tries((error,), kind=kind)
    await run(backend)
    assert len(backend.requests) == tries


async def test_an_error_that_will_come_again_is_not_tried_again() -> None:
    backend = Tries((AuthRejected("no.", "key."),))
    await run(backend)
    assert len(backend.requests) == 1


async def test_the_wait_that_was_asked_for_wins_over_ours() -> None:
    _, waits, _ = await run(Tries((busy(12.0),), ("x", done())))
    assert waits == [12.0]


async def test_a_wait_that_is_too_long_is_told_and_not_waited() -> None:
    backend = Tries((RateLimited("pause.", "wait.", retry_after_s=3600),))
    _, waits, error = await run(backend)
    assert waits == []
    assert error is not None
    assert "3,600 seconds" in error.what
    assert error.retry_after_s == 3600


async def test_closing_the_retry_loop_closes_the_stream() -> None:
    backend = ScriptedBackend("a", "b", done())
    deltas = stream_with_retry(backend, REQUEST, TimeoutSettings())
    await anext(deltas)
    await deltas.aclose()
    assert backend.was_closed
