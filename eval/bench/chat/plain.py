"""The same questions through the shortest page that the framework's guide shows: the alternative.

It has no search, no check and no receipt; each token is an update. One event is raised for a
question where a browser raises six, so its figures flatter it.
"""

import asyncio
import contextlib
import json
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from typing import Any, Final

from eval.bench.chat import wire
from eval.bench.chat.load import spread
from eval.bench.chat.program import Process, listening
from eval.bench.chat.script import is_answer, question_of

PAGE: Final = """
import socket
import fastapi, gradio, uvicorn
from langchain_openai import ChatOpenAI

model = ChatOpenAI(model="paced-1", base_url="http://127.0.0.1:{backend}/v1", api_key="none")

async def answer(message, history):
    said = ""
    async for chunk in model.astream(message):
        said += chunk.text
        yield said

page = gradio.ChatInterface(answer, concurrency_limit={concurrency}, api_name="answer")
page.queue(max_size=None, default_concurrency_limit={concurrency})
app = gradio.mount_gradio_app(fastapi.FastAPI(), page, path="")
listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
print(listener.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="critical")).run(sockets=[listener])
"""
"""The program of the page; its own process alone imports what it is made of."""
_ASK: Final = "answer"


@contextlib.contextmanager
def plain_page(backend: Process, concurrency: int) -> Iterator[Process]:
    """The page in a process of its own until the context ends.

    Raises:
        ConfigError: it does not come up.
    """
    given = PAGE.format(backend=backend.port, concurrency=concurrency)
    with listening([sys.executable, "-W", "ignore", "-c", given], "plain page") as process:
        yield process


async def by_plain_page(
    server: Process, chats: Sequence[int], over_s: float, tokens: int
) -> dict[str, Any]:
    """Ask through the page, begun within ``over_s`` seconds.

    Returns:
        How many were right, times in seconds, memory, processor time a chat.
    """
    config = (await wire.request(server.port, "GET", "/config")).json()
    numbers = [each["id"] for each in config["dependencies"] if each["api_name"] == _ASK]
    before = server.holding()

    async def one(place: int, chat: int) -> tuple[bool, float, float]:
        await asyncio.sleep(over_s * place / len(chats))
        began_s = time.monotonic()
        text, first_s = await _asked(server.port, numbers[0], question_of(chat))
        ended_s = time.monotonic()
        return is_answer(text, chat, tokens), first_s - began_s, ended_s - began_s

    found = await asyncio.gather(*(one(place, chat) for place, chat in enumerate(chats)))
    after = server.holding()
    return {
        "right": sum(is_right for is_right, _, _ in found),
        "first_words_s": spread([first_s for _, first_s, _ in found]),
        "total_s": spread([total_s for _, _, total_s in found]),
        "cpu_s_per_chat": round((after.cpu_s - before.cpu_s) / len(chats), 3),
        "memory_mb": after.memory_mb,
    }


async def _asked(port: int, number: int, question: str) -> tuple[str, float]:
    """The answer, and when its first words came."""
    session = uuid.uuid4().hex[:12]
    body = {"data": [question, None], "fn_index": number, "session_hash": session}
    await wire.request(port, "POST", "/gradio_api/queue/join", body=body)
    path = f"/gradio_api/queue/data?session_hash={session}"
    said, first_s = "", 0.0
    async with contextlib.aclosing(wire.events(port, "GET", path)) as stream:
        async for came_s, data in stream:
            if b'"msg":"process_generating"' in data[:200]:
                first_s = first_s or came_s
            if b'"msg":"process_completed"' in data[:200]:
                output = json.loads(data)["output"]
                said = str((output.get("data") or [""])[0])
                first_s = first_s or came_s
                break
    return said, first_s
