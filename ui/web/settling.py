"""What stays for good is kept out of Python's search for garbage.

Libraries, models and the index are some hundred thousand objects. A full search through them stops
every answer that is being written for a tenth of a second or two, and while many chat it comes
every few seconds. What has settled is set aside.
"""

import asyncio
import gc
import sys
import time
from collections.abc import Callable
from typing import Final

_LOOK_EVERY_S: Final = 1.0
_MANY_MODULES: Final = 50
_ANEW_AFTER_S: Final = 3600.0


def set_aside() -> None:
    """Search through everything once, and leave what remains out of later searches."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


class Settling:
    """Sets aside what has been loaded: when all is ready, and when further libraries have come.

    It is done anew each hour, so that what was given up meanwhile goes, too.

    Args:
        is_ready: whether the first question need not wait for anything.
        modules: how many have been imported.
        set_aside: what is done.
        clock: seconds, monotonic.
    """

    def __init__(
        self,
        is_ready: Callable[[], bool],
        *,
        modules: Callable[[], int] = lambda: len(sys.modules),
        set_aside: Callable[[], None] = set_aside,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._is_ready = is_ready
        self._modules = modules
        self._set_aside = set_aside
        self._clock = clock
        self._seen = self._settled = 0
        self._settled_s = clock()

    def look(self) -> None:
        """Set aside what has settled since the last time, if it is worth it."""
        before, self._seen = self._seen, self._modules()
        if not self._is_ready() or self._seen != before:
            return
        is_due = self._clock() - self._settled_s >= _ANEW_AFTER_S
        if self._seen - self._settled >= _MANY_MODULES or is_due:
            self._set_aside()
            self._settled, self._settled_s = self._seen, self._clock()

    async def go_on(self) -> None:
        """Look every second until it is cancelled."""
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            self.look()
