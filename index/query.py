"""What a question asks of the index: a text for the vectors, weighted terms for the words.

Whatever makes a question easier to find an answer for, be it the repair of a typing error or key
words in the language of the corpus, happens here and nowhere else: it changes the text, the terms
or their weights, and the search itself need not know.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from index.comparisons import IsName, sides
from index.embedder import Embedder
from index.languages import translate
from index.lexical import LexicalIndex, terms
from index.spelling import Correction, Speller
from index.variants import added_terms
from index.word_counts import WordCounts

_READ_CHARS = 2000
"""A longer question is a pasted text: what is behind this is searched for as it stands."""
_BEGINNING = re.compile(rf"(?s).{{0,{_READ_CHARS}}}(?!\S)")

_CAREFUL_LETTERS = 7
_OWN_LANGUAGE = 0.8
"""Share of a foreign question's words that the texts know when they are in its language too."""

_ASKING = frozenset(
    terms(
        "what which who whom whose when where why how do does did has have had can could should "
        "would may might i me my you your we our its from about than also some any been were"
    )
)
_ASKING_WEIGHT = 0.5
"""Words that shape a question more than they say what it is about; at 0 a title is lost in one."""

_NAME = re.compile(r"[\d._-]")
_NAME_WEIGHT = 1.5
"""Numbers, versions, compound names and identifiers: a text without them answers another question.

Their parts are terms too, so such a name counts more than its rarity alone makes it."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question as it is searched for.

    Attributes:
        text: what is embedded, and what a reader of English is asked.
        terms: stemmed terms with their weights; a term of the question weighs 1 however often it
            is said, a name or number more, one that only shapes the question or was added to
            help less.
        corrections: words that were read differently.
        language: of the question (``de``, ``fr``, ``es``) when it was translated, else None.
        sides: of a question that names several things side by side, the same for each of them.
    """

    text: str
    terms: Mapping[str, float]
    corrections: tuple[Correction, ...] = ()
    language: str | None = None
    sides: tuple["Query", ...] = ()


class QuestionReader:
    """Turns questions into what is searched for. Safe to use from several threads.

    Args:
        words: the word index that will be searched; it knows which terms there are.
        counts: of the words of what was indexed.
        embedder: tells a word that the texts lack from a slip: it reads whole words whole.
        is_name: tells whether the texts write a lower-case word as a name; None asks nobody.

    Attributes:
        speller: mends slips by the words of the texts.
    """

    def __init__(
        self,
        words: LexicalIndex,
        counts: WordCounts,
        embedder: Embedder,
        is_name: IsName | None = None,
    ) -> None:
        self._words = words
        self._is_name = is_name or _never
        self._embedder = embedder
        self.speller = Speller(counts, self._reads_whole)

    def read(self, question: str) -> Query:
        """Turn a question, as it was typed or made to stand alone, into what is searched for."""
        head, rest = _parted(question)
        speller = self.speller
        translated = translate(head, lambda word: speller.count(word) > 0)
        if translated:
            # What the glossary left is another language's word or a name; a short one is too near
            # to some word of English.
            text, corrections = speller.correct(translated.text, shortest=_CAREFUL_LETTERS)
        else:
            text, corrections = speller.correct(head)
        weights = {term: _weight(term) for term in terms(text + rest)}
        if translated and self._share_known(head) >= _OWN_LANGUAGE:
            weights = {**dict.fromkeys(terms(head), 1.0), **weights}
            text, corrections = head, ()
        for correction in corrections:
            for term in terms(correction.written):
                weights.setdefault(term, 1.0)
        return Query(
            text=text + rest,
            terms={**self._added(text), **weights},
            corrections=corrections,
            language=translated.language if translated else None,
            sides=() if rest else tuple(map(self._side, sides(text, self._is_name))),
        )

    def _side(self, text: str) -> Query:
        return Query(text, {**self._added(text), **{term: _weight(term) for term in terms(text)}})

    def _added(self, text: str) -> Mapping[str, float]:
        return added_terms(text, lambda term: self._words.texts_with(term) > 0)

    def _share_known(self, text: str) -> float:
        words = re.findall(r"[^\W\d_]{2,}", text.lower())
        return sum(self.speller.count(word) > 0 for word in words) / max(len(words), 1)

    def _reads_whole(self, word: str) -> bool:
        return self._embedder.count_tokens(word) == 1


def _parted(question: str) -> tuple[str, str]:
    """What is read, and what is left as it stands; no word is cut in two unless it is endless."""
    whole_words = _BEGINNING.match(question)
    at = whole_words.end() if whole_words and whole_words.end() else _READ_CHARS
    return question[:at], question[at:]


def _never(_word: str) -> bool:
    return False


def _weight(term: str) -> float:
    if term in _ASKING:
        return _ASKING_WEIGHT
    return _NAME_WEIGHT if _NAME.search(term) else 1.0
