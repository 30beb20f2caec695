"""HTTP on the wire, with limits that the server's own protocol does not have.

Before a request is whole nobody else can refuse it: a head without end would fill the memory, and
one that never comes would keep its connection for good.
"""

import asyncio
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ui.web.responses import HEADERS

MAX_HEAD_BYTES: Final = 32 * 1024
HEAD_WITHIN_S: Final = 20.0

_NOTHING_RUNS: Final = "default-src 'none'; frame-ancestors 'none'"


class LimitedProtocol(HttpToolsProtocol):
    """Takes a head of 32 KB at most, within 20 seconds, and no WebSocket."""

    head_within_s = HEAD_WITHIN_S
    _head_bytes = 0
    _in_head = True
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came, unless the head has grown too long."""
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > MAX_HEAD_BYTES:
            self.send_400_response("The head of the request is too long.")

    def on_message_begin(self) -> None:
        """A further request on the same connection has a head of its own."""
        if not self._in_head:
            self._head_bytes = 0
            self._await_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is there; what follows is limited where it is read."""
        self._in_head = False
        self._stop_waiting()
        # All of it may have come in one piece, with a body behind it.
        if sum(len(name) + len(value) for name, value in self.headers) > MAX_HEAD_BYTES or (
            len(self.url) > MAX_HEAD_BYTES
        ):
            self.send_400_response("The head of the request is too long.")
            return
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request, in a response that carries the headers of all others."""
        if self.transport.is_closing():
            return
        headers = {**HEADERS, "content-security-policy": _NOTHING_RUNS}
        lines = ["HTTP/1.1 400 Bad Request", *(f"{k}: {v}" for k, v in headers.items())]
        lines += ["content-type: text/plain; charset=utf-8", f"content-length: {len(msg)}"]
        head = "\r\n".join([*lines, "connection: close", "", ""])
        self.transport.write(head.encode() + msg.encode("ascii"))
        self.transport.close()

    def _should_upgrade(self) -> bool:
        # A request for a WebSocket is an ordinary one that asks for too much.
        return False

    def _unsupported_upgrade_warning(self) -> None:
        """Nothing: whoever asks is answered, and the log is not theirs to fill."""

    def _await_head(self) -> None:
        self._in_head = True
        self._stop_waiting()
        self._late = self.loop.call_later(self.head_within_s, self._give_up)

    def _stop_waiting(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _give_up(self) -> None:
        if self._in_head and not self.transport.is_closing():
            self.transport.close()
