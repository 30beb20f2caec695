"""Events reach the browser in batches that it can keep up with."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest

from corpus.errors import BackendError
from ui.web.stream import INTERVAL_S, LONGEST_INTERVAL_S, MOST_UPDATES_PER_S, Tempo, batched


class Clock:
    def __init__(self, step_s: float = 0.0) -> None:
        self.now_s, self.step_s = 0.0, step_s

    def __call__(self) -> float:
        self.now_s += self.step_s
        return self.now_s


async def numbers(count: int) -> AsyncIterator[int]:
    for number in range(count):
        yield number
        await asyncio.sleep(0)


def every(interval_s: float) -> Callable[[], float]:
    return lambda: interval_s


def test_there_are_at_most_twelve_updates_a_second() -> None:
    assert 1 / INTERVAL_S <= 12


async def test_a_fast_stream_is_gathered_and_nothing_is_lost() -> None:
    batches = [batch async for batch in batched(numbers(1000), clock=Clock(), interval_s=every(1))]
    assert [number for batch in batches for number in batch] == list(range(1000))
    assert len(batches) == 2


async def test_the_first_event_is_passed_on_at_once() -> None:
    batches = batched(numbers(3), interval_s=every(60))
    assert await anext(batches) == [0]
    await batches.aclose()


async def test_what_is_urgent_does_not_wait_and_takes_along_what_came_before() -> None:
    batches = batched(numbers(5), interval_s=every(60), is_urgent=lambda number: number == 3)
    assert await anext(batches) == [0]
    assert await anext(batches) == [1, 2, 3]
    await batches.aclose()


def test_one_answer_is_shown_ten_times_a_second_and_many_share_what_the_server_can_carry() -> None:
    tempo = Tempo()
    assert tempo.interval_s() == INTERVAL_S
    with contextlib.ExitStack() as running:
        for _ in range(50):
            running.enter_context(tempo.joined())
        assert 50 / tempo.interval_s() == pytest.approx(MOST_UPDATES_PER_S)
        for _ in range(1000):
            running.enter_context(tempo.joined())
        assert tempo.interval_s() == LONGEST_INTERVAL_S
    assert tempo.interval_s() == INTERVAL_S


async def test_the_interval_is_asked_after_each_batch_as_others_may_have_come() -> None:
    intervals_s = iter([0.0, 60.0])
    batches = batched(numbers(5), interval_s=lambda: next(intervals_s))
    assert [await anext(batches), await anext(batches)] == [[0], [1]]
    assert await anext(batches) == [2, 3, 4]


async def test_a_slow_stream_beats_while_nothing_comes() -> None:
    gate = asyncio.Event()

    async def slow() -> AsyncIterator[int]:
        await gate.wait()
        yield 1

    batches = batched(slow(), heartbeat_s=0.001)
    assert await anext(batches) == []
    gate.set()
    assert [batch async for batch in batches if batch] == [[1]]


async def test_what_came_before_an_error_is_passed_on_before_it() -> None:
    async def breaking() -> AsyncIterator[int]:
        yield 1
        yield 2
        raise BackendError("It broke.", "Ask again.")

    seen: list[int] = []
    with pytest.raises(BackendError):
        async for batch in batched(breaking(), interval_s=every(60)):
            seen += batch
    assert seen == [1, 2]


async def test_closing_it_closes_the_source() -> None:
    closed = asyncio.Event()

    async def endless() -> AsyncIterator[int]:
        try:
            while True:
                yield 0
                await asyncio.Event().wait()
        finally:
            closed.set()

    batches = batched(endless())
    assert await anext(batches) == [0]
    await batches.aclose()
    assert closed.is_set()
