"""What stands between the network and the page: headers, host, origin, routes and sizes.

Gradio's components compile their own, constant templates in the browser, so ``unsafe-eval`` cannot
be left out. ``unsafe-inline`` can: each page gets a fresh nonce, and an event handler or a script
that reached the page anyhow would not run.
"""

import contextlib
import ipaddress
import re
import secrets
import socket
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from starlette.requests import Request

from assistant.markup.elements import EMPTY, SafeHtml
from ui.web.events import Sessions, Unreadable, read_event, session_in_address, with_body
from ui.web.exposure import LOOPBACK_NAMES, is_loopback
from ui.web.pace import Pace
from ui.web.responses import (
    HEADERS,
    App,
    BodyTooLarge,
    LimitedBody,
    Message,
    Pairs,
    Receive,
    Scope,
    Send,
    busy_in_words,
    say,
    with_headers,
    without,
)
from ui.web.visitor import cookie_header, fresh_visitor, owner_named, visitor_in
from ui.web.visits import Visits

MAX_BODY_BYTES = 256 * 1024
MAX_LOGINS_PER_MINUTE = 10
_API = "/gradio_api"
_READ = re.compile(
    r"/|/config/?|/theme\.css|/favicon\.ico|/manifest\.json|/robots\.txt|/logout/?"
    r"|/(?:assets|static|page)/[\w.\-/]+"
    rf"|{_API}/(?:theme\.css|queue/data|startup-events|app_id/?|user/?|token/?|login_check/?)"
    rf"|{_API}/heartbeat/\w+"
    r"|/export/(?:[\w\-]{1,64}\.(?:md|json|html)|taste-votes\.csv)"
    r"|/report/[\w\-]{1,64}\.(?:html|md|json)"
)
_WRITE = re.compile(rf"/login/?|{_API}/(?:queue/join|cancel|reset)/?")
_FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
_POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; media-src 'none'; frame-src 'none'; object-src 'none'; "
    "worker-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
# What is exported holds words of models and documents: shown in the browser it may do nothing.
_EXPORT_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
# A report is read in a tab of its own; its links to vendors' pages open in others.
_REPORT_POLICY = _EXPORT_POLICY.replace(
    "sandbox;", "sandbox allow-popups allow-popups-to-escape-sandbox;"
)
_BUSY = (
    "Too many questions are being answered just now. Yours is still in the box: "
    "send it again in a moment."
)
_NOT_YOURS = (403, "This page was opened in another browser.")
_ADDRESS = re.compile(rb"(?:chat=[\w\-]{1,64})?")


