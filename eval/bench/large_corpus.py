"""Corpora of any size without days of embedding: real chunks, then recombined sentences.

The first documents are those of indexes that are there, with their vectors; when these run out,
documents are made of their sentences in a random order. Such a text gets the vector of a real chunk
turned by a small random angle, so that neighbours lie about as near as among real texts.
"""

import hashlib
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from corpus.documents import Document
from index.embedder import Embedder, FloatArray
from index.generation import read_current

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_SENTENCES_A_PART = 4
_PARTS = 10
_TURN = 0.35
"""Length of the noise beside a vector of length 1: a cosine of about 0.94 to the real one."""


class LargeCorpus:
    """Documents of indexes that were built, and an embedder that knows their vectors.

    Args:
        index_dirs: folders of built indexes.
        embedder: the one that they were built with; it counts tokens.

    Raises:
        StoreError: one of them cannot be read.
    """

    def __init__(self, index_dirs: Sequence[Path], embedder: Embedder) -> None:
        self._documents: list[tuple[Document, int]] = []
        vectors: list[FloatArray] = []
        known: dict[str, int] = {}
        for index_dir in index_dirs:
            generation, _ = read_current(index_dir)
            chunks = generation.read_chunks()
            counts: dict[str, int] = {}
            for i, chunk in enumerate(chunks):
                known[chunk.search_text] = sum(map(len, vectors)) + i
                counts[chunk.document_id] = counts.get(chunk.document_id, 0) + 1
            vectors.append(generation.read_vectors())
            self._documents.extend(
                (document, counts.get(id_, 0))
                for id_, document in generation.read_documents().items()
            )
        self.embedder = TurnedEmbedder(embedder, np.concatenate(vectors), known)
        self._sentences = [
            sentence
            for document, _ in self._documents
            for sentence in _SENTENCE.split(document.text)
            if 40 <= len(sentence) <= 300 and "|" not in sentence and "\n" not in sentence
        ]

    def documents(self, chunks: int, seed: int = 1) -> list[Document]:
        """Documents that make about so many chunks."""
        taken: dict[str, Document] = {}
        count = 0
        for document, size in self._documents:
            if count >= chunks:
                break
            if document.id not in taken:
                taken[document.id] = document
                count += size
        made = self._made(random.Random(seed))  # noqa: S311  no secret
        while count < chunks:
            document = next(made)
            taken[document.id] = document
            count += _PARTS
        return list(taken.values())

    def questions(self, count: int, seed: int = 2) -> list[str]:
        """Different questions of about ten words, each from one sentence."""
        generator = random.Random(seed)  # noqa: S311  no secret
        long_ones = [s.split() for s in self._sentences if len(s.split()) > 12]
        starts = [(words, generator.randrange(len(words) - 10)) for words in long_ones]
        generator.shuffle(starts)
        texts = dict.fromkeys(" ".join(words[at : at + 10]) for words, at in starts)
        return list(texts)[:count]

    def _made(self, generator: random.Random) -> Iterator[Document]:
        number = 0
        while True:
            parts = [
                f"## Part {part}\n\n"
                + " ".join(generator.choices(self._sentences, k=_SENTENCES_A_PART))
                for part in range(_PARTS)
            ]
            title = f"Made document {number}"
            yield Document(f"made/{number}", title, f"# {title}\n\n" + "\n\n".join(parts), "file")
            number += 1


class TurnedEmbedder:
    """Gives the vectors of known texts, and to any other text a known vector that is turned.

    Args:
        embedder: counts tokens.
        vectors: the known ones.
        known: row of each known text.
    """

    def __init__(self, embedder: Embedder, vectors: FloatArray, known: dict[str, int]) -> None:
        self._embedder = embedder
        self._vectors = vectors
        self._known = known

    @property
    def fingerprint(self) -> str:
        """Not the embedder's own: no index of it passes for a real one."""
        return f"turned:{_TURN}:{len(self._vectors)}:{self._embedder.fingerprint}"

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._embedder.dimension

    @property
    def max_tokens(self) -> int:
        """The longest text that is read whole, special tokens left out."""
        return self._embedder.max_tokens

    def count_tokens(self, text: str) -> int:
        """Return the length of a text in the model's own tokens."""
        return self._embedder.count_tokens(text)

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Return vectors of length 1, shape ``[len(texts), dimension]``."""
        return np.stack([self._one(text) for text in texts])

    def encode_questions(self, texts: Sequence[str]) -> FloatArray:
        """The same: it knows no difference."""
        return self.encode(texts)

    def _one(self, text: str) -> FloatArray:
        if text in self._known:
            return np.asarray(self._vectors[self._known[text]])
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
        generator = np.random.default_rng(seed)
        vector = self._vectors[generator.integers(len(self._vectors))]
        noise = generator.normal(size=vector.size)
        turned = vector + _TURN * noise / np.linalg.norm(noise)
        return np.asarray(turned / np.linalg.norm(turned), dtype=np.float32)
