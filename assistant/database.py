"""The database below the home folder: one engine, versioned tables, errors in our own words.

What is kept between runs (conversations, votes) stands in one SQLite file, or in whatever database
``conversations.database_url`` names. Each part of the program brings tables of its own and their
version; a database that a newer program wrote is refused before anything is changed in it.
"""

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from assistant.database_errors import damaged, translated
from assistant.database_migration import NONE, Migrations, back_up, steps_from
from assistant.settings import Settings
from corpus.errors import ConfigError, StoreError

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

FILE_NAME: Final = "counterpoint.sqlite"
BUSY_TIMEOUT_S: Final = 5
CONNECT_TIMEOUT_S: Final = 5
# Any number: whoever holds this lock of a PostgreSQL server is the one that makes the tables.
_MAKING_TABLES: Final = 7_104_661

_meta = sa.MetaData()
_versions = sa.Table(
    "schema_version",
    _meta,
    sa.Column("part", sa.String(32), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
)


class Database:
    """An engine, opened when it is first used; safe for threads and across a fork.

    Args:
        url: where the data is.

    Raises:
        ConfigError: the driver is not installed, or the address is none that can be used.
    """

    def __init__(self, url: sa.URL) -> None:
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self.path = Path(url.database or "") if self.is_sqlite else None
        self.name = str(self.path) if self.path else f"the database server {url.host or ''}".strip()
        self._preparing = threading.Lock()
        self._turn = threading.Lock()
        self._prepared: set[str] = set()
        self._file: tuple[int, int] | None = None
        self.engine = _make_engine(url, self.is_sqlite)

    def prepare(
        self, part: str, version: int, tables: sa.MetaData, migrations: Migrations = NONE
    ) -> None:
        """Make the tables of one part where they are missing; cheap when they are known to be.

        Those of an older program are brought to this version, after a backup.

        Args:
            part: short name of the part, as ``conversations``.
            version: the version of its tables that the program knows.
            tables: its tables.
            migrations: how older tables become newer ones, by the version that each starts from.

        Raises:
            StoreError: the database is of a newer program, damaged, full, locked or out of reach.
            ConfigError: there is no place for the backup.
        """
        self._notice_another_file()
        if part in self._prepared:
            return
        with self._preparing, self._translation():
            stored = self._stored_version(part, version)
            if stored is None:
                self._create(part, version, tables)
            elif stored < version:
                self._migrate(part, version, migrations)
            self._prepared.add(part)
            self._file = self._identity()

    @contextlib.contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that only reads.

        Raises:
            StoreError: the database cannot be used; a leaf says why.
        """
        with self._translation(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that writes: all of it is kept, or nothing.

        Raises:
            StoreError: the database cannot be used; a leaf says why.
        """
        with self._in_turn(), self._translation(), self.engine.connect() as connection:
            connection.execution_options(counterpoint_begin="BEGIN IMMEDIATE")
            with connection.begin():
                yield connection

    @contextlib.contextmanager
    def _in_turn(self) -> Iterator[None]:
        """One writer of this process after the other.

        SQLite lets one write at a time, and has the others look again after pauses that grow: with
        many of them it stands idle. After its patience, whoever waits here asks it all the same.
        """
        turn = self._turn
        is_mine = self.is_sqlite and turn.acquire(timeout=BUSY_TIMEOUT_S)
        try:
            yield
        finally:
            if is_mine:
                turn.release()

    def wipe_journal(self) -> None:
        """Let what was deleted leave the journal too, unless somebody is reading it just now.

        Raises:
            StoreError: the database cannot be used.
        """
        if self.is_sqlite:
            with self._translation(), self.engine.connect() as connection:
                connection.execution_options(counterpoint_begin="")
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the connections that are not in use; the next use opens new ones."""
        self.engine.dispose()

    def leave_to_parent(self) -> None:
        """In a forked child: forget the connections, which are the parent's."""
        self.engine.dispose(close=False)
        self._preparing = threading.Lock()
        self._turn = threading.Lock()

    def _notice_another_file(self) -> None:
        """Let go of a file that was moved away or replaced, by a backup for example."""
        if self._file is not None and self._identity() != self._file:
            self._file = None
            self._prepared.clear()
            self.engine.dispose()

    def _identity(self) -> tuple[int, int] | None:
        if self.path is None:
            return None
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino

    @contextlib.contextmanager
    def _translation(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as exc:
            raise translated(exc, self.name) from exc
        except UnicodeDecodeError as exc:
            # SQLite's own complaint quotes the damaged bytes, which the driver takes for text.
            raise damaged(self.name) from exc

    def _stored_version(self, part: str, version: int) -> int | None:
        if self.path is not None:
            _make_private(self.path)
        with self.engine.connect() as connection:
            if not sa.inspect(connection).has_table(_versions.name):
                return None
            stored = connection.scalar(
                sa.select(_versions.c.version).where(_versions.c.part == part)
            )
        if stored is not None and not isinstance(stored, int):
            raise damaged(self.name)
        if stored is not None and stored > version:
            raise StoreError(
                f"What is kept in {self.name} was written by a newer version of the program.",
                "Install that version again, or name another database or home folder.",
            )
        return stored

    def _migrate(self, part: str, version: int, migrations: Migrations) -> None:
        here = _versions.c.part == part
        with self.engine.connect() as connection:
            connection.execution_options(counterpoint_begin="BEGIN IMMEDIATE")
            with connection.begin():
                _lock_tables(connection)
                # Another process may have done it while this one waited for the lock.
                stored = connection.scalar(sa.select(_versions.c.version).where(here)) or version
                steps = steps_from(stored, version, migrations, self.name)
                if steps and self.path is not None:
                    back_up(self.path, part, stored)
                for step in steps:
                    step(connection)
                connection.execute(sa.update(_versions).where(here).values(version=version))

    def _create(self, part: str, version: int, tables: sa.MetaData) -> None:
        if self.is_sqlite:
            with self.engine.connect() as connection:
                # The journal's kind is kept in the file and cannot change in a transaction.
                outside = connection.execution_options(counterpoint_begin="")
                outside.exec_driver_sql("PRAGMA journal_mode = WAL")
        with self.engine.connect() as connection:
            connection.execution_options(counterpoint_begin="BEGIN IMMEDIATE")
            with connection.begin():
                _lock_tables(connection)
                _meta.create_all(connection)
                tables.create_all(connection)
                known = sa.select(_versions.c.part).where(_versions.c.part == part)
                if connection.scalar(known) is None:
                    connection.execute(sa.insert(_versions).values(part=part, version=version))


def _lock_tables(connection: sa.Connection) -> None:
    # SQLite has its lock from the beginning of the transaction.
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MAKING_TABLES)))


