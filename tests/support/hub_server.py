"""A model hub and an Ollama on loopback: small, real sockets, and broken as they are told."""

import asyncio
import contextlib
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

HUB_PATH = "/owner/Toy-GGUF/resolve/main/toy.gguf"
STORE_PATH = "/store/abc"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: its path, its headers with names in lower case, its body."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class LoopbackServer:
    """Answers each request on a connection of its own; use it as an async context manager."""

    asked: list[Asked] = field(default_factory=list)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        # One more turn of the loop, in which the sockets of aborted connections are closed.
        await asyncio.sleep(0)
        await self._server.wait_closed()

    async def answer(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        """Write the whole reply, head and body."""
        raise NotImplementedError

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        children: list[asyncio.Task[None] | asyncio.Task[bytes]] = []
        try:
            # A task that ends cancelled would be reported as an error of the server's.
            with contextlib.suppress(
                ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError
            ):
                asked = await _read(reader)
                self.asked.append(asked)
                replying = asyncio.create_task(self.answer(asked, writer))
                children = [replying, asyncio.create_task(reader.read(1))]
                await asyncio.wait(children, return_when=asyncio.FIRST_COMPLETED)
                if not replying.done():
                    self.left.set()
                for child in children:
                    child.cancel()
                await asyncio.gather(*children, return_exceptions=True)
                writer.close()
                await writer.wait_closed()
        finally:
            for child in children:
                child.cancel()
            writer.transport.abort()


@dataclass
class HubServer(LoopbackServer):
    """A hub that has one file.

    Attributes:
        content: the file.
        checksum: what it says the checksum is; "right", "none", or the text itself.
        redirect: whether the hub points to a store for the bytes, as the real one does.
        location: where it points, instead of its own store.
        ranges: whether parts are served.
        drops: for each reply with bytes, after how many it cuts the connection; then no more.
        hang_after: after so many bytes it falls silent.
        status: an error instead of the file.
        damage: whether one byte is altered on the way.
        etag: the store's name for this version.
    """

    content: bytes = b""
    checksum: str = "right"
    redirect: bool = True
    location: str = ""
    ranges: bool = True
    drops: list[int] = field(default_factory=list)
    hang_after: int | None = None
    status: str = ""
    damage: bool = False
    etag: str = '"store-1"'

    @property
    def ranges_asked(self) -> list[str]:
        """The ``Range`` headers that came, in order."""
        return [a.headers["range"] for a in self.asked if "range" in a.headers]

    async def answer(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        """Point to the store, or send the file or a part of it."""
        said = hashlib.sha256(self.content).hexdigest() if self.checksum == "right" else ""
        said = said or (self.checksum if self.checksum != "none" else "")
        linked = [f"X-Linked-Size: {len(self.content)}"]
        linked += [f'X-Linked-Etag: "{said}"'] if said else []
        if self.status:
            await _head(writer, self.status, ["Content-Length: 0"])
        elif asked.path == HUB_PATH and self.redirect:
            to = self.location or self.url + STORE_PATH
            await _head(writer, "302 Found", [*linked, f"Location: {to}", "Content-Length: 0"])
        else:
            await self._send(asked, writer, [] if self.redirect else linked)

    async def _send(self, asked: Asked, writer: asyncio.StreamWriter, more: Sequence[str]) -> None:
        size, start = len(self.content), self._start(asked)
        if start > 0 and start >= size:
            head = [f"Content-Range: bytes */{size}", "Content-Length: 0"]
            await _head(writer, "416 Range Not Satisfiable", head)
            return
        body = bytearray(self.content[start:])
        if self.damage:
            body[-1] ^= 1
        head = [*more, f"ETag: {self.etag}", f"Content-Length: {len(body)}"]
        if start:
            head.append(f"Content-Range: bytes {start}-{size - 1}/{size}")
        await _head(writer, "206 Partial Content" if start else "200 OK", head)
        if self.drops:
            writer.write(bytes(body[: self.drops.pop(0)]))
            await writer.drain()
            return
        if self.hang_after is not None:
            writer.write(bytes(body[: self.hang_after]))
            await writer.drain()
            await asyncio.Event().wait()
        writer.write(bytes(body))
        await writer.drain()

    def _start(self, asked: Asked) -> int:
        wanted = asked.headers.get("range", "")
        if not wanted or not self.ranges or asked.headers.get("if-range", self.etag) != self.etag:
            return 0
        return int(wanted.removeprefix("bytes=").removesuffix("-"))


@dataclass
class OllamaServer(LoopbackServer):
    """An Ollama that has some models and pulls others.

    Attributes:
        tags: the models that are here.
        lines: what a pull says, one object a line.
        hang: whether a pull then falls silent instead of ending.
        status: an error instead.
        page: a web page instead, as another service would send.
    """

    tags: tuple[str, ...] = ()
    lines: tuple[dict[str, object], ...] = ()
    hang: bool = False
    status: str = ""
    page: bytes = b""

    async def answer(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        """List the models, or pull one."""
        if self.status:
            body = b'{"error": "<script>boom</script>"}'
            await _head(writer, self.status, [f"Content-Length: {len(body)}"])
            writer.write(body)
        elif self.page:
            await _head(writer, "200 OK", [f"Content-Length: {len(self.page)}"])
            writer.write(self.page)
        elif asked.path == "/api/tags":
            body = json.dumps({"models": [{"model": tag} for tag in self.tags]}).encode()
            await _head(writer, "200 OK", [f"Content-Length: {len(body)}"])
            writer.write(body)
        else:
            await _head(writer, "200 OK", ["Content-Type: application/x-ndjson"])
            for line in self.lines:
                writer.write(json.dumps(line).encode() + b"\n")
                await writer.drain()
            if self.hang:
                await asyncio.Event().wait()
        await writer.drain()


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = dict(line.split(": ", 1) for line in head[1:] if line)
    headers = {name.lower(): value for name, value in headers.items()}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Asked(head[0].split(" ")[1], headers, body)


async def _head(writer: asyncio.StreamWriter, status: str, headers: Sequence[str]) -> None:
    lines = [f"HTTP/1.1 {status}", *headers, "Connection: close", "", ""]
    writer.write("\r\n".join(lines).encode())
    await writer.drain()
