"""The server: OpenAI's chat completions on a loopback socket, streamed at a stated speed."""

import asyncio
import contextlib
import json
import threading
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from corpus.errors import ConfigError
from eval.stand_in.rule import answer, tokens_of

MODEL: Final = "stand-in-1"
_HOST: Final = "127.0.0.1"
_MAX_BODY_BYTES: Final = 8 * 2**20
_PATH: Final = "/v1/chat/completions"


class _Message(BaseModel):
    model_config = ConfigDict(extra="ignore")

    role: str
    content: str


class _Request(BaseModel):
    """What is read of a request; the rest (temperature, the model's name) changes nothing."""

    model_config = ConfigDict(extra="ignore")

    messages: list[_Message] = Field(min_length=1)
    max_tokens: int = Field(default=1024, ge=1)
    stream: bool = False


class _BadRequest(Exception):
    """The request is not one that is taken."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True)
class _Reply:
    """What is answered, in pieces, with its counts."""

    pieces: Sequence[str]
    input_tokens: int
    stop: str

    @property
    def usage(self) -> dict[str, int]:
        written = len(self.pieces)
        return {
            "prompt_tokens": self.input_tokens,
            "completion_tokens": written,
            "total_tokens": self.input_tokens + written,
        }


@dataclass
class Server:
    """Runs in a thread of its own while its context is open.

    Attributes:
        first_token_s: from a request to the first piece of its answer, in seconds.
        tokens_per_s: pieces a second after that.
        port: where it listens; 0 takes a free one. A taken one is replaced by a free one.
    """

    first_token_s: float
    tokens_per_s: float
    port: int = 0
    _callers: set[asyncio.Task[None]] = field(default_factory=set)

    def __enter__(self) -> "Server":
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="stand-in", daemon=True)
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._open(), self._loop).result()
        except OSError as exc:
            self._end()
            raise ConfigError(
                "The stand-in cannot listen on this machine.", "Allow it a port on 127.0.0.1."
            ) from exc
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._end()

    async def _open(self) -> None:
        try:
            self._server = await asyncio.start_server(self._serve, _HOST, self.port)
        except OSError:
            self._server = await asyncio.start_server(self._serve, _HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        self._server.close()
        for caller in self._callers:
            caller.cancel()
        await asyncio.gather(*self._callers, return_exceptions=True)

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._callers.add(task)
            task.add_done_callback(self._callers.discard)
        # Whoever went away needs no answer.
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            try:
                await self._answer(reader, writer)
            finally:
                writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived_s = self._loop.time()
        try:
            request = await _read(reader)
        except _BadRequest as exc:
            error = {"error": {"message": exc.code, "type": "invalid_request", "code": exc.code}}
            await _send_json(writer, exc.status, error)
            return
        reply = _reply(request)
        if not request.stream:
            await asyncio.sleep(self.first_token_s + len(reply.pieces) / self.tokens_per_s)
            await _send_json(writer, 200, _whole(reply))
            return
        _head(writer, 200, "text/event-stream")
        async for event in self._paced(reply, arrived_s):
            writer.write(f"data: {event}\n\n".encode())
            await writer.drain()

    async def _paced(self, reply: _Reply, arrived_s: float) -> AsyncIterator[str]:
        """The events, each not before its time; what was late is not made later by the next."""
        for at, piece in enumerate(reply.pieces):
            due_s = arrived_s + self.first_token_s + at / self.tokens_per_s
            await asyncio.sleep(max(0.0, due_s - self._loop.time()))
            yield _event({"delta": {"role": "assistant", "content": piece}})
        yield _event({"delta": {}, "finish_reason": reply.stop})
        yield json.dumps({**_frame("chat.completion.chunk"), "choices": [], "usage": reply.usage})
        yield "[DONE]"


async def _read(reader: asyncio.StreamReader) -> _Request:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.LimitOverrunError as exc:
        raise _BadRequest(431, "headers_too_long") from exc
    first, *lines = head.split("\r\n")
    method, _, rest = first.partition(" ")
    if (method, rest.partition(" ")[0]) != ("POST", _PATH):
        raise _BadRequest(404, "not_found")
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in lines)
    }
    length = headers.get("content-length", "")
    if not length.isdecimal() or int(length) > _MAX_BODY_BYTES:
        raise _BadRequest(413, "request_too_large")
    try:
        return _Request.model_validate_json(await reader.readexactly(int(length)))
    except ValidationError as exc:
        raise _BadRequest(400, "invalid_request") from exc


def _reply(request: _Request) -> _Reply:
    pieces = tokens_of(answer([message.model_dump() for message in request.messages]))
    return _Reply(
        pieces=pieces[: request.max_tokens],
        input_tokens=sum(len(tokens_of(message.content)) for message in request.messages),
        stop="length" if len(pieces) > request.max_tokens else "stop",
    )


def _frame(kind: str) -> dict[str, Any]:
    return {"id": "stand-in", "object": kind, "created": 0, "model": MODEL}


def _event(choice: dict[str, Any]) -> str:
    choice = {"index": 0, "finish_reason": None, **choice}
    return json.dumps({**_frame("chat.completion.chunk"), "choices": [choice]})


def _whole(reply: _Reply) -> dict[str, Any]:
    message = {"role": "assistant", "content": "".join(reply.pieces)}
    choice = {"index": 0, "message": message, "finish_reason": reply.stop}
    return {**_frame("chat.completion"), "choices": [choice], "usage": reply.usage}


async def _send_json(writer: asyncio.StreamWriter, status: int, content: dict[str, Any]) -> None:
    body = json.dumps(content).encode()
    _head(writer, status, "application/json", length=len(body))
    writer.write(body)
    await writer.drain()


def _head(
    writer: asyncio.StreamWriter, status: int, media_type: str, *, length: int | None = None
) -> None:
    """A stream has no length: it ends when the connection does."""
    lines = [f"HTTP/1.1 {status} -", f"Content-Type: {media_type}", "Connection: close"]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n")
