"""A backend at a stated speed for many chats at once, in a process of its own.

``python -m eval.bench.chat.paced`` listens on loopback, prints its port, and speaks OpenAI's chat
completions. ``GET /seen`` says what it has been asked. It ends with its standard input.

One clock serves all streams: a timer for each token of each of them would take as much processor
as what is measured.
"""

import argparse
import asyncio
import contextlib
import heapq
import json
import sys
import time
from dataclasses import dataclass, field
from typing import Any, Final, cast

from eval.bench.chat.script import chat_in, pieces_of

_TICK_S: Final = 0.002
_HEAD: Final = "HTTP/1.1 {status} -\r\nContent-Type: {kind}\r\nConnection: close\r\n{more}\r\n"
_MOST_BYTES: Final = 8 * 2**20


@dataclass(slots=True)
class Seen:
    """What came of the requests.

    Attributes:
        asked: how many came.
        finished: how many answers were sent to their end.
        left: how many were closed before.
        running: how many are being sent.
        own_s: from a request to the end of its answer, by chat.
        arrived_s: when the request of a chat came, on the monotonic clock.
        last_messages: what the latest request asked.
    """

    asked: int = 0
    finished: int = 0
    left: int = 0
    running: int = 0
    own_s: dict[int, float] = field(default_factory=dict)
    arrived_s: dict[int, float] = field(default_factory=dict)
    last_messages: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """As ``GET /seen`` gives it."""
        return {
            "asked": self.asked,
            "finished": self.finished,
            "left": self.left,
            "running": self.running,
            "own_s": {str(chat): took for chat, took in self.own_s.items()},
            "arrived_s": {str(chat): at for chat, at in self.arrived_s.items()},
            "last_messages": self.last_messages,
        }


class _Pace:
    """Sends each stream's next piece when it is due."""

    def __init__(self, first_token_s: float, tokens_per_s: float, tokens: int) -> None:
        self.first_token_s = first_token_s
        self.tokens_per_s = tokens_per_s
        self.tokens = tokens
        self.seen = Seen()
        self._due: list[tuple[float, int, _Caller]] = []
        self._count = 0

    def add(self, caller: "_Caller", due_s: float) -> None:
        self._count += 1
        heapq.heappush(self._due, (due_s, self._count, caller))

    async def run(self) -> None:
        while True:
            now_s = time.monotonic()
            while self._due and self._due[0][0] <= now_s:
                due_s, _, caller = heapq.heappop(self._due)
                if caller.send_next():
                    self.add(caller, due_s + 1 / self.tokens_per_s)
            await asyncio.sleep(_TICK_S)


class _Caller(asyncio.Protocol):
    """One connection: one request, one answer."""

    def __init__(self, pace: _Pace) -> None:
        self._pace = pace
        self._got = bytearray()
        self._pieces: list[str] = []
        self._at = 0
        self._chat = 0
        self._began_s = 0.0
        self._is_running = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, gap, body = bytes(self._got).partition(b"\r\n\r\n")
        if len(self._got) > _MOST_BYTES:
            self._transport.close()
        if not gap:
            return
        if head.startswith(b"GET /seen "):
            self._say(200, json.dumps(self._pace.seen.as_json()))
        elif not head.startswith(b"POST /v1/chat/completions "):
            self._say(404, "{}")
        elif len(body) >= _length(head):
            self._got.clear()
            self._begin(body)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if self._is_running:
            self._is_running = False
            self._pace.seen.running -= 1
            self._pace.seen.left += 1

    def send_next(self) -> bool:
        """Send a piece; whether there is another."""
        if not self._is_running:
            return False
        if self._at < len(self._pieces):
            piece = self._pieces[self._at]
            self._at += 1
            self._event([{"index": 0, "delta": {"content": piece}, "finish_reason": None}])
            return True
        self._end()
        return False

    def _begin(self, body: bytes) -> None:
        messages = json.loads(body)["messages"]
        self._chat = chat_in(str(messages[-1]["content"])) or 0
        self._began_s = time.monotonic()
        self._pieces = pieces_of(self._chat, self._pace.tokens)
        self._is_running = True
        seen = self._pace.seen
        seen.asked += 1
        seen.running += 1
        seen.arrived_s[self._chat] = self._began_s
        seen.last_messages = messages
        self._head(200, "text/event-stream")
        self._pace.add(self, self._began_s + self._pace.first_token_s)

    def _end(self) -> None:
        written = len(self._pieces)
        self._event([{"index": 0, "delta": {}, "finish_reason": "stop"}])
        usage = {"prompt_tokens": 900, "completion_tokens": written, "total_tokens": 900 + written}
        self._event([], usage=usage)
        self._transport.write(b"data: [DONE]\n\n")
        self._is_running = False
        seen = self._pace.seen
        seen.running -= 1
        seen.finished += 1
        seen.own_s[self._chat] = time.monotonic() - self._began_s
        self._transport.close()

    def _event(self, choices: list[dict[str, Any]], **more: Any) -> None:
        frame = {
            "id": "paced",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": "paced-1",
            "choices": choices,
            **more,
        }
        self._transport.write(b"data: " + json.dumps(frame).encode() + b"\n\n")

    def _say(self, status: int, body: str) -> None:
        self._head(status, "application/json", f"Content-Length: {len(body)}\r\n")
        self._transport.write(body.encode())
        self._transport.close()

    def _head(self, status: int, kind: str, more: str = "") -> None:
        self._transport.write(_HEAD.format(status=status, kind=kind, more=more).encode())


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0


async def serve(first_token_s: float, tokens_per_s: float, tokens: int) -> None:
    """Listen until standard input ends."""
    loop = asyncio.get_running_loop()
    pace = _Pace(first_token_s, tokens_per_s, tokens)
    server = await loop.create_server(lambda: _Caller(pace), "127.0.0.1", 0, backlog=2048)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    running = asyncio.create_task(pace.run())
    await asyncio.to_thread(sys.stdin.read)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    server.close()


def main() -> None:
    """Serve as the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first-token-s", type=float, default=0.2)
    parser.add_argument("--tokens-per-s", type=float, default=50.0)
    parser.add_argument("--tokens", type=int, default=200)
    given = parser.parse_args()
    asyncio.run(serve(given.first_token_s, given.tokens_per_s, given.tokens))


if __name__ == "__main__":
    main()
