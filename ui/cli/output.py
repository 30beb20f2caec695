"""What the command line writes: JSON and answers on stdout, everything else on stderr."""

import contextlib
import io
import json
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

from corpus.errors import ConfigError, CounterpointError


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

    Raises:
        BrokenPipeError: the reader of a pipe has left.
        ConfigError: standard output takes nothing, as on a full disk.
    """
    if sys.stdout is None:
        return
    try:
        sys.stdout.write(text + end)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as exc:
        leave_streams()
        raise ConfigError(
            "The output cannot be written.", "Make room on its disk, or write it elsewhere."
        ) from exc


def write_json(value: Any) -> None:
    """Write one JSON value on one line."""
    write(json.dumps(value, ensure_ascii=False))


def note(text: str) -> None:
    """Say something on standard error; nowhere when it is closed."""
    if sys.stderr is None:
        return
    with contextlib.suppress(OSError):
        sys.stderr.write(text + "\n")
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


class ProgressLine:
    """One line on a terminal that is rewritten; a line a step where there is no terminal."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._rewrites = self._stream.isatty()
        self._last_step = ""

    def show(self, step: str, done: int, total: int) -> None:
        """Show how far a step is."""
        if self._rewrites:
            bar = "#" * (24 * done // max(total, 1))
            self._stream.write(f"\r\x1b[K{step} [{bar:<24}] {done:,} of {total:,}")
        elif step != self._last_step:
            self._stream.write(f"{step}\n")
        self._last_step = step
        self._stream.flush()

    def close(self) -> None:
        """End the line."""
        if self._rewrites and self._last_step:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
