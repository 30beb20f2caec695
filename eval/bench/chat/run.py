"""The measurement as a whole: a backend, the program over a home of its own, and its parts in turn.

Everything stays on this machine: three processes, which speak over loopback.
"""

import asyncio
import contextlib
import os
import platform
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from assistant.settings import Settings, load_settings
from corpus.errors import ConfigError
from eval.bench.chat import load
from eval.bench.chat.library import by_library
from eval.bench.chat.overhead import overhead
from eval.bench.chat.page import read_page
from eval.bench.chat.plain import by_plain_page, plain_page
from eval.bench.chat.program import BACKEND, Process, paced_backend, page_server
from eval.bench.chat.starting import starting
from index.build import Progress

PARTS: Final = ("start", "overhead", "load", "refused", "left")
_WAITING: Final = 40
"""Questions that may wait in the part that asks too many."""
_AT_ONCE: Final = 20
_WARM: Final = 3
_LEAVING: Final = 100
_SLOW: Final = 2.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured.

    Attributes:
        parts: of ``PARTS``.
        chats: how many at once, one measurement each.
        over_s: within how many seconds they begin.
        processes: how many processes of the program share the chats at once, and the soak.
        tokens: length of an answer.
        tokens_per_s: the backend's pace.
        first_token_s: from a request to its first token.
        rounds: how many starts, and how many single answers.
        soak_s: for how many seconds a question a second is asked; 0 leaves it out.
    """

    parts: Sequence[str] = PARTS
    chats: Sequence[int] = (100, 300)
    over_s: float = 0.0
    processes: int = 1
    tokens: int = 200
    tokens_per_s: float = 50.0
    first_token_s: float = 0.2
    rounds: int = 5
    soak_s: int = 0


def bench_chat(home: Path, plan: Plan, tell: Progress) -> dict[str, Any]:
    """Measure.

    Args:
        home: a folder for the measurement's own home; its index is kept for the next time.
        plan: what is measured.
        tell: told how far it is.

    Raises:
        ConfigError: a process does not start, or this is no Linux.
    """
    found: dict[str, Any] = {
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "busy_before": round(os.getloadavg()[0], 2),
        "backend": {
            "tokens": plan.tokens,
            "tokens_per_s": plan.tokens_per_s,
            "first_token_s": plan.first_token_s,
        },
        "processes": plan.processes,
    }
    numbers = _numbers()
    for old in home.glob("counterpoint.sqlite*"):
        old.unlink()
    with tempfile.TemporaryFile("w+") as log, _backend(plan) as backend:
        if {"overhead", "load"} & set(plan.parts) or plan.soak_s:
            most = max(plan.chats, default=1)
            allowed = {"SERVER__CONCURRENCY": str(max(16, most)), "SERVER__QUEUE": str(4 * most)}
            with contextlib.ExitStack() as stack:
                servers = [
                    stack.enter_context(page_server(home, backend, allowed, log.fileno()))
                    for _ in range(plan.processes)
                ]
                setting = asyncio.run(_setting(plan, (servers[0], backend), tell))
                setting = replace(setting, beside=tuple(servers[1:]))
                found |= asyncio.run(_at_length(home, plan, numbers, setting))
            if "load" in plan.parts:
                with plain_page(backend, most) as plain:
                    beside = asyncio.run(_by_plain_page(plan, numbers, plain, tell))
                for each, other in zip(found["load"], beside, strict=True):
                    each["plain_page"] = other
        if "refused" in plan.parts:
            small = {"SERVER__CONCURRENCY": str(_AT_ONCE), "SERVER__QUEUE": str(_WAITING)}
            with page_server(home, backend, small, log.fileno()) as server:
                found["refused"] = asyncio.run(_too_many(plan, numbers, (server, backend), tell))
        if "left" in plan.parts:
            found["left"] = _left(home, plan, numbers, log.fileno(), tell)
        log.seek(0)
        found["said_on_stderr"] = log.read()[-2000:]
    if "start" in plan.parts:
        found["start"] = starting(home, plan.rounds, tell)
    found["busy_after"] = round(os.getloadavg()[0], 2)
    return found


def _backend(plan: Plan) -> contextlib.AbstractContextManager[Process]:
    return paced_backend(
        first_token_s=plan.first_token_s, tokens_per_s=plan.tokens_per_s, tokens=plan.tokens
    )


async def _setting(plan: Plan, processes: tuple[Process, Process], tell: Progress) -> load.Setting:
    server, backend = processes
    page = await read_page(server.port, "")
    return load.Setting(page, server, backend, plan.tokens, tell)


async def _at_length(
    home: Path, plan: Plan, numbers: Iterator[int], setting: load.Setting
) -> dict[str, Any]:
    found: dict[str, Any] = {"warm": await _warm(setting, numbers)}
    settings = _settings(home, setting.backend)
    if "overhead" in plan.parts:
        found["overhead"] = await overhead(setting, settings, plan.rounds)
    if "load" in plan.parts:
        found["load"] = []
        for count in plan.chats:
            library = await by_library(settings, _take(numbers, count), plan.over_s)
            chats = await load.together(setting, _take(numbers, count), plan.over_s)
            found["load"].append(chats | {"library": library})
    if plan.soak_s:
        first = _take(numbers, plan.soak_s)[0]
        found["soak"] = await load.soak(setting, plan.soak_s, first)
    return found


async def _by_plain_page(
    plan: Plan, numbers: Iterator[int], server: Process, tell: Progress
) -> list[dict[str, Any]]:
    await by_plain_page(server, _take(numbers, _WARM), 0.0, plan.tokens)
    found = []
    for count in plan.chats:
        tell("through a plain page", 0, count)
        chats = _take(numbers, count)
        found.append(await by_plain_page(server, chats, plan.over_s, plan.tokens))
    return found


def _left(
    home: Path, plan: Plan, numbers: Iterator[int], log: int, tell: Progress
) -> dict[str, Any]:
    """With a backend so slow that nobody's answer ends while the page is busy with all of them."""
    count = min(_LEAVING, max(plan.chats))
    allowed = {"SERVER__CONCURRENCY": str(count), "SERVER__QUEUE": str(4 * count)}
    slowly = paced_backend(first_token_s=plan.first_token_s, tokens_per_s=_SLOW, tokens=plan.tokens)
    with slowly as slow, page_server(home, slow, allowed, log) as server:

        async def leave() -> dict[str, Any]:
            setting = await _setting(plan, (server, slow), tell)
            # Those who leave at first show what is loaded and kept open at first use.
            await load.left(setting, _take(numbers, _WARM))
            return await load.left(setting, _take(numbers, count))

        return asyncio.run(leave())


