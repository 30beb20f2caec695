"""Vectors in Chroma, in a folder or on a server. The only module that knows Chroma."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

import numpy as np

from corpus.disk import SQLITE_FULL, disk_full, unwritable, writing
from corpus.errors import IndexCorrupt
from index.chroma_server import ChromaRefusal, ChromaServer
from index.embedder import FloatArray

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.collection_configuration import CreateCollectionConfiguration
    from chromadb.api.fastapi import FastAPI
    from chromadb.api.models.Collection import Collection
    from chromadb.types import Collection as CollectionRecord

_COLLECTION = "chunks"
_BATCH = 5000
"""Chroma refuses more than 5,461 rows in one call."""
_BATCH_BYTES = 16_000_000
"""A Chroma server refuses a call of more than 40 MB."""
_BYTES_A_NUMBER = 6
"""Four, as text."""
_EF_SEARCH = 400
"""Candidates that a query looks at; with 200 it misses 1 in 15 where nothing is really near."""
_CHUNKS_A_CANDIDATE = 50
"""More among many vectors, or ever more is missed."""
_FULL_WORDS = (
    "disk is full",
    "no space left",
    "file too large",
    *(f"(code: {code})" for code in SQLITE_FULL),
)


class VectorStore(Protocol):
    """The vectors of one generation."""

    def query(self, vector: FloatArray, k: int) -> tuple[list[str], FloatArray]:
        """Return the ids of the ``k`` nearest vectors, nearest first, and their cosines, ``[k]``.

        Raises:
            IndexCorrupt: the vectors cannot be searched.
            StoreUnreachable: they lie on a server that does not answer.
        """
        ...

    def unreachable(self, ids: Sequence[str], vectors: FloatArray) -> set[str]:
        """Return the ids that no query reaches, neither one for all nor one with their own vector.

        Raises:
            IndexCorrupt: the vectors cannot be searched.
            StoreUnreachable: they lie on a server that does not answer.
        """
        ...

    def close(self) -> None:
        """Release what is held."""
        ...


class _Guard(Protocol):
    """Translates Chroma's failures."""

    def reading(self) -> AbstractContextManager[None]: ...

    def writing(self) -> AbstractContextManager[None]: ...


