"""An interruption cancels what a command does; it is not raised into the middle of a library."""

import asyncio
import os
import signal

import pytest

from ui.cli.interrupts import Terminated, run_until_interrupted

BOTH = [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, Terminated)]


@pytest.mark.parametrize(("number", "raised"), BOTH)
def test_the_first_interruption_comes_where_something_is_waited_for_and_all_is_closed(
    number: signal.Signals, raised: type[BaseException]
) -> None:
    before = [signal.getsignal(each) for each, _ in BOTH]
    seen: list[str] = []

    async def connect() -> None:
        os.kill(os.getpid(), number)
        seen.append("went on")
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0)
            seen.append("closed")

    async def work() -> None:
        await asyncio.gather(connect(), connect())

    with pytest.raises(raised) as caught:
        run_until_interrupted(work())
    assert caught.type is raised
    assert seen[0] == "went on"
    assert "closed" in seen
    assert [signal.getsignal(each) for each, _ in BOTH] == before


def test_what_is_not_interrupted_gives_its_value_or_its_error() -> None:
    before = [signal.getsignal(each) for each, _ in BOTH]

    async def give() -> int:
        return 7

    async def fail() -> int:
        raise ValueError("no")

    async def cancel() -> int:
        raise asyncio.CancelledError

    assert run_until_interrupted(give()) == 7
    for work, error in ((fail, ValueError), (cancel, asyncio.CancelledError)):
        with pytest.raises(error):
            run_until_interrupted(work())
    assert [signal.getsignal(each) for each, _ in BOTH] == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_the_program_was_told_to_ignore_stays_ignored(number: signal.Signals) -> None:
    before = signal.signal(number, signal.SIG_IGN)

    async def work() -> str:
        os.kill(os.getpid(), number)
        await asyncio.sleep(0.01)
        return "done"

    try:
        assert run_until_interrupted(work()) == "done"
        assert signal.getsignal(number) is signal.SIG_IGN
    finally:
        signal.signal(number, before)
