"""What a site's robots.txt allows, after RFC 9309."""

import re
from typing import Final

from protego import Protego

from corpus.fetch.addresses import WebAddress
from corpus.fetch.rules import AGENT

MAX_BYTES: Final = 500 * 1024
"""What the RFC asks a crawler to read at least, and all that is read here."""

MAX_AGE_S: Final = 24 * 3600
"""How long a robots.txt that was read is kept to without a look at the site's."""

_GROUP: Final = re.compile(r"\s*user[ -]?agent\b[\s:]*(\*|[a-z_-]*)", re.I)
_ANOTHER: Final = "another"
"""Stands for every other program; no part of this one's name."""


class Robots:
    """The rules of one robots.txt for this program.

    Args:
        text: the file; empty allows everything.
    """

    def __init__(self, text: str) -> None:
        self._rules = Protego.parse(_named_simply(text.removeprefix("\ufeff")))

    def allows(self, address: WebAddress) -> bool:
        """Whether a page may be fetched."""
        return self._rules.can_fetch(address.url, AGENT)

    @property
    def crawl_delay_s(self) -> float:
        """The wait between two requests that the site asks for, 0 when it asks for none."""
        return self._rules.crawl_delay(AGENT) or 0.0


def _named_simply(text: str) -> str:
    """The file with each group named for this program, for all, or for another.

    As the RFC has it, a name counts up to its first other character (``counterpoint/1.0``) and then
    as a whole, where the parser would take the beginning of a name for the name. And however many
    programs a file names, the parser keeps the rules of three groups.
    """
    return "\n".join(
        f"User-agent: {_name(found[1])}" if (found := _GROUP.match(line)) else line
        for line in text.splitlines()
    )


def _name(name: str) -> str:
    return name if name == "*" or name.lower() == AGENT else _ANOTHER


def robots_text(body: bytes) -> str:
    """The text of a robots.txt; a line that the size limit cut is dropped."""
    if len(body) > MAX_BYTES:
        body = body[:MAX_BYTES]
        body = body[: max(body.rfind(b"\n"), body.rfind(b"\r")) + 1]
    return body.decode("utf-8", errors="replace")
