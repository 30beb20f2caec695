"""Opening the generation that serves, and looking at it without opening."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from corpus.documents import Document
from corpus.errors import (
    CounterpointError,
    IndexCorrupt,
    IndexMissing,
    IndexStale,
    StoreError,
    StoreUnreachable,
)
from index.embedder import Embedder, FloatArray
from index.generation import (
    Generation,
    corrupt,
    current_generation,
    open_folder,
    read_current,
)
from index.lexical import LexicalIndex
from index.manifest import Manifest, document_hashes
from index.passages import Chunk
from index.places import FolderPlace, VectorPlace
from index.store import VectorStore
from index.word_counts import WordCounts


@dataclass(frozen=True, slots=True)
class Index:
    """An open generation. Close it to remove the working copy of its vectors.

    Attributes:
        manifest: what it was made of.
        documents: by id.
        chunks: in the order of the vectors.
        vectors: of length 1, shape ``[len(chunks), dimension]``.
        lexical: the words and where they stand.
        words: how often each occurs.
        store: the vectors in Chroma, in a working copy or on a server.
    """

    manifest: Manifest
    documents: Mapping[str, Document]
    chunks: tuple[Chunk, ...]
    vectors: FloatArray
    lexical: LexicalIndex
    words: WordCounts
    store: VectorStore

    @property
    def generation(self) -> str:
        """The generation's name; differs from ``current_generation`` once a newer one serves."""
        return self.manifest.generation

    def close(self) -> None:
        """Release the files. A search after this fails."""
        self.store.close()


def open_index(
    index_dir: Path,
    embedder: Embedder,
    documents: Iterable[Document] | None = None,
    *,
    place: VectorPlace | None = None,
) -> Index:
    """Open the generation that serves, after comparing every file with its checksum.

    Args:
        index_dir: the index's folder in the home folder.
        embedder: the one that will search.
        documents: the corpus as it is now, or None to take the index as it is.
        place: where the vectors are; None takes the generation's folder.

    Raises:
        IndexMissing: none was built.
        IndexStale: it was built with another embedder, chunker, library, corpus or place.
        IndexCorrupt: its files are not the ones that were written.
        StoreUnreachable: the server that keeps the vectors does not answer.
        DiskFull, ConfigError: there is no place for the working copy.
    """
    hashes = None if documents is None else document_hashes(documents)
    place = place or FolderPlace(open_folder(index_dir))
    try:
        return _open(index_dir, embedder, hashes, place)
    except IndexCorrupt:
        # A build that ended this moment may have removed the files under the reader's hands.
        generation = current_generation(index_dir)
        try:
            return _open(index_dir, embedder, hashes, place)
        except IndexCorrupt:
            if generation == current_generation(index_dir):
                raise
            return _open(index_dir, embedder, hashes, place)


def _open(
    index_dir: Path, embedder: Embedder, hashes: Mapping[str, str] | None, place: VectorPlace
) -> Index:
    generation, manifest = read_current(index_dir)
    differences = manifest.differences(embedder, hashes, place.address)
    if differences:
        raise _stale(differences)
    generation.check_files(manifest)
    return _opened(generation, manifest, place)


def _stale(differences: Iterable[str]) -> IndexStale:
    return IndexStale(
        f"The index was built with another {', '.join(differences)}.",
        "Run `counterpoint index build`.",
    )


def _opened(generation: Generation, manifest: Manifest, place: VectorPlace) -> Index:
    documents = generation.read_documents()
    chunks = generation.read_chunks()
    vectors = generation.read_vectors()
    lexical = LexicalIndex.load(generation.lexical)
    words = WordCounts.load(generation.words)
    shape = (manifest.chunks, manifest.dimension)
    if vectors.shape != shape or not len(chunks) == lexical.count == manifest.chunks:
        raise corrupt("its parts do not hold the same number of chunks")
    store = place.open(generation)
    try:
        # Chroma reads its graph at the first query; that is paid here, not by a question.
        store.query(vectors[0], 1)
    except StoreError:
        store.close()
        raise
    return Index(manifest, documents, chunks, vectors, lexical, words, store)


