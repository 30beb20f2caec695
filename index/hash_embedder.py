"""An embedder without a model: words and their parts hashed into a vector.

It knows spelling, not meaning. It ships for tests and for trying the program's plumbing in
milliseconds; its fingerprint says what it is, so that no index of it passes for a real one.
"""

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from index.embedder import FloatArray

_PIECE = re.compile(r"\w+|[^\w\s]")
_WORD = re.compile(r"\w+")


class HashEmbedder:
    """Signed feature hashing of words and letter triples; the same on every machine.

    Args:
        dimension: length of a vector.
        max_tokens: what it claims to read; it really reads everything.
        name: part of the fingerprint, to stand for another model in a test.
    """

    def __init__(self, dimension: int = 128, max_tokens: int = 254, name: str = "1") -> None:
        self._dimension = dimension
        self._max_tokens = max_tokens
        self._name = name

    @property
    def fingerprint(self) -> str:
        """Name, version and size; nothing else changes the vectors."""
        return f"hash:{self._name}:{self._dimension}"

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._dimension

    @property
    def max_tokens(self) -> int:
        """The longest text that it is given."""
        return self._max_tokens

    def count_tokens(self, text: str) -> int:
        """Return the number of words and marks."""
        return len(_PIECE.findall(text))

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Return float32 vectors of length 1, shape ``[len(texts), dimension]``."""
        vectors = np.zeros((len(texts), self._dimension), dtype=np.float32)
        for i, text in enumerate(texts):
            for word in _WORD.findall(text.casefold()):
                self._add(vectors[i], word, 1.0)
                for start in range(len(word) - 2):
                    self._add(vectors[i], f"#{word[start : start + 3]}", 0.5)
            if not vectors[i].any():
                vectors[i, 0] = 1.0
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / norms, dtype=np.float32)

    def encode_questions(self, texts: Sequence[str]) -> FloatArray:
        """The same: it knows no difference."""
        return self.encode(texts)

    def _add(self, vector: FloatArray, feature: str, weight: float) -> None:
        digest = hashlib.blake2b(feature.encode(), digest_size=8).digest()
        place = int.from_bytes(digest[:4], "big") % self._dimension
        vector[place] += weight if digest[4] % 2 else -weight
