"""One page: over its redirects, with what is known of it, to a document."""

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final

from corpus.errors import (
    CorpusError,
    SourceMissing,
    SourceRefused,
    SourceUnreachable,
    SourceUnreadable,
)
from corpus.fetch.addresses import WebAddress
from corpus.fetch.content import as_utf8, forbids_keeping, suffix_for
from corpus.fetch.hosts import MAX_REDIRECTS, REDIRECTS, Hosts
from corpus.fetch.ledger import PageRecord
from corpus.fetch.replies import LATER, Reply
from corpus.fetch.sources import WebSource
from corpus.loaders import Loaded, read_document

_VANISHED: Final = {404, 410}
_VALIDATOR: Final = re.compile(r"[\x20-\x7e]{1,300}")
_LOGIN: Final = re.compile(
    r"(^|/)(log[-_]?in|sign[-_]?in|sso|saml2?|oauth2?|authori[sz]e|authwall)(\.\w+)?(/|$)", re.I
)
_SAVE_IT: Final = (
    "Read it in a browser; a copy that you save can be added: counterpoint corpus add FILE."
)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page as it is now.

    Attributes:
        reply: of the address that it is at.
        loaded: its document; None when the site says that it has not changed.
    """

    reply: Reply
    loaded: Loaded | None

    @property
    def etag(self) -> str | None:
        """The validator to ask with next time."""
        return _validator(self.reply, "etag")

    @property
    def last_modified(self) -> str | None:
        """The other one."""
        return _validator(self.reply, "last-modified")


class Pages:
    """Fetches pages and reads them.

    Args:
        hosts: asks the hosts.
    """

    def __init__(self, hosts: Hosts) -> None:
        self._hosts = hosts
        # The library that reads PDF files is not safe in several threads.
        self._reading = asyncio.Lock()

    async def fetch(self, source: WebSource, known: PageRecord | None) -> Fetched:
        """Fetch one page.

        Args:
            source: which.
            known: what is remembered of it; its validators are sent. None asks for all of it.

        Raises:
            SourceMissing: the site says that there is no such page.
            SourceRefused: the site or a rule of ours forbids it, or it is of no use.
            SourceUnreachable: it cannot be had now.
            SourceUnreadable: its content is not what it says.
        """
        reply = await self._follow(source.address, known)
        if reply.status == 304 and _conditions(reply.address, known):
            return Fetched(reply, None)
        _require_good(reply)
        kind = reply.headers.get("content-type", "")
        suffix = suffix_for(kind, reply.address, reply.body)
        if forbids_keeping(reply.robots_tags, reply.body, suffix):
            raise SourceRefused("The page asks not to be kept in an index (noindex).", _SAVE_IT)
        async with self._reading:
            loaded = await asyncio.to_thread(
                _read, source, reply.address.url, as_utf8(reply.body, kind, suffix), suffix
            )
        return Fetched(reply, loaded)

    async def _follow(self, address: WebAddress, known: PageRecord | None) -> Reply:
        here, seen = address, {address}
        for _ in range(MAX_REDIRECTS + 1):
            reply = await self._hosts.get(here, _conditions(here, known))
            if reply.status not in REDIRECTS:
                return reply
            here = self._hosts.follow(here, reply)
            if here in seen:
                raise SourceRefused("The page redirects in a circle.", _SAVE_IT)
            if _LOGIN.search(here.path) and not _LOGIN.search(address.path):
                # It answers 200 and would take the place of the page that was read before.
                raise SourceRefused("The page asks its readers to sign in.", _SAVE_IT)
            seen.add(here)
        raise SourceRefused(f"The page redirects more than {MAX_REDIRECTS} times.", _SAVE_IT)


def _read(source: WebSource, url: str, data: bytes, suffix: str) -> Loaded:
    try:
        return read_document(
            data,
            id=source.id,
            suffix=suffix,
            url=url,
            vendor=source.vendor,
            title=source.title,
            kind="web",
        )
    except SourceUnreadable as exc:
        raise SourceUnreadable(exc.what, _SAVE_IT) from exc


def day_of(fetched: Fetched, now: datetime) -> str:
    """The day that a page without a date of its own speaks for (ISO).

    The day it was last changed, where the site names it and it has passed, else the day it was
    read: a page of the web speaks of the present.
    """
    text = fetched.last_modified
    if text:
        try:
            changed = parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            return now.date().isoformat()
        return min(changed.date(), now.date()).isoformat()
    return now.date().isoformat()


def _conditions(address: WebAddress, known: PageRecord | None) -> dict[str, str]:
    if known is None or known.final_url != address.url:
        return {}
    found = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    return {name: value for name, value in found.items() if value}


def _require_good(reply: Reply) -> None:
    """Raise for every reply that brings no page."""
    status = reply.status
    if status == 200:
        if reply.body.strip():
            return
        raise SourceUnreachable("The page is empty.", LATER)
    raise _error_for(status)


def _error_for(status: int) -> CorpusError:
    if status in _VANISHED:
        return SourceMissing(
            f"The site says that there is no such page (HTTP {status}).",
            "Look for its new address, and put that into your list of pages.",
        )
    if status == 429 or not 400 <= status < 500:
        return SourceUnreachable(f"The site has a problem just now (HTTP {status}).", LATER)
    return SourceRefused(f"The site does not hand the page out (HTTP {status}).", _SAVE_IT)


def _validator(reply: Reply, name: str) -> str | None:
    value = reply.headers.get(name, "")
    return value if _VALIDATOR.fullmatch(value) else None
