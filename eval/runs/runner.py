"""Asking the questions of a run, from wherever it was left."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

from assistant.backends.errors import BackendUnreachable, ModelMissing
from assistant.wiring import Assistant
from corpus.errors import ConfigError, CounterpointError
from eval.runs.asking import FAILED, Asker, now
from eval.runs.estimate import is_local_contestant, require_prices
from eval.runs.folder import RunFolder
from eval.runs.limits import Lane, Purse, Side
from eval.runs.lines import Began, Ended
from eval.runs.planning import asking_order
from eval.runs.progress import Progress
from eval.runs.records import RunPlan
from eval.runs.row_writer import RowWriter
from eval.runs.spending import spent_on
from eval.runs.telling import Teller
from eval.runs.warming import warm_up

CONCURRENCY: Final = 4
"""How many questions a vendor's backend is asked at a time; those of this machine one in all."""
GRACE_S: Final = 10.0
"""How long answers that are in flight may take to end when a run is stopped."""


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a call of ``run`` ended.

    Attributes:
        is_whole: whether every question has been asked of every backend.
        was_stopped: whether ``stop`` was set.
        stops: why backends were asked no further, by id.
    """

    is_whole: bool
    was_stopped: bool
    stops: dict[str, str]


async def run(
    assistant: Assistant,
    folder: RunFolder,
    stop: asyncio.Event,
    tell: Callable[[Progress], None] = lambda _: None,
    *,
    concurrency: int = CONCURRENCY,
    retry_failed: bool = False,
    max_cost: float | None = None,
    grace_s: float = GRACE_S,
    clock: Callable[[], float] = time.monotonic,
) -> RunEnd:
    """Ask what a run lacks, and keep each answer as it comes.

    A question that has an answer is not asked again. Open models of this machine are asked one
    question at a time in all, each vendor's a few, at its own pace; all in the order of the plan.
    Before its first question each model of this machine is asked for one word that is not kept, so
    that loading its weights is in no answer's time. When ``stop`` is set, nothing more is asked,
    and answers in flight have ``grace_s`` to end.

    Args:
        assistant: answers; it has the backends of the plan.
        folder: the run.
        stop: ends it.
        tell: told of the progress, from the event loop, a few times a second at most.
        concurrency: how many questions a vendor's backend is asked at a time.
        retry_failed: whether questions whose latest answer failed are asked once more.
        max_cost: in US dollars, in place of the plan's.
        grace_s: see above.
        clock: seconds that only grow.

    Raises:
        RunBusy: another process asks this run's questions.
        RunDamaged: a file of the run cannot be read.
        ConfigError: a backend is not as it was planned, or a ceiling cannot be kept.
        DiskFull, StoreError: an answer cannot be kept, and what was kept before stays; or the index
            cannot be used.
    """
    ceiling = folder.plan.max_cost if max_cost is None else max_cost
    require_same(assistant, folder.plan)
    require_prices(folder.plan.contestants, ceiling)
    with folder.appending() as writer:
        sides, asker = await asyncio.to_thread(
            _line_up, assistant, folder, writer, ceiling, retry_failed=retry_failed
        )
        asker.clock = clock
        lanes = _lanes(sides, concurrency, clock)
        teller = Teller(folder, asker.purse, lanes, tell, clock)
        if any(side.asks for side in sides):
            await asker.append(Began(now(), concurrency, version("counterpoint")))
            async with teller.telling():
                await _warm(sides, asker, teller, stop)
                await _work(lanes, asker, teller, stop, grace_s)
            await asker.append(Ended(now(), _stops(sides)))
        end = RunEnd(all(s.done >= s.total for s in sides), stop.is_set(), _stops(sides))
        teller.now = "done" if end.is_whole else "stopped"
        teller.say(finally_=True)
        return end


def require_same(assistant: Assistant, plan: RunPlan) -> None:
    """Refuse to mix answers of backends that have changed since a run was planned.

    Raises:
        ConfigError: a backend is gone, or its entry has changed.
    """
    for contestant in plan.contestants:
        planned = contestant.entry
        if assistant.entry(planned.id) != planned:
            raise ConfigError(
                f"{planned.label} is not what it was when the run {plan.id} was planned.",
                "Put its entry in backends.toml back as it was, or begin a new run.",
            )


def _line_up(
    assistant: Assistant,
    folder: RunFolder,
    writer: RowWriter,
    ceiling: float | None,
    *,
    retry_failed: bool,
) -> tuple[tuple[Side, ...], Asker]:
    """Read what there is, and line up what it lacks."""
    plan, frozen, journal = folder.plan, folder.frozen(), folder.journal()
    rows = {row.key: row for row in journal.rows}
    sides = {contestant.entry.id: Side(contestant) for contestant in plan.contestants}
    for ask in asking_order(plan, frozen.values()):
        side, row = sides[ask.key.backend], rows.get(ask.key)
        side.total += 1
        failed = row is not None and row.answer.status in FAILED
        if row is None or (failed and retry_failed):
            side.asks.append(ask)
        else:
            side.done += 1
            side.failed += failed
    purse = Purse(ceiling, spent_on(journal))
    asker = Asker(assistant, plan, frozen, writer, purse, attempts=dict(journal.attempts))
    return tuple(sides.values()), asker


def _lanes(sides: Sequence[Side], concurrency: int, clock: Callable[[], float]) -> tuple[Lane, ...]:
    here = [side for side in sides if is_local_contestant(side.contestant)]
    away = [side for side in sides if not is_local_contestant(side.contestant)]
    lanes = [Lane([side], concurrency, clock) for side in away]
    return (Lane(here, 1, clock), *lanes) if here else tuple(lanes)


async def _warm(sides: Sequence[Side], asker: Asker, teller: Teller, stop: asyncio.Event) -> None:
    teller.now = "opening the index"
    teller.say(at_once=True)
    # The check of the first answer would load it otherwise, while others are timed.
    await asker.assistant.retrieve(asker.plan.cases[0].question)
    for side in sides:
        if not side.asks or stop.is_set():
            continue
        entry = side.contestant.entry
        teller.now = f"warming up {entry.label}"
        teller.say(at_once=True)
        try:
            backend = asker.assistant.backend(entry.id)
            request = asker.request(side, side.asks[0])
            local = is_local_contestant(side.contestant)
            await _unless(stop, warm_up(backend, request, is_local=local))
        except (ConfigError, BackendUnreachable, ModelMissing) as exc:
            side.stop(str(exc))
        except CounterpointError:  # its first question will say what is wrong
            continue
    teller.now = "asking"


async def _unless(stop: asyncio.Event, work: Coroutine[None, None, None]) -> None:
    """Do something that may take long, until told to stop."""
    doing, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({doing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if doing.done():
            doing.result()
    finally:
        doing.cancel()
        stopping.cancel()
        await asyncio.gather(doing, stopping, return_exceptions=True)


async def _work(
    lanes: Sequence[Lane], asker: Asker, teller: Teller, stop: asyncio.Event, grace_s: float
) -> None:
    following = [
        asyncio.create_task(_follow(lane, asker, teller, stop))
        for lane in lanes
        for _ in range(lane.width)
    ]
    hurrying = asyncio.create_task(_hurry(asker, teller, stop, grace_s))
    try:
        # The first that cannot be kept ends the run: what follows could not be kept either.
        done, _ = await asyncio.wait(following, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
    finally:
        for task in (*following, hurrying):
            task.cancel()
        await asyncio.gather(*following, hurrying, return_exceptions=True)


async def _hurry(asker: Asker, teller: Teller, stop: asyncio.Event, grace_s: float) -> None:
    await stop.wait()
    teller.now = "waiting for the answers in flight"
    teller.say(at_once=True)
    await asyncio.sleep(grace_s)
    asker.hurry.set()


async def _follow(lane: Lane, asker: Asker, teller: Teller, stop: asyncio.Event) -> None:
    while not stop.is_set():
        found = lane.next()
        if found is not None:
            await asker.ask(*found, stop)
            teller.say()
            continue
        rest_s = lane.rest_s
        if rest_s is None:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), max(rest_s, 0.01))


def _stops(sides: Sequence[Side]) -> dict[str, str]:
    return {side.contestant.entry.id: side.stopped for side in sides if side.stopped}
