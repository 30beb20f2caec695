"""Tables of an older program, brought to this one's in one transaction, after a backup.

The backup is a whole SQLite file beside the database. It holds what was in it at that moment, also
what is deleted later, and is the user's to keep or remove. A database server is backed up by
whoever runs it; there the transaction alone protects what is kept.
"""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from corpus.disk import require_room, writing
from corpus.errors import StoreError

Migration = Callable[[sa.Connection], None]
Migrations = Mapping[int, Migration]
"""By the version that each starts from; each brings the tables one version further."""

NONE: Final[Migrations] = {}


def steps_from(stored: int, version: int, migrations: Migrations, name: str) -> list[Migration]:
    """The migrations from one version to another, in their order.

    Raises:
        StoreError: this program does not know how.
    """
    if any(step not in migrations for step in range(stored, version)):
        raise StoreError(
            f"What is kept in {name} was written by a version of the program that is too old.",
            "Open it once with a version in between, or name another database or home folder.",
        )
    return [migrations[step] for step in range(stored, version)]


def back_up(path: Path, part: str, stored: int) -> Path:
    """Copy a SQLite database, readable by its owner alone; an earlier backup is never written over.

    Raises:
        DiskFull, ConfigError, StoreError: it cannot be copied; the database is as it was.
    """
    for number in range(1, 1000):
        suffix = "" if number == 1 else f".{number}"
        backup = path.with_name(f"{path.name}.{part}-{stored}{suffix}.backup")
        if not backup.exists():
            break
    fresh = backup.with_name(f".{backup.name}.{os.getpid()}")
    with writing(path.parent):
        try:
            require_room(path.parent, 2 * path.stat().st_size)
            os.close(os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
            with (
                contextlib.closing(sqlite3.connect(path)) as source,
                contextlib.closing(sqlite3.connect(fresh)) as target,
            ):
                source.backup(target)
            fresh.replace(backup)
        except (OSError, sqlite3.Error):
            fresh.unlink(missing_ok=True)
            raise
    return backup