def verify_index(index_dir: Path, *, place: VectorPlace | None = None) -> Manifest:
    """Check everything that can be checked without the embedder.

    Checksums; each chunk lies in its document and in its section; each vector has length 1; each
    vector is found by a query.

    Args:
        index_dir: the index's folder in the home folder.
        place: where the vectors are; None takes the generation's folder.

    Returns:
        The manifest of the generation that was checked.

    Raises:
        IndexMissing: none was built.
        IndexStale: its vectors lie elsewhere.
        IndexCorrupt: a check failed.
        StoreUnreachable: the server that keeps the vectors does not answer.
    """
    place = place or FolderPlace(open_folder(index_dir))
    generation, manifest = read_current(index_dir)
    if manifest.store != place.address:
        raise _stale(["vector store"])
    generation.check_files(manifest)
    place.check(generation, manifest.chunks)
    index = _opened(generation, manifest, place)
    try:
        _verify_chunks(index)
        missing = index.store.unreachable([chunk.id for chunk in index.chunks], index.vectors)
        if missing:
            raise corrupt(f"{len(missing)} of {len(index.chunks)} vectors are out of reach")
    finally:
        index.close()
    return manifest


def _verify_chunks(index: Index) -> None:
    for chunk in index.chunks:
        document = index.documents.get(chunk.document_id)
        section = chunk.section
        if document is None or not (
            0 <= section.start <= chunk.start < chunk.end <= section.end <= len(document.text)
        ):
            raise corrupt(f"chunk {chunk.id} does not lie in its document")
    if not np.allclose(np.linalg.norm(index.vectors, axis=1), 1.0, atol=1e-3):
        raise corrupt("its vectors are not of length 1")


IndexState = Literal["ready", "missing", "stale", "corrupt", "unreachable"]


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """How the index stands.

    Attributes:
        state: ready, or why not.
        problem: one sentence when it is not ready.
        cure: what to do then.
        differences: what has changed since the build, when stale.
        generation: its name, when there is one.
        built_at: time of the build (ISO, UTC).
        documents: how many.
        chunks: how many.
        embedder: fingerprint of the embedder.
        size_bytes: on disk.
    """

    state: IndexState
    problem: str | None = None
    cure: str | None = None
    differences: tuple[str, ...] = ()
    generation: str | None = None
    built_at: str | None = None
    documents: int = 0
    chunks: int = 0
    embedder: str | None = None
    size_bytes: int = 0


def index_status(
    index_dir: Path,
    embedder: Embedder | None = None,
    documents: Iterable[Document] | None = None,
    *,
    place: VectorPlace | None = None,
) -> IndexStatus:
    """Tell how the index stands, from its manifest and checksums; no library is loaded.

    A server that keeps the vectors is asked how many it has.

    Args:
        index_dir: the index's folder in the home folder.
        embedder: the one that would search; without it a stale index cannot be told.
        documents: the corpus as it is now, if it is to be compared.
        place: where the vectors are; None takes the generation's folder.
    """
    place = place or FolderPlace(open_folder(index_dir))
    try:
        generation, manifest = read_current(index_dir)
        generation.check_files(manifest)
        hashes = None if documents is None else document_hashes(documents)
        differences = _differences(manifest, embedder, hashes, place)
        if not differences:
            place.check(generation, manifest.chunks)
    except IndexMissing as error:
        return _not_ready("missing", error)
    except IndexCorrupt as error:
        return _not_ready("corrupt", error)
    except StoreUnreachable as error:
        return replace(
            _described(manifest), state="unreachable", problem=error.what, cure=error.cure
        )
    if differences:
        return replace(
            _described(manifest),
            state="stale",
            problem=f"Changed since the build: {', '.join(differences)}.",
            cure="Run `counterpoint index build`.",
            differences=tuple(differences),
        )
    return _described(manifest)


def _differences(
    manifest: Manifest,
    embedder: Embedder | None,
    hashes: Mapping[str, str] | None,
    place: VectorPlace,
) -> list[str]:
    if embedder is not None:
        return manifest.differences(embedder, hashes, place.address)
    return [] if manifest.store == place.address else ["vector store"]


def _described(manifest: Manifest) -> IndexStatus:
    return IndexStatus(
        state="ready",
        generation=manifest.generation,
        built_at=manifest.built_at,
        documents=len(manifest.documents),
        chunks=manifest.chunks,
        embedder=manifest.embedder,
        size_bytes=sum(record.size for record in manifest.files.values()),
    )


def _not_ready(state: IndexState, error: CounterpointError) -> IndexStatus:
    return IndexStatus(state=state, problem=error.what, cure=error.cure)
