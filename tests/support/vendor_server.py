"""A loopback server that speaks the vendors' formats and fails as it is told.

For tests, and to see the page with a "proprietary" side without any vendor:
``python -m tests.support.vendor_server --port 0`` prints the settings to use.
"""

import argparse
import asyncio
import contextlib
import json
import re
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal

from tests.support.wires import (
    Counts,
    Reply,
    WireName,
    content_type,
    recut,
    write_error,
    write_error_event,
    write_reply,
)

HTML = b"<!doctype html><html><body><h1>502 Bad Gateway</h1><script>x()</script></body></html>"
_SUFFIX = {"anthropic": "", "google": "", "ollama": ""}
_PATHS: tuple[tuple[str, WireName], ...] = (
    ("/api/", "ollama"),
    ("/v1beta/", "google"),
    ("/v1/messages", "anthropic"),
    ("/chat/completions", "openai"),
)


USUAL = Reply(("Phi-3 ", "is made ", "by Microsoft ", "[1]."))


@dataclass(frozen=True, slots=True)
class Script:
    """What the server does with one request.

    Attributes:
        reply: the reply; None answers with a sentence of the first passage in the prompt.
        fault: an error of the wire instead of a reply (see ``wires``).
        headers: further headers, as ``retry-after``.
        echo: whether an error repeats the caller's key.
        html: answer with a web page, with ``html_status``.
        hang: never send headers.
        stall_after, drop_after, end_after, error_after: after so many deltas fall silent, cut the
            connection, end without the end marker, or send an error event.
        bytes_at_once: cut the stream into pieces of this size.
        cuts: cut the stream after these bytes instead.
        break_at: after so many bytes ``break_by`` cutting the connection, closing it, or ending the
            reply as if it were whole.
        crlf: end lines as Windows does.
        tokens_per_s: speed; None is at once.
    """

    reply: Reply | None = USUAL
    fault: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    echo: bool = False
    html: bool = False
    html_status: int = 502
    hang: bool = False
    stall_after: int | None = None
    drop_after: int | None = None
    end_after: int | None = None
    error_after: int | None = None
    error_fault: str = "busy"
    bytes_at_once: int | None = None
    cuts: tuple[int, ...] = ()
    break_at: int | None = None
    break_by: Literal["cutting", "closing", "ending"] = "cutting"
    crlf: bool = False
    tokens_per_s: float | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """A request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class VendorServer:
    """The server; a context manager that runs it in a thread of its own.

    Attributes:
        scripts: what to do with the next questions, in order; the last one is repeated.
        models: what Ollama has pulled.
        version: what Ollama says its version is.
        questions: the requests for an answer.
        requests: every request.
        left: how many callers went away before their reply was complete.
    """

    scripts: tuple[Script, ...] = (Script(),)
    models: tuple[dict[str, Any], ...] = ({"name": "llama3.2:latest", "size": 2_019_393_189},)
    version: str = "0.30.0"
    port: int = 0
    questions: list[Recorded] = field(default_factory=list)
    requests: list[Recorded] = field(default_factory=list)
    left: int = 0

    def __enter__(self) -> "VendorServer":
        self._loop = asyncio.new_event_loop()
        self._gone = threading.Condition()
        self._thread = threading.Thread(target=self._loop.run_forever, name="vendor-server")
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def base_url(self, adapter: str) -> str:
        """The address to give to an adapter."""
        wire = "openai" if adapter == "openai-compatible" else adapter
        return f"{self.url}/{wire}{_SUFFIX.get(wire, '/v1')}"

    def play(self, *scripts: Script) -> None:
        """Do this with the next questions; the last one is repeated."""
        self.scripts = scripts

    def wait_until_left(self, timeout_s: float = 2.0) -> bool:
        """Whether a caller goes away before its reply is complete."""
        with self._gone:
            return self._gone.wait_for(lambda: self.left > 0, timeout_s)

    async def _start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        self._server.close()
        tasks = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Whoever closes the server cancels what it does; asyncio would log that as an error.
        gone = (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError)
        with contextlib.suppress(*gone):
            try:
                request = await _read_request(reader)
                self.requests.append(request)
                await self._answer(request, reader, writer)
            finally:
                writer.close()

    async def _answer(
        self, request: Recorded, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        wire = _wire_of(request.path)
        known = self._ollama_answer(request)
        if known is not None:
            await _send(writer, 200, "application/json", json.dumps(known).encode())
        elif request.path.endswith("/api/pull"):
            await _send_stream(writer, "application/x-ndjson", _pull(request.body))
        elif wire is None:
            await _send(writer, 404, "application/json", b'{"error":"no such route"}')
        else:
            script = self.scripts[min(len(self.questions), len(self.scripts) - 1)]
            self.questions.append(request)
            replying = asyncio.ensure_future(_play(script, wire, request, writer))
            leaving = asyncio.ensure_future(reader.read(1))
            try:
                await asyncio.wait({replying, leaving}, return_when=asyncio.FIRST_COMPLETED)
                if not replying.done():
                    with self._gone:
                        self.left += 1
                        self._gone.notify_all()
            finally:
                ended = asyncio.gather(replying, leaving, return_exceptions=True)
                replying.cancel()
                leaving.cancel()
                await ended

    def _ollama_answer(self, request: Recorded) -> dict[str, Any] | None:
        if request.path.endswith("/api/version"):
            return {"version": self.version}
        if request.path.endswith("/api/tags"):
            return {"models": [{"model": m["name"], **m} for m in self.models]}
        if request.path.endswith("/api/show"):
            return {"details": {"family": "llama"}, "capabilities": ["completion"]}
        return None


def _wire_of(path: str) -> WireName | None:
    for name in ("openai", "anthropic", "google", "xai", "mistral", "ollama"):
        if path.startswith(f"/{name}/"):
            return name  # type: ignore[return-value]
    return next((wire for part, wire in _PATHS if part in path), None)


async def _read_request(reader: asyncio.StreamReader) -> Recorded:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {}
    for line in filter(None, lines):
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Recorded(method, path.partition("?")[0], headers, json.loads(body) if body else None)


async def _play(
    script: Script, wire: WireName, request: Recorded, writer: asyncio.StreamWriter
) -> None:
    if script.hang:
        await asyncio.Event().wait()
    if script.html:
        page = "text/html; charset=utf-8"
        await _send(writer, script.html_status, page, HTML, script.headers)
        return
    if script.fault:
        secret = " ".join(request.headers.values()) if script.echo else ""
        status, body = write_error(wire, script.fault, secret)
        await _send(writer, status, "application/json", body, script.headers)
        return
    await _send_stream(writer, content_type(wire), _stream(script, wire, request, writer))


async def _stream(
    script: Script, wire: WireName, request: Recorded, writer: asyncio.StreamWriter
) -> AsyncIterator[bytes]:
    left = script.break_at
    for part in _cut(script, _parts(script, wire, request)):
        if left is not None and len(part) >= left:
            yield part[:left]
            if script.break_by == "ending":
                return
            if script.break_by == "cutting":
                writer.transport.abort()
            raise ConnectionResetError
        left = None if left is None else left - len(part)
        if part is _DROP:
            writer.transport.abort()
            raise ConnectionResetError
        if part is _STALL:
            await asyncio.Event().wait()
        if script.tokens_per_s:
            await asyncio.sleep(1 / script.tokens_per_s)
        yield part


_DROP, _STALL = b"drop", b"stall"


def _parts(script: Script, wire: WireName, request: Recorded) -> Iterator[bytes]:
    events = write_reply(wire, script.reply or _echo(request.body))
    yield from events.head
    for n, delta in enumerate((*events.deltas, b"")):
        if n == script.stall_after:
            yield _STALL
        if n == script.drop_after:
            yield _DROP
        if n == script.end_after:
            return
        if n == script.error_after:
            yield write_error_event(wire, script.error_fault)
            return
        if delta:
            yield delta
    yield from events.end


def _cut(script: Script, parts: Iterator[bytes]) -> Iterator[bytes]:
    if script.cuts:
        whole = b"".join(parts).replace(b"\n", b"\r\n" if script.crlf else b"\n")
        places = [0, *sorted({n % len(whole) for n in script.cuts} - {0}), len(whole)]
        yield from (whole[start:end] for start, end in pairwise(places))
        return
    for part in parts:
        if part is _DROP or part is _STALL:
            yield part
            continue
        whole = part.replace(b"\n", b"\r\n") if script.crlf else part
        yield from recut((whole,), script.bytes_at_once or len(whole))


def _echo(body: Any) -> Reply:
    """An answer made of the prompt: the first sentence of the first passage."""
    text = json.dumps(body, ensure_ascii=False)
    found = re.search(r'<passage number=\\"(\d+)\\"[^>]*>\\n(.+?)</passage>', text)
    number, passage = (found[1], found[2]) if found else ("1", "There was no passage in it")
    # Headings and short lines say little; the longest first sentence of a line says most.
    lines = [re.split(r"[.!?](?=\s|$)", line)[0] for line in passage.split("\\n")]
    lines = [line.strip("#*|- ").replace('\\"', '"') for line in lines if "|" not in line]
    sentence = max(lines, key=len, default="")
    words = re.findall(r"\S+\s*", f"Scripted stand-in: {sentence} [{number}].")
    counts = Counts(input=len(text) // 4, output=len(words), cached=0)
    return Reply(tuple(words), counts=counts)


async def _pull(body: Any) -> AsyncIterator[bytes]:
    total = 2_019_393_189
    yield b'{"status":"pulling manifest"}\n'
    for done in (0, total // 2, total):
        line = {"status": "pulling stand-in", "digest": "d", "total": total, "completed": done}
        yield json.dumps(line).encode() + b"\n"
    missing = str((body or {}).get("model", "")).startswith("no-such")
    end = {"error": "pull model manifest: file does not exist"} if missing else None
    yield json.dumps(end or {"status": "success"}).encode() + b"\n"


async def _send(
    writer: asyncio.StreamWriter,
    status: int,
    media_type: str,
    body: bytes,
    headers: tuple[tuple[str, str], ...] = (),
) -> None:
    lines = [f"HTTP/1.1 {status} Scripted", f"Content-Type: {media_type}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers]
    lines.append(f"Content-Length: {len(body)}")
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    await writer.drain()


async def _send_stream(
    writer: asyncio.StreamWriter, media_type: str, parts: AsyncIterator[bytes]
) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nConnection: close\r\n"
    writer.write(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n")
    async for part in parts:
        if not part:  # a chunk of no bytes would be the end
            continue
        writer.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
        await writer.drain()
    writer.write(b"0\r\n\r\n")
    await writer.drain()


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tokens-per-s", type=float, default=20)
    options = parser.parse_args()
    script = Script(reply=None, tokens_per_s=options.tokens_per_s)
    with VendorServer(scripts=(script,), port=options.port) as server:
        lines = [server.url, "", "For settings.toml in the home folder; the keys may be any text:"]
        lines += ["", "[base_urls]"]
        lines += [f'"{name}" = "{server.base_url(wire)}"' for name, wire in _BACKENDS.items()]
        lines += ["", "[ollama]", f'base_url = "{server.base_url("ollama")}"', ""]
        sys.stdout.write("\n".join(lines))
        sys.stdout.flush()
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


_BACKENDS = {
    "gpt-6.2-sol": "openai",
    "gpt-6-luna": "openai",
    "gpt-4": "openai",
    "claude-sonnet": "anthropic",
    "claude-opus": "anthropic",
    "claude-haiku": "anthropic",
    "gemini-3.7-flash": "google",
    "gemini-2.5-pro": "google",
    "gemini-2.5-flash": "google",
    "grok": "xai",
    "mistral-large": "mistral",
    "mistral-small": "mistral",
}

if __name__ == "__main__":
    main()
