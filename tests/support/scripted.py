"""A backend that says what it is told, through the real interface."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

from assistant.backends.base import (
    BackendRequest,
    Delta,
    Done,
    Health,
    HealthState,
    StopReason,
    TextDelta,
    Usage,
)
from assistant.backends.catalogue import BackendEntry
from corpus.errors import CounterpointError
from tests.support.evidence import make_entry


class ScriptedBackend:
    """Yields its script; an error in it is raised, an event in it is waited for.

    Attributes:
        requests: what it was asked.
        was_closed: whether its stream was closed or ran out.
    """

    def __init__(
        self,
        *script: str | Delta | CounterpointError | asyncio.Event,
        entry: BackendEntry | None = None,
        destination: str = "api.vendor.example",
    ) -> None:
        self.script: Sequence[str | Delta | CounterpointError | asyncio.Event] = script
        self.entry = entry or make_entry()
        self.destination = destination
        self.requests: list[BackendRequest] = []
        self.was_closed = False

    async def prepare(self) -> None:
        """Nothing to import."""

    async def stream(self, request: BackendRequest) -> AsyncGenerator[Delta, None]:
        """Yield the script."""
        self.requests.append(request)
        try:
            for step in self.script:
                if isinstance(step, CounterpointError):
                    raise step
                if isinstance(step, asyncio.Event):
                    await step.wait()
                elif isinstance(step, str):
                    yield TextDelta(step)
                else:
                    yield step
        finally:
            self.was_closed = True

    async def health(self) -> Health:
        """Always ready."""
        return Health(HealthState.READY, "scripted")


def done(
    input_tokens: int | None = 400,
    output_tokens: int | None = 20,
    *,
    stop_reason: StopReason = StopReason.END,
    remote_host: str | None = None,
) -> Done:
    """An end marker."""
    return Done(stop_reason, Usage(input_tokens, output_tokens), remote_host=remote_host)