class ChromaStore:
    """A Chroma collection: in a folder that this process alone uses, or on a server.

    In a folder Chroma writes even when it only reads, and keeps one client for a path for the life
    of the process; so a folder is never shared, and a path is never used twice.

    Attributes:
        folder: where the collection lies, or None on a server.
    """

    def __init__(
        self,
        collection: "Collection",
        guard: _Guard,
        release: Callable[[], None],
        folder: Path | None = None,
    ) -> None:
        self._collection = collection
        self._guard = guard
        self._release = release
        self.folder = folder

    @classmethod
    def create(cls, folder: Path, count: int, neighbours: int = 16) -> "ChromaStore":
        """Make an empty collection for ``count`` vectors in a folder.

        Args:
            folder: a folder that does not exist yet.
            count: how many vectors will be added.
            neighbours: links of each vector in the search graph; more reach more, and take longer.

        Raises:
            StoreError: the collection cannot be made.
        """
        guard = _FolderGuard(folder)
        with guard.writing():
            client = _client(folder)
            collection = client.create_collection(
                _COLLECTION, embedding_function=None, configuration=_graph(count, neighbours)
            )
        return cls(collection, guard, client.close, folder)

    @classmethod
    def open(cls, folder: Path, release: Callable[[], None] | None = None) -> "ChromaStore":
        """Open the collection that ``create`` made.

        Args:
            folder: a copy that nobody else uses.
            release: called after the files were released.

        Raises:
            IndexCorrupt: the folder holds no readable collection.
        """
        guard = _FolderGuard(folder)
        with guard.reading():
            client = _client(folder)
            collection = client.get_collection(_COLLECTION, embedding_function=None)

        def close() -> None:
            client.close()
            if release:
                release()

        return cls(collection, guard, close, folder)

    @classmethod
    def create_on(
        cls, server: ChromaServer, name: str, count: int, neighbours: int = 16
    ) -> "ChromaStore":
        """Make an empty collection for ``count`` vectors on a server; one of that name goes.

        Raises:
            StoreUnreachable: the server does not take it.
        """
        with _api(server, server.write_s) as api, server.writing():
            _delete(api, server, name)
            record = api.create_collection(
                name,
                configuration=_graph(count, neighbours),
                tenant=server.tenant,
                database=server.database,
            )
            return cls._on(api, server, record)

    @classmethod
    def open_on(cls, server: ChromaServer, name: str) -> "ChromaStore":
        """Open a collection on a server.

        Raises:
            StoreUnreachable: the server does not answer.
            IndexCorrupt: it has no collection of that name.
        """
        with _api(server, server.answer_s) as api, server.reading():
            record = api.get_collection(name, tenant=server.tenant, database=server.database)
            return cls._on(api, server, record)

    @classmethod
    def _on(cls, api: "FastAPI", server: ChromaServer, record: "CollectionRecord") -> "ChromaStore":
        from chromadb.api.models.Collection import Collection

        collection = Collection(api, record, embedding_function=None)
        return cls(collection, server, api._session.close)

    @property
    def count(self) -> int:
        """How many vectors there are.

        Raises:
            StoreError: the collection cannot be read.
        """
        with self._guard.reading():
            return self._collection.count()

    def add(self, ids: Sequence[str], vectors: FloatArray) -> Iterator[int]:
        """Add vectors in batches; yields how many are in after each.

        Raises:
            StoreError: the vectors cannot be written.
        """
        rows = max(1, min(_BATCH, _BATCH_BYTES // (_BYTES_A_NUMBER * vectors.shape[1])))
        for start in range(0, len(ids), rows):
            end = min(start + rows, len(ids))
            with self._guard.writing():
                self._collection.add(ids=list(ids[start:end]), embeddings=vectors[start:end])
            yield end

    def query(self, vector: FloatArray, k: int) -> tuple[list[str], FloatArray]:
        """Return the ids of the ``k`` nearest vectors, nearest first, and their cosines, ``[k]``.

        Raises:
            IndexCorrupt: the collection cannot be searched.
            StoreUnreachable: it lies on a server that does not answer.
        """
        with self._guard.reading():
            found = self._collection.query(
                query_embeddings=vector[None, :], n_results=k, include=["distances"]
            )
            ids = found["ids"][0]
            distances = np.asarray((found["distances"] or [[]])[0], dtype=np.float32)
            if distances.shape != (len(ids),):
                raise ValueError("not a distance for each id")
        return ids, 1.0 - distances

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
        """Release files or connection; a folder's path must not be opened again."""
        self._release()


def reach(server: ChromaServer) -> None:
    """Look whether a Chroma server answers.

    Raises:
        StoreUnreachable: it does not, or not as Chroma does.
    """
    with _api(server, server.answer_s) as api:
        api._session.close()


def delete_collection(server: ChromaServer, name: str) -> None:
    """Remove a collection from a server; one that is not there is no error.

    Raises:
        StoreUnreachable: the server does not answer.
    """
    with _api(server, server.write_s) as api:
        with server.writing():
            _delete(api, server, name)
        api._session.close()


def _graph(count: int, neighbours: int) -> "CreateCollectionConfiguration":
    return {
        "hnsw": {
            "space": "cosine",
            "ef_search": max(_EF_SEARCH, count // _CHUNKS_A_CANDIDATE),
            "ef_construction": max(100, 6 * neighbours),
            "max_neighbors": neighbours,
            # The graph goes to the disk once, with the last vector. A kill while it is written
            # destroys it, but only a collection that nobody reads yet. Left in the log instead, it
            # would be linked anew at every opening, and never twice alike: what was reached once
            # might not be again.
            "sync_threshold": max(2, count),
            "batch_size": max(2, min(100, count)),
        }
    }


def _delete(api: "FastAPI", server: ChromaServer, name: str) -> None:
    try:
        api.delete_collection(name, tenant=server.tenant, database=server.database)
    except ChromaRefusal as exc:
        if not exc.missing:
            raise


@contextmanager
def _api(server: ChromaServer, answer_s: float) -> "Iterator[FastAPI]":
    """Chroma's calls over a session of ours, after one sign of life; closed if the body fails.

    Chroma's ready-made client asks the server before a time limit can be set, and sets none.
    """
    from chromadb.api.fastapi import FastAPI
    from chromadb.config import Settings, System

    settings = Settings(
        anonymized_telemetry=False,
        chroma_server_host=server.url,
        chroma_server_http_port=80,  # must be set, and is not used beside a whole address
    )
    api = System(settings).instance(FastAPI)
    api._session.close()
    session = server.session()
    api._session = session
    try:
        with server.reading():
            api.heartbeat()
        session.timeout = server.timeout(answer_s)
        yield api
    except BaseException:
        session.close()
        raise


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


class _FolderGuard:
    """Translates what goes wrong with a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def reading(self) -> Iterator[None]:
        try:
            yield
        except _foreign_errors() as exc:
            raise IndexCorrupt(
                "The vector index cannot be read.", "Run `counterpoint index build`."
            ) from exc

    @contextmanager
    def writing(self) -> Iterator[None]:
        try:
            with writing(self._folder):
                yield
        except _foreign_errors() as exc:
            if any(word in str(exc).lower() for word in _FULL_WORDS):
                raise disk_full(self._folder) from exc
            raise unwritable(self._folder) from exc
