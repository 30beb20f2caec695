"""What can go wrong with the disk, said in the program's own words."""

import errno
import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from corpus.errors import ConfigError, CounterpointError, DiskFull, StoreError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
SQLITE_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE}
"""SQLite tells a quota and a limit on file sizes as a write that failed."""

_REFUSED = {
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENOTDIR,
    errno.EEXIST,
    errno.EISDIR,
    errno.ELOOP,
}


def disk_full(folder: Path) -> DiskFull:
    """The error for a disk without room."""
    return DiskFull(
        f"There is no room left to write in {folder}.",
        "Free some space, or move the home folder with --home, then run the command again.",
    )


def unwritable(folder: Path) -> StoreError:
    """The error for a disk that fails in a way that says nothing about room."""
    return StoreError(
        f"The disk failed while {folder} was written.",
        "Check the disk, then run the command again.",
    )


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Translate what the operating system says while a folder is written.

    Raises:
        DiskFull: there is no room.
        ConfigError: the folder cannot be written.
        StoreError: the disk fails in another way.
    """
    try:
        yield
    except OSError as exc:
        raise _translated(exc, folder) from exc
    except sqlite3.OperationalError as exc:
        if exc.sqlite_errorcode in SQLITE_FULL:
            raise disk_full(folder) from exc
        raise unwritable(folder) from exc


def _translated(exc: OSError, folder: Path) -> CounterpointError:
    if exc.errno in _FULL:
        return disk_full(folder)
    if exc.errno in _REFUSED:
        return ConfigError(
            f"The folder {folder} cannot be written.",
            "Give yourself the right to write there, or choose another folder with --home.",
        )
    return unwritable(folder)


def require_room(folder: Path, bytes_needed: int) -> None:
    """Refuse before the first byte is written when the disk cannot hold what is coming.

    Raises:
        DiskFull: fewer than ``bytes_needed`` bytes are free.
    """
    if shutil.disk_usage(folder).free < bytes_needed:
        raise disk_full(folder)


def sha256_of(file: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def replace_text(file: Path, text: str) -> None:
    """Replace a small file in one step: a reader sees the old content or the new, never a part."""
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with fresh.open("w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(file)
    except BaseException:
        # On a full disk it would hold the last room that there is.
        with suppress(OSError):
            fresh.unlink()
        raise
    sync(file.parent)


def sync(path: Path) -> None:
    """Ask the disk to keep a file's content or a folder's entries through a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
