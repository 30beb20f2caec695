"""When what stays for good is kept out of the search for garbage."""

import gc
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from ui.web.settling import Settling, set_aside


@dataclass
class Process:
    """A process as far as it matters here."""

    is_ready: bool = True
    modules: int = 1_000
    now_s: float = 0.0
    done_at: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.settling = Settling(
            lambda: self.is_ready,
            modules=lambda: self.modules,
            set_aside=lambda: self.done_at.append(self.modules),
            clock=lambda: self.now_s,
        )

    def look(self, times: int = 3) -> None:
        for _ in range(times):
            self.settling.look()


def test_it_is_done_once_when_all_is_ready_and_not_before() -> None:
    process = Process(is_ready=False)
    process.look()
    assert process.done_at == []
    process.is_ready = True
    process.look()
    assert process.done_at == [1_000]


def test_libraries_that_come_later_are_waited_for_and_set_aside_too() -> None:
    process = Process()
    process.look()
    for process.modules in (1_020, 1_060, 1_100):
        process.look(times=1)
    assert process.done_at == [1_000]
    process.look()
    assert process.done_at == [1_000, 1_100]


def test_a_few_modules_more_are_not_worth_it() -> None:
    process = Process()
    process.look()
    process.modules = 1_010
    process.look()
    assert process.done_at == [1_000]


def test_it_is_done_anew_each_hour() -> None:
    process = Process()
    process.look()
    process.now_s = 3_599
    process.look()
    process.now_s = 3_600
    process.look()
    assert process.done_at == [1_000, 1_000]


@pytest.fixture
def thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_what_was_given_up_goes_and_the_rest_is_searched_no_more(thawed: None) -> None:
    class Node:
        """Refers to itself, so that only a search finds that nobody else does."""

        def __init__(self, gone: list[str]) -> None:
            self.me = self
            self.gone = gone

        def __del__(self) -> None:
            self.gone.append("gone")

    gone: list[str] = []
    node = Node(gone)
    set_aside()
    assert gc.get_freeze_count() > 1_000
    assert gone == []
    del node
    gc.collect()
    assert gone == []
    set_aside()
    assert gone == ["gone"]
