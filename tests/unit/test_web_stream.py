"""Events reach the browser in batches that it can keep up with."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from corpus.errors import BackendError
from ui.web.stream import INTERVAL_S, batched


class Clock:
    def __init__(self, step_s: float = 0.0) -> None:
        self.now_s, self.step_s = 0.0, step_s

    def __call__(self) -> float:
        self.now_s += self.step_s
        return self.now_s


async def numbers(count: int) -> AsyncIterator[int]:
    for number in range(count):
        yield number


def test_there_are_at_most_twelve_updates_a_second() -> None:
    assert 1 / INTERVAL_S <= 12


async def test_a_fast_stream_is_gathered_and_nothing_is_lost() -> None:
    batches = [batch async for batch in batched(numbers(1000), clock=Clock(), interval_s=1)]
    assert [number for batch in batches for number in batch] == list(range(1000))
    assert len(batches) == 2


async def test_the_first_event_is_passed_on_at_once() -> None:
    batches = batched(numbers(3), interval_s=60)
    assert await anext(batches) == [0]
    await batches.aclose()


async def test_what_is_urgent_does_not_wait_and_takes_along_what_came_before() -> None:
    batches = batched(numbers(5), interval_s=60, is_urgent=lambda number: number == 3)
    assert await anext(batches) == [0]
    assert await anext(batches) == [1, 2, 3]
    await batches.aclose()


async def test_batches_that_are_taken_slowly_come_less_often_and_lose_nothing() -> None:
    clock = Clock()

    async def every_tenth_of_a_second() -> AsyncIterator[int]:
        for number in range(200):
            clock.now_s += 0.1
            yield number

    async def batches(taking_s: float) -> list[list[int]]:
        found = []
        async for batch in batched(every_tenth_of_a_second(), clock=clock, interval_s=0.1):
            found.append(batch)
            clock.now_s += taking_s
        return found

    at_ease, pressed = await batches(0.0), await batches(0.3)
    for found in (at_ease, pressed):
        assert [number for batch in found for number in batch] == list(range(200))
    assert len(pressed) < len(at_ease) / 3


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
        async for batch in batched(breaking(), interval_s=60):
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
