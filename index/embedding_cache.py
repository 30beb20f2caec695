"""Vectors of texts that were embedded before, by model and text."""

import contextlib
import hashlib
import sqlite3
import zlib
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import numpy as np

from corpus.disk import writing
from index.embedder import FloatArray

# Rows of this size are packed and found several times better beside their key than within it, and
# on pages that hold a few of them.
_SCHEMA = """
PRAGMA page_size = 8192;
CREATE TABLE IF NOT EXISTS vectors (
    key BLOB PRIMARY KEY, vector BLOB NOT NULL, checksum INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS used (key BLOB PRIMARY KEY, build INTEGER NOT NULL) WITHOUT ROWID;
"""

_ASKED_AT_ONCE = 500

SPARED = 20_000
"""Vectors that are kept though no build used them lately: some 32 MB of 384 dimensions."""


class EmbeddingCache:
    """A SQLite file of vectors. It may be deleted at any time: it only saves work.

    A damaged file is made anew; a damaged vector is not found.

    Args:
        file: where it lies; made when absent.
        fingerprint: of the embedder whose vectors are meant.
        dimension: length of its vectors.
    """

    def __init__(self, file: Path, fingerprint: str, dimension: int) -> None:
        self._file = file
        self._size = dimension * np.dtype(np.float32).itemsize
        self._fingerprint = fingerprint.encode()
        try:
            self._connection = self._open()
        except sqlite3.DatabaseError:
            self._start_anew()

    def get(self, texts: Sequence[str]) -> dict[str, FloatArray]:
        """Return the vectors of those texts that are known."""
        found: dict[str, FloatArray] = {}
        try:
            for start in range(0, len(texts), _ASKED_AT_ONCE):
                asked = {self._key(text): text for text in texts[start : start + _ASKED_AT_ONCE]}
                places = ",".join("?" * len(asked))
                for key, vector, checksum in self._connection.execute(
                    f"SELECT key, vector, checksum FROM vectors WHERE key IN ({places})",  # noqa: S608 - marks
                    list(asked),
                ):
                    if len(vector) == self._size and zlib.crc32(vector) == checksum:
                        found[asked[key]] = np.frombuffer(vector, dtype=np.float32)
        except sqlite3.DatabaseError:
            self._start_anew()
        return found

    def put(self, texts: Sequence[str], vectors: FloatArray) -> None:
        """Keep vectors, shape ``[len(texts), dimension]``.

        Raises:
            DiskFull: there is no room.
        """
        rows = [
            (self._key(text), blob, zlib.crc32(blob))
            for text, blob in zip(texts, (vector.tobytes() for vector in vectors), strict=True)
        ]
        try:
            self._insert(rows)
        except sqlite3.DatabaseError:
            self._start_anew()
            self._insert(rows)

    def _insert(self, rows: Sequence[tuple[bytes, bytes, int]]) -> None:
        with writing(self._file.parent), self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)

    def keep(self, texts: Sequence[str], spared: int = SPARED) -> None:
        """Note that a build used these texts, and forget vectors that none has used for long.

        Those of the last two builds always stay, as do as many others as ``spared``, or as the
        last build has if that is more; of the others the ones go that were used longest ago. So
        what is removed and added again costs nothing, and the file stays bounded.

        Raises:
            DiskFull: there is no room.
        """
        try:
            with writing(self._file.parent), self._connection:
                build = self._note_use(texts)
                forgotten = self._forget(build, max(spared, len(texts)))
            if forgotten:
                with contextlib.suppress(sqlite3.OperationalError):  # it needs room of its own
                    self._connection.execute("VACUUM")
        except sqlite3.DatabaseError:
            self._start_anew()

    def _note_use(self, texts: Sequence[str]) -> int:
        last = self._connection.execute("SELECT coalesce(max(build), 0) FROM used").fetchone()[0]
        build = int(last) + 1
        self._connection.executemany(
            "INSERT OR REPLACE INTO used VALUES (?, ?)",
            ((self._key(text), build) for text in texts),
        )
        return build

    def _forget(self, build: int, spared: int) -> int:
        """Forget the vectors that were used longest ago; returns how many went."""
        # Vectors of a build that was killed before it noted them count as the oldest.
        unused = (
            "SELECT key FROM vectors LEFT JOIN used USING (key) "
            "WHERE coalesce(build, 0) < ? ORDER BY coalesce(build, 0) DESC, key LIMIT -1 OFFSET ?"
        )
        gone = self._connection.execute(
            f"DELETE FROM vectors WHERE key IN ({unused})",  # noqa: S608 - a constant
            (build - 1, spared),
        ).rowcount
        if gone:
            self._connection.execute("DELETE FROM used WHERE key NOT IN (SELECT key FROM vectors)")
        return gone

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    def __enter__(self) -> "EmbeddingCache":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _key(self, text: str) -> bytes:
        return hashlib.sha256(self._fingerprint + b"\0" + text.encode()).digest()

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._file)
        try:
            connection.executescript(_SCHEMA)
            connection.execute("SELECT key, vector, checksum FROM vectors LIMIT 1").fetchone()
        except sqlite3.DatabaseError:
            connection.close()
            raise
        return connection

    def _start_anew(self) -> None:
        if hasattr(self, "_connection"):
            self._connection.close()
        with writing(self._file.parent):
            for leftover in self._file.parent.glob(f"{self._file.name}*"):
                leftover.unlink()
            self._connection = self._open()
