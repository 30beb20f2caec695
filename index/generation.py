"""A built index on disk: its folder, its manifest, and the pointer to the one that serves."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from corpus.disk import replace_text, sha256_of, sync
from corpus.documents import Document, Span
from corpus.errors import IndexCorrupt, IndexMissing
from index.embedder import FloatArray
from index.manifest import FileRecord, Manifest
from index.passages import Chunk

_CURE = "Run `counterpoint index build`."
_POINTER = "CURRENT"


@dataclass(frozen=True, slots=True)
class Generation:
    """The folder of one built index."""

    folder: Path

    @property
    def chroma(self) -> Path:
        """The vectors, as Chroma keeps them."""
        return self.folder / "chroma"

    @property
    def lexical(self) -> Path:
        """The word index."""
        return self.folder / "bm25"

    @property
    def words(self) -> Path:
        """How often each word occurs."""
        return self.folder / "words.json"

    @property
    def vectors(self) -> Path:
        """The vectors in the order of the chunks, for exact cosines."""
        return self.folder / "vectors.npy"

    @property
    def _manifest(self) -> Path:
        return self.folder / "manifest.json"

    @property
    def _documents(self) -> Path:
        return self.folder / "documents.jsonl"

    @property
    def _chunks(self) -> Path:
        return self.folder / "chunks.jsonl"

    def write_texts(self, documents: Sequence[Document], chunks: Sequence[Chunk]) -> None:
        """Write documents and chunks, so that passages need nothing but this folder."""
        _write_lines(self._documents, (asdict(document) for document in documents))
        _write_lines(self._chunks, (asdict(chunk) for chunk in chunks))

    def read_documents(self) -> dict[str, Document]:
        """Read the documents, by id.

        Raises:
            IndexCorrupt: the file is not the one that was written.
        """
        try:
            documents = [_document(fields) for fields in _read_lines(self._documents)]
        except (OSError, ValueError, TypeError, KeyError) as exc:
            raise corrupt("its documents cannot be read") from exc
        return {document.id: document for document in documents}

    def read_chunks(self) -> tuple[Chunk, ...]:
        """Read the chunks in the order of the vectors.

        Raises:
            IndexCorrupt: the file is not the one that was written.
        """
        try:
            return tuple(_chunks(_read_lines(self._chunks)))
        except (OSError, ValueError, TypeError, KeyError) as exc:
            raise corrupt("its chunks cannot be read") from exc

    def read_vectors(self) -> FloatArray:
        """Read the vectors, shape ``[chunks, dimension]``.

        Raises:
            IndexCorrupt: the file is not the one that was written.
        """
        try:
            vectors = np.load(self.vectors, allow_pickle=False)
        except (OSError, ValueError) as exc:
            raise corrupt("its vectors cannot be read") from exc
        return np.asarray(vectors, dtype=np.float32)

    def write_manifest(self, manifest: Manifest) -> str:
        """Write the manifest, bring the folder to the disk, and return the manifest's hash."""
        self._manifest.write_text(manifest.model_dump_json(indent=1), "utf-8")
        # The folder above names this one.
        for path in [*self.folder.rglob("*"), self.folder, self.folder.parent]:
            sync(path)
        return sha256_of(self._manifest)

    def read_manifest(self, expected_hash: str) -> Manifest:
        """Read the manifest.

        Raises:
            IndexCorrupt: it is not the one that was written.
        """
        try:
            if sha256_of(self._manifest) != expected_hash:
                raise corrupt("its manifest was changed")
            return Manifest.model_validate_json(self._manifest.read_bytes())
        except (OSError, ValidationError) as exc:
            raise corrupt("its manifest cannot be read") from exc

    def records(self) -> dict[str, FileRecord]:
        """Size and hash of every file but the manifest, by its path in the folder."""
        files = [
            file
            for file in sorted(self.folder.rglob("*"))
            if file.is_file() and file != self._manifest
        ]
        with ThreadPoolExecutor() as pool:
            hashes = list(pool.map(sha256_of, files))
        return {
            file.relative_to(self.folder).as_posix(): FileRecord(
                size=file.stat().st_size, sha256=sha256
            )
            for file, sha256 in zip(files, hashes, strict=True)
        }

    def check_files(self, manifest: Manifest) -> None:
        """Compare every file with the manifest.

        Raises:
            IndexCorrupt: a file was changed, is gone, or was added.
        """
        try:
            found = self.records()
        except OSError as exc:
            raise corrupt("its files cannot be read") from exc
        if found != manifest.files:
            names = sorted(
                name
                for name in found.keys() | manifest.files.keys()
                if found.get(name) != manifest.files.get(name)
            )
            raise corrupt(f"{', '.join(names)} is not what was written")


