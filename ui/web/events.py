"""Events that a page sends to the server: whose they are, and text that can be kept everywhere.

Gradio takes whoever names a session for the one who began it. Here a session belongs to the browser
that named it first.
"""

import json
import re
from collections import OrderedDict
from typing import Any, Final
from urllib.parse import parse_qs

from ui.web.responses import LimitedBody, Message, Receive, Scope, without

_MOST_SESSIONS: Final = 10_000
_LONGEST_NAME: Final = 64
_HEARTBEAT: Final = re.compile(r"/gradio_api/heartbeat/(\w+)")
# A browser writes half of a pair of characters as an escape; nothing else can be made of it.
_HALF: Final = re.compile(r"[\ud800-\udfff]")


class Unreadable(Exception):
    """A body is not the JSON that the page sends."""


class Sessions:
    """Which browser a session belongs to; the ones that were not used for longest are forgotten."""

    def __init__(self, most: int = _MOST_SESSIONS) -> None:
        self._most = most
        self._visitors: OrderedDict[str, str] = OrderedDict()

    def is_of(self, session: str, visitor: str | None) -> bool:
        """Whether the session is this visitor's; a new one is from here on.

        Args:
            session: its name, as Gradio's script made it up.
            visitor: who asks; browsers without a cookie count as one.
        """
        if len(session) > _LONGEST_NAME:
            return False
        who = visitor or ""
        known = self._visitors.setdefault(session, who)
        self._visitors.move_to_end(session)
        if len(self._visitors) > self._most:
            self._visitors.popitem(last=False)
        return known == who


def session_in_address(scope: Scope) -> str | None:
    """The session that a request's address names, or None."""
    if found := _HEARTBEAT.fullmatch(scope["path"]):
        return found.group(1)
    named = parse_qs(scope["query_string"].decode("latin-1")).get("session_hash")
    # The last one, as Starlette takes it.
    return named[-1] if named else None


async def read_event(body: LimitedBody) -> tuple[bytes, str | None]:
    """A whole body as it may be passed on, and the session that it names.

    Raises:
        BodyTooLarge: it is over the limit.
        Unreadable: it is no JSON object, or its session is no name.
    """
    parts = []
    more = True
    while more:
        message = await body.receive()
        if message["type"] != "http.request":
            raise Unreadable
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    try:
        given: Any = json.loads(b"".join(parts), parse_constant=_no_number)
    except (ValueError, RecursionError) as exc:
        raise Unreadable from exc
    session = given.get("session_hash") if isinstance(given, dict) else None
    if not isinstance(given, dict) or not isinstance(session, str | None):
        raise Unreadable
    # Written anew, so that Gradio reads what was looked at here.
    written = _HALF.sub("\N{REPLACEMENT CHARACTER}", json.dumps(given, ensure_ascii=False))
    return written.encode(), session


def _no_number(name: str) -> float:
    """NaN and infinity are no JSON; whoever writes them back breaks off."""
    raise ValueError(name)


def with_body(scope: Scope, body: bytes, rest: Receive) -> tuple[Scope, Receive]:
    """The request with another body.

    Args:
        scope: the request.
        body: all of it.
        rest: what comes after the body.
    """
    length = (b"content-length", str(len(body)).encode())
    headers = [*without(scope["headers"], b"content-length"), length]
    is_given = False

    async def receive() -> Message:
        nonlocal is_given
        if is_given:
            return await rest()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return {**scope, "headers": headers}, receive
