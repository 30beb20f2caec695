"""Where the vectors of a generation lie: in its own folder, or on a Chroma server."""

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from corpus.disk import writing
from corpus.errors import IndexCorrupt, StoreError, StoreUnreachable
from index.chroma_server import ChromaServer
from index.embedder import FloatArray
from index.generation import Generation
from index.store import ChromaStore, VectorStore, delete_collection, reach
from index.working_copy import WorkingCopy

Progress = Callable[[str, int, int], None]

_NEIGHBOURS = (16, 32, 64, 128, 256)
"""Links of a vector; texts that are nearly alike need many before all are within reach."""

_MANY = 20_000
"""Among so many vectors the fewest links left some out of reach each time it was tried."""


class VectorPlace(Protocol):
    """Where vectors are written and searched.

    Attributes:
        address: tells one place from another; empty for the generation's own folder.
    """

    @property
    def address(self) -> str: ...  # noqa: D102

    def reach(self) -> None:
        """Look whether vectors could be written, before anything is done for it.

        Raises:
            StoreUnreachable: the server does not answer.
        """
        ...

    def fill(
        self, generation: Generation, ids: Sequence[str], vectors: FloatArray, progress: Progress
    ) -> None:
        """Write the vectors, and look whether each can be found.

        Raises:
            StoreError: they cannot be written, or some stay out of every query's reach.
        """
        ...

    def open(self, generation: Generation) -> VectorStore:
        """Open the vectors for searching.

        Raises:
            StoreError: they cannot be opened.
        """
        ...

    def check(self, generation: Generation, count: int) -> None:
        """Look whether ``count`` vectors are there; what lies in the folder has its checksums.

        Raises:
            IndexCorrupt: they are not.
            StoreUnreachable: the server does not answer.
        """
        ...

    def remove(self, generation: Generation) -> None:
        """Remove a generation, wherever it lies; what a silent server keeps goes another time."""
        ...


class FolderPlace:
    """Vectors in the generation's own folder; each reader works on a copy.

    Args:
        copies: where the copies go.
    """

    address = ""

    def __init__(self, copies: Path) -> None:
        self._copies = copies

    def reach(self) -> None:
        """Nothing: the folder has been written to."""

    def fill(
        self, generation: Generation, ids: Sequence[str], vectors: FloatArray, progress: Progress
    ) -> None:
        """Write the vectors, with more links should some be out of every query's reach."""
        for neighbours in _links(len(ids)):
            # Chroma remembers a path for the life of the process; no path is used twice.
            folder = generation.folder / f"chroma{neighbours}"
            store = ChromaStore.create(folder, len(ids), neighbours)
            _add(store, ids, vectors, progress)
            store.close()
            # As a reader will: from a copy that was closed and opened again.
            if _all_in_reach(self._open_copy(folder), ids, vectors, progress):
                folder.rename(generation.chroma)
                return
            shutil.rmtree(folder)
        raise _out_of_reach()

    def open(self, generation: Generation) -> VectorStore:
        """Open a working copy, which goes when the store is closed."""
        return self._open_copy(generation.chroma)

    def check(self, generation: Generation, count: int) -> None:
        """Nothing: the checksums of the folder have been compared."""

    def remove(self, generation: Generation) -> None:
        """Remove the folder."""
        shutil.rmtree(generation.folder, ignore_errors=True)

    def _open_copy(self, folder: Path) -> ChromaStore:
        copy = WorkingCopy(folder, self._copies)
        try:
            return ChromaStore.open(copy.folder, copy.close)
        except StoreError:
            copy.close()
            raise


class ServerPlace:
    """Vectors on a Chroma server: a collection a generation.

    Args:
        server: where it is.
        index_dir: the index whose generations these are; its path is part of the collections'
            names, so that several homes can share a server.
    """

    def __init__(self, server: ChromaServer, index_dir: Path) -> None:
        self._server = server
        self._home = hashlib.sha256(str(index_dir.absolute()).encode()).hexdigest()[:8]

    @property
    def address(self) -> str:
        """Address, tenant and database."""
        return self._server.address

    def reach(self) -> None:
        """Ask the server for a sign of life."""
        reach(self._server)

    def fill(
        self, generation: Generation, ids: Sequence[str], vectors: FloatArray, progress: Progress
    ) -> None:
        """Write the vectors, with more links should some be out of every query's reach."""
        name = f"counterpoint-{self._home}-{generation.folder.name}"
        # Written first: a build that is killed leaves behind what its collection is called.
        with writing(generation.folder):
            record = {"address": self.address, "collection": name}
            _record(generation).write_text(json.dumps(record), "utf-8")
        for neighbours in _links(len(ids)):
            store = ChromaStore.create_on(self._server, name, len(ids), neighbours)
            _add(store, ids, vectors, progress)
            if _all_in_reach(store, ids, vectors, progress):
                return
        raise _out_of_reach()

    def open(self, generation: Generation) -> VectorStore:
        """Open the generation's collection."""
        return ChromaStore.open_on(self._server, self._name(generation))

    def check(self, generation: Generation, count: int) -> None:
        """Ask the server for the number of its vectors."""
        store = ChromaStore.open_on(self._server, self._name(generation))
        try:
            if store.count != count:
                raise IndexCorrupt(
                    "The server does not hold all vectors of the index.",
                    "Run `counterpoint index build`.",
                )
        finally:
            store.close()

    def remove(self, generation: Generation) -> None:
        """Remove the folder, and the collection if it was made for this home.

        While the server does not answer, the folder stays with the collection's name in it.
        """
        address, name = _recorded(generation)
        # A copied home names the collections of the home it was copied from.
        if address == self.address and name.startswith(f"counterpoint-{self._home}-"):
            try:
                delete_collection(self._server, name)
            except StoreUnreachable:
                _empty(generation.folder, _record(generation))
                return
        shutil.rmtree(generation.folder, ignore_errors=True)

    def _name(self, generation: Generation) -> str:
        name = _recorded(generation)[1]
        if not name:
            raise IndexCorrupt(
                "The index does not say where its vectors lie.", "Run `counterpoint index build`."
            )
        return name


def _links(count: int) -> tuple[int, ...]:
    """How many links to try, one after another."""
    return _NEIGHBOURS[1:] if count > _MANY else _NEIGHBOURS


def _empty(folder: Path, kept: Path) -> None:
    for entry in folder.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        elif entry != kept:
            entry.unlink(missing_ok=True)


def _record(generation: Generation) -> Path:
    return generation.folder / "server.json"


def _recorded(generation: Generation) -> tuple[str, str]:
    """Address and collection, or two empty strings."""
    try:
        record = json.loads(_record(generation).read_text("utf-8"))
        return str(record["address"]), str(record["collection"])
    except (OSError, ValueError, KeyError, TypeError):
        return "", ""


def _add(store: ChromaStore, ids: Sequence[str], vectors: FloatArray, progress: Progress) -> None:
    progress("store", 0, len(ids))
    for done in store.add(ids, vectors):
        progress("store", done, len(ids))


def _all_in_reach(
    store: ChromaStore, ids: Sequence[str], vectors: FloatArray, progress: Progress
) -> bool:
    progress("verify", 0, len(ids))
    try:
        missing = store.unreachable(ids, vectors)
    finally:
        store.close()
    progress("verify", len(ids) - len(missing), len(ids))
    return not missing


def _out_of_reach() -> StoreError:
    return StoreError(
        "Some vectors of the new index cannot be found by any query.",
        "The old index still serves; please report this with your corpus.",
    )
