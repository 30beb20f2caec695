"""What a database driver complains of, in our own words: what happened and what to do."""

import sqlite3
from typing import Final

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from corpus.errors import CounterpointError, DiskFull, StoreError, StoreUnreachable

_BUSY: Final = (
    "{name} is being used by another program and did not come free.",
    "Close the other program, or try again.",
)
_READ_ONLY: Final = (
    "{name} may not be written.",
    "Make it and its folder writable, or name another home: --home DIR.",
)
_FULL: Final = ("There is no room left to write to {name}.", "Make room on the disk and try again.")
_DAMAGED: Final = (
    "{name} is damaged, or it is no database.",
    "Move it away and put a backup in its place; without one a new database is begun.",
)
_CANNOT_OPEN: Final = (
    "{name} cannot be opened.",
    "Look whether its folder is there and may be read and written.",
)
_IO: Final = (
    "{name} cannot be read or written.",
    "See whether the disk is full or failing, then try again.",
)
_GONE: Final = (
    "{name} does not answer.",
    "Start it, or look at conversations.database_url in the settings.",
)
_REFUSED: Final = (
    "{name} does not let the program in.",
    "Look at the user, the password and the database in conversations.database_url.",
)
_OTHER: Final = ("{name} refused what was asked of it.", "Try again; look at the log.")

_SQLITE: Final[dict[int, tuple[type[StoreError], tuple[str, str]]]] = {
    sqlite3.SQLITE_BUSY: (StoreError, _BUSY),
    sqlite3.SQLITE_LOCKED: (StoreError, _BUSY),
    sqlite3.SQLITE_READONLY: (StoreError, _READ_ONLY),
    sqlite3.SQLITE_PERM: (StoreError, _READ_ONLY),
    sqlite3.SQLITE_FULL: (DiskFull, _FULL),
    sqlite3.SQLITE_CORRUPT: (StoreError, _DAMAGED),
    sqlite3.SQLITE_NOTADB: (StoreError, _DAMAGED),
    sqlite3.SQLITE_CANTOPEN: (StoreError, _CANNOT_OPEN),
    sqlite3.SQLITE_IOERR: (StoreError, _IO),
}
# The first characters of a standard SQL state, the longest first.
_STATES: Final[dict[str, tuple[type[StoreError], tuple[str, str]]]] = {
    "53100": (DiskFull, _FULL),
    "25006": (StoreError, _READ_ONLY),
    "55P03": (StoreError, _BUSY),
    "40": (StoreError, _BUSY),
    "53": (StoreUnreachable, _GONE),
    "57": (StoreUnreachable, _GONE),
    "08": (StoreUnreachable, _GONE),
    "28": (StoreError, _REFUSED),
    "3D": (StoreError, _REFUSED),
    "42501": (StoreError, _REFUSED),
    "XX": (StoreError, _DAMAGED),
    "58": (StoreError, _IO),
}


def translated(error: SQLAlchemyError, name: str) -> CounterpointError:
    """Our error for one of SQLAlchemy or of a driver below it.

    Args:
        error: what was raised.
        name: the database as a person knows it, without a password.
    """
    kind, (what, cure) = _meaning(error)
    return kind(_sentence(what.format(name=name)), cure)


def damaged(name: str) -> StoreError:
    """The error for a database that holds what the program never wrote."""
    what, cure = _DAMAGED
    return StoreError(_sentence(what.format(name=name)), cure)


def _meaning(error: SQLAlchemyError) -> tuple[type[StoreError], tuple[str, str]]:
    origin = error.orig if isinstance(error, DBAPIError) else None
    if isinstance(origin, sqlite3.Error):
        # The low byte is the plain code; the rest says more than a person can use.
        return _SQLITE.get(getattr(origin, "sqlite_errorcode", 0) & 0xFF, (StoreError, _OTHER))
    state = getattr(origin, "sqlstate", None)
    if isinstance(state, str):
        for start in sorted(_STATES, key=len, reverse=True):
            if state.startswith(start):
                return _STATES[start]
    # Before it lets somebody in, a server of PostgreSQL gives no state; that it wanted a password
    # and got one tells that it is there.
    if getattr(getattr(origin, "pgconn", None), "used_password", False):
        return StoreError, _REFUSED
    if isinstance(error, DBAPIError) and (error.connection_invalidated or not state):
        return StoreUnreachable, _GONE
    return StoreError, _BUSY if error.code == "3o7r" else _OTHER


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:] if words.startswith("the ") else words
