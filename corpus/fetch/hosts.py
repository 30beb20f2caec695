"""Manners toward a host: one request at a time, a wait between them, its robots.txt obeyed."""

import asyncio
import contextlib
import math
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from corpus.errors import CorpusError, SourceRefused, SourceUnreachable
from corpus.fetch.addresses import WebAddress
from corpus.fetch.ledger import Ledger
from corpus.fetch.replies import LATER, Reply, Requests
from corpus.fetch.robots import MAX_AGE_S, MAX_BYTES, Robots, robots_text
from corpus.fetch.rules import Clock, Rules

MAX_REDIRECTS: Final = 5
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_MAX_FAILURES: Final = 3
_TOO_MANY: Final = 429
_UNAVAILABLE: Final = 503
_LONGEST_REST: Final = timedelta(days=1)


class Hosts:
    """Asks hosts, and remembers what each of them asked for.

    Args:
        requests: sends a request.
        rules: delays and bounds.
        clock: what is waited by.
        ledger: what hosts said in earlier runs.
    """

    def __init__(self, requests: Requests, rules: Rules, clock: Clock, ledger: Ledger) -> None:
        self._requests = requests
        self._rules = rules
        self._clock = clock
        self._ledger = ledger
        self._turns: dict[str, _Turn] = {}
        self._robots: dict[str, Robots | CorpusError] = {}
        self._reading: dict[str, asyncio.Lock] = {}

    async def get(self, address: WebAddress, headers: dict[str, str]) -> Reply:
        """Ask for a page; its host's robots.txt is read first, and a redirect is not followed.

        Raises:
            SourceRefused: robots.txt or a limit forbids it.
            SourceUnreachable: there is no reply now, or the host asked to be left alone.
        """
        robots = await self._robots_of(address)
        if not robots.allows(address):
            raise SourceRefused(
                "The site's robots.txt asks programs not to fetch this page.",
                "Read it in a browser; a copy that you save can be added: "
                "counterpoint corpus add FILE.",
            )
        delay_s = max(self._rules.delay_s, min(robots.crawl_delay_s, self._rules.longest_delay_s))
        reply = await self._ask(address, headers, delay_s)
        wait_s = self._wait_asked_for(reply)
        if wait_s is not None and wait_s <= self._rules.longest_wait_s:
            await self._clock.sleep(wait_s)
            reply = await self._ask(address, headers, delay_s)
            wait_s = self._wait_asked_for(reply)
        if wait_s is not None or reply.status == _TOO_MANY:
            self._leave_alone(address, wait_s)
        return reply

    async def _ask(self, address: WebAddress, headers: dict[str, str], delay_s: float) -> Reply:
        async with self._turn(address, delay_s) as turn:
            self._require_welcome(address)
            if turn.failures >= _MAX_FAILURES:
                raise SourceUnreachable(
                    f"The host failed {_MAX_FAILURES} times in a row and was left alone.", LATER
                )
            try:
                reply = await self._requests.get(address, headers)
            except SourceUnreachable:
                turn.failures += 1
                raise
            turn.failures = 0
            return reply

    @contextlib.asynccontextmanager
    async def _turn(self, address: WebAddress, delay_s: float) -> AsyncIterator["_Turn"]:
        turn = self._turns.setdefault(address.host, _Turn())
        async with turn.lock:
            wait_s = turn.last_s + delay_s - self._clock.monotonic()
            if wait_s > 0:
                await self._clock.sleep(wait_s)
            try:
                yield turn
            finally:
                turn.last_s = self._clock.monotonic()

    async def _robots_of(self, address: WebAddress) -> Robots:
        """The rules of an origin, read at most once in a run, or kept from an earlier one."""
        async with self._reading.setdefault(address.origin, asyncio.Lock()):
            if address.origin not in self._robots:
                self._require_welcome(address)
                self._robots[address.origin] = await self._read_robots(address)
        found = self._robots[address.origin]
        if isinstance(found, CorpusError):
            raise found
        return found

    async def _read_robots(self, address: WebAddress) -> Robots | CorpusError:
        record = self._ledger.host(address.origin)
        age = self._clock.now() - record.robots_at if record.robots_at else None
        if record.robots is not None and age and timedelta() <= age <= timedelta(seconds=MAX_AGE_S):
            return Robots(record.robots)
        try:
            text = await self._fetch_robots(address)
        except CorpusError as exc:
            return exc
        update = {"robots": text, "robots_at": self._clock.now()}
        self._ledger.put_host(record.model_copy(update=update))
        return Robots(text)

    async def _fetch_robots(self, address: WebAddress) -> str:
        """Read a robots.txt; what is missing allows everything, what fails allows nothing now."""
        here = WebAddress(address.scheme, address.host, address.port, "/robots.txt")
        for _ in range(MAX_REDIRECTS + 1):
            async with self._turn(here, self._rules.delay_s):
                reply = await self._requests.get(here, max_bytes=MAX_BYTES, cut=True)
            if reply.status not in REDIRECTS:
                break
            here = self.follow(here, reply)
        if reply.status == _TOO_MANY or not 200 <= reply.status < 500:
            raise SourceUnreachable("The site's robots.txt cannot be read just now.", LATER)
        return robots_text(reply.body)

    def follow(self, here: WebAddress, reply: Reply) -> WebAddress:
        """Where a redirect leads, when that may be asked.

        Raises:
            SourceRefused: it leads from https to http, from a public site to one of the user's
                own, or to what is no address of a page.
        """
        there = here.join(_as_text(reply.headers.get("location", "")))
        if here.scheme == "https" and there.scheme == "http":
            raise SourceRefused(
                "The page redirects to an address without encryption.",
                "Look where it leads in a browser, and list that address if you trust it.",
            )
        if self._is_private(there) and not self._is_private(here):
            raise SourceRefused(
                "The page redirects from a public site to one of your own.",
                "List the address that it leads to, if you want that page.",
            )
        return there

    def _is_private(self, address: WebAddress) -> bool:
        return address.place in self._rules.private_hosts

    def _require_welcome(self, address: WebAddress) -> None:
        until = self._ledger.host(address.origin).not_before
        rest = until - self._clock.now() if until else timedelta()
        # No longer rest is ever written down: beyond it a clock was wrong, then or now.
        if timedelta() < rest <= _LONGEST_REST:
            minutes = math.ceil(rest.total_seconds() / 60)
            raise SourceUnreachable(
                "The site asked not to be asked for a while.",
                f"Try again in {minutes} min: counterpoint corpus sync.",
            )

    def _leave_alone(self, address: WebAddress, wait_s: float | None) -> None:
        longest_s = _LONGEST_REST.total_seconds()
        seconds = self._rules.longest_wait_s if wait_s is None else wait_s
        until = self._clock.now() + timedelta(seconds=min(seconds, longest_s))
        record = self._ledger.host(address.origin)
        self._ledger.put_host(record.model_copy(update={"not_before": until}))

    def _wait_asked_for(self, reply: Reply) -> float | None:
        """The seconds that a host which has had enough asks for; None when it names none."""
        if reply.status not in {_TOO_MANY, _UNAVAILABLE}:
            return None
        return retry_after_s(reply.headers.get("retry-after", ""), self._clock.now())


class _Turn:
    """Whose turn it is at a host, when the last request ended, and how many failed in a row."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.last_s = -math.inf
        self.failures = 0


def _as_text(header: str) -> str:
    """A header that was written in UTF-8, as the addresses of many sites are."""
    try:
        return header.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return header


def retry_after_s(text: str, now: datetime) -> float | None:
    """The wait that a ``Retry-After`` asks for, in seconds or as a date; None when neither."""
    text = text.strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return float(text)
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0.0, (date - now).total_seconds())
