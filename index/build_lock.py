"""One process builds at a time."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from corpus.disk import replace_text, writing
from corpus.errors import IndexLocked


@contextmanager
def build_lock(index_dir: Path) -> Iterator[None]:
    """Hold the right to build; the system gives it back when the process dies, however it dies.

    Raises:
        IndexLocked: another process is building; its number is named.
        DiskFull, ConfigError: the folder cannot be written.
    """
    with writing(index_dir):
        index_dir.mkdir(parents=True, exist_ok=True)
        lock = FileLock(index_dir / "build.lock")
        owner = index_dir / "build.pid"
        try:
            lock.acquire(timeout=0)
        except Timeout as exc:
            raise IndexLocked(
                f"Another process{_named(owner)} is building the index.",
                "Wait until it has finished, then try again.",
            ) from exc
        try:
            replace_text(owner, f"{os.getpid()}\n")
            yield
        finally:
            owner.unlink(missing_ok=True)
            lock.release()


def _named(owner: Path) -> str:
    try:
        return f" (pid {int(owner.read_text('utf-8'))})"
    except (OSError, ValueError):
        # It has the lock but has not written its number yet.
        return ""