# A lone half of a pair has no UTF-8, and PostgreSQL keeps no zero character.
_UNWRITABLE: Final = {0: "\N{REPLACEMENT CHARACTER}"} | dict.fromkeys(
    range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}"
)


def writable(text: str) -> str:
    """The text as every database takes it; as long as it was, so that offsets hold."""
    return text.translate(_UNWRITABLE)


_opened: dict[str, Database] = {}
_opening = threading.Lock()


def open_database(settings: Settings) -> Database:
    """The database of these settings; the same object for the same address in one process.

    Nothing is read or written yet: a database that cannot be used says so when it is used.

    Raises:
        ConfigError: the driver is not installed, or the address is none that can be used.
    """
    url = _url_of(settings)
    key = url.render_as_string(hide_password=False)
    with _opening:
        if key not in _opened:
            _opened[key] = Database(url)
        return _opened[key]


def _url_of(settings: Settings) -> sa.URL:
    given = settings.conversations.database_url
    if given is None:
        return sa.URL.create("sqlite", database=str(settings.home / FILE_NAME))
    try:
        url = sa.make_url(given.get_secret_value())
        in_memory = url.get_backend_name() == "sqlite" and url.database in {None, "", ":memory:"}
    except (ArgumentError, ValueError, NoSuchModuleError) as exc:
        raise _unusable_address() from exc
    if in_memory:
        raise ConfigError(
            "A database in memory alone would keep nothing.",
            "Name a file in conversations.database_url: sqlite:////full/path/to/file.sqlite",
        )
    return url


def _unusable_address() -> ConfigError:
    return ConfigError(
        "The setting conversations.database_url is not an address of a database.",
        "Write it as postgresql+psycopg://user:password@host:5432/name, or leave it out.",
    )


def _make_engine(url: sa.URL, is_sqlite: bool) -> sa.Engine:
    # Timeouts are set where a value is known to be taken; parameters never reach an error's text.
    options: dict[str, Any] = {"hide_parameters": True}
    if is_sqlite:
        options["connect_args"] = {"timeout": BUSY_TIMEOUT_S}
    else:
        options["pool_pre_ping"] = True
    if url.get_backend_name() == "postgresql":
        options["connect_args"] = {"connect_timeout": CONNECT_TIMEOUT_S}
    try:
        engine = sa.create_engine(url, **options)
    except ModuleNotFoundError as exc:
        extra = "counterpoint[postgres]" if url.get_backend_name() == "postgresql" else "its driver"
        raise ConfigError(
            f"The driver for {url.drivername} databases is not installed.",
            f"Install it with: pip install '{extra}'"
            if extra.startswith("counterpoint")
            else f"Install {extra}, or use SQLite or PostgreSQL.",
        ) from exc
    except (ArgumentError, NoSuchModuleError, ValueError, TypeError) as exc:
        raise _unusable_address() from exc
    if is_sqlite:
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin)
    return engine


def _set_up_sqlite(connection: "DBAPIConnection", _record: "ConnectionPoolEntry") -> None:
    # The driver would begin a transaction by itself, and only before a write; we begin them.
    connection.isolation_level = None
    # A damaged byte in one text must not take the whole conversation with it.
    connection.text_factory = _text
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000}")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    # What is deleted is gone from the file, not only from its index.
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()


def _text(stored: bytes) -> str:
    return stored.decode("utf-8", "replace")


def _begin(connection: sa.Connection) -> None:
    if statement := connection.get_execution_options().get("counterpoint_begin", "BEGIN"):
        connection.exec_driver_sql(statement)


def _make_private(path: Path) -> None:
    """Make the file, readable by its owner alone, before SQLite would make it for everyone."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        pass
    except OSError as exc:
        raise StoreError(
            f"{path} cannot be made.", "Make the folder writable, or name another home: --home DIR."
        ) from exc


def _after_fork() -> None:
    global _opening  # noqa: PLW0603 - a lock that the parent held would never be given back
    _opening = threading.Lock()
    for database in _opened.values():
        database.leave_to_parent()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
