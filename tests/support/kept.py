"""Conversations that were kept, without a page."""

import asyncio
import threading
import time
from typing import Any

from assistant.conversations import ConversationStore, Place, open_store, recorded
from tests.support.scripted_assistant import ScriptedAssistant


async def keep(assistant: ScriptedAssistant, owner: str, question: str, *, ago_s: float = 0) -> str:
    """Ask the built-in reader in a conversation of its own; returns the conversation's id.

    Args:
        assistant: who answers.
        owner: whose conversation it is.
        question: what is asked.
        ago_s: how long ago, in seconds.
    """
    database = open_store(assistant.settings).database
    store = ConversationStore(database, clock=lambda: time.time() - ago_s)
    made = store.create(owner)
    entry = assistant.entry("reader")
    events: Any = assistant.ask_sides(question, [], [entry.id], [asyncio.Event()])
    async for _ in recorded(events, store, Place(owner, made, 1), question, [entry]):
        pass
    return made


def keep_now(
    assistant: ScriptedAssistant, owner: str, *questions: str, ago_s: float = 0
) -> list[str]:
    """``keep`` for tests without a loop of their own; Playwright has one running."""
    made: list[str] = []

    async def all_of_them() -> None:
        for question in questions:
            made.append(await keep(assistant, owner, question, ago_s=ago_s))

    thread = threading.Thread(target=lambda: asyncio.run(all_of_them()))
    thread.start()
    thread.join()
    return made


def name_only(assistant: ScriptedAssistant, owner: str, titles: list[str]) -> None:
    """Conversations of one question that never got an answer: quickly made."""
    store = open_store(assistant.settings)
    for title in titles:
        store.start_turn(owner, store.create(owner), 1, title)
