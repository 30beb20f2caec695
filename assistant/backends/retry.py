"""The one retry loop: before the first token only."""

import asyncio
import contextlib
import random
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable

from assistant.backends.base import Backend, BackendRequest, Delta
from assistant.backends.errors import BackendUnreachable, RateLimited, StreamInterrupted
from assistant.settings import TimeoutSettings
from corpus.errors import BackendError

MAX_RETRIES = 2
FIRST_WAIT_S = 1.0


async def stream_with_retry(
    backend: Backend,
    request: BackendRequest,
    timeouts: TimeoutSettings,
    *,
    on_try: Callable[[], None] | None = None,
    on_wait: Callable[[float, BackendError], None] | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    rng: Callable[[], float] = random.random,
) -> AsyncGenerator[Delta, None]:
    """Stream an answer; ask again when it failed before its first token and may work.

    At most two retries, with full jitter, or with the wait that the service asked for when that is
    not longer than ``timeouts.longest_retry_wait_s``. A vendor that could not be reached, or whose
    connection broke, is tried once more; a model on this machine is not.

    Args:
        backend: who is asked.
        request: what is asked.
        timeouts: the settings for waiting.
        on_try: told before each request.
        on_wait: told the wait in seconds and its reason before each retry.
        sleep: waits so many seconds.
        rng: uniform in [0, 1).

    Raises:
        BackendError: the last error, as soon as another try makes no sense.
    """
    retries = 0
    while True:
        began = False
        if on_try is not None:
            on_try()
        try:
            async with contextlib.aclosing(_closable(backend.stream(request))) as deltas:
                async for delta in deltas:
                    began = True
                    yield delta
        except BackendError as exc:
            if began or retries >= _retries_allowed(exc, backend):
                raise
            wait_s = _wait_s(exc, retries, rng)
            if wait_s > timeouts.longest_retry_wait_s:
                raise _too_long(exc, wait_s, timeouts.longest_retry_wait_s) from exc
            retries += 1
            if on_wait is not None:
                on_wait(wait_s, exc)
        else:
            return
        await sleep(wait_s)


async def _closable(deltas: AsyncIterator[Delta]) -> AsyncGenerator[Delta, None]:
    """The same deltas; closing this closes them, where they can be closed."""
    try:
        async for delta in deltas:
            yield delta
    finally:
        if isinstance(deltas, AsyncGenerator):
            await deltas.aclose()


def _retries_allowed(exc: BackendError, backend: Backend) -> int:
    if exc.retryable:
        return MAX_RETRIES
    may_be_the_network = isinstance(exc, BackendUnreachable | StreamInterrupted)
    return 1 if may_be_the_network and backend.entry.kind == "proprietary" else 0


def _wait_s(exc: BackendError, retries: int, rng: Callable[[], float]) -> float:
    if exc.retry_after_s is not None:
        return exc.retry_after_s
    return float(rng() * FIRST_WAIT_S * 2**retries)


def _too_long(exc: BackendError, wait_s: float, longest_s: float) -> BackendError:
    if not isinstance(exc, RateLimited):
        return exc
    return RateLimited(
        f"{exc.what} The wait it asks for, {wait_s:,.0f} seconds, is longer than the "
        f"{longest_s:,.0f} that are waited.",
        "Ask again later, or switch to another backend.",
        retry_after_s=wait_s,
    )