async def _too_many(
    plan: Plan, numbers: Iterator[int], processes: tuple[Process, Process], tell: Progress
) -> dict[str, Any]:
    setting = await _setting(plan, processes, tell)
    await _warm(setting, numbers)
    asked = _take(numbers, _AT_ONCE + _WAITING + 200)
    found = await load.refused(setting, asked, next(numbers))
    return {"at_once": _AT_ONCE, "may_wait": _WAITING, **found}


async def _warm(setting: load.Setting, numbers: Iterator[int]) -> dict[str, float]:
    """Some questions before anything is measured: what is loaded at first use is loaded then."""
    visitors = await load.opened(setting, _WARM)
    try:
        said = [await each.ask(next(numbers)) for each in visitors]
    finally:
        await load.closed(visitors)
    if not all(each.parts for each in said):
        raise ConfigError("The page does not answer.", "See: counterpoint doctor.")
    return {"first_total_s": round(said[0].total_s, 2), "last_total_s": round(said[-1].total_s, 2)}


def _settings(home: Path, backend: Process) -> Settings:
    given: Mapping[str, str] = {
        "COUNTERPOINT_BASE_URLS__PACED": f"http://127.0.0.1:{backend.port}/v1",
        "COUNTERPOINT_DEFAULT_BACKEND": BACKEND,
    }
    return load_settings(home, given)


def _numbers() -> Iterator[int]:
    """Numbers of chats; none comes twice, so that no answer can be taken for another."""
    yield from range(1, 500_000)


def _take(numbers: Iterator[int], count: int) -> list[int]:
    return [next(numbers) for _ in range(count)]
