"""A web site on loopback: real sockets, many host names, and as hostile as it is told to be."""

import contextlib
import socket
import socketserver
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Self

from corpus.fetch.network import CheckedNetwork
from corpus.fetch.rules import Rules


@dataclass(frozen=True, slots=True)
class Asked:
    """One request.

    Attributes:
        host: as its ``Host`` header names it, without the port.
        path: with the query.
        headers: names in lower case.
        at_s: when it came, by the site's clock.
    """

    host: str
    path: str
    headers: dict[str, str]
    at_s: float


Answer = Callable[[Asked], Iterable[bytes]]
"""Gives the raw bytes of a reply, head and body; after it the connection is closed."""


@dataclass(frozen=True, slots=True)
class Page:
    """A well-behaved page: it knows its validators and says 304 when they are named.

    Attributes:
        body: what is sent.
        kind: its Content-Type; empty sends none.
        etag: its validator, or empty.
        last_modified: the other one, or empty.
        status: another status than 200.
        headers: further headers.
    """

    body: bytes = b""
    kind: str = "text/html; charset=utf-8"
    etag: str = ""
    last_modified: str = ""
    status: int = 200
    headers: tuple[str, ...] = ()

    def __call__(self, asked: Asked) -> Iterable[bytes]:
        named = asked.headers.get("if-none-match") or asked.headers.get("if-modified-since")
        unchanged = bool(named) and named in {self.etag, self.last_modified}
        lines = [f"Content-Type: {self.kind}"] if self.kind else []
        lines += [f"ETag: {self.etag}"] if self.etag else []
        lines += [f"Last-Modified: {self.last_modified}"] if self.last_modified else []
        status = 304 if unchanged else self.status
        yield reply(b"" if unchanged else self.body, status, (*lines, *self.headers))


def reply(body: bytes, status: int = 200, headers: Sequence[str] = ()) -> bytes:
    """A whole reply with its length."""
    head = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", f"Content-Length: {len(body)}"]
    return "\r\n".join([*head, *headers, "", ""]).encode("latin-1") + body


def article(title: str, words: str) -> bytes:
    """An HTML page with a heading and enough text to be one."""
    text = " ".join([words] * 6)
    return (
        f"<!doctype html><html><head><title>{title}</title></head><body><main><article>"
        f"<h1>{title}</h1><p>{text}</p><p>{words} It is said once more.</p>"
        f"</article></main></body></html>"
    ).encode()


def moved(location: str, status: int = 301) -> Page:
    """A redirect."""
    return Page(status=status, headers=(f"Location: {location}",))


def in_turn(*answers: Answer) -> Answer:
    """Each request takes the next answer; the last one stays."""
    waiting = list(answers)

    def answer(asked: Asked) -> Iterable[bytes]:
        return (waiting.pop(0) if len(waiting) > 1 else waiting[0])(asked)

    return answer


@dataclass
class StillClock:
    """A clock that only moves when somebody waits, and then at once."""

    start: datetime = datetime(2026, 11, 23, 12, tzinfo=UTC)
    passed_s: float = 0.0
    waits_s: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.passed_s

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.passed_s)

    async def sleep(self, seconds: float) -> None:
        self.waits_s.append(seconds)
        self.passed_s += seconds


@dataclass
class WebSite:
    """Answers for every host name on one port; use it as a context manager.

    Attributes:
        clock: by which requests are logged.
        tls: speak TLS with this certificate.
        log: every request, in the order they came.
        most_at_once: for each host, how many requests it had at the same time at most.
        port: where it listens.
        closing: set when it closes; an answer that hangs waits for it.
    """

    clock: StillClock = field(default_factory=StillClock)
    tls: ssl.SSLContext | None = None
    log: list[Asked] = field(default_factory=list)
    most_at_once: Counter[str] = field(default_factory=Counter)
    port: int = 0
    closing: threading.Event = field(default_factory=threading.Event)
    _pages: dict[tuple[str, str], Answer] = field(default_factory=dict)
    _now: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _server: socketserver.ThreadingTCPServer | None = None

    def __enter__(self) -> Self:
        site = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                # A client that has seen enough leaves in the middle, which is no fault here.
                with contextlib.suppress(OSError):
                    site._serve(self.request)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = False
            allow_reuse_address = True

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.01,), name="site").start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    def put(self, path: str, answer: Answer, host: str = "127.0.0.1") -> str:
        """Put a page, or anything that answers, at a path; return its address."""
        self._pages[host, path] = answer
        return self.url(path, host)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        """The address of a path."""
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}{path}"

    def rules(self, *hosts: str, **changes: object) -> Rules:
        """Rules that let these hosts be on loopback."""
        places = tuple(f"{host}:{self.port}" for host in (*hosts, "127.0.0.1"))
        return Rules(**{"private_hosts": places, "page_timeout_s": 5.0, **changes})  # type: ignore[arg-type]

    def network(self, rules: Rules) -> CheckedNetwork:
        """A network in which every name leads to loopback."""

        async def resolve(host: str, port: int) -> Sequence[str]:
            return ["127.0.0.1"]

        return CheckedNetwork(rules.private_hosts, resolve)

    def asked(self, host: str | None = None) -> list[str]:
        """The paths that were asked for, robots.txt left out."""
        return [a.path for a in self.log if a.path != "/robots.txt" and host in {None, a.host}]

    def _serve(self, connection: socket.socket) -> None:
        if self.tls:
            connection = self.tls.wrap_socket(connection, server_side=True)
        with connection:
            asked = self._read(connection)
            if asked is None:
                return
            with self._lock:
                self.log.append(asked)
                self._now[asked.host] += 1
                self.most_at_once[asked.host] = max(
                    self.most_at_once[asked.host], self._now[asked.host]
                )
            try:
                for piece in self._answer(asked)(asked):
                    connection.sendall(piece)
            finally:
                with self._lock:
                    self._now[asked.host] -= 1

    def _answer(self, asked: Asked) -> Answer:
        path = asked.path.split("?")[0]
        return self._pages.get((asked.host, path), Page(b"not here", status=404))

    def _read(self, connection: socket.socket) -> Asked | None:
        head = b""
        while b"\r\n\r\n" not in head:
            piece = connection.recv(65536)
            if not piece:
                return None
            head += piece
        first, *lines = head.decode("latin-1").split("\r\n\r\n")[0].split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        host = headers["host"].rpartition(":")[0] or headers["host"]
        return Asked(host, first.split(" ")[1], headers, self.clock.monotonic())
