"""A download that is not finished: its bytes so far, and the version of the file they belong to."""

import contextlib
import errno
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import ConfigError, DiskFull

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True, slots=True)
class Part:
    """The unfinished download of one file.

    Attributes:
        target: where the file will be.
    """

    target: Path

    @property
    def path(self) -> Path:
        """Where the bytes are until then."""
        return self.target.with_name(self.target.name + ".part")

    @property
    def size(self) -> int:
        """How many bytes have arrived."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    @property
    def version(self) -> str | None:
        """The version that the bytes belong to, as the hub named it; None when nobody knows."""
        try:
            version = json.loads(self._note.read_text(encoding="utf-8"))["version"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return version if isinstance(version, str) else None

    @property
    def _note(self) -> Path:
        return self.target.with_name(self.target.name + ".part.json")

    def begin(self, version: str | None, at: int) -> None:
        """Keep the first ``at`` bytes and note which version the following ones belong to."""
        with self.path.open("ab") as file:
            file.truncate(at)
        self._note.write_text(json.dumps({"version": version}), encoding="utf-8")

    def sha256(self) -> str:
        """Checksum of the bytes, in hexadecimal."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def finish(self) -> None:
        """Give the file its name, in one step."""
        with self.path.open("rb") as file:
            os.fsync(file.fileno())
        self.path.replace(self.target)
        self._note.unlink(missing_ok=True)

    def drop(self) -> None:
        """Throw the bytes away."""
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)


@contextlib.contextmanager
def written(folder: Path) -> Iterator[None]:
    """Translate what the operating system says while the models folder is written.

    Raises:
        DiskFull: there is no room.
        ConfigError: the folder cannot be written.
    """
    try:
        yield
    except OSError as exc:
        if exc.errno in _NO_ROOM:
            raise DiskFull(
                f"There is no room left in {folder}.",
                "Free some space, or move the home folder with --home; then pull it again.",
            ) from exc
        raise ConfigError(
            f"The folder {folder} cannot be written.",
            "Give yourself the right to write there, or choose another folder with --home.",
        ) from exc
