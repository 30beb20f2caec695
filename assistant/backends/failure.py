"""What a foreign error says, whichever library raised it: status, codes, wait."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

MAX_DEPTH = 8
_CODE_FIELDS = ("code", "type", "status", "reason")


class ErrorInStream(Exception):
    """An error object where a piece of the answer should have been."""

    def __init__(self, body: object) -> None:
        super().__init__("the stream holds an error")
        self.body = body


@dataclass(frozen=True, slots=True)
class Failure:
    """What is known of a failure.

    Attributes:
        status: HTTP status of 400 or more, or None.
        codes: the service's own codes, in lower case.
        retry_after_s: the wait that it asks for, in seconds, or None.
        is_html: whether a web page came.
        is_overflow: whether the client library knows it as a prompt that is too long.
        never_connected: whether no connection came about.
        timed_out: whether the wait was too long.
        broke_off: whether the connection ended too early.
        in_stream: whether the service wrote an error where a piece of the answer should be.
        words: what the service wrote; never shown, never kept.
    """

    status: int | None
    codes: frozenset[str]
    retry_after_s: float | None
    is_html: bool
    is_overflow: bool
    never_connected: bool
    timed_out: bool
    broke_off: bool
    in_stream: bool
    words: str

    def says(self, phrases: tuple[str, ...]) -> bool:
        """Whether its words hold one of the phrases."""
        return any(phrase in self.words for phrase in phrases)


def read_failure(exc: BaseException, now: Callable[[], datetime] | None = None) -> Failure:
    """Read an error and what caused it.

    Args:
        exc: what was raised.
        now: the time, for a wait that is given as a date; None takes the clock.
    """
    chain = tuple(_chain(exc))
    names = {cls.__name__ for link in chain for cls in type(link).__mro__}
    bodies = [body for link in chain for body in _bodies(link)]
    codes = frozenset(code for body in bodies for code in _codes(body))
    headers = [h for link in chain if (h := _headers(link)) is not None]
    waits = [_wait_s(h, now or _now) for h in headers] + [_delay_s(body) for body in bodies]
    return Failure(
        status=next((s for link in chain if (s := _status(link)) is not None), None),
        codes=codes,
        retry_after_s=next((wait for wait in waits if wait is not None), None),
        is_html=any("text/html" in str(h.get("content-type", "")) for h in headers),
        is_overflow="ContextOverflowError" in names,
        never_connected=bool(names & _NEVER_CONNECTED),
        timed_out=bool(names & _TIMED_OUT),
        broke_off=bool(names & _BROKE_OFF) and "SSEError" not in names,
        in_stream="ErrorInStream" in names,
        words=json.dumps(bodies, default=str).lower()[:4000],
    )


# By name: httpx and its fork httpx2 have the same classes twice, and neither knows the other's.
_NEVER_CONNECTED = {
    "ConnectError",
    "ConnectTimeout",
    "PoolTimeout",
    "ProxyError",
    "UnsupportedProtocol",
    "ConnectionRefusedError",
    "gaierror",
}
_TIMED_OUT = {"TimeoutError", "TimeoutException", "APITimeoutError", "ModelTimeoutError"}
_BROKE_OFF = {
    "TransportError",
    "StreamError",
    "ConnectionError",
    "APIConnectionError",
    "ModelConnectionError",
}


def _chain(exc: BaseException) -> Iterator[BaseException]:
    link: BaseException | None = exc
    for _ in range(MAX_DEPTH):
        if link is None:
            return
        yield link
        link = link.__cause__ or link.__context__


def _status(link: BaseException) -> int | None:
    response = getattr(link, "response", None)
    for value in (
        getattr(link, "status_code", None),
        getattr(response, "status_code", None),
        getattr(link, "code", None),
    ):
        if isinstance(value, int) and 300 <= value <= 599:
            return value
    return None


def _headers(link: BaseException) -> Any:
    headers = getattr(getattr(link, "response", None), "headers", None)
    return headers if hasattr(headers, "get") else None


def _bodies(link: BaseException) -> Iterator[Any]:
    for name in ("body", "details"):
        body = getattr(link, name, None)
        if isinstance(body, dict | list):
            yield body
    response = getattr(link, "response", None)
    try:
        yield json.loads(getattr(response, "content", b""))
    except (ValueError, TypeError, RuntimeError):
        # Not JSON, or not read: reading a stream that was not read is a RuntimeError there.
        return


def _codes(body: Any, depth: int = 0) -> Iterator[str]:
    """Codes in an error body: the fields that hold them, in it and in what it wraps."""
    if depth > MAX_DEPTH:
        return
    if isinstance(body, list):
        for item in body[:16]:
            yield from _codes(item, depth + 1)
        return
    if not isinstance(body, dict):
        return
    for name in _CODE_FIELDS:
        value = body.get(name)
        if isinstance(value, str | int):
            yield str(value).lower()
    if "PerDay" in str(body.get("quotaId", "")):
        yield "daily_quota"
    for name in ("error", "details", "violations"):
        yield from _codes(body.get(name), depth + 1)


def _now() -> datetime:
    return datetime.now(UTC)


def _wait_s(headers: Any, now: Callable[[], datetime]) -> float | None:
    """``retry-after`` as seconds; it holds seconds or a date."""
    value = str(headers.get("retry-after", "")).strip()
    if re.fullmatch(r"\d+(\.\d+)?", value):
        return float(value)
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return max(0.0, (date - now()).total_seconds())


def _delay_s(body: Any) -> float | None:
    """Google's ``retryDelay``, as ``34s``."""
    found = re.search(r'"retryDelay": "(\d+(?:\.\d+)?)s"', json.dumps(body, default=str))
    return float(found[1]) if found else None
