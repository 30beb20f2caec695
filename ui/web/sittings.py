"""Blind tests that are going on, and how another page of the same visitor goes on with one.

A page that is loaded again, by its reader or by itself after a break of the network, is a new page
to the server. The test that it showed is not lost with it.
"""

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from corpus.errors import CounterpointError
from eval.taste.sitting import Sitting

_MOST_KEPT: Final = 500


@dataclass(slots=True)
class Tasting:
    """One page's test; it stays on the server, and with it who sits where.

    Attributes:
        sitting: the test that is going on, or the last one.
        unkept: why the last vote could not be written down, or None.
        page: tells the page that goes on with the test from those that did before.
    """

    sitting: Sitting | None = None
    unkept: CounterpointError | None = None
    page: str = ""

    def at_rest(self) -> "Tasting":
        """What is remembered of it while its page is closed: a test that is not over."""
        is_over = self.sitting is None or self.sitting.is_over
        return Tasting(None if is_over else self.sitting, self.unkept, self.page)


class Unfinished:
    """The last test of each visitor while it is not over, and the page that goes on with it.

    Args:
        most_kept: visitors; those who began or went on first are forgotten first.
    """

    def __init__(self, most_kept: int = _MOST_KEPT) -> None:
        self._most_kept = most_kept
        self._by_owner: OrderedDict[str, tuple[Sitting, str]] = OrderedDict()

    def take(self, owner: str, tasting: Tasting) -> None:
        """From now on this page goes on with its test, and no other."""
        if not owner or tasting.sitting is None:
            return
        # Given here: what a page begins with is copied for each of them.
        tasting.page = secrets.token_urlsafe(8)
        self._by_owner[owner] = (tasting.sitting, tasting.page)
        self._by_owner.move_to_end(owner)
        if len(self._by_owner) > self._most_kept:
            self._by_owner.popitem(last=False)

    def of(self, owner: str) -> Sitting | None:
        """The visitor's test that is not over, if there is one."""
        sitting, _ = self._by_owner.get(owner, (None, ""))
        if sitting is not None and sitting.is_over:
            del self._by_owner[owner]
            return None
        return sitting

    def end(self, owner: str) -> None:
        """The visitor wants no more of it, on whatever page it is."""
        sitting = self.of(owner)
        if sitting is not None:
            sitting.stop.set()
            sitting.is_over = True

    def is_elsewhere(self, owner: str, tasting: Tasting) -> bool:
        """Whether another page has taken this page's test."""
        sitting, page = self._by_owner.get(owner, (None, ""))
        return sitting is not None and sitting is tasting.sitting and page != tasting.page
