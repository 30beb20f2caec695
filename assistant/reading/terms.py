"""Words, names and numbers of a question and of a unit, made comparable.

``phi3``, ``Phi-3`` and ``phi 3`` are one name with one version; ``Mixtral-8x7B`` is found by its
whole and by its parts; other words are compared by their stems.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, Protocol, cast

from assistant.reading.plain import without_source
from assistant.text.words import numbers_in

_TOKEN: Final = re.compile(
    r"[^\W\d_]+(?:['’][^\W\d_]+)?|\d+(?:[.,]\d+)*(?:x\d+)?[a-zA-Z%]{0,2}(?![^\W\d_])|\d+"
)
_COMPOUND: Final = re.compile(r"\b[^\W\d_]{2,}-[^\W\d_]{2,}\b")
_VERSION: Final = re.compile(
    r"\b[^\W\d_][\w.]*[-:]\d[\w.]*|\b[A-Z]\w*\s\d+(?:\.\d+)*\b(?!\s?(?:[bmt]illion|[GM]B|%|,\d))"
)
_NUMBER: Final = re.compile(r"\d")
_JOINED_BY: Final = frozenset({"", " ", "-", "‑", "–", ":", "_"})
_MAX_NAME_NUMBER: Final = 3  # digits of a version; 2023 after a word is a year

STOP_WORDS: Final = frozenset(
    """a about actually after again all already also always am an and any anything are as at be
    because been being between both but by can could did do does doesn't doing don't each
    either else ever every everything exactly for from get gets give given gives had has
    have having he her hers hey hi him his how however i i'm if in into is isn't it it's its
    just let like many me more most much my never no nor not of often on one only or other
    our out over please really same say says she should so some still such tell than that
    the their them then there there's these they this those through to too under until up us
    usually very via was we were what what's whats when where whether which while who whom
    whose why will with within without would yet you your yours""".split()
)

_SAME_WORD: Final = {
    "licence": "license",
    "licences": "license",
    "licensing": "license",
    "closed": "proprietary",
    "llm": "model",
    "llms": "model",
    "params": "parameters",
    "param": "parameter",
    "pics": "images",
    "pictures": "images",
    "picture": "image",
    "photos": "images",
    "utilise": "use",
    "organisations": "organizations",
    "organisation": "organization",
}


class _Stemmer(Protocol):
    def stemWord(self, word: str) -> str: ...  # noqa: N802 - the library's name


@cache
def _stemmer() -> _Stemmer:
    import Stemmer

    return cast(_Stemmer, Stemmer.Stemmer("english"))


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """The stem of a lower-case English word; a word with a digit stays as it is."""
    if _NUMBER.search(word):
        return word
    word = word.replace("’", "'").removesuffix("'s")
    return _stemmer().stemWord(_SAME_WORD.get(word, word))


@dataclass(frozen=True, slots=True)
class Terms:
    """The words of a text.

    Attributes:
        stems: stems of the words that carry meaning, and the numbers as they stand.
        names: words joined with the version behind them (``phi3``, ``grok4.7``), and words with a
            hyphen (``gpt-oss``).
        counts: how often each stem occurs.
    """

    stems: frozenset[str]
    names: frozenset[str]
    counts: Mapping[str, int]


@lru_cache(maxsize=4096)
def terms_of(text: str) -> Terms:
    """Take a text apart; remembered, as units and questions come again."""
    return _take_apart(text)


@lru_cache(maxsize=1024)
def _of_passage(text: str) -> Terms:
    """``terms_of`` of whole passages, which are long and few, and found again and again."""
    return _take_apart(text)


def _take_apart(text: str) -> Terms:
    stems: list[str] = []
    names: set[str] = set()
    before: re.Match[str] | None = None
    for match in _TOKEN.finditer(text):
        word = match[0].lower()
        if word not in STOP_WORDS and word.replace("’", "'").removesuffix("'s") not in STOP_WORDS:
            stems.append(stem(word))
        if before is not None and word[0].isdigit() and _is_version(before, match, text):
            names.add(before[0].lower() + word)
        before = match
    names.update(match[0].lower() for match in _COMPOUND.finditer(text))
    counts = Counter(stems)
    return Terms(frozenset(counts), frozenset(names), counts)


def _is_version(word: re.Match[str], number: re.Match[str], text: str) -> bool:
    if not word[0][0].isalpha() or word[0].lower() in STOP_WORDS:
        return False
    digits = re.match(r"\d+", number[0])
    short = digits is not None and len(digits[0]) <= _MAX_NAME_NUMBER
    return short and text[word.end() : number.start()] in _JOINED_BY


@lru_cache(maxsize=4096)
def figures(text: str) -> frozenset[float]:
    """The numbers of a sentence, without those that belong to a name or stand in brackets."""
    return numbers_in(_VERSION.sub(" ", without_source(text)))


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """How common each stem is.

    Attributes:
        texts: number of texts that were counted.
        frequency: number of texts that hold a stem.
        names: every name with a version that occurs.
    """

    texts: int
    frequency: Mapping[str, int]
    names: frozenset[str]

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Vocabulary":
        """Count the stems of some texts."""
        frequency: Counter[str] = Counter()
        names: set[str] = set()
        total = 0
        for text in texts:
            terms = _of_passage(text)
            frequency.update(terms.stems)
            names |= terms.names
            total += 1
        return cls(total, frequency, frozenset(names))

    def idf(self, stemmed: str) -> float:
        """Weight of a stem: 0.5 when it is in every text, more the rarer it is."""
        return 0.5 + math.log((self.texts + 1) / (self.frequency.get(stemmed, 0) + 1))

    def share(self, wanted: Iterable[str], given: frozenset[str]) -> float:
        """Share of the weight of ``wanted`` that is in ``given``, 0 to 1; 0 for nothing wanted."""
        total = found = 0.0
        for word in wanted:
            weight = self.idf(word)
            total += weight
            if word in given:
                found += weight
        return found / total if total else 0.0
