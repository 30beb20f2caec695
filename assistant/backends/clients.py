"""The HTTP clients that requests go out through: ours, one a request, closed after it.

Closing the client closes its connection, so a reply that nobody reads any more ends at once.
"""

import ssl
from functools import lru_cache
from typing import Any

import httpx

from assistant.backends.addresses import is_loopback
from assistant.settings import TimeoutSettings


def client_options(url: str) -> dict[str, Any]:
    """Arguments for a client of ``httpx`` or of its fork ``httpx2``.

    A proxy that the environment names is for the world outside: what is meant for this machine
    never goes through it. Redirects are not followed, so that a key goes to one host only.
    """
    return {
        "follow_redirects": False,
        "trust_env": not is_loopback(url),
        "verify": tls_context(),
    }


@lru_cache(maxsize=1)
def tls_context() -> ssl.SSLContext:
    """The one context for encrypted connections: reading the certificates takes 30 ms."""
    return httpx.create_ssl_context()


def read_timeout_s(timeouts: TimeoutSettings) -> float:
    """A backstop for the client; the limits for tokens are kept by the stream."""
    return 2 + max(
        timeouts.first_token_local_s, timeouts.first_token_vendor_s, timeouts.between_tokens_s
    )


def timeout_parts(timeouts: TimeoutSettings) -> dict[str, float]:
    """Arguments for the ``Timeout`` of either library, in seconds."""
    read_s = read_timeout_s(timeouts)
    return {"connect": timeouts.connect_s, "read": read_s, "write": read_s, "pool": 5.0}
