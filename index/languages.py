"""Questions in German, French and Spanish, made key words in the documents' English.

The language is told by its little words; the words that carry meaning go through a glossary of our
own, one file a language under ``index/glossary``. What the glossary lacks is taken apart (German
compounds) or given its English ending (``Architektur``, ``confidentialité``), and stays as it is
where the documents know no such word: a name is a name in every language.
"""

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from index.lexical import stem

_FOLDER: Final = Path(__file__).parent / "glossary"
_STEMMERS: Final = {"de": "german", "fr": "french", "es": "spanish"}
_TOKEN: Final = re.compile(r"[^\W_]+(?:[-.'’][^\W_]+)*")
_ELISION: Final = re.compile(r"^(?:[cdjlmnst]|qu|lorsqu|puisqu|jusqu)['’](?=\w)", re.IGNORECASE)
_ENGLISH: Final = frozenset(
    """the of and to is are was were do does did what which who how when where why can could should
    would may must for with on that it its my your from by has have had be been this these those
    not or if than there their i you we they an in at as about into any all""".split()
)
# Little words of English that are little words elsewhere, or that look like other ones.
_SHARED: Final = _ENGLISH | frozenset(
    """a ai also am come comment die des en es fin hat la me more no on or par plus pour pro si so
    son sur tout un war was will y an in as man most sin te tu du et ad""".split()
)
_DIGIT: Final = re.compile(r"\d")
_ACCENTED: Final = re.compile(r"[ßäöüéèêëàâçîïôûùœñáíóú¿¡]", re.IGNORECASE)

_LONGEST_PHRASE: Final = 4
_ENOUGH: Final = 1.5
_ENOUGH_WITHOUT_ENGLISH: Final = 1.0
_FOREIGN_SHARE: Final = 0.2
_SHORTEST_PART: Final = 4
_LINKS: Final = ("", "s", "es", "n", "en", "er", "e")
_ALIKE: Final = 4
_MAX_CHARS: Final = 2000

_Phrase = tuple[str, ...]

_ENDINGS: Final[Mapping[str, Sequence[tuple[str, tuple[str, ...]]]]] = {
    "de": (
        ("itat", ("ity",)),
        ("tat", ("ty",)),
        ("ierung", ("ation", "ing")),
        ("ieren", ("e", "ate", "")),
        ("iert", ("ed", "ated", "e")),
        ("isch", ("ic", "ical")),
        ("ische", ("ic", "ical")),
        ("enz", ("ence", "ency")),
        ("anz", ("ance", "ancy")),
        ("ie", ("y",)),
        ("ik", ("ics", "ic")),
        ("ell", ("al",)),
        ("iv", ("ive",)),
        ("ive", ("ive",)),
        ("ur", ("ure",)),
        ("e", ("",)),
        ("en", ("", "s")),
    ),
    "fr": (
        ("ite", ("ity",)),
        ("te", ("ty",)),
        ("ique", ("ic", "ical", "ics")),
        ("iques", ("ic", "ical", "ics")),
        ("eur", ("or", "er")),
        ("aire", ("ary", "ar")),
        ("eux", ("ous",)),
        ("ement", ("ly", "ment")),
        ("iser", ("ize",)),
        ("er", ("e", "ate", "")),
        ("ees", ("ed", "ated", "")),
        ("ee", ("ed", "ated", "y")),
        ("e", ("", "ed", "y", "ate")),
        ("es", ("s", "", "ed")),
        ("el", ("al",)),
        ("elle", ("al",)),
        ("if", ("ive",)),
        ("ive", ("ive",)),
        ("isme", ("ism",)),
    ),
    "es": (
        ("ciones", ("tions",)),
        ("cion", ("tion",)),
        ("sion", ("sion",)),
        ("idad", ("ity",)),
        ("dad", ("ty",)),
        ("icos", ("ic", "ical")),
        ("ico", ("ic", "ical")),
        ("ica", ("ic", "ical", "ics")),
        ("mente", ("ly",)),
        ("ario", ("ary",)),
        ("oso", ("ous",)),
        ("encia", ("ence", "ency")),
        ("ancia", ("ance", "ancy")),
        ("izar", ("ize",)),
        ("ar", ("e", "ate", "")),
        ("ado", ("ed", "ated", "ate")),
        ("ados", ("ed", "ated")),
        ("ivo", ("ive",)),
        ("ia", ("y",)),
        ("ismo", ("ism",)),
        ("o", ("", "e")),
        ("a", ("", "e")),
        ("os", ("s", "")),
        ("as", ("s", "")),
        ("es", ("s", "")),
    ),
}


