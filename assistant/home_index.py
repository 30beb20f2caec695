"""The documents of a home folder and the index over them."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from assistant.answerability import corpus_vocabulary
from assistant.reading.terms import Vocabulary
from corpus.documents import Document
from corpus.errors import StoreError
from corpus.library import load_shipped
from corpus.shelf import home_shelf
from index.build import BuildReport, Progress, build_index
from index.embedder import Embedder
from index.generation import generations_folder, read_current
from index.places import VectorPlace

BUILD_WAIT_S: Final = 600.0
"""How long a process waits for another one that builds."""

_VOCABULARY: Final = "vocabulary.json"
_VOCABULARY_VERSION: Final = 2
"""Raised with every change to the words of ``corpus_vocabulary``; older counts are not used."""


def index_folder(home: Path) -> Path:
    """Where the index lives below the home folder."""
    return home / "index"


def home_documents(home: Path) -> tuple[Document, ...]:
    """Return the shipped documents, then the added and fetched ones that can be read.

    Raises:
        CorpusError: the program's own documents cannot be read.
    """
    shipped = load_shipped()
    taken = {document.id for document in shipped}
    # A later version of the program may bring a document whose name was free before.
    added = (document for document in home_shelf(home).documents() if document.id not in taken)
    return (*shipped, *added)


def build_home_index(
    home: Path,
    embedder: Embedder,
    *,
    progress: Progress | None = None,
    wait_s: float = BUILD_WAIT_S,
    place: VectorPlace | None = None,
) -> BuildReport:
    """Make the index fit the home's documents, those included that come while it is built.

    Args:
        home: the home folder.
        embedder: gives the vectors.
        progress: told about each step.
        wait_s: how long to wait for another process that builds.
        place: where the vectors go; None keeps them in the home folder.

    Raises:
        CorpusError, StoreError, ConfigError: as ``build_index``.
    """
    shelf = home_shelf(home)
    while True:
        stamp = shelf.stamp()
        documents = home_documents(home)
        report = build_index(
            documents,
            embedder,
            index_folder(home),
            progress=progress,
            wait_s=wait_s,
            place=place,
            beside={_VOCABULARY: _vocabulary_file},
        )
        # Another process may have put documents there and found the index being built.
        if shelf.stamp() == stamp:
            return report


def serves(index_dir: Path, embedder: Embedder, place: VectorPlace | None = None) -> bool:
    """Whether there is an index that this program can search, whatever documents it holds."""
    address = place.address if place else ""
    try:
        return not read_current(index_dir)[1].differences(embedder, None, address)
    except StoreError:
        return False


def kept_vocabulary(index_dir: Path, generation: str, documents: Iterable[Document]) -> Vocabulary:
    """The words of a generation's documents, as they were counted when it was built.

    Args:
        index_dir: the index's folder.
        generation: the generation's name.
        documents: the ones that it holds, to be counted where nothing was kept.
    """
    kept = _read_vocabulary(generations_folder(index_dir) / generation / _VOCABULARY)
    return corpus_vocabulary(documents) if kept is None else kept


def _vocabulary_file(documents: Iterable[Document]) -> str:
    counted = corpus_vocabulary(documents)
    return json.dumps(
        [_VOCABULARY_VERSION, counted.texts, dict(counted.frequency), sorted(counted.names)]
    )


def _read_vocabulary(file: Path) -> Vocabulary | None:
    try:
        version, texts, frequency, names = json.loads(file.read_bytes())
        if version != _VOCABULARY_VERSION:
            return None
        return Vocabulary(
            int(texts),
            {str(word): int(count) for word, count in frequency.items()},
            frozenset(map(str, names)),
        )
    except (OSError, ValueError, TypeError, AttributeError):
        return None
