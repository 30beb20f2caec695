"""Who is still there: a session is let go of when its page has been closed for a while.

A page that is open keeps a connection, its heartbeat, and asks something every few seconds. After a
break of the network it may have no heartbeat any more but goes on asking, so any request counts.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final, Protocol

KEPT_S: Final = 600.0
MOST_KEPT: Final = 64
"""Sessions of closed pages: memory must not grow with the number of visitors a minute."""
LOOK_AGAIN_S: Final = 2.0
"""After that, one for which something was being done is looked at again."""


class Sessions(Protocol):
    """What is held for each session."""

    def let_go(self, session: str) -> bool:
        """Let go of it; False, and nothing is done, while something is being done for it."""

    async def bring_back(self, session: str, owner: str) -> None:
        """Have it as it was, if it was let go of and this is its owner."""


class Visits:
    """Sessions whose pages are open, and those that were closed a short while ago.

    Args:
        sessions: what is let go of.
        kept_s: how long a session is kept after the last request of its page.
        most_kept: of closed pages; those that were closed first go first.
        look_again_s: when those are looked at again that had to stay.
        clock: seconds, monotonic.

    Attributes:
        sessions, most_kept: as given.
    """

    def __init__(
        self,
        sessions: Sessions,
        *,
        kept_s: float = KEPT_S,
        most_kept: int = MOST_KEPT,
        look_again_s: float = LOOK_AGAIN_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.sessions = sessions
        self._kept_s = kept_s
        self.most_kept = most_kept
        self._look_again_s = look_again_s
        self._clock = clock
        self._requests: dict[str, int] = {}
        self._closed: OrderedDict[str, float] = OrderedDict()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def open(self) -> int:
        """Sessions for which a request is under way."""
        return len(self._requests)

    @asynccontextmanager
    async def request(self, session: str, owner: str) -> AsyncIterator[None]:
        """While this lasts, a request of the session's page is under way.

        Args:
            session: its name.
            owner: who asks, as conversations name them.
        """
        self._closed.pop(session, None)
        self._requests[session] = self._requests.get(session, 0) + 1
        try:
            await self.sessions.bring_back(session, owner)
            yield
        finally:
            self._requests[session] -= 1
            if not self._requests[session]:
                del self._requests[session]
                self._closed[session] = self._clock()
                self.sweep()

    def sweep(self) -> None:
        """Let go of the sessions whose time has come."""
        now_s = self._clock()
        for _ in range(len(self._closed)):
            session, closed_s = next(iter(self._closed.items()))
            if closed_s + self._kept_s > now_s and len(self._closed) <= self.most_kept:
                break
            del self._closed[session]
            if not self.sessions.let_go(session):
                # An answer is still coming to its end: later.
                self._closed[session] = now_s
        self._sweep_later(now_s)

    def _sweep_later(self, now_s: float) -> None:
        if not self._closed:
            return
        wait_s = next(iter(self._closed.values())) + self._kept_s - now_s
        if len(self._closed) > self.most_kept:
            wait_s = self._look_again_s
        loop = asyncio.get_running_loop()
        at_s = loop.time() + max(self._look_again_s, wait_s)
        if self._timer is not None:
            if self._timer.when() <= at_s:
                return
            self._timer.cancel()
        self._timer = loop.call_at(at_s, self._wake)

    def _wake(self) -> None:
        self._timer = None
        self.sweep()
