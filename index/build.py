"""Building: a new generation in a fresh folder, verified, then published in one step."""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np

from corpus.disk import require_room, writing
from corpus.documents import Document
from corpus.errors import (
    CorpusError,
    IndexCorrupt,
    IndexMissing,
    SourceMissing,
)
from index.build_lock import build_lock
from index.chunking import MAX_TOKENS, chunk_document
from index.embedder import Embedder, FloatArray
from index.embedding_cache import EmbeddingCache
from index.generation import (
    Generation,
    generations_folder,
    open_folder,
    publish,
    read_current,
)
from index.lexical import TERMS_VERSION, LexicalIndex
from index.manifest import (
    FORMAT,
    Manifest,
    chunker_version,
    document_hashes,
    library_versions,
)
from index.passages import Chunk
from index.places import FolderPlace, VectorPlace
from index.word_counts import WordCounts

Progress = Callable[[str, int, int], None]
"""Called with the step's name, how much of it is done, and how much there is.

The steps are ``chunk``, ``embed``, ``store`` and ``verify``; before them comes ``wait``, counted in
seconds, while another process builds.
"""

MakeFile = Callable[[Sequence[Document]], str]
"""Makes a file's content of the documents."""

_EMBEDDED_AT_ONCE = 64
_BYTES_PER_CHUNK = 12_000
_BYTES_AT_LEAST = 4_000_000
_GOLDEN = 0.618034


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did.

    Attributes:
        generation: the one that serves now.
        chunks: how many it holds.
        embedded: texts that went through the model.
        reused: chunks whose vector was known already.
        seconds: wall time.
        documents: how many it holds.
        embedding_seconds: the part of the time that went into the model.
    """

    generation: str
    chunks: int
    embedded: int
    reused: int
    seconds: float
    documents: int = 0
    embedding_seconds: float = 0.0


def build_index(
    documents: Sequence[Document],
    embedder: Embedder,
    index_dir: Path,
    *,
    progress: Progress | None = None,
    wait_s: float = 0.0,
    place: VectorPlace | None = None,
    beside: Mapping[str, MakeFile] | None = None,
) -> BuildReport:
    """Make the index fit the documents; an index that fits already is left alone.

    A generation that serves goes on serving until the new one is whole. However the build ends,
    what was embedded is kept for the next one.

    Args:
        documents: the whole corpus, in any order.
        embedder: gives the vectors; its weights are loaded only if a text is new.
        index_dir: the index's folder in the home folder.
        progress: told about each step.
        wait_s: how long to wait for another process that builds.
        place: where the vectors go; None keeps them in the generation's folder.
        beside: further files for the generation, by name; they are made when it is.

    Raises:
        SourceMissing: there is nothing to index.
        CorpusError: two documents have one id.
        IndexLocked: another process is still building.
        DiskFull: there is no room.
        ConfigError: the folder cannot be written, or the embedder cannot be loaded.
        StoreUnreachable: the server that keeps the vectors does not answer.
        StoreError: the new generation did not pass its checks.
    """
    started = time.monotonic()
    ordered = _ordered(documents)
    place = place or FolderPlace(open_folder(index_dir))
    fitting = _fitting(index_dir, embedder, ordered, place)
    if fitting is None:
        tell = progress or _silent
        with build_lock(
            index_dir, wait_s=wait_s, waiting=lambda done, total: tell("wait", done, total)
        ):
            # Another process may have built it while this one waited for the lock.
            fitting = _fitting(index_dir, embedder, ordered, place)
            if fitting is None:
                build = _Build(ordered, embedder, index_dir, tell, place, beside=beside or {})
                return build.run(started)
    seconds = time.monotonic() - started
    return BuildReport(
        fitting.generation, fitting.chunks, 0, fitting.chunks, seconds, len(fitting.documents)
    )


def _silent(step: str, done: int, total: int) -> None:
    del step, done, total


def _ordered(documents: Sequence[Document]) -> tuple[Document, ...]:
    """By id, so that the order in which documents come changes nothing."""
    if not documents:
        raise SourceMissing(
            "There is no document to index.", "Add one with `counterpoint corpus add PATH`."
        )
    ordered = tuple(sorted(documents, key=lambda document: document.id))
    for before, after in pairwise(ordered):
        if before.id == after.id:
            raise CorpusError(
                f"Two documents have the id {after.id!r}.",
                "Remove one with `counterpoint corpus remove ID`.",
            )
    return ordered


def _fitting(
    index_dir: Path, embedder: Embedder, documents: tuple[Document, ...], place: VectorPlace
) -> Manifest | None:
    """The manifest of the serving generation, if it is whole and fits; else None."""
    try:
        generation, manifest = read_current(index_dir)
        if manifest.differences(embedder, document_hashes(documents), place.address):
            return None
        generation.check_files(manifest)
        place.check(generation, manifest.chunks)
    except (IndexMissing, IndexCorrupt):
        return None
    return manifest


class _Build:
    """One build; the lock is held by the caller."""

    def __init__(
        self,
        documents: tuple[Document, ...],
        embedder: Embedder,
        index_dir: Path,
        progress: Progress,
        place: VectorPlace,
        *,
        beside: Mapping[str, MakeFile],
    ) -> None:
        self._documents = documents
        self._embedder = embedder
        self._dir = index_dir
        self._progress = progress
        self._place = place
        self._beside = beside

    def run(self, started: float) -> BuildReport:
        """Build, verify and publish.

        Args:
            started: when the work began, on the monotonic clock.
        """
        self._place.reach()
        serving = self._serving()
        self._collect_garbage(serving)
        chunks = self._chunk(serving)
        with writing(self._dir), self._fresh_generation() as generation:
            require_room(self._dir, _BYTES_AT_LEAST + _BYTES_PER_CHUNK * len(chunks))
            vectors, embedded, embedding_s = self._embed(chunks)
            generation.write_texts(self._documents, chunks)
            for name, make in self._beside.items():
                (generation.folder / name).write_text(make(self._documents), "utf-8")
            np.save(generation.vectors, vectors, allow_pickle=False)
            texts = [chunk.search_text for chunk in chunks]
            LexicalIndex.build(texts).save(generation.lexical)
            WordCounts.of(texts).save(generation.words)
            self._place.fill(generation, [chunk.id for chunk in chunks], vectors, self._progress)
            manifest = self._manifest(generation, serving, len(chunks))
            publish(self._dir, generation, generation.write_manifest(manifest))
        self._collect_garbage(manifest)
        return BuildReport(
            manifest.generation,
            manifest.chunks,
            embedded,
            manifest.chunks - embedded,
            time.monotonic() - started,
            len(manifest.documents),
            embedding_s,
        )

    def _serving(self) -> Manifest | None:
        try:
            return read_current(self._dir)[1]
        except (IndexMissing, IndexCorrupt):
            return None

    def _collect_garbage(self, serving: Manifest | None) -> None:
        """Remove what no reader can be about to open: older generations, and killed builds."""
        kept = {serving.generation, serving.previous} if serving else set()
        for folder in generations_folder(self._dir).glob("*"):
            if folder.name not in kept:
                self._place.remove(Generation(folder))

    @contextmanager
    def _fresh_generation(self) -> Iterator[Generation]:
        """A folder that never was; it goes again unless the body reaches its end."""
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S}{secrets.token_hex(4)}"
        generation = Generation(generations_folder(self._dir) / name)
        generation.folder.mkdir(parents=True)
        is_whole = False
        try:
            yield generation
            is_whole = True
        finally:
            if not is_whole:
                self._place.remove(generation)

    def _chunk(self, serving: Manifest | None) -> tuple[Chunk, ...]:
        known = self._known_chunks(serving)
        chunks: list[Chunk] = []
        for done, document in enumerate(self._documents, start=1):
            chunks.extend(
                known[document.id]
                if document.id in known
                else chunk_document(
                    document,
                    self._embedder.count_tokens,
                    min(MAX_TOKENS, self._embedder.max_tokens),
                    self._embedder.max_tokens,
                )
            )
            self._progress("chunk", done, len(self._documents))
        if not chunks:
            raise SourceMissing(
                "The documents hold no text.", "Add one with `counterpoint corpus add PATH`."
            )
        return tuple(chunks)

    def _known_chunks(self, serving: Manifest | None) -> dict[str, list[Chunk]]:
        """Chunks of the documents that have not changed since the serving generation."""
        if serving is None or serving.differences(self._embedder, None):
            return {}
        now = document_hashes(self._documents)
        known: dict[str, list[Chunk]] = {
            id_: [] for id_, then in serving.documents.items() if now.get(id_) == then
        }
        generation = Generation(generations_folder(self._dir) / serving.generation)
        try:
            generation.check_files(serving)
            for chunk in generation.read_chunks():
                if chunk.document_id in known:
                    known[chunk.document_id].append(chunk)
        except IndexCorrupt:
            return {}
        return known

    def _embed(self, chunks: tuple[Chunk, ...]) -> tuple[FloatArray, int, float]:
        """The vectors of the chunks, how many texts were new, and the seconds in the model."""
        places: dict[str, list[int]] = {}
        for place, chunk in enumerate(chunks):
            places.setdefault(chunk.search_text, []).append(place)
        vectors = np.empty((len(chunks), self._embedder.dimension), dtype=np.float32)
        seconds = 0.0
        with EmbeddingCache(
            self._dir / "embeddings.sqlite", self._embedder.fingerprint, self._embedder.dimension
        ) as cache:
            known = cache.get(list(places))
            for text, vector in known.items():
                vectors[places[text]] = vector
            missing = [text for text in places if text not in known]
            done = 0
            for batch in _batches(missing):
                self._progress("embed", done, len(missing))
                began = time.monotonic()
                encoded = self._embedder.encode(batch)
                seconds += time.monotonic() - began
                cache.put(batch, encoded)
                for text, vector in zip(batch, encoded, strict=True):
                    vectors[places[text]] = vector
                done += len(batch)
            self._progress("embed", len(missing), len(missing))
            cache.keep(list(places))
        return vectors, len(missing), seconds

    def _manifest(
        self, generation: Generation, serving: Manifest | None, chunk_count: int
    ) -> Manifest:
        return Manifest(
            format=FORMAT,
            generation=generation.folder.name,
            previous=serving.generation if serving else None,
            built_at=datetime.now(UTC).isoformat(timespec="seconds"),
            embedder=self._embedder.fingerprint,
            dimension=self._embedder.dimension,
            chunker=chunker_version(self._embedder),
            documents=document_hashes(self._documents),
            terms=TERMS_VERSION,
            chunks=chunk_count,
            libraries=library_versions(),
            files=generation.records(),
            store=self._place.address,
        )


def _batches(texts: Sequence[str]) -> list[list[str]]:
    """Batches of texts of about one length, which wastes little on padding."""
    ordered = sorted(texts, key=lambda text: (len(text), text))
    batches = [
        ordered[start : start + _EMBEDDED_AT_ONCE]
        for start in range(0, len(ordered), _EMBEDDED_AT_ONCE)
    ]
    # Long ones among the short, so that the time that is left can be told from the time so far.
    scattered = sorted(range(len(batches)), key=lambda i: i * _GOLDEN % 1.0)
    return [batches[i] for i in scattered]
