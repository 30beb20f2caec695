"""What the command line writes: JSON and answers on stdout, everything else on stderr."""

import contextlib
import io
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TextIO

from corpus.errors import ConfigError, CounterpointError

# Escapes move the cursor, fill the clipboard and make links; others turn the direction of text.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def prepare_streams() -> None:
    """Speak UTF-8 with pipes and files, and let no character that cannot be written end a run."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            encoding = stream.encoding if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="replace")


def leave_streams() -> None:
    """Drop what standard output did not take, so that Python does not try again at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def write(text: str = "", *, end: str = "\n") -> None:
    """Write to standard output at once; nowhere when there is none.

    What a terminal would obey is left out: a model or a document can say it.

    Raises:
        BrokenPipeError: the reader of a pipe has left.
        ConfigError: standard output takes nothing, as on a full disk.
    """
    if sys.stdout is None:
        return
    try:
        sys.stdout.write(_CONTROL.sub("", text) + end)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as exc:
        leave_streams()
        raise ConfigError(
            "The output cannot be written.", "Make room on its disk, or write it elsewhere."
        ) from exc


def write_json(value: Any) -> None:
    """Write one JSON value on one line; what a terminal would obey is written as an escape."""
    text = json.dumps(value, ensure_ascii=False)
    write(_CONTROL.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text))


def note(text: str) -> None:
    """Say something on standard error; nowhere when it is closed."""
    if sys.stderr is None:
        return
    with contextlib.suppress(OSError):
        sys.stderr.write(_CONTROL.sub("", text) + "\n")
        sys.stderr.flush()


def say_error(error: CounterpointError) -> None:
    """Two lines: what happened, what to do."""
    note(f"counterpoint: {' '.join(error.what.split())}")
    note(f"  {' '.join(error.cure.split())}")


def write_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a table with aligned columns."""
    table = [tuple(header), *(tuple(row) for row in rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(header))]
    for row in table:
        write(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        )


_STEPS = {
    "read": "reading",
    "wait": "waiting for another process that builds",
    "chunk": "1/4 cutting",
    "embed": "2/4 embedding",
    "store": "3/4 storing",
    "verify": "4/4 checking",
}
_ESTIMATE_AFTER_S = 2.0
_SAID_EVERY_S = 30.0


class ProgressLine:
    """One line on a terminal that is rewritten; a line a step where there is no terminal.

    A step that takes long shows its rate and the time that is left; without a terminal, every
    half minute.

    Args:
        stream: where it is written; standard error unless told otherwise.
        clock: seconds that only grow.
    """

    def __init__(
        self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = stream or sys.stderr
        self._clock = clock
        self._rewrites = self._stream is not None and self._stream.isatty()
        self._last_step = ""
        self._began_s = 0.0
        self._said_s = 0.0

    def show(self, step: str, done: int, total: int) -> None:
        """Show how far a step is."""
        now_s = self._clock()
        is_new = step != self._last_step
        if is_new:
            self._began_s = self._said_s = now_s
            self._last_step = step
        name = _STEPS.get(step, step)
        unit = " s" if step == "wait" else ""
        told = f"{done:,} of {total:,}{unit}{self._estimate(step, done, total, now_s)}"
        if self._rewrites:
            bar = "#" * (24 * done // max(total, 1))
            self._write(f"\r\x1b[K{name} [{bar:<24}] {told}")
        elif is_new:
            self._write(f"{name}\n")
        elif now_s - self._said_s >= _SAID_EVERY_S:
            self._said_s = now_s
            self._write(f"{name}: {told}\n")

    def close(self) -> None:
        """End the line; another may begin."""
        if self._rewrites and self._last_step:
            self._write("\r\x1b[K")
        self._last_step = ""

    def _estimate(self, step: str, done: int, total: int, now_s: float) -> str:
        passed_s = now_s - self._began_s
        if step == "wait" or done <= 0 or passed_s < _ESTIMATE_AFTER_S:
            return ""
        return f", {done / passed_s:,.3g}/s, {_time(passed_s * (total - done) / done)} left"

    def _write(self, text: str) -> None:
        if self._stream is None:
            return
        # A closed or full standard error must not end the work that it tells of.
        with contextlib.suppress(OSError):
            self._stream.write(text)
            self._stream.flush()


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