def corrupt(reason: str) -> IndexCorrupt:
    """The error for an index whose files are not the ones that were written."""
    return IndexCorrupt(f"The index is damaged: {reason}.", _CURE)


def generations_folder(index_dir: Path) -> Path:
    """Where the generations lie."""
    return index_dir / "generations"


def open_folder(index_dir: Path) -> Path:
    """Where the working copies of readers lie."""
    return index_dir / "open"


def publish(index_dir: Path, generation: Generation, manifest_hash: str) -> None:
    """Make a generation the one that serves, in one step."""
    replace_text(index_dir / _POINTER, f"{generation.folder.name} {manifest_hash}\n")


def current_generation(index_dir: Path) -> str | None:
    """Return the name of the generation that serves, or None; cheap enough to ask every time.

    Raises:
        IndexCorrupt: the pointer is not one that was written.
    """
    pointer = _read_pointer(index_dir)
    return pointer[0] if pointer else None


def read_current(index_dir: Path) -> tuple[Generation, Manifest]:
    """Return the generation that serves, and its manifest.

    Raises:
        IndexMissing: none was built.
        IndexCorrupt: the pointer or the manifest is not one that was written.
    """
    pointer = _read_pointer(index_dir)
    if pointer is None:
        raise IndexMissing("No index has been built yet.", _CURE)
    generation = Generation(generations_folder(index_dir) / pointer[0])
    return generation, generation.read_manifest(pointer[1])


def _read_pointer(index_dir: Path) -> tuple[str, str] | None:
    try:
        words = (index_dir / _POINTER).read_text("utf-8").split()
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as exc:
        raise corrupt("the pointer to the current generation cannot be read") from exc
    if len(words) != 2 or not words[0].isalnum() or not words[1].isalnum():
        raise corrupt("the pointer to the current generation names none")
    return words[0], words[1]


def _write_lines(file: Path, records: Iterable[Mapping[str, object]]) -> None:
    with file.open("w", encoding="utf-8") as stream:
        for record in records:
            stream.write(json.dumps(record, ensure_ascii=False) + "\n")


def _read_lines(file: Path) -> Iterator[dict[str, Any]]:
    # One at a time, and not by splitlines(): a document may hold line ends that only Unicode knows.
    with file.open(encoding="utf-8", newline="\n") as stream:
        for line in stream:
            yield json.loads(line)


def _document(fields: dict[str, Any]) -> Document:
    return Document(**{**fields, "pages": tuple(fields["pages"])})


def _chunks(rows: Iterable[dict[str, Any]]) -> Iterator[Chunk]:
    # Words that thousands of chunks share are kept once: half the memory of a large index.
    texts: dict[str, Any] = {}
    paths: dict[tuple[str, ...], tuple[str, ...]] = {}
    for row in rows:
        document_id, kind, path = row["document_id"], row["kind"], tuple(row["heading_path"])
        yield Chunk(
            id=row["id"],
            document_id=texts.setdefault(document_id, document_id),
            heading_path=paths.setdefault(path, path),
            start=row["start"],
            end=row["end"],
            search_text=row["search_text"],
            section=Span(row["section"]["start"], row["section"]["end"]),
            kind=texts.setdefault(kind, kind),
        )
