"""How far the best sentences agree with a question, each judged with its own headings.

A large corpus holds every word of nearly any question somewhere. What counts is therefore one
sentence with the title and the headings above it: whether the names are the ones that were asked
for, and whether what is asked is told where the names stand.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from assistant.reading.features import Asked
from assistant.reading.reading import Reading
from assistant.reading.scorer import choose_units
from assistant.reading.terms import STOP_WORDS, Vocabulary, stem, terms_of
from assistant.reading.topics import TOPICS, told_topics
from assistant.reading.units import Unit

FEATURES: Final = (
    "meaning",
    "close and named",
    "named",
    "first",
    "topic and first",
    "topic and words",
    "several",
)
"""Cosine of the best sentence; the same above a limit, where the names are right; share of the
names; share of the words that the first sentence explains; the same, and the best such share, each
times the share of what is asked that is told beside the names; whether several things are asked."""

_READ_UNITS: Final = 3
_ASKED_WORDS: Final = 3
_CLOSE_FROM: Final = 0.65
_CLOSE_SPAN: Final = 0.2
_ASIDE_WEIGHT: Final = 0.5
"""Weight of the words before the clause that asks: “I have a laptop. Which model ...”."""
_CLAUSE_END: Final = re.compile(r"(?<=[.!;])\s+|\s[-–—]\s")
_NAME: Final = re.compile(r"(?<!^)(?<![.!?]\s)\b[A-Z][\w.-]+")
_NAME_PAIR: Final = re.compile(r"\b([A-Z][a-z]\w*)\s(?=([A-Z][a-z]\w*))")
_NAME_BEFORE: Final = re.compile(r"[A-Z][\w.]*[\s-]$")
_NAME_AFTER: Final = re.compile(r"[\s-][A-Z0-9]")
_DIGIT: Final = re.compile(r"\d")
_FILLERS: Final = frozenset(
    stem(word)
    for word in """according ai anybody anyone come comes compare compared count difference
    different everyone exact explain fact facts far find first general
    good happen happens help idea information kind kinds know known
    learn lesson list llm llms look looks main make makes mean means
    model models name names need new offer offers one ones overview
    people person possible put question really right see short show
    source sources summary support supports take takes thing things true
    type types understand version want way work works""".split()
)


def gate_features(
    reading: Reading, vocabulary: Vocabulary
) -> tuple[dict[str, float], tuple[str, ...]]:
    """What the verdict rests on, each 0 to 1, and the words of the question left unexplained.

    Args:
        reading: with at least one unit.
        vocabulary: words of the whole corpus.

    Returns:
        The features by the names in ``FEATURES``, and the words as the question writes them.
    """
    asked = reading.asked
    best = choose_units(reading.candidates, limit=_READ_UNITS, kept_share=0.0)
    texts = [_whole(reading.units[at]) for at in best]
    weights = _weights(asked, vocabulary)
    names = _Names(asked)
    shares = [_explained_share(asked, weights, text) for text in texts]
    # A topic that is told of another system is no answer.
    topic = max(names.share_in(text) * _topic_share(asked, text) for text in texts)
    meaning = float(reading.meaning.max())
    named = names.share_in(" ".join(texts))
    values = (
        meaning,
        named * max(0.0, meaning - _CLOSE_FROM) / _CLOSE_SPAN,
        named,
        shares[0],
        topic * shares[0],
        topic * max(shares),
        float(asked.several),
    )
    return dict(zip(FEATURES, values, strict=True)), _unexplained(
        asked, " ".join(texts), vocabulary
    )


class _Names:
    """The names of a question: systems, companies, versions."""

    def __init__(self, asked: Asked) -> None:
        self._versions = frozenset(name for name in asked.terms.names if _DIGIT.search(name))
        words = _stems_of(match[0] for match in _NAME.finditer(asked.text)) | asked.systems
        self._words = frozenset(word for word in words - _FILLERS if not word.isdigit())
        self._pairs = tuple(
            (match[1], match[2])
            for match in _NAME_PAIR.finditer(asked.text)
            if match[1].lower() not in STOP_WORDS and match[2].lower() not in STOP_WORDS
        )

    def share_in(self, text: str) -> float:
        """Share of the names that a text holds; 1 when the question names nothing."""
        wanted = len(self._words) + len(self._versions)
        if not wanted:
            return 1.0
        terms = terms_of(text)
        lost = _stems_of(last for first, last in self._pairs if not _stands(first, last, text))
        held = len((self._words - lost) & terms.stems) + len(self._versions & terms.names)
        return held / wanted


def _stands(first: str, last: str, text: str) -> bool:
    """Whether a two-word name is in a text, or its second word there is no part of another name.

    “Nano Banana” says nothing of “Gemini Nano”; “the plans Free, Pro and Max” does of “Claude Pro”.
    """
    if re.search(rf"\b{re.escape(first)}[\s-]{re.escape(last)}\b", text, re.IGNORECASE):
        return True
    return any(
        not _NAME_BEFORE.search(text[: match.start()])
        and not _NAME_AFTER.match(text[match.end() :])
        for match in re.finditer(rf"\b{re.escape(last)}\b", text)
    )


def _weights(asked: Asked, vocabulary: Vocabulary) -> dict[str, float]:
    """How much each word of the question counts: rare ones more, those of an aside less."""
    clause = terms_of(_CLAUSE_END.split(asked.text)[-1]).stems
    return {
        word: vocabulary.idf(word) * (1.0 if word in clause else _ASIDE_WEIGHT)
        for word in asked.terms.stems - _FILLERS
    }


def _explained_share(asked: Asked, weights: Mapping[str, float], text: str) -> float:
    explained = terms_of(text).stems | _spoken_for(asked.text, told_topics(text))
    total = sum(weights.values())
    return sum(weights[word] for word in weights if word in explained) / total if total else 0.0


def _topic_share(asked: Asked, text: str) -> float:
    return len(asked.topics & told_topics(text)) / len(asked.topics) if asked.topics else 0.0


def _unexplained(asked: Asked, text: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """The words that nothing found speaks to, the rarest first, versions that are unknown too."""
    unknown = _unknown_versions(asked.terms.names, vocabulary)
    explained = terms_of(text).stems | _FILLERS | _spoken_for(asked.text, told_topics(text))
    words = (asked.terms.stems - explained) | unknown
    ordered = sorted(words, key=lambda word: (-vocabulary.idf(word), word))
    return tuple(_as_written(word, asked.text) for word in ordered)


def _whole(unit: Unit) -> str:
    return f"{unit.context} {unit.subject} {unit.text} {unit.caption} {' '.join(unit.labels)}"


def _spoken_for(question: str, told: frozenset[str]) -> frozenset[str]:
    """Stems of the words that ask for a topic which was found."""
    words: list[str] = []
    for topic in TOPICS:
        if topic.name in told:
            for match in topic.asked.finditer(question):
                asked = match[0].split()
                # What stands inside a long match does not ask: “how long does Claude keep”.
                words += asked if len(asked) <= _ASKED_WORDS else (asked[0], asked[-1])
    return terms_of(" ".join(words)).stems


def _unknown_versions(names: frozenset[str], vocabulary: Vocabulary) -> frozenset[str]:
    """Names such as ``gpt7`` where the sources know the family and not this version."""
    families = {name.rstrip("0123456789.,") for name in vocabulary.names}
    return frozenset(
        name
        for name in names
        if name not in vocabulary.names and name.rstrip("0123456789.,") in families
    )


def _stems_of(words: Iterable[str]) -> frozenset[str]:
    return frozenset().union(*(terms_of(word).stems for word in words))


def _as_written(word: str, question: str) -> str:
    """A stem as the question writes the word."""
    for token in question.split():
        bare = token.strip("?!.,;:()'\"“”")
        if word in terms_of(bare).stems | terms_of(bare).names:
            return bare
    return word
