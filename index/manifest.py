"""What a generation was made of: the record that tells whether an index still fits."""

import hashlib
import importlib.metadata
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict

from pydantic import BaseModel, ConfigDict

from corpus.documents import Document
from index.chunking import CHUNKER_VERSION
from index.embedder import Embedder
from index.lexical import TERMS_VERSION

FORMAT = 3
_LIBRARIES = ("bm25s", "chromadb", "markdown-it-py", "pystemmer")


class FileRecord(BaseModel):
    """Size and content of one file as it was written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: int
    sha256: str


class Manifest(BaseModel):
    """What a generation was made of, and what it must still be.

    Attributes:
        format: layout of the folder.
        generation: name of the folder.
        previous: the generation that served before, kept for those who still read it.
        built_at: time of the build (ISO, UTC).
        embedder: fingerprint of the embedder.
        dimension: length of a vector.
        chunker: version of the chunker, with its limits.
        documents: hash of each document by its id.
        terms: version of the rules that make the words of the word index.
        chunks: number of chunks.
        libraries: versions of the libraries that wrote files or decided boundaries.
        files: every file of the folder but this one, by its path.
        store: address of the server that keeps the vectors; empty when the folder does.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int
    generation: str
    previous: str | None
    built_at: str
    embedder: str
    dimension: int
    chunker: str
    documents: dict[str, str]
    terms: str
    chunks: int
    libraries: dict[str, str]
    files: dict[str, FileRecord]
    store: str = ""

    def differences(
        self, embedder: Embedder, hashes: Mapping[str, str] | None, store: str | None = None
    ) -> list[str]:
        """Name what has changed since the build; empty when the index still fits.

        Args:
            embedder: the one that will search.
            hashes: hash of each document by its id, or None to leave the corpus out.
            store: address of the place where vectors are looked for, or None to leave it out.
        """
        expected: dict[str, tuple[object, object]] = {
            "format": (self.format, FORMAT),
            "embedder": (self.embedder, embedder.fingerprint),
            "chunker": (self.chunker, chunker_version(embedder)),
            "word list": (self.terms, TERMS_VERSION),
            "corpus": (self.documents, self.documents if hashes is None else dict(hashes)),
            "vector store": (self.store, self.store if store is None else store),
            **{
                name: (self.libraries.get(name), version)
                for name, version in library_versions().items()
            },
        }
        return [name for name, (then, now) in expected.items() if then != now]


def document_hash(document: Document) -> str:
    """SHA-256 over everything that a passage shows of a document."""
    return hashlib.sha256(json.dumps(asdict(document), sort_keys=True).encode()).hexdigest()


def document_hashes(documents: Iterable[Document]) -> dict[str, str]:
    """Hash of each document by its id, in the order of the ids."""
    return {doc.id: document_hash(doc) for doc in sorted(documents, key=lambda doc: doc.id)}


def chunker_version(embedder: Embedder) -> str:
    """The chunker, and the one limit that it takes from the embedder."""
    return f"{CHUNKER_VERSION}/{embedder.max_tokens}"


def library_versions() -> dict[str, str]:
    """Versions of the libraries whose work lies in a generation."""
    return {name: importlib.metadata.version(name) for name in _LIBRARIES}
