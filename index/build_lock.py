"""One process builds at a time."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from corpus.disk import replace_text, writing
from corpus.errors import IndexLocked

_LOOK_EVERY_S = 0.1

Waiting = Callable[[int, int], None]
"""Called while another process builds, with the seconds waited and the seconds that are meant."""


@contextmanager
def build_lock(
    index_dir: Path, *, wait_s: float = 0.0, waiting: Waiting | None = None
) -> Iterator[None]:
    """Hold the right to build; the system gives it back when the process dies, however it dies.

    Args:
        index_dir: the index's folder.
        wait_s: how long to wait for another process that builds.
        waiting: told about the wait.

    Raises:
        IndexLocked: another process is still building; its number is named.
        DiskFull, ConfigError: the folder cannot be written.
    """
    with writing(index_dir):
        index_dir.mkdir(parents=True, exist_ok=True)
        lock = FileLock(index_dir / "build.lock")
        owner = index_dir / "build.pid"
        _acquire(lock, owner, wait_s, waiting)
        try:
            replace_text(owner, f"{os.getpid()}\n")
            yield
        finally:
            owner.unlink(missing_ok=True)
            lock.release()


def _acquire(lock: FileLock, owner: Path, wait_s: float, waiting: Waiting | None) -> None:
    started_s = time.monotonic()
    while True:
        waited_s = time.monotonic() - started_s
        try:
            lock.acquire(timeout=0 if waited_s >= wait_s else _LOOK_EVERY_S)
        except Timeout as exc:
            if waited_s >= wait_s:
                raise IndexLocked(
                    f"Another process{_named(owner)} is building the index.",
                    "Wait until it has finished, then try again.",
                ) from exc
        else:
            return
        if waiting is not None:
            waiting(int(waited_s), int(wait_s))


def _named(owner: Path) -> str:
    try:
        return f" (pid {int(owner.read_text('utf-8'))})"
    except (OSError, ValueError):
        # It has the lock but has not written its number yet.
        return ""
