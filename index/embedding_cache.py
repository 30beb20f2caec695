"""Vectors of texts that were embedded before, by model and text."""

import hashlib
import sqlite3
import zlib
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import numpy as np

from corpus.disk import writing
from index.embedder import FloatArray

_SCHEMA = """
CREATE TABLE IF NOT EXISTS vectors (
    key BLOB PRIMARY KEY, vector BLOB NOT NULL, checksum INTEGER NOT NULL
) WITHOUT ROWID
"""


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
            for text in texts:
                row = self._connection.execute(
                    "SELECT vector, checksum FROM vectors WHERE key = ?", (self._key(text),)
                ).fetchone()
                if row and len(row[0]) == self._size and zlib.crc32(row[0]) == row[1]:
                    found[text] = np.frombuffer(row[0], dtype=np.float32)
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
        with writing(self._file.parent), self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)

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
            connection.execute(_SCHEMA)
            connection.execute("SELECT key, vector, checksum FROM vectors LIMIT 1").fetchone()
        except sqlite3.DatabaseError:
            connection.close()
            raise
        return connection

    def _start_anew(self) -> None:
        if hasattr(self, "_connection"):
            self._connection.close()
        for leftover in self._file.parent.glob(f"{self._file.name}*"):
            leftover.unlink()
        with writing(self._file.parent):
            self._connection = self._open()
