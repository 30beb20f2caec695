"""Appending to a run's rows, so that a kill or a full disk leaves whole lines."""

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from corpus.disk import require_room, sync, writing
from eval.runs.errors import RunBusy
from eval.runs.lines import Line, encode_line

_ROOM_BYTES: Final = 1_000_000


class RowWriter:
    """Appends lines, each with one write, and returns when the disk holds it."""

    def __init__(self, file: Path, descriptor: int) -> None:
        self._file = file
        self._descriptor = descriptor
        self._one_at_a_time = threading.Lock()

    def append(self, line: Line) -> None:
        """Append a line; from any thread.

        Raises:
            DiskFull, ConfigError, StoreError: it could not be written, and is not there in part.
        """
        data = f"{encode_line(line)}\n".encode()
        with self._one_at_a_time, writing(self._file.parent):
            append_whole(self._descriptor, data)

    def require_room(self) -> None:
        """Refuse before a question is sent whose answer the disk could not take.

        Raises:
            DiskFull: there is next to no room.
        """
        with writing(self._file.parent):
            require_room(self._file.parent, _ROOM_BYTES)


def append_whole(descriptor: int, data: bytes) -> None:
    """Append to a file, and return when the disk holds it; what fails leaves no part behind.

    Raises:
        OSError: it could not be written.
    """
    before = os.fstat(descriptor).st_size
    try:
        rest = memoryview(data)
        while rest:  # a disk that is nearly full takes a part, and says why at the next
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    except OSError:
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, before)
        raise


@contextlib.contextmanager
def row_writer(file: Path) -> Iterator[RowWriter]:
    """``whole_lines`` of a run's rows.

    Raises:
        DiskFull, ConfigError, StoreError: it cannot be written.
    """
    with whole_lines(file) as (descriptor, _):
        yield RowWriter(file, descriptor)


@contextlib.contextmanager
def whole_lines(file: Path) -> Iterator[tuple[int, bytes]]:
    """Open a file of lines to append to; a last line that was half written is cut off.

    Yields:
        Its descriptor, and the lines that are there.

    Raises:
        DiskFull, ConfigError, StoreError: it cannot be written.
    """
    with writing(file.parent):
        is_new = not file.exists()
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        with writing(file.parent):
            content = file.read_bytes()
            end = content.rfind(b"\n") + 1
            os.ftruncate(descriptor, end)
            if is_new:
                sync(file.parent)
        yield descriptor, content[:end]
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def alone(
    lock: Path, busy: str, cure: str = "Wait until it has ended.", *, wait_s: float = 0.0
) -> Iterator[None]:
    """Hold a right that one process at a time may have, which the system gives back at its end.

    Args:
        lock: a file in a folder that is there.
        busy: what another process does with it, as a sentence.
        cure: what to do then.
        wait_s: how long to wait for another process that has it.

    Raises:
        RunBusy: another process has it.
        DiskFull, ConfigError, StoreError: the folder cannot be written.
    """
    held = FileLock(lock)
    with writing(lock.parent):
        try:
            held.acquire(timeout=wait_s)
        except Timeout as exc:
            raise RunBusy(busy, cure) from exc
    try:
        yield
    finally:
        held.release()
