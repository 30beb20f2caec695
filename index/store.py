"""Vectors in Chroma. The only module that knows Chroma."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from corpus.disk import SQLITE_FULL, disk_full, unwritable, writing
from corpus.errors import IndexCorrupt
from index.embedder import FloatArray

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

_COLLECTION = "chunks"
_BATCH = 5000
"""Chroma refuses more than 5,461 rows in one call."""
_EF_SEARCH = 400
_FULL_WORDS = (
    "disk is full",
    "no space left",
    "file too large",
    *(f"(code: {code})" for code in SQLITE_FULL),
)


class ChromaStore:
    """A Chroma collection in a folder that this process alone uses.

    Chroma writes into its folder even when it only reads, and keeps one client for a path for the
    life of the process; so a folder is never shared, and a path is never used twice.
    """

    def __init__(self, client: "Client", collection: "Collection", folder: Path) -> None:
        self._client = client
        self._collection = collection
        self._folder = folder

    @classmethod
    def create(cls, folder: Path, count: int, neighbours: int = 16) -> "ChromaStore":
        """Make an empty collection for ``count`` vectors.

        Args:
            folder: a folder that does not exist yet.
            count: how many vectors will be added.
            neighbours: links of each vector in the search graph; more reach more, and take longer.

        Raises:
            StoreError: the collection cannot be made.
        """
        with _writing(folder):
            client = _client(folder)
            collection = client.create_collection(
                _COLLECTION,
                embedding_function=None,
                configuration={
                    "hnsw": {
                        "space": "cosine",
                        "ef_search": _EF_SEARCH,
                        "ef_construction": max(100, 6 * neighbours),
                        "max_neighbors": neighbours,
                        # The graph goes to the disk once, with the last vector. A kill while
                        # it is written destroys it, but only a folder that nobody reads yet.
                        # Left in the log instead, it would be linked anew at every opening,
                        # and never twice alike: what was reached once might not be again.
                        "sync_threshold": max(2, count),
                        "batch_size": max(2, min(100, count)),
                    }
                },
            )
        return cls(client, collection, folder)

    @classmethod
    def open(cls, folder: Path) -> "ChromaStore":
        """Open the collection that ``create`` made.

        Raises:
            IndexCorrupt: the folder holds no readable collection.
        """
        with _reading():
            client = _client(folder)
            collection = client.get_collection(_COLLECTION, embedding_function=None)
        return cls(client, collection, folder)

    def add(self, ids: Sequence[str], vectors: FloatArray) -> Iterator[int]:
        """Add vectors in batches; yields how many are in after each.

        Raises:
            StoreError: the vectors cannot be written.
        """
        for start in range(0, len(ids), _BATCH):
            end = min(start + _BATCH, len(ids))
            with _writing(self._folder):
                self._collection.add(ids=list(ids[start:end]), embeddings=vectors[start:end])
            yield end

    def query(self, vector: FloatArray, k: int) -> tuple[list[str], FloatArray]:
        """Return the ids of the ``k`` nearest vectors, nearest first, and their cosines, ``[k]``.

        Raises:
            IndexCorrupt: the collection cannot be searched.
        """
        with _reading():
            found = self._collection.query(
                query_embeddings=vector[None, :], n_results=k, include=["distances"]
            )
        distances = found["distances"] or [[]]
        return found["ids"][0], 1.0 - np.asarray(distances[0], dtype=np.float32)

    def unreachable(self, ids: Sequence[str], vectors: FloatArray) -> set[str]:
        """Return the ids that no query reaches, neither one for all nor one with their own vector.

        The count of rows is no health check: it stays right when the graph is damaged.
        """
        reached, _ = self.query(vectors[0], len(ids))
        missing = set(ids) - set(reached)
        place = {id_: i for i, id_ in enumerate(ids)}
        for id_ in sorted(missing):
            nearest, _ = self.query(vectors[place[id_]], min(10, len(ids)))
            missing -= {id_} & set(nearest)
        return missing

    def close(self) -> None:
        """Release the files; the path must not be opened again."""
        self._client.close()


def _client(folder: Path) -> "Client":
    import chromadb
    from chromadb.config import Settings

    settings = Settings(anonymized_telemetry=False)
    # The declared type is an interface that leaves out close().
    return cast("Client", chromadb.PersistentClient(str(folder), settings=settings))


def _foreign_errors() -> tuple[type[Exception], ...]:
    from chromadb.errors import ChromaError

    # Chroma answers the same damage with different classes, so the call decides, not the class.
    return (ChromaError, ValueError, TypeError, RuntimeError, KeyError, OSError)


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except _foreign_errors() as exc:
        raise IndexCorrupt(
            "The vector index cannot be read.", "Run `counterpoint index build`."
        ) from exc


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        with writing(folder):
            yield
    except _foreign_errors() as exc:
        if any(word in str(exc).lower() for word in _FULL_WORDS):
            raise disk_full(folder) from exc
        raise unwritable(folder) from exc
