"""Connections to public addresses only, and to the very address that was checked."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Final

import httpcore

from corpus.errors import SourceRefused
from corpus.fetch.addresses import PORTS, host_and_port
from corpus.fetch.public import Ip, is_public, may_be_private_site

_MAX_ADDRESSES: Final = 4
"""How many of a host's addresses are tried."""

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Looks the addresses of a host and port up; raises OSError when there is none."""


class ForbiddenAddress(Exception):
    """The host has an address that may not be asked; carries the error for people."""

    def __init__(self, error: SourceRefused) -> None:
        super().__init__(error.what)
        self.error = error


async def system_resolve(host: str, port: int) -> Sequence[str]:
    """Look a host up as the machine does."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[4][0]) for address in found]


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Looks a host up once, checks every address, and connects to one of those that were checked.

    A name server that answers differently the second time is never asked a second time. TLS is
    still verified against the host's name, which this does not touch. Proxies named in the
    environment are not used: through a proxy it could not be seen where a connection ends.

    Args:
        private_hosts: ``host:port`` of sites that the user listed as their own.
        resolve: looks hosts up.
    """

    def __init__(self, private_hosts: Iterable[str], resolve: Resolve = system_resolve) -> None:
        self._private = frozenset(private_hosts)
        self._resolve = resolve
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect.

        Raises:
            ForbiddenAddress: the host may not be asked.
            httpcore.ConnectError, httpcore.ConnectTimeout: it cannot be reached.
        """
        try:
            async with asyncio.timeout(timeout):
                addresses = await self.look_up(host, port)
                share_s = None if timeout is None else timeout / len(addresses)
                return await self._connect(addresses, port, share_s, local_address, socket_options)
        except TimeoutError as exc:
            raise httpcore.ConnectTimeout from exc

    async def look_up(self, host: str, port: int) -> list[Ip]:
        """Return the addresses of a host, all of them checked.

        Raises:
            ForbiddenAddress: one of them may not be asked.
            httpcore.ConnectError: there is none.
        """
        listed = host_and_port(host, port) in self._private
        if not listed and port not in PORTS.values():
            raise ForbiddenAddress(port_refused())
        try:
            found = await self._resolve(host, port)
            addresses = [ipaddress.ip_address(text.split("%")[0]) for text in found]
        except (OSError, UnicodeError, ValueError) as exc:
            raise httpcore.ConnectError("the name is not known") from exc
        allowed = may_be_private_site if listed else is_public
        if not all(allowed(address) for address in addresses):
            raise ForbiddenAddress(address_refused())
        if not addresses:
            raise httpcore.ConnectError("the name has no address")
        return list(dict.fromkeys(addresses))[:_MAX_ADDRESSES]

    async def _connect(
        self,
        addresses: Sequence[Ip],
        port: int,
        share_s: float | None,
        local_address: str | None,
        socket_options: Iterable[Any] | None,
    ) -> httpcore.AsyncNetworkStream:
        failure: Exception = httpcore.ConnectError("there is no address")
        for address in addresses:
            try:
                # One address that swallows everything must not use up the time of the others.
                return await self._backend.connect_tcp(
                    str(address), port, share_s, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as exc:
                failure = exc
        raise failure


def address_refused() -> SourceRefused:
    """The error for a host whose address is not public."""
    return SourceRefused(
        "The host has an address that is not public.",
        "For a site of your own, list its host:port under sync.private_hosts in settings.toml.",
    )


def port_refused() -> SourceRefused:
    """The error for an unusual port."""
    return SourceRefused(
        "Only the ports 80 and 443 are asked.",
        "For a site of your own, list its host:port under sync.private_hosts in settings.toml.",
    )
