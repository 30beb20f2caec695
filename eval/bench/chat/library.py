"""The same questions through the backend's adapter alone: no page, no search, no check.

What the vendor's SDK and LangChain take for each token is the least that any program over them
takes; how the times grow with it says what is left for the program to save.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Any, Final

from assistant.backends.base import Backend, BackendRequest, Message
from assistant.backends.catalogue import load_catalogue
from assistant.backends.registry import open_backend
from assistant.evidence import Evidence
from assistant.settings import Settings
from eval.bench.chat.load import spread
from eval.bench.chat.program import BACKEND
from eval.bench.chat.script import question_of
from index.hash_embedder import HashEmbedder

_WARM: Final = 0


async def by_library(settings: Settings, chats: Sequence[int], over_s: float) -> dict[str, Any]:
    """Ask in this process, begun within ``over_s`` seconds.

    Returns:
        Whole times and processor time a chat, in seconds.
    """
    entries = {entry.id: entry for entry in load_catalogue(settings.home)}
    backend = open_backend(entries[BACKEND], settings, HashEmbedder)
    await _ask(backend, _WARM)

    async def one(place: int, chat: int) -> float:
        await asyncio.sleep(over_s * place / len(chats))
        began_s = time.monotonic()
        await _ask(backend, chat)
        return time.monotonic() - began_s

    before_s = time.process_time()
    times_s = await asyncio.gather(*(one(place, chat) for place, chat in enumerate(chats)))
    taken_s = time.process_time() - before_s
    return {"total_s": spread(times_s), "cpu_s_per_chat": round(taken_s / len(chats), 3)}


async def _ask(backend: Backend, chat: int) -> None:
    question = question_of(chat)
    request = BackendRequest(
        messages=(Message("user", question),),
        evidence=Evidence(question, question, (), (), answerable=True, retrieval_s=0.0),
        max_output_tokens=backend.entry.max_output_tokens,
        context_window_tokens=backend.entry.context_window_tokens,
        prompt_tokens_estimate=20,
    )
    async for _ in backend.stream(request):
        pass