class Guards:
    """Wraps the whole application.

    Args:
        app: what is guarded.
        host: the address that is listened on; its name is accepted beside the loopback ones.
        head: markup of ours that is put into the head of the page.
        proxy_name: name of a proxy with TLS in front; then only it and loopback are accepted.
        visits: told which sessions somebody is there for; None lets none go.
        is_let_in: whether a request comes from somebody who has given the page's password; others
            have no session.

    Attributes:
        visits: as given.
    """

    def __init__(
        self,
        app: App,
        host: str = "127.0.0.1",
        *,
        head: SafeHtml = EMPTY,
        proxy_name: str | None = None,
        visits: Visits | None = None,
        is_let_in: Callable[[Request], bool] = lambda _request: True,
    ) -> None:
        self._app = app
        self.visits = visits
        self._is_let_in = is_let_in
        self._head = head.encode()
        self._sessions = Sessions()
        self._logins = Pace(MAX_LOGINS_PER_MINUTE)
        self._proxy_name = proxy_name
        self._names = LOOPBACK_NAMES | {host.strip("[]").lower()}
        self._listens_beyond = not is_loopback(host)
        if proxy_name:
            self._names, self._listens_beyond = LOOPBACK_NAMES | {_host_name(proxy_name)}, False
        if self._listens_beyond:
            self._names |= {socket.gethostname().lower()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        nonce = secrets.token_urlsafe(16)
        guarded = with_headers(send, _headers_for(scope["path"], nonce))
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        refusal = self._refusal(scope["method"], scope["path"], headers) or self._too_many(scope)
        if refusal is not None:
            await say(guarded, *refusal)
            return
        if self._proxy_name and _host_name(headers["host"]) == _host_name(self._proxy_name):
            scope = {**scope, "scheme": "https"}
        visitor = visitor_in(headers.get("cookie", ""))
        session = session_in_address(scope)
        if session is not None and not self._sessions.is_of(session, visitor):
            await say(guarded, *_NOT_YOURS)
            return
        if scope["path"] == "/":
            if visitor is None and headers.get("sec-fetch-site") == "cross-site":
                await _come_again(guarded, scope["query_string"])
                return
            # The nonce is written into the page, so it has to arrive here uncompressed.
            scope = {**scope, "headers": without(scope["headers"], b"accept-encoding")}
            guarded = _with_nonce(guarded, nonce, self._head)
            guarded = with_headers(guarded, _visit_headers(visitor, scope.get("scheme", "http")))
        if scope["method"] == "POST" and scope["path"].startswith(_API):
            await self._pass_event_on(scope, receive, guarded, visitor)
            return
        async with self._request(scope, session, visitor):
            await self._pass_on(scope, receive, guarded)

    def _request(
        self, scope: Scope, session: str | None, visitor: str | None
    ) -> contextlib.AbstractAsyncContextManager[None]:
        if self.visits is None or session is None or not self._is_let_in(Request(scope)):
            return contextlib.nullcontext()
        return self.visits.request(session, owner_named(visitor))

    async def _pass_event_on(
        self, scope: Scope, receive: Receive, send: Send, visitor: str | None
    ) -> None:
        try:
            body, session = await read_event(LimitedBody(receive, MAX_BODY_BYTES))
        except BodyTooLarge:
            await say(send, 413, "The request is too large.")
        except Unreadable:
            await say(send, 422, "This is nothing that the page sends.")
        else:
            if session is not None and not self._sessions.is_of(session, visitor):
                await say(send, *_NOT_YOURS)
                return
            async with self._request(scope, session, visitor):
                await self._app(*with_body(scope, body, receive), busy_in_words(send, _BUSY))

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = LimitedBody(receive, MAX_BODY_BYTES)
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            if body.is_over and not started:
                return
            started = True
            await send(message)

        with contextlib.suppress(BodyTooLarge):
            await self._app(scope, body.receive, watch)
        if body.is_over and not started:
            await say(send, 413, "The request is too large.")

    def _refusal(self, method: str, path: str, headers: dict[str, str]) -> tuple[int, str] | None:
        if not self._is_known_host(headers.get("host", "")):
            return 400, "This name is not the page's."
        if method in {"GET", "HEAD"}:
            return None if _READ.fullmatch(path) and ".." not in path else (404, "Not found.")
        if method != "POST" or not _WRITE.fullmatch(path):
            return 404, "Not found."
        return _write_refusal(path, headers, self._proxy_name)

    def _too_many(self, scope: Scope) -> tuple[int, str] | None:
        if scope["method"] != "POST" or not scope["path"].startswith("/login"):
            return None
        client = scope.get("client")
        if not self._logins.wait_s(str(client[0]) if client else ""):
            return None
        return 429, "Too many passwords were tried. Wait a minute."

    def _is_known_host(self, header: str) -> bool:
        name = _host_name(header)
        if name in self._names:
            return True
        # A rebinding attack needs a name; an address in figures cannot be rebound.
        return self._listens_beyond and _is_address(name)


def _write_refusal(
    path: str, headers: dict[str, str], proxy_name: str | None
) -> tuple[int, str] | None:
    origin = headers.get("origin")
    if origin is not None and _place_of(origin) not in {headers["host"].lower(), proxy_name}:
        return 403, "This request came from another page."
    if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return 403, "This request came from another page."
    kind = headers.get("content-type", "").split(";")[0].strip().lower()
    allowed: Iterable[str] = _FORM_TYPES if path.startswith("/login") else ("application/json",)
    if kind not in allowed:
        return 403, "This kind of content is not taken."
    length = headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
        return 413, "The request is too large."
    return None


def _place_of(origin: str) -> str:
    """Host and port of an origin; empty for one that is none."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _host_name(header: str) -> str:
    try:
        return (urlsplit(f"//{header}").hostname or "").lower()
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _visit_headers(visitor: str | None, scheme: str) -> Pairs:
    given = cookie_header(visitor or fresh_visitor(), is_encrypted=scheme == "https")
    return [(b"set-cookie", given), (b"cache-control", b"private, no-cache")]


async def _come_again(send: Send, query: bytes) -> None:
    """Let the browser ask for the page once more, now by its own wish.

    A link on another site brings it here without the cookie, which it may well have; a new one
    would take its conversations from it.
    """
    address = b"/?" + query if query and _ADDRESS.fullmatch(query) else b"/"
    await say(send, 200, "Opening Counterpoint.", (b"refresh", b"0; url=" + address))


def _headers_for(path: str, nonce: str) -> Pairs:
    policy = _POLICY.format(nonce=nonce)
    if path.startswith("/export/"):
        policy = _EXPORT_POLICY
    elif path.startswith("/report/"):
        policy = _REPORT_POLICY
    headers = {"content-security-policy": policy, **HEADERS}
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def _with_nonce(send: Send, nonce: str, head: bytes) -> Send:
    """Hold a page back until it is whole, then mark its own scripts."""
    start: Message = {}
    body = bytearray()

    async def gather(message: Message) -> None:
        nonlocal start
        if message["type"] == "http.response.start":
            start = message
            return
        if message["type"] != "http.response.body":
            await send(message)
            return
        body.extend(message.get("body", b""))
        if message.get("more_body"):
            return
        page = bytes(body).replace(b"</head>", head + b"</head>", 1)
        page = page.replace(b"<script", b'<script nonce="' + nonce.encode() + b'"')
        length = (b"content-length", str(len(page)).encode())
        start["headers"] = [*without(start["headers"], b"content-length"), length]
        await send(start)
        await send({"type": "http.response.body", "body": page})

    return gather
