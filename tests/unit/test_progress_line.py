"""What is seen of long work on the command line."""

import io

import pytest

from ui.cli.output import ProgressLine


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Clock:
    """Seconds that a test sets."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_terminal_shows_one_line_with_rate_and_time_left(clock: Clock) -> None:
    stream = Terminal()
    line = ProgressLine(stream, clock)
    line.show("embed", 0, 1_000)
    clock.now_s = 10.0
    line.show("embed", 250, 1_000)
    last = stream.getvalue().rsplit("\r", 1)[1]
    assert "2/4 embedding [######" in last
    assert "250 of 1,000, 25/s, 30 s left" in last
    assert "\n" not in stream.getvalue()
    line.close()
    assert stream.getvalue().endswith("\r\x1b[K")


def test_the_first_moments_of_a_step_promise_nothing(clock: Clock) -> None:
    stream = Terminal()
    line = ProgressLine(stream, clock)
    line.show("embed", 0, 1_000)
    clock.now_s = 1.0
    line.show("embed", 10, 1_000)
    assert "left" not in stream.getvalue()


def test_each_step_is_timed_by_itself(clock: Clock) -> None:
    stream = Terminal()
    line = ProgressLine(stream, clock)
    line.show("chunk", 0, 10)
    clock.now_s = 600.0
    line.show("embed", 0, 100)
    clock.now_s = 610.0
    line.show("embed", 10, 100)
    assert stream.getvalue().endswith("10 of 100, 1/s, 1 min 30 s left")


def test_without_a_terminal_there_is_a_line_a_step_and_one_each_half_minute(clock: Clock) -> None:
    stream = io.StringIO()
    line = ProgressLine(stream, clock)
    for second in range(0, 70, 5):
        clock.now_s = float(second)
        line.show("embed", second, 100)
    line.show("store", 100, 100)
    line.close()
    assert stream.getvalue().splitlines() == [
        "2/4 embedding",
        "2/4 embedding: 30 of 100, 1/s, 1 min 10 s left",
        "2/4 embedding: 60 of 100, 1/s, 40 s left",
        "3/4 storing",
    ]


def test_waiting_for_another_process_estimates_nothing(clock: Clock) -> None:
    stream = Terminal()
    line = ProgressLine(stream, clock)
    line.show("wait", 0, 600)
    clock.now_s = 20.0
    line.show("wait", 20, 600)
    assert "waiting for another process" in stream.getvalue()
    assert stream.getvalue().endswith("20 of 600 s")
    assert "left" not in stream.getvalue()


def test_a_stream_that_takes_nothing_ends_no_work(clock: Clock) -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

    line = ProgressLine(Full(), clock)
    line.show("embed", 1, 2)
    line.close()
    assert line._last_step == ""
