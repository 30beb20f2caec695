"""One request, one reply: within limits of size and time, without redirects, cookies or proxies."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from typing import Final

import httpcore

from corpus.errors import SourceUnreachable
from corpus.fetch.addresses import WebAddress
from corpus.fetch.content import ACCEPT, Unpacker, too_large
from corpus.fetch.network import CheckedNetwork, ForbiddenAddress
from corpus.fetch.rules import AGENT, Rules

LATER: Final = "Try again later: counterpoint corpus sync."


@dataclass(frozen=True, slots=True)
class Reply:
    """What a host sent.

    Attributes:
        address: what was asked for.
        status: of HTTP.
        headers: names in lower case; of a repeated one the first, save ``x-robots-tag``.
        robots_tags: every ``X-Robots-Tag``.
        body: unpacked; empty unless the status is 200.
    """

    address: WebAddress
    status: int
    headers: Mapping[str, str]
    robots_tags: list[str] = field(default_factory=list)
    body: bytes = b""


class Requests:
    """Sends requests over connections that are checked; close it when done.

    Args:
        rules: the limits.
        network: makes the connections.
        tls: the certificates that are trusted; None takes those of the machine and of certifi.
    """

    def __init__(
        self, rules: Rules, network: CheckedNetwork, tls: ssl.SSLContext | None = None
    ) -> None:
        self._rules = rules
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls or _trusted(),
            # Between two polite requests a host may close a connection that was kept, and the page
            # would count as failed; a connection a second is no burden.
            max_keepalive_connections=0,
            network_backend=network,
        )

    async def aclose(self) -> None:
        """Close every connection."""
        await self._pool.aclose()

    async def get(
        self,
        address: WebAddress,
        headers: dict[str, str] | None = None,
        *,
        max_bytes: int | None = None,
        cut: bool = False,
    ) -> Reply:
        """Ask for one address.

        Args:
            address: where.
            headers: further headers of the request.
            max_bytes: the longest body; None takes the rules' limit.
            cut: whether a longer body is cut off instead of refused.

        Raises:
            SourceRefused: the host may not be asked, or sends too much.
            SourceUnreachable: no whole reply came in time.
        """
        try:
            async with asyncio.timeout(self._rules.page_timeout_s):
                return await self._get(
                    address, headers or {}, max_bytes or self._rules.max_page_bytes, cut
                )
        except ForbiddenAddress as exc:
            raise exc.error from exc
        except (TimeoutError, httpcore.TimeoutException) as exc:
            raise SourceUnreachable("The host did not answer in time.", LATER) from exc
        except httpcore.ConnectError as exc:
            raise _no_connection(exc) from exc
        except (httpcore.NetworkError, httpcore.ProtocolError) as exc:
            raise SourceUnreachable("The host broke off or sent what is not HTTP.", LATER) from exc

    async def _get(
        self, address: WebAddress, headers: dict[str, str], max_bytes: int, cut: bool
    ) -> Reply:
        rules = self._rules
        timeouts = {
            "connect": rules.connect_timeout_s,
            "read": rules.read_timeout_s,
            "write": rules.read_timeout_s,
            "pool": rules.page_timeout_s,
        }
        async with self._pool.stream(
            "GET",
            httpcore.URL(
                scheme=address.scheme.encode(),
                host=address.host.encode(),
                port=address.port,
                target=address.target.encode(),
            ),
            headers=[
                ("Host", address.authority),
                ("User-Agent", user_agent()),
                ("Accept", ACCEPT),
                ("Accept-Encoding", "gzip"),
                *headers.items(),
            ],
            extensions={"timeout": timeouts},
        ) as response:
            found = [
                (k.decode("latin-1").lower(), v.decode("latin-1")) for k, v in response.headers
            ]
            tags = [value for name, value in found if name == "x-robots-tag"]
            reply = Reply(address, response.status, dict(reversed(found)), tags)
            if reply.status != 200:
                return reply
            body = await _read(response, reply, max_bytes, cut)
            return Reply(address, reply.status, reply.headers, tags, body)


@cache
def _trusted() -> ssl.SSLContext:
    """The usual certificates; read once, as it takes a while."""
    return httpcore.default_ssl_context()


def user_agent() -> str:
    """How the program names itself to a site."""
    return f"{AGENT}/{version('counterpoint')}"


async def _read(response: httpcore.Response, reply: Reply, max_bytes: int, cut: bool) -> bytes:
    if not cut and reply.headers.get("content-length", "").isdigit():
        # Packed bytes are not fewer when they are unpacked; what is too long is not begun.
        length = reply.headers["content-length"]
        if len(length) > len(str(max_bytes)) or int(length) > max_bytes:
            raise too_large(max_bytes)
    unpacker = Unpacker(reply.headers.get("content-encoding", ""), max_bytes, cut=cut)
    async for piece in response.aiter_stream():
        if not unpacker.take(piece):
            break
    return unpacker.finish()


def _no_connection(exc: httpcore.ConnectError) -> SourceUnreachable:
    cause: BaseException | None = exc
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return SourceUnreachable(
                "The host could not prove that it is who it says.",
                "Check the machine's date and certificates, and that nothing reads along.",
            )
        cause = cause.__cause__ or cause.__context__
    return SourceUnreachable(
        "The host cannot be reached.",
        "Check the network, then try again: counterpoint corpus sync.",
    )
