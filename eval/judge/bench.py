"""Many questions to one judge."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Final

from assistant.backends.addresses import is_local
from assistant.backends.base import Backend, HealthState
from assistant.settings import TimeoutSettings
from assistant.wiring import Assistant
from corpus.errors import ConfigError
from eval.judge.asking import Judgement, Question
from eval.judge.budget import Budget

_AT_ONCE: Final = 4
"""Questions to a vendor at a time; a model on this machine gets one."""


async def ready_judge(assistant: Assistant, backend_id: str) -> Backend:
    """The backend of a judge, once it says that it can answer.

    Raises:
        ConfigError: it cannot, and what mends it.
    """
    backend = assistant.backend(backend_id)
    health = await backend.health()
    if not health.ready and health.state is not HealthState.UNKNOWN:
        raise ConfigError(health.detail, health.cure)
    await backend.prepare()
    return backend


async def judge_all(
    backend: Backend, timeouts: TimeoutSettings, asked: Sequence[Question], budget: Budget
) -> AsyncIterator[tuple[int, Judgement]]:
    """The judgement of each question with its place, as they come.

    Questions that the budget does not allow for are left out; its ``check`` says so.
    """
    # A loopback address of a vendor's model is a gateway: it takes several as the vendor does.
    is_here = backend.entry.kind == "open" and is_local(backend.destination)
    turns = asyncio.Semaphore(1 if is_here else _AT_ONCE)

    async def one(at: int) -> tuple[int, Judgement | None]:
        async with turns:
            return at, await budget.judge(backend, timeouts, asked[at])

    tasks = [asyncio.create_task(one(at)) for at in range(len(asked))]
    try:
        for done in asyncio.as_completed(tasks):
            at, judgement = await done
            if judgement is not None:
                yield at, judgement
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
