"""How often one visitor may do something within a minute."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from math import ceil
from typing import Final

from corpus.errors import InputError

MOST_KNOWN: Final = 10_000
MINUTE_S: Final = 60.0


class Pace:
    """Counts what each visitor did within the last minute.

    Args:
        most: how often within a minute; 0 is without a limit.
        clock: seconds, monotonic.
        most_known: visitors that are remembered; those that came longest ago are forgotten.
    """

    def __init__(
        self,
        most: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        most_known: int = MOST_KNOWN,
    ) -> None:
        self._most = most
        self._clock = clock
        self._most_known = most_known
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def wait_s(self, who: str) -> float:
        """Count one more, or say how long to wait; what has to wait is not counted.

        Args:
            who: the visitor; those without a name count as one.

        Returns:
            Seconds; 0 when it may be done now.
        """
        if not self._most:
            return 0.0
        now_s = self._clock()
        times = self._times.setdefault(who, deque())
        self._times.move_to_end(who)
        while times and times[0] <= now_s - MINUTE_S:
            times.popleft()
        if len(times) >= self._most:
            return times[0] + MINUTE_S - now_s
        times.append(now_s)
        self._forget(now_s)
        return 0.0

    def _forget(self, now_s: float) -> None:
        """Those who did nothing for a minute count as new, and one who is too many."""
        if len(self._times) > self._most_known:
            self._times.popitem(last=False)
        while (first := next(iter(self._times.values()))) and first[-1] <= now_s - MINUTE_S:
            self._times.popitem(last=False)

    @property
    def known(self) -> int:
        """How many visitors are remembered."""
        return len(self._times)

    def take(self, who: str) -> None:
        """``wait_s`` for a question.

        Raises:
            InputError: it has to wait; the error says how long.
        """
        if wait_s := self.wait_s(who):
            raise InputError(
                f"{self._most} questions within a minute are as many as this page takes from one "
                "browser.",
                f"Ask again in {ceil(wait_s)} s; server.questions_per_minute sets the limit.",
            )
