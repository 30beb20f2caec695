"""The first words and the pace of one answer: page, command line, and the backend asked alone.

All three meet the same machine in the same rounds, in turn, and put the same prompt to the same
backend.
"""

import asyncio
import json
import statistics
import time
from collections.abc import Sequence
from typing import Any

from assistant.settings import Settings
from assistant.turns import Finished, Retrieved, Token
from assistant.wiring import open_assistant
from eval.bench.chat import load, wire
from eval.bench.chat.program import BACKEND, seen_by
from eval.bench.chat.script import MARK, mark_of, pieces_of, question_of
from eval.bench.chat.visitor import Visitor, shown


async def overhead(setting: load.Setting, settings: Settings, rounds: int) -> dict[str, Any]:
    """Measure so many rounds after one to warm up.

    Args:
        setting: what is measured.
        settings: those of a process of this kind over the same home, for the command line's way.
        rounds: how many.

    Returns:
        Medians: first words in milliseconds, tokens a second.
    """
    assistant = open_assistant(settings)
    # A page has done this before it is asked; a command would show its own start instead.
    await asyncio.to_thread(assistant.load)
    visitor = Visitor(setting.page, BACKEND)
    await visitor.open()
    took: dict[str, list[float]] = {}
    try:
        for turn in range(rounds + 1):
            setting.tell("one answer", turn, rounds + 1)
            chat = 500_000 + 10 * turn
            found = {
                **await _by_page(setting, visitor, chat),
                **await _by_command(setting, assistant, chat + 1),
                **await _alone(setting, chat + 2),
            }
            if turn:
                for name, value in found.items():
                    took.setdefault(name, []).append(value)
            # Another conversation, so that no prompt grows.
            await visitor.close()
            visitor = Visitor(setting.page, BACKEND)
            await visitor.open()
    finally:
        await visitor.close()
    middle = {name: statistics.median(values) for name, values in took.items()}
    return {
        "rounds": rounds,
        **{name: round(value, 2) for name, value in middle.items()},
        "page_over_alone_ms": round(middle["page_first_ms"] - middle["alone_first_ms"], 1),
        "command_over_alone_ms": round(middle["command_first_ms"] - middle["alone_first_ms"], 1),
        "page_over_retrieval_ms": round(
            middle["page_first_ms"] - middle["alone_first_ms"] - middle["retrieval_ms"], 1
        ),
        "command_over_retrieval_ms": round(
            middle["command_first_ms"] - middle["alone_first_ms"] - middle["retrieval_ms"], 1
        ),
    }


async def _by_page(setting: load.Setting, visitor: Visitor, chat: int) -> dict[str, float]:
    said = await visitor.ask(chat)
    view = shown(said, setting.page)
    if view.first_s is None or view.last_s is None:
        return {}
    arrived_s = seen_by(setting.backend)["arrived_s"][str(chat)] - said.sent_s
    return {
        "page_first_ms": 1000 * view.first_s,
        "page_until_asked_ms": 1000 * arrived_s,
        "page_tokens_per_s": _count(setting, chat) / (view.last_s - view.first_s),
        "page_after_last_word_ms": 1000 * (said.total_s - view.last_s),
    }


async def _by_command(setting: load.Setting, assistant: Any, chat: int) -> dict[str, float]:
    began_s = time.monotonic()
    times: list[float] = []
    found: dict[str, float] = {}
    async for event in assistant.ask(question_of(chat), [], BACKEND, asyncio.Event()):
        now_s = time.monotonic() - began_s
        if isinstance(event, Retrieved):
            found["retrieval_ms"] = 1000 * now_s
        elif isinstance(event, Token):
            times.append(now_s)
        elif isinstance(event, Finished):
            found["command_after_last_word_ms"] = 1000 * (now_s - times[-1])
    return found | {
        "command_first_ms": 1000 * times[0],
        "command_tokens_per_s": _count(setting, chat) / (times[-1] - times[0]),
    }


async def _alone(setting: load.Setting, chat: int) -> dict[str, float]:
    """The prompt that the program sent last, put by nobody but this process."""
    sent = json.dumps(seen_by(setting.backend)["last_messages"])
    messages = json.loads(MARK.sub(mark_of(chat), sent))
    body = {"stream": True, "messages": messages}
    began_s = time.monotonic()
    stream = wire.events(setting.backend.port, "POST", "/v1/chat/completions", body=body)
    times = [came_s - began_s async for came_s, data in stream if b'"content"' in data]
    return {
        "alone_first_ms": 1000 * times[0],
        "alone_tokens_per_s": _count(setting, chat) / (times[-1] - times[0]),
    }


def _count(setting: load.Setting, chat: int) -> int:
    """Tokens after the first one."""
    return len(pieces_of(chat, setting.tokens)) - 1


def aims(found: dict[str, Any], times: Sequence[str] = ("page", "command")) -> dict[str, bool]:
    """Whether the first words come within retrieval and 30 ms of the backend's own."""
    return {name: found[f"{name}_over_retrieval_ms"] <= 30 for name in times}
