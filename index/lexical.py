"""Words, their stems, and BM25 over them."""

import re
import threading
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import chain
from math import log
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from corpus.errors import IndexCorrupt
from index.embedder import FloatArray

TERMS_VERSION = "3"
"""Raised with every change to the terms of a text."""

K1 = 0.9
B = 0.4
"""The values of the published Anserini baselines; better here too than 1.5 and 0.75."""

# Scripts that are written without spaces: each character counts as a word.
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_COMPOUND = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+(?:[-_.][^\W_{_UNSPACED}]+)*")
_JOINT = re.compile(r"[-_.]")
_NAME = re.compile(r"[\d_.]")
_DECIMAL = re.compile(r"\d+\.\d+[^\W_]*")
_POSSESSIVE = re.compile(r"['’]s\b", re.IGNORECASE)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
_HUMP = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_PASCAL = re.compile(r"(?:[A-Z][a-z]{2,}){2,}\d*")
_ACRONYM = re.compile(r"[A-Z]{2,}(?:[A-Z][a-z]{3,})+\d*")
_CAMEL = re.compile(r"[a-z]{2,}(?:[A-Z][A-Za-z]*)+\d*")

STOP_WORDS = frozenset(
    "a an and are as at be but by for if in into is it no not of on or such that the their then "
    "there these they this to was will with".split()
)
"""Lucene's list, which the published BM25 figures were taken with."""


def terms(text: str) -> list[str]:
    """Return the terms that a text is indexed and searched by, in order, repeats included.

    A compound name counts as a whole and by its parts: ``Mixtral-8x7B`` gives ``mixtral-8x7b``,
    ``mixtral`` and ``8x7b``; ``snake_case`` and ``camelCase`` likewise, and each name in a dotted
    chain. Words that a hyphen joins count by themselves. Letters are lower-cased and lose their
    accents, words are stemmed, stop words are dropped.
    """
    # No term reaches across white space, and most words of a corpus come again.
    return list(chain.from_iterable(map(_terms_within, text.split())))


@lru_cache(maxsize=65_536)
def _terms_within(run: str) -> tuple[str, ...]:
    """The terms of characters without white space between them."""
    return tuple(stem(word) for word in _words(run) if word not in STOP_WORDS)


def _words(text: str) -> Iterator[str]:
    if not text.isascii():
        folded = unicodedata.normalize("NFKD", text)
        text = "".join(char for char in folded if not unicodedata.combining(char))
    text = _THOUSANDS.sub("", _POSSESSIVE.sub("", text))
    for match in _COMPOUND.finditer(text):
        compound = match.group()
        parts = _JOINT.split(compound)
        # "fine-tuned" is two words; "Phi-3", "snake_case" and "mistral.ai" are names.
        if len(parts) > 1 and _NAME.search(compound):
            yield compound.lower()
            yield from _segments(compound)
        if _DECIMAL.fullmatch(compound):
            # The halves of a decimal number say nothing by themselves.
            continue
        for part in parts:
            yield part.lower()
            yield from _humps(part)


def _segments(compound: str) -> Iterator[str]:
    """The names in a dotted one: ``client.files.list_all`` is asked for as ``list_all``."""
    if "." in compound:
        yield from (part.lower() for part in compound.split(".") if "_" in part)


def _humps(word: str) -> Iterator[str]:
    if _PASCAL.fullmatch(word) or _CAMEL.fullmatch(word) or _ACRONYM.fullmatch(word):
        yield from (hump.lower() for hump in _HUMP.findall(word))


class _Stemmer(threading.local):
    """One stemmer a thread: PyStemmer's objects are not made to be shared."""

    def __init__(self, language: str) -> None:
        import Stemmer

        self.word = Stemmer.Stemmer(language).stemWord


@cache
def _stemmer(language: str) -> _Stemmer:
    return _Stemmer(language)


@lru_cache(maxsize=65_536)
def stem(word: str, language: str = "english") -> str:
    """Return the stem of a lower-case word, by Snowball's rules for the language."""
    return str(_stemmer(language).word(word))


class LexicalIndex:
    """BM25 in Lucene's form over a list of texts.

    Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), with
    Lucene's inverse document frequency, log(1 + (n - df + 0.5) / (df + 0.5)).
    """

    def __init__(self, bm25: Any, count: int) -> None:
        self._bm25 = bm25
        self.count = count

    @classmethod
    def build(cls, texts: Sequence[str]) -> "LexicalIndex":
        """Index texts; a text's place in the sequence is its number."""
        import bm25s

        said = [terms(text) for text in texts]
        # Sorted, so that the same texts make the same files whatever the hash seed.
        vocabulary = {term: i for i, term in enumerate(sorted({t for text in said for t in text}))}
        numbers = [[vocabulary[term] for term in text] for text in said]
        if not vocabulary:
            vocabulary, numbers = {"": 0}, [[0] for _ in said]
        bm25 = bm25s.BM25(k1=K1, b=B, method="lucene")
        bm25.index((numbers, vocabulary), create_empty_token=False, show_progress=False)
        return cls(bm25, len(texts))

    def save(self, folder: Path) -> None:
        """Write the index into a folder."""
        self._bm25.save(folder, show_progress=False)

    @classmethod
    def load(cls, folder: Path) -> "LexicalIndex":
        """Read an index that was saved.

        Raises:
            IndexCorrupt: the folder does not hold one.
        """
        import bm25s

        try:
            bm25 = bm25s.BM25.load(folder, load_corpus=False, show_progress=False)
            return cls(bm25, int(bm25.scores["num_docs"]))
        except (OSError, ValueError, KeyError, TypeError) as exc:
            raise IndexCorrupt(
                "The word index cannot be read.", "Run `counterpoint index build`."
            ) from exc

    def texts_with(self, term: str) -> int:
        """How many texts hold a term; 0 for one that the index does not know."""
        return len(self.places_with(term))

    def places_with(self, term: str) -> npt.NDArray[np.integer[Any]]:
        """Numbers of the texts that hold a term."""
        number = self._bm25.vocab_dict.get(term)
        if number is None:
            return np.empty(0, dtype=np.intp)
        held = self._bm25.scores
        first, last = held["indptr"][number : number + 2]
        return np.asarray(held["indices"][first:last])

    def best_score(self, weights: Mapping[str, float]) -> float:
        """What no text's score for these terms exceeds; 0 when the index knows none of them."""
        return sum(
            weight * log(1 + (self.count - held + 0.5) / (held + 0.5))
            for term, weight in weights.items()
            if (held := self.texts_with(term))
        )

    @property
    def vocabulary(self) -> Collection[str]:
        """Every term that some text holds, stemmed."""
        return cast("Collection[str]", self._bm25.vocab_dict.keys())

    def scores(self, weights: Mapping[str, float]) -> FloatArray:
        """Return the BM25 score of every text, shape ``[count]``; 0 where no term matches.

        Args:
            weights: the terms that are asked for; a term's share of the score is multiplied by
                its weight.
        """
        scores = np.zeros(self.count, dtype=np.float32)
        held = self._bm25.scores
        for term, weight in weights.items():
            number = self._bm25.vocab_dict.get(term)
            if number is not None:
                first, last = held["indptr"][number : number + 2]
                # A text stands once in a term's list, so nothing is added twice or lost.
                scores[held["indices"][first:last]] += weight * held["data"][first:last]
        return scores
