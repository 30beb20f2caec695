"""Many chats at once: whether all are right, how long they take, and what the server holds."""

import asyncio
import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from eval.bench.chat import wire
from eval.bench.chat.page import Page
from eval.bench.chat.program import BACKEND, Holding, Process, seen_by
from eval.bench.chat.script import chat_in, is_answer, question_of
from eval.bench.chat.visitor import Said, Shown, Visitor, shown
from index.build import Progress

_OPENING_AT_ONCE: Final = 8
_SETTLE_WITHIN_S: Final = 20.0
_LOOK_EVERY_S: Final = 0.2
_FEWEST_FOR_A_LINE: Final = 3


@dataclass(frozen=True, slots=True)
class Setting:
    """What is measured.

    Attributes:
        page: how the page is put together.
        server: the program.
        backend: the scripted backend.
        tokens: length of an answer.
        tell: told how far it is.
        beside: more processes of the program over the same home. A visitor is kept to one, as
            a proxy keeps them.
    """

    page: Page
    server: Process
    backend: Process
    tokens: int
    tell: Progress
    beside: tuple[Process, ...] = ()

    def visitor(self, number: int) -> Visitor:
        """A visitor of the process whose turn it is."""
        servers = (self.server, *self.beside)
        port = servers[number % len(servers)].port
        return Visitor(replace(self.page, port=port), BACKEND)

    def holding(self) -> Holding:
        """What all processes of the program hold."""
        held = [server.holding() for server in (self.server, *self.beside)]
        return Holding(
            memory_mb=sum(each.memory_mb for each in held),
            threads=sum(each.threads for each in held),
            files=sum(each.files for each in held),
            cpu_s=sum(each.cpu_s for each in held),
        )


async def opened(setting: Setting, count: int) -> list[Visitor]:
    """So many open pages."""
    visitors = [setting.visitor(number) for number in range(count)]
    places = asyncio.Semaphore(_OPENING_AT_ONCE)
    done = 0

    async def open_one(visitor: Visitor) -> None:
        nonlocal done
        async with places:
            await visitor.open()
        done += 1
        setting.tell("opening pages", done, count)

    await asyncio.gather(*(open_one(visitor) for visitor in visitors))
    return visitors


async def closed(visitors: Sequence[Visitor]) -> None:
    """Close the pages."""
    await asyncio.gather(*(visitor.close() for visitor in visitors))


async def direct(setting: Setting, chats: Sequence[int], over_s: float) -> dict[str, Any]:
    """The same questions put to the backend itself, at the same times."""

    async def one(place: int, chat: int) -> tuple[float, float]:
        await asyncio.sleep(over_s * place / len(chats))
        began_s = time.monotonic()
        first_s = 0.0
        body = {"stream": True, "messages": [{"role": "user", "content": question_of(chat)}]}
        stream = wire.events(setting.backend.port, "POST", "/v1/chat/completions", body=body)
        async for came_s, _ in stream:
            first_s = first_s or came_s - began_s
        return first_s, time.monotonic() - began_s

    setting.tell("asking the backend alone", 0, len(chats))
    times = await asyncio.gather(*(one(place, chat) for place, chat in enumerate(chats)))
    return {
        "first_s": spread([first for first, _ in times]),
        "total_s": spread([total for _, total in times]),
    }


