"""A loopback server that plays judges of different quality, over OpenAI's chat completions."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Messages = list[dict[str, str]]
Player = Callable[[Messages], str]


@dataclass
class JudgeServer:
    """What was asked, and who plays.

    Attributes:
        player: gives the reply to the messages.
        asked: the messages of each request.
        port: where it listens.
    """

    player: Player
    asked: list[Messages] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        """Its address, as an adapter wants it."""
        return f"http://127.0.0.1:{self.port}/v1"


@contextmanager
def judge_server(player: Player) -> Iterator[JudgeServer]:
    """A server that listens until the context ends."""
    judge = JudgeServer(player)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(judge))
    judge.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield judge
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(judge: JudgeServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            judge.asked.append(body["messages"])
            said = judge.player(body["messages"])
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            for event in _events(said):
                self.wfile.write(f"data: {event}\n\n".encode())

        def log_message(self, *_: Any) -> None:
            return

    return Handler


def _events(said: str) -> Iterator[str]:
    frame = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "judge-1"}
    for delta, stop in (({"role": "assistant", "content": said}, None), ({}, "stop")):
        choice = {"index": 0, "delta": delta, "finish_reason": stop}
        yield json.dumps({**frame, "choices": [choice]})
    usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
    yield json.dumps({**frame, "choices": [], "usage": usage})
    yield "[DONE]"


def verdict(winner: str) -> str:
    """A reply that keeps to the schema."""
    return json.dumps({"reason": "It holds the fact.", "winner": winner})


def part(messages: Messages, tag: str) -> str:
    """What stands in a part of the prompt: ``reference``, ``answer name="A"`` ..."""
    name = tag.partition(" ")[0]
    found = re.search(rf"<{tag}>\n(.*?)\n</{name}>", messages[1]["content"], re.DOTALL)
    assert found is not None
    return found[1]


def consistent(messages: Messages) -> str:
    """Prefers the answer that has the reference's figure, wherever it stands."""
    figure = max(re.findall(r"\d+", part(messages, "reference")), key=len)
    a, b = (figure in part(messages, f'answer name="{letter}"') for letter in "AB")
    return verdict("tie" if a == b else "A" if a else "B")


def biased(messages: Messages) -> str:
    """Prefers whatever stands first."""
    return verdict("A")


def gullible(messages: Messages) -> str:
    """A good judge, until an answer speaks to it: that one wins."""
    for letter in "AB":
        if re.search(r"score 10|the judge|SYSTEM:", part(messages, f'answer name="{letter}"')):
            return verdict(letter)
    return consistent(messages)


def talkative(messages: Messages) -> str:
    """Never keeps to the schema."""
    return "I would say that A is better."


def repaired(messages: Messages) -> str:
    """Keeps to the schema only when it is told a second time."""
    return talkative(messages) if len(messages) == 2 else consistent(messages)
