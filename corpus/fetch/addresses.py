"""Addresses of pages: parsed once, and asked for exactly as they were checked.

What is checked and what is requested is the same object; no second parser reads the text.
"""

import hashlib
import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urljoin

import idna

from corpus.errors import SourceRefused

MAX_CHARACTERS: Final = 2_000
PORTS: Final = {"http": 80, "https": 443}

_URL: Final = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<rest>.*)", re.I
)
_HOST: Final = re.compile(
    r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
)
_NUMBER: Final = re.compile(r"\d+|0x[0-9a-f]*")
_UNSAFE: Final = re.compile(r"[\x00-\x20\x7f-\x9f\\\u2028\u2029]")
_CURE: Final = "Give the page's full address, as https://example.org/page."
_ID_LENGTH: Final = 160


@dataclass(frozen=True, slots=True)
class WebAddress:
    """The address of a page.

    Attributes:
        scheme: ``http`` or ``https``.
        host: in lower case, international names in their ASCII form, IPv6 without brackets.
        port: always given.
        target: path and query, as they are sent.
    """

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """Host and, where it is not the usual one, port, as a ``Host`` header names them."""
        usual = self.port == PORTS[self.scheme]
        return self.place.rpartition(":")[0] if usual else self.place

    @property
    def place(self) -> str:
        """Host and port, the port always given, as a list of one's own sites names them."""
        return host_and_port(self.host, self.port)

    @property
    def origin(self) -> str:
        """Scheme and authority."""
        return f"{self.scheme}://{self.authority}"

    @property
    def url(self) -> str:
        """The whole address."""
        return self.origin + self.target

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.split("?", 1)[0]

    def join(self, location: str) -> "WebAddress":
        """The address that a redirect from here leads to.

        Raises:
            SourceRefused: as ``parse_address``.
        """
        if len(location) > MAX_CHARACTERS:
            raise _refused("is longer than addresses are")
        try:
            return parse_address(urljoin(self.url, location))
        except ValueError as exc:
            raise _refused("cannot be read") from exc


def parse_address(text: str) -> WebAddress:
    """Read the address of a page; what follows a ``#`` is dropped.

    Raises:
        SourceRefused: it is not an http or https address, carries a user name, or is written in
            a way that different programs read differently.
    """
    if len(text) > MAX_CHARACTERS:
        raise _refused("is longer than addresses are")
    if _UNSAFE.search(text):
        raise _refused("holds blanks, control characters or backslashes")
    found = _URL.fullmatch(text)
    if not found or found["scheme"].lower() not in PORTS:
        raise _refused("is not one of http:// or https://")
    scheme = found["scheme"].lower()
    if "@" in found["authority"]:
        raise _refused("carries a user name or a password")
    host, port = _split(found["authority"])
    return WebAddress(scheme, host, PORTS[scheme] if port is None else port, _target(found["rest"]))


def host_and_port(host: str, port: int) -> str:
    """``host:port``, IPv6 in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def document_id(address: WebAddress) -> str:
    """The id of the page's document: ``web/<host>/<path>``.

    Scheme, final slash and fragment make no difference. Where the address holds more than plain
    letters, digits and ``. _ ~ -``, a short hash of it keeps different pages apart.
    """
    host = f"{address.host}:{address.port}" if address.port not in PORTS.values() else address.host
    raw = host + address.target.rstrip("/")
    parts = [re.sub(r"[^A-Za-z0-9._~:-]+", "-", part).strip("-") for part in raw.split("/")]
    plain = "/".join(part for part in parts if part.strip("."))
    if plain != raw or len(plain) > _ID_LENGTH:
        digest = hashlib.sha256((host + address.target).encode()).hexdigest()[:10]
        plain = f"{plain[:_ID_LENGTH]}-{digest}"
    return f"web/{plain}"


def _split(authority: str) -> tuple[str, int | None]:
    """Host and port; the port is None where it is not written."""
    bracketed = re.fullmatch(r"\[([0-9A-Fa-f:.]+)\](?::(\d{0,5}))?", authority)
    if bracketed:
        try:
            host = ipaddress.IPv6Address(bracketed[1]).compressed
        except ValueError as exc:
            raise _refused("names no host") from exc
        return host, _port(bracketed[2])
    name, colon, port = authority.partition(":")
    return _host(name), _port(port if colon else None)


def _port(digits: str | None) -> int | None:
    if not digits:
        return None
    if not (digits.isascii() and digits.isdigit() and 0 < int(digits[:6]) < 65_536):
        raise _refused("names a port that there is not")
    return int(digits)


def _host(name: str) -> str:
    host = name.lower()
    if not host.isascii():
        try:
            host = idna.encode(name, uts46=True).decode("ascii").lower()
        except (idna.IDNAError, UnicodeError) as exc:
            raise _refused("names no host") from exc
    host = host.removesuffix(".")
    if not _HOST.fullmatch(host):
        raise _refused("names no host")
    if _NUMBER.fullmatch(host.rsplit(".", 1)[-1]):
        # Decimal, octal, hexadecimal and shortened forms name addresses that few can see in them.
        try:
            return ipaddress.IPv4Address(host).compressed
        except ValueError as exc:
            raise _refused("writes a numeric address in an unusual way") from exc
    return host


def _target(rest: str) -> str:
    target = rest.split("#", 1)[0]
    path, mark, query = target.partition("?")
    safe = "!$&'()*+,;=:@/%-._~"
    return (quote(path, safe=safe) or "/") + (f"?{quote(query, safe=safe + '?')}" if mark else "")


def _refused(why: str) -> SourceRefused:
    return SourceRefused(f"The address {why}.", _CURE)