async def together(setting: Setting, chats: Sequence[int], over_s: float = 0.0) -> dict[str, Any]:
    """So many chats at once, begun within ``over_s`` seconds; beside them the backend alone.

    Returns:
        How many were right, times in seconds, what the server held, and the ratio of the 95th
        percentiles of the whole time.
    """
    visitors = await opened(setting, len(chats))
    try:
        alone = await direct(setting, chats, over_s)
        before = setting.holding()
        watch = asyncio.create_task(_highest(setting))
        setting.tell("chats at once", 0, len(chats))
        began_s = time.monotonic()

        async def one(place: int, visitor: Visitor, chat: int) -> Said:
            await asyncio.sleep(over_s * place / len(chats))
            return await visitor.ask(chat)

        said = await asyncio.gather(
            *(one(i, *pair) for i, pair in enumerate(zip(visitors, chats, strict=True)))
        )
        took_s = time.monotonic() - began_s
        watch.cancel()
        highest = (await asyncio.gather(watch, return_exceptions=True))[0]
        after = setting.holding()
    finally:
        await closed(visitors)
    found = report(setting, said) | {
        "chats": len(chats),
        "over_s": over_s,
        "wall_s": round(took_s, 2),
        "alone": alone,
        "server_cpu_s_per_chat": round((after.cpu_s - before.cpu_s) / len(chats), 3),
        "server_busy": round((after.cpu_s - before.cpu_s) / took_s, 2),
        "memory_mb": {"before": before.memory_mb, "highest": highest, "after": after.memory_mb},
    }
    if found["total_s"] and alone["total_s"]:
        found["ratio_p95"] = round(found["total_s"]["p95"] / alone["total_s"]["p95"], 3)
    return found


def report(setting: Setting, said: Sequence[Said]) -> dict[str, Any]:
    """What came of questions: counts, and times of those that were answered."""
    seen = seen_by(setting.backend)
    views = [shown(each, setting.page) for each in said]
    right = [is_right(each, view, setting.tokens) for each, view in zip(said, views, strict=True)]
    answered = [each for each in said if not each.refused and not each.error]
    words = [view for view in views if view.first_s is not None and view.last_s is not None]
    arrived = {int(chat): at for chat, at in seen["arrived_s"].items()}
    return {
        "right": sum(right),
        "refused": sum(bool(each.refused) for each in said),
        "broken": sum(bool(each.error) for each in said),
        "mixed_up": sum(_holds_another(each, view) for each, view in zip(said, views, strict=True)),
        "refusals": sorted({each.refused for each in said if each.refused})[:3],
        "errors": sorted({each.error for each in said if each.error}),
        "total_s": spread([each.total_s for each in answered]),
        "until_the_backend_is_asked_s": spread(
            [arrived[each.chat] - each.sent_s for each in answered if each.chat in arrived]
        ),
        "first_words_s": spread([view.first_s for view in words if view.first_s is not None]),
        "last_words_s": spread([view.last_s for view in words if view.last_s is not None]),
        "longest_gap_s": spread([view.longest_gap_s for view in words]),
        "updates": spread([float(view.updates) for view in words]),
        "kilobytes": spread([view.kilobytes for view in words]),
    }


def is_right(said: Said, view: Shown, tokens: int) -> bool:
    """Whether a visitor saw the whole of the own answer and nothing of another."""
    return view.is_ok and is_answer(view.text, said.chat, tokens)


def _holds_another(said: Said, view: Shown) -> bool:
    return chat_in(view.text) not in {None, said.chat}


async def _highest(setting: Setting) -> float:
    """The most memory that the server held, in MB, until this is cancelled."""
    highest = 0.0
    try:
        while True:
            highest = max(highest, setting.holding().memory_mb)
            await asyncio.sleep(_LOOK_EVERY_S)
    except asyncio.CancelledError:
        return highest


async def refused(setting: Setting, chats: Sequence[int], after: int) -> dict[str, Any]:
    """More questions than may wait, then one more when the others are through.

    Args:
        setting: what is measured.
        chats: asked all at once.
        after: asked when they have ended.
    """
    visitors = await opened(setting, len(chats) + 1)
    try:
        setting.tell("more than may wait", 0, len(chats))
        asked = [visitor.ask(chat) for visitor, chat in zip(visitors, chats, strict=False)]
        said = await asyncio.gather(*asked)
        later = await visitors[-1].ask(after)
    finally:
        await closed(visitors)
    turned_away = [each for each in said if each.refused]
    return {
        "asked": len(chats),
        **report(setting, said),
        "refused_within_s": spread([each.total_s for each in turned_away]),
        "statuses": sorted({each.refused_status for each in turned_away}),
        "recovered": is_right(later, shown(later, setting.page), setting.tokens),
    }


