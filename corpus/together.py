"""Files that come into a folder together: all of them or none, however the writing ends.

They are written and synced in a hidden folder below, whose renaming is the one step that publishes
them. From then on they count, though they are still moved to their places; whoever writes next
ends a move that was cut short.
"""

import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final

from filelock import FileLock

from corpus.disk import sync

Synced = Callable[[int, int], None]
"""Hears how many files the disk has, and of how many."""

_BEGUN: Final = ".begun-"
_WHOLE: Final = ".whole-"
_LOCK: Final = ".moving.lock"
_AT_ONCE: Final = 8
"""A disk takes several files at once in the time of one."""


def put_together(
    folder: Path, files: Iterable[tuple[str, str]], synced: Synced | None = None
) -> None:
    """Put files into a folder, in the place of those of the same name.

    Args:
        folder: is there already.
        files: names and contents.
        synced: told about each file that will survive a power cut.
    """
    stamp = f"{time.time_ns():020}-{secrets.token_hex(4)}"
    begun = folder / f"{_BEGUN}{stamp}"
    begun.mkdir()
    try:
        _sync_all([_write(begun / name, text) for name, text in files], synced)
        sync(begun)
        with _moving(folder):
            # Of two that were published, parts of the first would come over the second.
            _settle(folder)
            begun.rename(folder / f"{_WHOLE}{stamp}")
            sync(folder)
            _settle(folder)
    except BaseException:
        shutil.rmtree(begun, ignore_errors=True)
        raise


def settle(folder: Path) -> None:
    """Move what was published to its place, as far as it is not there."""
    if _whole(folder):
        with _moving(folder):
            _settle(folder)


def _moving(folder: Path) -> FileLock:
    """One process publishes and moves at a time; one that is killed holds up nobody."""
    return FileLock(folder / _LOCK)


def _settle(folder: Path) -> None:
    for batch in _whole(folder):
        for file in _below(batch):
            file.replace(folder / file.name)
        sync(folder)
        batch.rmdir()


def on_the_way(folder: Path) -> dict[str, Path]:
    """Files that are published and not yet moved, by name; the newest of each."""
    return {file.name: file for batch in _whole(folder) for file in _below(batch)}


def sweep_begun(folder: Path, after_s: float) -> None:
    """Remove what processes that were killed had begun to write so many seconds ago."""
    for begun in folder.glob(f"{_BEGUN}*"):
        with suppress(FileNotFoundError):  # its process ended well
            if time.time() - begun.stat().st_mtime > after_s:
                shutil.rmtree(begun)


def _write(file: Path, text: str) -> Path:
    with file.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        if hasattr(os, "posix_fadvise"):
            # Linux begins to write at this, so that the syncs find little left to wait for.
            os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return file


def _sync_all(files: list[Path], synced: Synced | None) -> None:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for done, _ in enumerate(pool.map(sync, files), start=1):
            if synced is not None:
                synced(done, len(files))


def _whole(folder: Path) -> list[Path]:
    """In the order of their beginning."""
    return sorted(each for each in folder.glob(f"{_WHOLE}*") if each.is_dir())


def _below(batch: Path) -> list[Path]:
    try:
        return sorted(batch.iterdir())
    except FileNotFoundError:
        return []
