"""Who is at the other end: a cookie per browser, and the owner that it stands for."""

import hashlib
import re
import secrets
from typing import Any, Protocol

COOKIE = "counterpoint_visitor"
_BYTES = 32
_SHAPE = re.compile(r"[\w-]{43}", re.ASCII)
# Browsers shorten whatever is longer; each visit begins the time anew.
_MAX_AGE_S = 400 * 24 * 3600


class HasHeaders(Protocol):
    """A request, Gradio's or Starlette's."""

    @property
    def headers(self) -> Any:
        """Its headers, read by ``get``, whatever the case of their names."""


def fresh_visitor() -> str:
    """The cookie's value for a browser that has none."""
    return secrets.token_urlsafe(_BYTES)


def visitor_in(cookies: str) -> str | None:
    """The visitor that a ``Cookie`` header names, or None when it names none that we gave."""
    for part in cookies.split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE and _SHAPE.fullmatch(value):
            return value
    return None


def cookie_header(visitor: str, *, is_encrypted: bool) -> bytes:
    """The ``Set-Cookie`` header that makes a browser this visitor.

    Args:
        visitor: the cookie's value.
        is_encrypted: whether the page came by https; then the cookie goes by nothing else.
    """
    secure = "; Secure" if is_encrypted else ""
    rest = f"Path=/; Max-Age={_MAX_AGE_S}; HttpOnly; SameSite=Strict{secure}"
    return f"{COOKIE}={visitor}; {rest}".encode()


def known_owner(request: HasHeaders) -> str:
    """Whose conversations a request may see; empty when it comes without the cookie."""
    return owner_named(visitor_in(request.headers.get("cookie") or ""))


def owner_named(visitor: str | None) -> str:
    """Whose conversations a visitor may see; empty for one without the cookie."""
    return "" if visitor is None else _owner(visitor)


def owner_of(request: HasHeaders) -> str:
    """``known_owner``, or one that nobody is: the next request will not find it again."""
    return known_owner(request) or _owner(fresh_visitor())


def _owner(visitor: str) -> str:
    # A hash, so that whoever reads a copy of the database holds no cookie.
    return hashlib.sha256(f"{COOKIE}:{visitor}".encode()).hexdigest()