async def left(setting: Setting, chats: Sequence[int]) -> dict[str, Any]:
    """Visitors who go away in the middle of their answers.

    Returns:
        What the backend saw of it, and what the server held before and after.
    """
    visitors = await opened(setting, len(chats))
    before_seen, before = seen_by(setting.backend), setting.holding()
    setting.tell("leaving in the middle", 0, len(chats))
    asked = [
        visitor.ask(chat, leave_after=3) for visitor, chat in zip(visitors, chats, strict=True)
    ]
    await asyncio.gather(*asked)
    gone_s = time.monotonic()
    await closed(visitors)
    until_s = gone_s + _SETTLE_WITHIN_S
    while (seen := seen_by(setting.backend))["running"] and time.monotonic() < until_s:
        await asyncio.sleep(0.05)
    closed_within_s = time.monotonic() - gone_s
    # The page keeps watch over its own connections every few seconds.
    while time.monotonic() < until_s and setting.holding().files > before.files:
        await asyncio.sleep(_LOOK_EVERY_S)
    after = setting.holding()
    return {
        "chats": len(chats),
        "asked": seen["asked"] - before_seen["asked"],
        "closed_early": seen["left"] - before_seen["left"],
        "finished": seen["finished"] - before_seen["finished"],
        "still_running": seen["running"],
        "closed_within_s": round(closed_within_s, 2),
        "files": {"before": before.files, "after": after.files},
        "threads": {"before": before.threads, "after": after.threads},
    }


async def soak(setting: Setting, seconds: int, first_chat: int) -> dict[str, Any]:
    """A question a second, each of a visitor of its own, for so long.

    Returns:
        What the server held at each tenth of the time and at the end, how much its memory grew by a
        visitor in the second half, when what is kept for a while has been filled, and how many
        answers were right; a visitor who broke off counts as wrong.
    """
    began_s = time.monotonic()
    holdings: list[dict[str, float]] = []
    running: set[asyncio.Task[None]] = set()
    right = 0

    async def visit(chat: int) -> None:
        nonlocal right
        visitor = Visitor(setting.page, BACKEND)
        with contextlib.suppress(Exception):  # whatever it was, this visitor is not among the right
            await visitor.open()
            said = await visitor.ask(chat)
            right += is_right(said, shown(said, setting.page), setting.tokens)
        await visitor.close()

    for second in range(seconds):
        await asyncio.sleep(max(0.0, began_s + second - time.monotonic()))
        task = asyncio.create_task(visit(first_chat + second))
        running.add(task)
        task.add_done_callback(running.discard)
        setting.tell("a question a second", second + 1, seconds)
        if second % max(1, seconds // 10) == 0:
            holdings.append(_held(setting, second, len(running)))
    await asyncio.gather(*running)
    await asyncio.sleep(1)
    holdings.append(_held(setting, seconds, 0))
    return {
        "seconds": seconds,
        "right": right,
        "wrong": seconds - right,
        "holdings": holdings,
        "mb_a_visitor": growth_of(holdings),
    }


def _held(setting: Setting, at_s: int, running: int) -> dict[str, float]:
    held = setting.holding()
    return {
        "at_s": at_s,
        "memory_mb": held.memory_mb,
        "threads": held.threads,
        "files": held.files,
        "running": running,
    }


def growth_of(holdings: Sequence[Mapping[str, float]]) -> float | None:
    """By how many MB the memory grew a second, by the line through the second half.

    None of less than three measurements.
    """
    later = [each for each in holdings if each["at_s"] >= holdings[-1]["at_s"] / 2]
    if len(later) < _FEWEST_FOR_A_LINE:
        return None
    slope, _ = np.polyfit(
        [each["at_s"] for each in later], [each["memory_mb"] for each in later], deg=1
    )
    return round(float(slope), 4)


def spread(values: Sequence[float]) -> dict[str, float] | None:
    """Median, 95th percentile and the highest; None of nothing."""
    if not values:
        return None
    array = np.asarray(values, dtype=float)
    return {
        "median": round(float(np.median(array)), 4),
        "p95": round(float(np.quantile(array, 0.95)), 4),
        "highest": round(float(array.max()), 4),
    }
