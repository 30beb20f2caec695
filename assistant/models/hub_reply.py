"""Asking the hub for a file: where it really is, which version, and from which byte on."""

import contextlib
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import httpx

from assistant.backends.addresses import is_loopback
from assistant.backends.errors import (
    AuthRejected,
    BackendBusy,
    BadReply,
    ModelMissing,
    RateLimited,
)
from assistant.models.part import Part
from corpus.errors import BackendError, ConfigError

_MAX_REDIRECTS = 5
_SHA256 = re.compile(r"[0-9a-f]{64}")
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")


@dataclass(frozen=True, slots=True)
class HubReply:
    """A reply that carries the file, or the rest of it.

    Attributes:
        response: its body is still to be read.
        starts_at: offset in the file of the body's first byte.
        total_bytes: size of the whole file, or None when the hub does not say.
        sha256: checksum that the hub gives, in hexadecimal, or None.
        version: what tells this version of the file from another, or None.
    """

    response: httpx.Response
    starts_at: int
    total_bytes: int | None
    sha256: str | None
    version: str | None


@contextlib.asynccontextmanager
async def follow(client: httpx.AsyncClient, url: str, part: Part) -> AsyncGenerator[HubReply, None]:
    """Ask for a file, from where an unfinished download ends, and follow redirects.

    The checksum is taken from the hub itself: the store that it points to only carries the bytes.
    A redirect may lead to https hosts only, or to this machine when the hub is there too.

    Raises:
        ConfigError: a redirect leads where it must not.
        BackendError: the hub refuses.
        httpx.HTTPError: the connection broke.
    """
    sha256: str | None = None
    size: int | None = None
    here = url
    for _ in range(_MAX_REDIRECTS + 1):
        _check_address(here, url)
        known = _can_resume(part, sha256)
        request = _build(client, here, _resume_headers(part, known=known))
        response = await client.send(request, stream=True)
        try:
            if _host(here) == _host(url):
                sha256 = sha256 or _checksum(response.headers)
            size = size or _number(response.headers.get("x-linked-size"))
            if response.is_redirect:
                here = _join(here, response.headers.get("location", ""))
                continue
            if response.status_code == httpx.codes.OK and not known and _can_resume(part, sha256):
                continue
            if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                if known and _whole_size(response) == part.size:
                    yield HubReply(response, part.size, part.size, sha256, sha256)
                    return
                # The part is not a beginning of this version.
                part.drop()
                continue
            yield _reply(response, part, sha256, size)
            return
        finally:
            await response.aclose()
    raise BadReply("The model hub sends from one address to the next.", "Check hub.base_url.")


def _can_resume(part: Part, sha256: str | None) -> bool:
    return sha256 is not None and part.size > 0 and part.version == sha256


def _whole_size(response: httpx.Response) -> int | None:
    return _number(response.headers.get("content-range", "").removeprefix("bytes */"))


def _build(client: httpx.AsyncClient, url: str, headers: dict[str, str]) -> httpx.Request:
    try:
        return client.build_request("GET", url, headers=headers)
    except httpx.InvalidURL as exc:
        raise _unsafe() from exc


def _join(here: str, location: str) -> str:
    try:
        return urljoin(here, location)
    except ValueError as exc:
        raise _unsafe() from exc


def _host(url: str) -> str:
    return urlsplit(url).netloc


def _unsafe() -> ConfigError:
    return ConfigError(
        "The model hub leads to an address that is not encrypted; it was not followed.",
        "Check hub.base_url: it begins with https://.",
    )


def _resume_headers(part: Part, *, known: bool) -> dict[str, str]:
    """Ask for the rest only when it is sure that the beginning is of the same version.

    Either the hub has just given the checksum that was noted, or the server is told to compare.
    """
    if part.size == 0 or part.version is None:
        return {}
    wanted = {"Range": f"bytes={part.size}-"}
    if known:
        return wanted
    if _SHA256.fullmatch(part.version):
        return {}
    return {**wanted, "If-Range": part.version}


def _reply(response: httpx.Response, part: Part, sha256: str | None, size: int | None) -> HubReply:
    _refuse(response)
    headers = response.headers
    starts_at, total = 0, size or _number(headers.get("content-length"))
    if response.status_code == httpx.codes.PARTIAL_CONTENT:
        match = _RANGE.fullmatch(headers.get("content-range", ""))
        if match is None or int(match[1]) != part.size:
            raise BadReply(
                "The model hub sent another part of the file than it was asked for.",
                "Pull it again.",
            )
        starts_at, total = int(match[1]), int(match[2])
    etag = headers.get("etag", "")
    return HubReply(
        response=response,
        starts_at=starts_at,
        total_bytes=total,
        sha256=sha256,
        version=sha256 or (etag if etag and not etag.startswith("W/") else None),
    )


def _refuse(response: httpx.Response) -> None:
    status = response.status_code
    kind = response.headers.get("content-type", "")
    error: BackendError | None = None
    if status in {401, 403}:
        error = AuthRejected(
            "The model hub gives this file only to accounts that accepted its terms.",
            "Choose another model, or download the file by hand into the models folder.",
        )
    elif status in {404, 410}:
        error = ModelMissing(
            "The model hub does not have this file.", "See: counterpoint models list."
        )
    elif status == 429:
        error = RateLimited("The model hub asks for fewer requests.", "Wait, then pull it again.")
    elif status >= 500:
        error = BackendBusy("The model hub has trouble on its side.", "Pull it again later.")
    elif status not in {200, 206} or kind.startswith("text/html"):
        error = BadReply(
            "What answers at the model hub's address is not a file.",
            "Check the network (a sign-in page?) and hub.base_url.",
        )
    if error is not None:
        raise error


def _check_address(url: str, first: str) -> None:
    try:
        parts = urlsplit(url)
        safe = parts.scheme == "https" and parts.hostname and not parts.username
        safe = safe or (parts.scheme == "http" and is_loopback(first) and is_loopback(url))
    except ValueError as exc:
        raise _unsafe() from exc
    if not safe:
        raise _unsafe()


def _checksum(headers: httpx.Headers) -> str | None:
    for name in ("x-linked-etag", "etag"):
        value = str(headers.get(name, "")).removeprefix("W/").strip('"').lower()
        if _SHA256.fullmatch(value):
            return value
    return None


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None