@dataclass(frozen=True, slots=True)
class Translation:
    """A question in the key words of the documents.

    Attributes:
        language: of the question: ``de``, ``fr`` or ``es``.
        text: its words in English, in their order; names as they were.
    """

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class _Glossary:
    """Words by their letters and by their stems, each with accents and without."""

    language: str
    little: Mapping[str, str]
    words: Mapping[_Phrase, str]
    stems: Mapping[_Phrase, str]

    def little_word(self, written: str) -> str | None:
        lowered = written.lower()
        if lowered in self.little or (lowered,) in self.words:
            return self.little.get(lowered)
        return None if self._by_stem((lowered,)) else self.little.get(fold(written))

    def exactly(self, *written: str) -> str | None:
        lowered = tuple(part.lower() for part in written)
        return self.words.get(lowered) or self.words.get(tuple(fold(part) for part in written))

    def word(self, *written: str) -> str | None:
        """What a word or a phrase says in English."""
        lowered = tuple(part.lower() for part in written)
        folded = tuple(fold(part) for part in written)
        return (
            self.words.get(lowered)
            or self._by_stem(lowered)
            or self.words.get(folded)
            or self._by_stem(folded)
        )

    def _by_stem(self, parts: _Phrase) -> str | None:
        return self.stems.get(tuple(stem(part, _STEMMERS[self.language]) for part in parts))


def translate(question: str, knows: Callable[[str], bool]) -> Translation | None:
    """Return a foreign question in English key words; None for an English or unknown language.

    Args:
        question: as it was typed.
        knows: whether the documents have a lower-case word.
    """
    question = question[:_MAX_CHARS]
    language = detect_language(question, knows)
    if language is None:
        return None
    glossary = _glossary(language)
    tokens = list(_tokens(question, language))
    said: list[str] = []
    at = 0
    while at < len(tokens):
        length, english = _longest(tokens, at, glossary, knows)
        said.append(english)
        at += length
    return Translation(language, " ".join(word for word in said if word))


def detect_language(question: str, knows: Callable[[str], bool]) -> str | None:
    """Return ``de``, ``fr`` or ``es`` when the little words say so, else None."""
    words = [fold(token) for token in _TOKEN.findall(question[:_MAX_CHARS])]
    if not words:
        return None
    scored = {name: _evidence(name, question, knows) for name in _STEMMERS}
    best = max(scored, key=lambda name: scored[name])
    own = _glossary(best).little.keys() | {word for (word,) in _asking(best)}
    english = sum(word in _ENGLISH and word not in own for word in words)
    enough = _ENOUGH if english else _ENOUGH_WITHOUT_ENGLISH
    needed = max(enough, english, _FOREIGN_SHARE * len(words))
    return best if scored[best] >= needed else None


def fold(word: str) -> str:
    """Lower case without accents; ``ß`` is ``ss``."""
    lowered = word.lower().replace("ß", "ss")
    if lowered.isascii():
        return lowered
    split = unicodedata.normalize("NFKD", lowered.replace("œ", "oe"))
    return "".join(char for char in split if not unicodedata.combining(char))


def _evidence(language: str, question: str, knows: Callable[[str], bool]) -> float:
    glossary = _glossary(language)
    score = 0.0
    for token in _tokens(question[:_MAX_CHARS], language):
        word = fold(token)
        if word in glossary.little or (word,) in _asking(language):
            score += 0.25 if word in _SHARED or len(word) == 1 else 1.0
        elif not _DIGIT.search(word) and not knows(word):
            english = glossary.exactly(token) or glossary.word(token)
            if english and english[:_ALIKE] != word[:_ALIKE]:
                score += 1.0 if glossary.exactly(token) else 0.5
            elif english:
                score += 0.25  # "licence" is French, and English too
        elif _ACCENTED.search(token):
            score += 0.25
    return score


@cache
def _asking(language: str) -> frozenset[tuple[str, ...]]:
    """Question words: as good a sign as an article."""
    asked = {"who", "how", "what", "which", "when", "where", "why", "how many", "how much"}
    words = _glossary(language).words
    return frozenset(key for key, english in words.items() if english in asked and len(key) == 1)


