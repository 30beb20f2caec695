"""Slips of the pen in a question, read as the nearest words that the documents know.

A word is touched only when the documents do not know it and it is no word of the embedder's either.
Nearness is the optimal string alignment distance of Damerau ("A technique for computer detection
and correction of spelling errors", 1964) with cheaper steps for the slips that fingers and ears
make. Neighbours are found by a signature of the letters, eight bytes a word: nothing of the size of
a table of deletions is kept, and no further library is needed for a few hundred comparisons.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from index.lexical import terms
from index.word_counts import WORD, WordCounts

_TOKEN: Final = re.compile(r"\S+")
_CODE: Final = re.compile(r"[_/\\`@=<>{}\[\]$#]|\w\.\w+\(|[a-z][A-Z]|\w\.[^\W\d]|::")
_DIGIT: Final = re.compile(r"\d")
# A key or a checksum that was pasted is no word with a slip: it stays as it is, and is said once.
_SECRET: Final = re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[^\W\d])[\w-]{16,}")
_ENDINGS: Final = ("'s", "s", "es", "d", "ed", "ing")

_LONGEST: Final = 30
_LETTERS: Final = 31  # kinds that a signature tells apart
_SHORTEST: Final = 3
_MENDED_AT_MOST: Final = 24  # a text with more is no question that was typed
_CAPITALS_AT: Final = 6
_CLEAR_AT: Final = 4  # letters; shorter words are mended only where two of them are swapped
_TWO_SLIPS_AT: Final = 8
_CHEAP_PAIR_AT: Final = 7
_ONE_SLIP: Final = 1.0
_CHEAP_PAIR: Final = 1.5
_TWO_SLIPS: Final = 2.0
_SWAP: Final = 0.8
_DOUBLED: Final = 0.6
_MISSING: Final = 0.85
_LIKELY: Final = 0.7
_FIRST_LETTER: Final = 0.5
_PER_COST: Final = 3.5  # a slip more must be made up for by a word that is 33 times as common
_COMMON_COUNT: Final = 2  # of a word of everyday English that the documents lack
_PART_AT_LEAST: Final = 3
_PART_COUNT: Final = 20

_ROWS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_HEARD: Final = (("f", "ph"), ("ph", "f"), ("k", "ch"), ("kw", "qu"), ("x", "cks"), ("sh", "ti"))
_SOUND_ALIKE: Final = ("csz", "ckq", "iy", "aeiou", "fv", "dt", "mn", "gj")


@dataclass(frozen=True, slots=True)
class Correction:
    """One word that was read differently.

    Attributes:
        written: as the question has it.
        read: what was searched for.
    """

    written: str
    read: str


class Speller:
    """The words of some documents, and the nearest of them to a word that is none.

    Args:
        words: of the documents.
        is_word: whether a word is one although the documents do not know it.
    """

    def __init__(self, words: WordCounts, is_word: Callable[[str], bool] | None = None) -> None:
        self._counts = words.counts
        self._joined = words.joined
        self._stems = words.stems
        self._is_word = is_word or _never
        self._common = _common_words()
        known = (*self._counts, *sorted(self._common - self._counts.keys()))
        self._words = [word for word in known if _SHORTEST <= len(word) <= _LONGEST]
        self._lengths = np.array([len(word) for word in self._words], dtype=np.int8)
        self._signatures = _signatures(self._words)
        self.nearest = lru_cache(maxsize=4096)(self._nearest)

    def count(self, word: str) -> int:
        """How often the documents have a lower-case word."""
        return self._counts.get(word, 0)

    def knows(self, word: str) -> bool:
        """Whether the documents have a word, in this or another inflection."""
        lowered = word.lower()
        if lowered in self._counts:
            return True
        stems = terms(lowered)
        return not stems or all(stem in self._stems for stem in stems)

    def correct(
        self, question: str, shortest: int = _SHORTEST
    ) -> tuple[str, tuple[Correction, ...]]:
        """Return a question with its slips mended, and what was changed.

        Known words, numbers, addresses and code stay; so do capitals where the letters do.

        Args:
            question: as it was typed.
            shortest: words of fewer letters stay.
        """
        changed: list[Correction] = []

        def mend(match: re.Match[str]) -> str:
            token = match.group()
            if _CODE.search(token) or _SECRET.search(token):
                return token
            if token.isupper() and len(token) < _CAPITALS_AT and not _DIGIT.search(token):
                return token  # an abbreviation; swapped letters would make another one
            return WORD.sub(
                lambda word: (
                    self._mend(word.group(), changed)
                    if len(word.group()) >= shortest and len(changed) < _MENDED_AT_MOST
                    else word.group()
                ),
                token,
            )

        return _TOKEN.sub(mend, question), tuple(dict.fromkeys(changed))

    def _mend(self, word: str, changed: list[Correction]) -> str:
        lowered = word.lower()
        if not _SHORTEST <= len(word) <= _LONGEST or self._is_written(lowered):
            return word
        # A word that is known by its stem alone may be an inflection or the stump of a word; the
        # vectors read both better when they are whole.
        found = self.nearest(lowered)
        same = terms(found) == terms(lowered)
        if (self._inflects(lowered) and not same) or (same and _ending_apart(found, lowered)):
            return word
        if not found:
            return word
        read = _in_the_capitals_of(word, found)
        changed.append(Correction(word, read))
        return read

    def _nearest(self, word: str) -> str:
        """The word or words meant by an unknown lower-case word; empty where none is near."""
        if self._is_a_word(word):
            return ""
        for key in (word, *terms(word)):
            if key in self._joined:
                return self._joined[key]
        limit = _limit(word)
        best, best_score = "", -math.inf
        for other in self._near(word, limit):
            cost = _cost(word, other, limit)
            if len(word) < _CLEAR_AT and not self._is_short_for(word, other):
                continue
            if cost > limit:
                continue
            if other[0] != word[0]:
                cost += _FIRST_LETTER
            score = math.log(self.count(other) or _COMMON_COUNT) - _PER_COST * cost
            if score > best_score:
                best, best_score = other, score
        return best or self._as_it_sounds(word) or self._split(word)

    def _is_written(self, word: str) -> bool:
        return word in self._counts or word in self._common

    def _inflects(self, word: str) -> bool:
        stems = terms(word)
        return stems != [word] and self.knows(word)

    def _is_a_word(self, word: str) -> bool:
        if self._is_word(word):
            return True
        return any(
            word.endswith(ending)
            and len(word) - len(ending) >= _CLEAR_AT
            and self._is_word(word.removesuffix(ending))
            for ending in _ENDINGS
        )

    def _is_short_for(self, word: str, other: str) -> bool:
        """Whether three letters are another three in disorder, or an everyday word lacking one."""
        if len(word) == len(other):
            return sorted(word) == sorted(other)
        return len(other) > len(word) and other[0] == word[0] and other in self._common

    def _near(self, word: str, limit: float) -> list[str]:
        """Words that could lie within the limit, by length and letters."""
        if not self._words:
            return []
        slips = 2 if limit > _ONE_SLIP else 1
        close = np.abs(self._lengths - len(word)) <= slips
        # A slip takes one letter away, adds one, or both.
        differing = np.bitwise_count(self._signatures ^ _signatures([word]))
        return [self._words[at] for at in np.flatnonzero(close & (differing <= 2 * slips))]

    def _as_it_sounds(self, word: str) -> str:
        for heard, written in _HEARD:
            if heard in word and self._is_written(other := word.replace(heard, written, 1)):
                return other
        return ""

    def _split(self, word: str) -> str:
        """Two common words that were written as one."""
        best, best_count = "", 0
        for at in range(_PART_AT_LEAST, len(word) - _PART_AT_LEAST + 1):
            rarer = min(self.count(word[:at]), self.count(word[at:]))
            if rarer > max(best_count, _PART_COUNT):
                best, best_count = f"{word[:at]} {word[at:]}", rarer
        return best


def _in_the_capitals_of(written: str, found: str) -> str:
    capitals = sum(char.isupper() for char in written)
    if capitals > 1:
        return found.upper()
    return found.capitalize() if written[0].isupper() else found


def _ending_apart(one: str, other: str) -> bool:
    return any(one + ending == other or other + ending == one for ending in _ENDINGS)


@cache
def _common_words() -> frozenset[str]:
    text = (Path(__file__).parent / "glossary" / "english.txt").read_text("utf-8")
    return frozenset(text.split())


def _never(_word: str) -> bool:
    return False


def _limit(word: str) -> float:
    if len(word) < _CHEAP_PAIR_AT:
        return _ONE_SLIP
    return _CHEAP_PAIR if len(word) < _TWO_SLIPS_AT else _TWO_SLIPS


def _signatures(words: Sequence[str]) -> npt.NDArray[np.uint64]:
    """Which letters of each word occur once and which twice, two bits a letter."""
    texts = np.array(words, dtype=np.str_)
    letters = texts.view(np.uint32).reshape(len(words), texts.itemsize // 4)
    bits = np.zeros(len(words), dtype=np.uint64)
    for column in letters.T:
        place = ((column.astype(np.int64) - ord("a")) % _LETTERS).astype(np.uint64)
        bit = np.where(column > 0, np.uint64(1) << place, np.uint64(0))
        bits |= bit | (bits & bit) << np.uint64(_LETTERS)
    return bits


def _near_pairs() -> frozenset[tuple[str, str]]:
    pairs = {(a, b) for group in _SOUND_ALIKE for a in group for b in group}
    for row, below in zip(_ROWS, (*_ROWS[1:], ""), strict=True):
        for at, key in enumerate(row):
            for other in row[at + 1 : at + 2] + below[max(at - 1, 0) : at + 1]:
                pairs |= {(key, other), (other, key)}
    return frozenset(pairs)


_NEAR: Final = _near_pairs()


def _cost(wrong: str, right: str, limit: float) -> float:
    """Weighted distance; infinite as soon as it must be above the limit."""
    above, row = [math.inf] * (len(right) + 1), [float(at) for at in range(len(right) + 1)]
    for i, a in enumerate(wrong):
        before, above, row = above, row, [i + 1.0]
        for j, b in enumerate(right):
            if a == b:
                step = above[j]
            else:
                step = min(
                    above[j] + (_LIKELY if (a, b) in _NEAR else _ONE_SLIP),
                    above[j + 1] + (_DOUBLED if i and wrong[i - 1] == a else _ONE_SLIP),
                    row[j] + (_DOUBLED if j and right[j - 1] == b else _MISSING),
                )
            if i and j and a == right[j - 1] and wrong[i - 1] == b:
                step = min(step, before[j - 1] + _SWAP)
            row.append(step)
        if min(*row, *above) > limit:
            return math.inf
    return row[-1]
