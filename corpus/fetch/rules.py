"""What a sync may do, and the clock it goes by."""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

AGENT: Final = "counterpoint"
"""The name that robots.txt files know the program by."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Limits and manners of a sync.

    Attributes:
        delay_s: between two requests to one host.
        longest_delay_s: the longest Crawl-delay of a robots.txt that is kept to.
        longest_wait_s: the longest Retry-After that is waited for within a run.
        connect_timeout_s: for one connection.
        read_timeout_s: for the next bytes of a reply.
        page_timeout_s: for one reply in all.
        max_page_bytes: for one page, unpacked.
        max_pages: pages in all.
        parallel_hosts: hosts that are asked at the same time.
        min_age_s: a page that was asked for less long ago is not asked for again.
        private_hosts: ``host:port`` of sites of the user's own that may have an address that is
            not public, and any port.
    """

    delay_s: float = 1
    longest_delay_s: float = 30
    longest_wait_s: float = 60
    connect_timeout_s: float = 10
    read_timeout_s: float = 20
    page_timeout_s: float = 60
    max_page_bytes: int = 10 * 1024 * 1024
    max_pages: int = 500
    parallel_hosts: int = 6
    min_age_s: float = 3600
    private_hosts: tuple[str, ...] = ()


class Clock(Protocol):
    """Time, so that tests need not wait for it."""

    def monotonic(self) -> float:
        """Seconds that only grow."""

    def now(self) -> datetime:
        """The date and time in UTC."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The machine's clock."""

    def monotonic(self) -> float:
        """Seconds that only grow."""
        return time.monotonic()

    def now(self) -> datetime:
        """The date and time in UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)
