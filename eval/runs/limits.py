"""What a run keeps to: a ceiling on money, and the pace that each backend asks for."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from eval.runs.planning import Ask
from eval.runs.records import Contestant, Key
from eval.runs.spending import Spent

REST_S: Final = 20.0
"""How long a backend is left alone that asks for fewer requests and does not say how long."""
LONGEST_REST_S: Final = 900.0
PUT_OFFS: Final = 5
"""How often one question is put off before it counts as failed."""
GIVEN_UP: Final = 2
"""How many questions in a row may fail so before the backend is asked no further."""
UNREACHED: Final = 3
"""How often in a row a backend may be out of reach before it is asked no further."""


class Purse:
    """Money for a run: what a question can cost at most is laid aside before it is sent.

    Args:
        ceiling: in US dollars; None sets none.
        spent: what earlier processes spent.
    """

    def __init__(self, ceiling: float | None, spent: Spent) -> None:
        self.spent = spent
        self._ceiling = ceiling
        self._aside = 0.0
        self._changed = asyncio.Condition()

    @property
    def why_not(self) -> str:
        """Why no question more can be paid for."""
        if self.spent.at_most is None:
            return "What it cost so far is not known, so the ceiling cannot be kept."
        return (
            f"The ceiling of ${self._ceiling or 0.0:,.2f} would be passed: "
            f"up to ${self.spent.at_most:,.4f} is spent, and the next question may cost more "
            "than is left."
        )

    async def lay_aside(self, most: float | None) -> bool:
        """Lay aside what a question can cost; waits while others may turn out cheaper.

        Returns:
            Whether there is enough; a question that costs nothing can always be asked.
        """
        if self._ceiling is None or most == 0:
            return True
        async with self._changed:
            while not self._is_enough(most):
                # Only what is still in flight can leave more than there is now.
                if most is None or self._aside <= 0 or not self._is_enough(most, aside=0.0):
                    return False
                await self._changed.wait()
            self._aside += most or 0.0
            return True

    async def settle(self, most: float | None, known: float | None, at_most: float | None) -> None:
        """Take what was laid aside back, and count what was spent.

        Args:
            most: as it was laid aside.
            known: what the answer cost, or None.
            at_most: the most that it can have cost, or None.
        """
        async with self._changed:
            self.spent = self.spent.plus(known, at_most)
            self._take_back(most)

    async def give_back(self, most: float | None) -> None:
        """Take back what was laid aside for a question that was not sent."""
        async with self._changed:
            self._take_back(most)

    def _take_back(self, most: float | None) -> None:
        if self._ceiling is not None and most:
            self._aside = max(0.0, self._aside - most)
        self._changed.notify_all()

    def _is_enough(self, most: float | None, aside: float | None = None) -> bool:
        if self._ceiling is None:
            return True
        if most is None or self.spent.at_most is None:
            return False
        taken = self.spent.at_most + (self._aside if aside is None else aside)
        return taken + most <= self._ceiling * (1 + 1e-9)


@dataclass
class Side:
    """One backend during a run.

    Attributes:
        contestant: who is asked.
        total: how many answers a whole run has.
        asks: what is still to be asked, in order.
        done, failed: how many answers there are, and how many of those failed.
        answered_here: how many of them came in this process.
        busy_s: how long those took in all, in seconds.
        rests_until_s: when it may be asked again, by the run's clock.
        stopped: why it is asked no further.
        put_off: how often each question was put off.
        given_up: how many questions in a row it would not take until they counted as failed.
        unreached: how often in a row it was out of reach.
    """

    contestant: Contestant
    total: int = 0
    asks: deque[Ask] = field(default_factory=deque)
    done: int = 0
    failed: int = 0
    answered_here: int = 0
    busy_s: float = 0.0
    rests_until_s: float = 0.0
    stopped: str = ""
    put_off: dict[Key, int] = field(default_factory=dict)
    given_up: int = 0
    unreached: int = 0

    def stop(self, why: str) -> None:
        """Ask it no further."""
        self.stopped = self.stopped or why
        self.asks.clear()

    def rest(self, ask: Ask, wait_s: float | None, now_s: float) -> float:
        """Put a question off and leave the backend alone; returns for how many seconds."""
        self.put_off[ask.key] = self.put_off.get(ask.key, 0) + 1
        rest_s = min(REST_S if wait_s is None else wait_s, LONGEST_REST_S)
        self.rests_until_s = max(self.rests_until_s, now_s + rest_s)
        if not self.stopped:
            self.asks.appendleft(ask)
        return rest_s

    def miss(self, why: str, now_s: float) -> None:
        """Note that it was out of reach; a few times in a row, and it is asked no further."""
        # Questions that were in flight together found out the same thing.
        if now_s >= self.rests_until_s:
            self.unreached += 1
        if self.unreached >= UNREACHED:
            self.stop(why)

    def give_up(self, why: str) -> None:
        """Note that it never took a question; twice in a row, and it is asked no further."""
        self.given_up += 1
        if self.given_up >= GIVEN_UP:
            self.stop(why)

    def count(self, took_s: float, *, failed: bool) -> None:
        """Count an answer."""
        self.done += 1
        self.failed += failed
        self.answered_here += 1
        self.busy_s += took_s

    def may_be_put_off(self, ask: Ask) -> bool:
        """Whether a question that was not taken is asked again."""
        return self.put_off.get(ask.key, 0) < PUT_OFFS


class Lane:
    """Backends that share their turns: those of this machine one lane, each vendor's its own.

    Args:
        sides: the backends.
        width: how many questions are in flight at a time.
        clock: seconds that only grow.
    """

    def __init__(self, sides: Iterable[Side], width: int, clock: Callable[[], float]) -> None:
        self.sides = tuple(sides)
        self.width = width
        self._clock = clock

    def next(self) -> tuple[Side, Ask] | None:
        """The next question in the order of asking whose backend does not rest, or None."""
        now_s = self._clock()
        awake = [side for side in self.sides if side.asks and side.rests_until_s <= now_s]
        if not awake:
            return None
        side = min(awake, key=lambda side: side.asks[0].position)
        return side, side.asks.popleft()

    @property
    def rest_s(self) -> float | None:
        """How long until a backend may be asked again; None when nothing is left to ask."""
        until = [side.rests_until_s for side in self.sides if side.asks]
        return max(0.0, min(until) - self._clock()) if until else None
