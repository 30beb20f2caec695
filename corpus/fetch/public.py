"""Which network addresses are public."""

import ipaddress
from typing import Final

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_NEVER: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "192.0.0.0/24", "192.88.99.0/24",
        "198.18.0.0/15", "224.0.0.0/3",
        "::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20",
        "5f00::/16", "fc00::/7", "fe80::/9", "ff00::/8",
    )
)  # fmt: skip
"""Named one by one, because the standard library's own list grows with its versions."""


def is_public(address: Ip) -> bool:
    """Whether an address is one of the open internet.

    An IPv6 address that carries an IPv4 one (mapped, NAT64, 6to4) is judged by what it carries.
    """
    if isinstance(address, ipaddress.IPv6Address):
        carried = _carried(address)
        if carried is not None:
            return is_public(carried)
    in_listed = any(address in network for network in _NEVER if network.version == address.version)
    return address.is_global and not (in_listed or address.is_multicast or address.is_reserved)


def may_be_private_site(address: Ip) -> bool:
    """Whether a site that the user listed as their own may be at an address.

    A network's own or this machine; never link-local addresses, where clouds keep the keys of a
    machine, and never what names no single machine.
    """
    if isinstance(address, ipaddress.IPv6Address):
        carried = _carried(address)
        if carried is not None:
            return may_be_private_site(carried)
    return not (
        address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or (address.is_reserved and not address.is_loopback)
    )


def _carried(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
