"""One question of a run to one backend: what is noted before, what is kept after."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from assistant.backends.base import BackendRequest
from assistant.backends.errors import (
    AuthRejected,
    BackendUnreachable,
    ModelMissing,
    QuotaExhausted,
    RateLimited,
)
from assistant.turns import Answer, Failed, Finished, Status
from assistant.wiring import Assistant
from corpus.errors import BackendError, ConfigError
from eval.cases import Case
from eval.runs.estimate import most_cost, planned_request
from eval.runs.limits import Purse, Side
from eval.runs.lines import Line, PutOff, Sent
from eval.runs.planning import Ask, history_of
from eval.runs.records import FrozenEvidence, Key, Mode, Row, RunPlan
from eval.runs.row_writer import RowWriter
from eval.runs.spending import cost_of_answer

FAILED: Final = frozenset({Status.FAILED, Status.INTERRUPTED})
_STOPS = (AuthRejected, QuotaExhausted, ModelMissing, ConfigError)


@dataclass
class Asker:
    """Asks single questions and keeps the answers.

    Attributes:
        assistant: answers.
        plan: the run's plan.
        frozen: its evidence.
        writer: appends to its rows.
        purse: its money.
        clock: seconds that only grow.
        hurry: closes the requests that are in flight.
        attempts: how often each question was sent so far.
    """

    assistant: Assistant
    plan: RunPlan
    frozen: Mapping[tuple[str, Mode], FrozenEvidence]
    writer: RowWriter
    purse: Purse
    clock: Callable[[], float] = time.monotonic
    hurry: asyncio.Event = field(default_factory=asyncio.Event)
    attempts: dict[Key, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._cases: dict[str, Case] = {case.id: case for case in self.plan.cases}

    def request(self, side: Side, ask: Ask) -> BackendRequest | None:
        """What a backend will be sent, as it is bounded; None when nothing fits its window."""
        case, frozen = self._cases[ask.key.case], self.frozen[ask.key.case, ask.key.mode]
        return planned_request(self.plan, side.contestant, case, frozen)

    async def ask(self, side: Side, ask: Ask, stop: asyncio.Event) -> None:
        """Ask, unless the ceiling or ``stop`` forbids it, and keep the answer.

        A question that the backend would not take is put off: the backend is left alone for as long
        as it says, or asked no further.

        Raises:
            DiskFull, ConfigError, StoreError: the answer cannot be kept.
        """
        request = await asyncio.to_thread(self.request, side, ask)
        most = most_cost(side.contestant, request)
        if not await self.purse.lay_aside(most):
            side.stop(self.purse.why_not)
        elif not stop.is_set() and not side.stopped:
            await self._send(side, ask, most)
        else:
            await self.purse.give_back(most)

    async def _send(self, side: Side, ask: Ask, most: float | None) -> None:
        key, asked_at, began_s = ask.key, now(), self.clock()
        attempt = self.attempts[key] = self.attempts.get(key, 0) + 1
        await asyncio.to_thread(self.writer.require_room)
        await self.append(Sent(key, ask.position, attempt, asked_at, most))
        answer = await self._answer(ask, self._others(key.backend))
        if answer is None:  # stopped; whether it is billed is not known
            await self.purse.settle(most, 0.0 if most == 0 else None, most)
        elif _is_put_off(side, ask, answer, self.clock()):
            rest_s = side.rest(ask, _announced_s(answer), self.clock())
            await self.append(PutOff(key, attempt, str(answer.error), rest_s))
            await self.purse.settle(most, 0.0, 0.0)
        else:
            await self.append(Row(key, ask.position, attempt, asked_at, answer))
            await self.purse.settle(most, *cost_of_answer(answer, most))
            side.count(self.clock() - began_s, failed=answer.status in FAILED)

    async def append(self, line: Line) -> None:
        """Append beside the loop, so that no other answer's times wait for the disk."""
        await asyncio.to_thread(self.writer.append, line)

    def _others(self, backend: str) -> list[str]:
        ids = (contestant.entry.id for contestant in self.plan.contestants)
        return [id_ for id_ in ids if id_ != backend]

    async def _answer(self, ask: Ask, others: list[str]) -> Answer | None:
        """The answer, whole or not; None when it was stopped."""
        evidence = self.frozen[ask.key.case, ask.key.mode].evidence
        if evidence is None:
            return None
        sides = self.assistant.answer_sides(
            evidence,
            history_of(self._cases[ask.key.case]),
            [ask.key.backend],
            [self.hurry],
            beside=others,
        )
        async with contextlib.aclosing(sides) as events:
            async for event in events:
                if isinstance(event.event, Finished | Failed):
                    return event.event.answer
        return None


def _is_put_off(side: Side, ask: Ask, answer: Answer, now_s: float) -> bool:
    """Whether a failure says that nothing was answered, so that it is no answer to keep."""
    error = answer.error
    if answer.status is Status.FAILED and isinstance(error, RateLimited):
        if side.may_be_put_off(ask):
            return True
        side.give_up(str(error))
        return False
    side.given_up = 0
    if answer.status is Status.FAILED and isinstance(error, BackendUnreachable):
        side.miss(str(error), now_s)
        return True
    side.unreached = 0
    if answer.status is Status.FAILED and isinstance(error, _STOPS):
        side.stop(str(error))
        return True
    return False


def _announced_s(answer: Answer) -> float | None:
    error = answer.error
    return error.retry_after_s if isinstance(error, BackendError) else None


def now() -> str:
    """The time (ISO, UTC)."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
