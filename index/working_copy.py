"""A private copy of a folder for as long as a process needs it.

Chroma changes its files by opening them. A generation must stay the bytes that were verified, and
two processes must not share a Chroma folder; so each reader works on a copy of its own. It goes
when it is closed, or the process ends; that of a process that was killed is removed by the next one
that opens the index.
"""

import atexit
import errno
import os
import secrets
import shutil
import stat
import tempfile
from pathlib import Path

from filelock import FileLock, Timeout

from corpus.disk import writing

_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_FULL = {errno.ENOSPC, errno.EDQUOT}
_WRITTEN_BYTES = 4 * 1024 * 1024
"""What Chroma may write beside a copy while it is searched."""


class WorkingCopy:
    """A copy of ``source`` below ``parent``, removed on ``close``.

    Where ``parent`` may not be written, as in a home folder that is only to be read, or has no
    room, the copy goes into a folder of this user's own among the temporary files.

    Raises:
        DiskFull: there is no room for the copy.
        ConfigError: neither folder can be written.
    """

    def __init__(self, source: Path, parent: Path) -> None:
        with writing(parent):
            try:
                self._make(source, parent)
            except OSError as exc:
                if exc.errno not in _FORBIDDEN | _FULL:
                    raise
                with writing(Path(tempfile.gettempdir())):
                    self._make(source, _temporary_folder())

    def _make(self, source: Path, parent: Path) -> None:
        parent.mkdir(parents=True, exist_ok=True)
        _sweep(parent)
        _require_room(source, parent)
        self.folder = parent / f"{os.getpid()}-{secrets.token_hex(4)}"
        # Held as long as the copy is in use; the system releases it when the process dies.
        # Whoever closes the copy may be another thread than the one that opened it.
        self._lock = FileLock(f"{self.folder}.lock", thread_local=False)
        self._lock.acquire(timeout=0)
        try:
            _copy(source, self.folder)
        except OSError:
            self.close()
            raise
        self._process = os.getpid()
        atexit.register(self._leave)

    def _leave(self) -> None:
        # A forked child ends without its parent's copy.
        if os.getpid() == self._process:
            self.close()

    def close(self) -> None:
        """Remove the copy; what is open in it must be closed first."""
        atexit.unregister(self._leave)
        if self._lock.is_locked:
            shutil.rmtree(self.folder, ignore_errors=True)
            Path(self._lock.lock_file).unlink(missing_ok=True)
            self._lock.release()


def _temporary_folder() -> Path:
    """A folder that nobody else can read or write."""
    user = os.getuid() if hasattr(os, "getuid") else 0
    folder = Path(tempfile.gettempdir()) / f"counterpoint-{user}"
    folder.mkdir(mode=stat.S_IRWXU, exist_ok=True)
    found = folder.lstat()
    # The name can be guessed, so another user may have been there first.
    if found.st_mode == stat.S_IFDIR | stat.S_IRWXU and found.st_uid == user:
        return folder
    return Path(tempfile.mkdtemp(prefix="counterpoint-"))


def _require_room(source: Path, parent: Path) -> None:
    # A disk that fills up later would look like a damaged index.
    size = sum(file.stat().st_size for file in source.rglob("*") if file.is_file())
    if shutil.disk_usage(parent).free < size + _WRITTEN_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(parent))


def _copy(source: Path, target: Path) -> None:
    # Not copytree(): it hides which of its errors is a full disk.
    target.mkdir()
    for entry in source.iterdir():
        if entry.is_dir():
            _copy(entry, target / entry.name)
        else:
            shutil.copyfile(entry, target / entry.name)


def _sweep(parent: Path) -> None:
    for lock_file in parent.glob("*.lock"):
        lock = FileLock(lock_file)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            continue
        shutil.rmtree(lock_file.with_suffix(""), ignore_errors=True)
        lock_file.unlink(missing_ok=True)
        lock.release()
