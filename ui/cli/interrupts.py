"""What Ctrl-C, and the system's wish that the program end, do to a command."""

import asyncio
import contextlib
import signal
from collections.abc import Coroutine, Sequence
from types import FrameType
from typing import Any, TypeVar

_Result = TypeVar("_Result")


class Terminated(KeyboardInterrupt):
    """The system asked the program to end."""


def heed_the_system() -> None:
    """Leave in good order when the system asks for it, as at Ctrl-C."""
    with contextlib.suppress(ValueError):  # a thread may not say what a signal does
        signal.signal(signal.SIGTERM, _terminate)


def _terminate(_number: int, _frame: FrameType | None) -> None:
    raise Terminated


def run_until_interrupted(work: Coroutine[Any, Any, _Result]) -> _Result:
    """``asyncio.run``, which the first interruption cancels, so that what is open is closed.

    An interruption that is raised wherever the loop happens to be leaves a library in the middle of
    a connection, and it says so on the terminal. A second one ends the program at once.

    Raises:
        KeyboardInterrupt, Terminated: it was interrupted.
    """
    came: list[signal.Signals] = []
    heeded: list[signal.Signals] = []

    async def cancelled_at_need() -> _Result:
        loop, doing = asyncio.get_running_loop(), asyncio.ensure_future(work)

        def cancel(number: signal.Signals) -> None:
            came.append(number)
            doing.cancel()
            for each in heeded:
                loop.remove_signal_handler(each)
                signal.signal(each, signal.SIG_DFL)

        for number in (signal.SIGINT, signal.SIGTERM):
            # What a program in the background was told to ignore stays ignored.
            if signal.getsignal(number) is not signal.SIG_IGN:
                with contextlib.suppress(NotImplementedError, ValueError, RuntimeError):
                    loop.add_signal_handler(number, cancel, number)
                    heeded.append(number)
        return await doing

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        found = asyncio.run(cancelled_at_need())
        if not came:
            return found
    except asyncio.CancelledError:
        if not came:
            raise
    finally:
        for number in heeded:
            signal.signal(number, before[number])
    raise Terminated if came[0] is signal.SIGTERM else KeyboardInterrupt


class Interruption:
    """Lets the first interruption stop answers, which then end with all that came of them.

    A second one ends the program at once.

    Args:
        stops: what stops them.
    """

    def __init__(self, stops: Sequence[asyncio.Event]) -> None:
        self._stops = stops
        self._loop = asyncio.get_running_loop()
        self._heeded: list[signal.Signals] = []
        self._came: signal.Signals | None = None

    def heed(self) -> None:
        """From now on stop the answers; before, an interruption ends the program."""
        for number in (signal.SIGINT, signal.SIGTERM):
            # What a program in the background was told to ignore stays ignored.
            if signal.getsignal(number) is not signal.SIG_IGN:
                with contextlib.suppress(NotImplementedError, ValueError, RuntimeError):
                    self._loop.add_signal_handler(number, self._stop, number)
                    self._heeded.append(number)

    def close(self) -> None:
        """An interruption ends the program again."""
        if not self._heeded:
            return
        while self._heeded:
            self._loop.remove_signal_handler(self._heeded.pop())
        heed_the_system()

    @property
    def error(self) -> KeyboardInterrupt | None:
        """What to raise when all has been said, if there was an interruption."""
        if self._came is None:
            return None
        return Terminated() if self._came is signal.SIGTERM else KeyboardInterrupt()

    def _stop(self, number: signal.Signals) -> None:
        self._came = number
        self.close()
        for each in self._stops:
            each.set()