def _tokens(question: str, language: str) -> Iterator[str]:
    for match in _TOKEN.finditer(question):
        token = match.group()
        if language == "fr":
            while elided := _ELISION.match(token):
                token = token[elided.end() :]
        words = _glossary(language)
        if "-" in token and not any(c.isdigit() for c in token) and language != "de":
            whole = fold(token)
            if whole in words.little or words.word(whole) is not None:
                yield token
                continue
            yield from (part for part in token.split("-") if part)
        else:
            yield token


def _longest(
    tokens: Sequence[str], at: int, glossary: _Glossary, knows: Callable[[str], bool]
) -> tuple[int, str]:
    """The longest phrase of the glossary that begins here: its length, and its English."""
    for length in range(min(_LONGEST_PHRASE, len(tokens) - at), 1, -1):
        english = glossary.word(*tokens[at : at + length])
        if english is not None:
            return length, english
    return 1, _one(tokens[at], glossary, knows)


def _one(token: str, glossary: _Glossary, knows: Callable[[str], bool]) -> str:
    word = fold(token)
    little = glossary.little_word(token)
    if little is not None:
        return little
    english = glossary.exactly(token)
    if english is None and not knows(token.lower()):
        # A name that the documents know ("Llama") is no inflection of a word ("llamar").
        english = glossary.word(token) or glossary.word(_plain_umlauts(word))
    if english is not None:
        return english
    if "-" in token:
        return _hyphened(token, glossary, knows)
    if not word.isalpha() or knows(word):
        return token
    return _apart(word, glossary, knows) or _with_english_ending(word, glossary, knows) or token


def _hyphened(token: str, glossary: _Glossary, knows: Callable[[str], bool]) -> str:
    """``Phi-3-Modelle``: the words behind a name are translated, the name is kept whole."""
    parts = token.split("-")
    said: list[str] = []
    while len(parts) > 1 and parts[-1].isalpha():
        english = _one(parts[-1], glossary, knows)
        if english == parts[-1]:
            break
        said.insert(0, english)
        parts.pop()
    if len(parts) == 1:
        return " ".join([_one(parts[0], glossary, knows), *said])
    return " ".join(["-".join(parts), *said])


def _apart(word: str, glossary: _Glossary, knows: Callable[[str], bool]) -> str:
    """A German compound by its parts: ``kontextfenstergrosse`` is context, window and size."""
    if glossary.language != "de":
        return ""
    for at in range(len(word) - _SHORTEST_PART, _SHORTEST_PART - 1, -1):
        head, tail = word[:at], word[at:]
        for link in _LINKS:
            first = head.removesuffix(link) if head.endswith(link) else ""
            if len(first) < _SHORTEST_PART - 1:
                continue
            english = glossary.word(first) or (first if knows(first) else None)
            rest = glossary.word(tail) or _apart(tail, glossary, knows)
            if english and rest:
                return f"{english} {rest}"
    return ""


def _with_english_ending(word: str, glossary: _Glossary, knows: Callable[[str], bool]) -> str:
    for theirs, ours in _ENDINGS[glossary.language]:
        if not word.endswith(theirs) or len(word) - len(theirs) < _SHORTEST_PART - 1:
            continue
        for ending in ours:
            base = word.removesuffix(theirs)
            spellings = (base, base.replace("k", "c"), base.replace("f", "ph"))
            for spelling in spellings:
                if knows(spelling + ending):
                    return spelling + ending
    if glossary.language == "de" and knows(word.replace("k", "c")):
        return word.replace("k", "c")
    return ""


def _plain_umlauts(word: str) -> str:
    return word.replace("ae", "a").replace("oe", "o").replace("ue", "u")


@cache
def _glossary(language: str) -> _Glossary:
    content = tomllib.loads((_FOLDER / f"{language}.toml").read_text("utf-8"))
    little: dict[str, str] = {}
    for english, written in content["little"].items():
        for word in written.split():
            little[word] = english
            little.setdefault(fold(word), english)
    words: dict[_Phrase, str] = {}
    stems: dict[_Phrase, str] = {}
    for english, written in content["words"].items():
        for phrase in written.split(","):
            parts = tuple(token.lower() for token in _phrase(phrase, language))
            for form in (parts, tuple(fold(part) for part in parts)):
                words.setdefault(form, english)
                stems.setdefault(tuple(stem(part, _STEMMERS[language]) for part in form), english)
    return _Glossary(language, little, words, stems)


def _phrase(phrase: str, language: str) -> Iterator[str]:
    for token in _TOKEN.findall(phrase):
        yield _ELISION.sub("", token) if language == "fr" else token
