"""Whether the passages hold an answer, judged without a model.

What counts is how much of the question is explained by the best sentences found: its words, or the
topic they ask for. A word that stands nowhere in the sources weighs most; so does a version of a
system that the sources do not know.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from assistant.disputes import asks_for_errors
from assistant.reading.reading import Reading, read
from assistant.reading.scorer import choose_units
from assistant.reading.terms import Vocabulary, stem, terms_of
from assistant.reading.topics import TOPICS, told_topics
from assistant.reading.units import Unit
from corpus.documents import Document
from index.embedder import Embedder
from index.passages import Passage

# Logistic regression on the development half of the question set (eval.reader_quality --fit).
INTERCEPT: Final = -6.35
WEIGHTS: Final = {"explained": 5.4, "meaning": 2.64, "topic": 1.5}
THRESHOLD: Final = 0.35

_READ_UNITS: Final = 3
_SECTION: Final = re.compile(r"^(?=#{1,6}\s)", re.MULTILINE)
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


@dataclass(frozen=True, slots=True)
class Answerability:
    """The verdict on one question.

    Attributes:
        answerable: whether the passages seem to hold an answer.
        score: probability of that, 0 to 1, as the development questions taught it.
        reason: one sentence for a person.
        unexplained: words of the question that nothing found speaks to.
    """

    answerable: bool
    score: float
    reason: str
    unexplained: tuple[str, ...] = ()


def corpus_vocabulary(documents: Iterable[Document]) -> Vocabulary:
    """Count the words of a corpus, section by section."""
    return Vocabulary.of(
        f"{document.title}\n{section}"
        for document in documents
        for section in _SECTION.split(document.text)
        if section.strip()
    )


def judge_answerability(
    question: str, passages: Sequence[Passage], vocabulary: Vocabulary, embedder: Embedder
) -> Answerability:
    """Judge one question against what was retrieved for it; the same input, the same verdict.

    Args:
        question: one that stands alone.
        passages: best first; none is never answerable.
        vocabulary: words of the whole corpus.
        embedder: compares meaning.
    """
    if not passages:
        return Answerability(False, 0.0, "Nothing was found in these sources.")
    if asks_for_errors(question):
        return Answerability(True, 1.0, "The claims table says where the lesson is wrong.")
    reading = read(question, passages, embedder)
    if not reading.units:
        return Answerability(False, 0.0, "What was found holds no sentence.")
    features, unexplained = gate_features(reading, vocabulary)
    score = _probability(features)
    if score >= THRESHOLD:
        return Answerability(True, score, "The sources speak to the question.", unexplained)
    if unexplained:
        words = ", ".join(f"“{word}”" for word in unexplained[:3])
        reason = f"Nothing found speaks of {words}."
    else:
        reason = "Nothing found comes close to the question."
    return Answerability(False, score, reason, unexplained)


def gate_features(
    reading: Reading, vocabulary: Vocabulary
) -> tuple[dict[str, float], tuple[str, ...]]:
    """What the verdict rests on, each 0 to 1, and the words of the question left unexplained."""
    asked = reading.asked
    best = choose_units(reading.candidates, limit=_READ_UNITS, kept_share=0.0)
    text = " ".join(_whole(reading.units[at]) for at in best)
    found, told = terms_of(text), told_topics(text)
    explained = found.stems | _FILLERS | _spoken_for(asked.text, told)
    weights = {word: vocabulary.idf(word) for word in asked.terms.stems - _FILLERS}
    for name in _unknown_versions(asked.terms.names, vocabulary):
        weights[name] = vocabulary.idf(name)
        explained -= {name}
    total = sum(weights.values())
    open_words = sorted(
        (word for word in weights if word not in explained), key=lambda word: -weights[word]
    )
    missing = sum(weights[word] for word in open_words)
    features = {
        "explained": 1 - missing / total if total else 0.0,
        "meaning": float(reading.meaning.max()),
        "topic": len(asked.topics & told) / len(asked.topics) if asked.topics else 0.0,
    }
    return features, tuple(_as_written(word, asked.text) for word in open_words)


def _probability(features: dict[str, float]) -> float:
    logit = INTERCEPT + sum(WEIGHTS[name] * value for name, value in features.items())
    return 1 / (1 + math.exp(-logit))


def _whole(unit: Unit) -> str:
    return f"{unit.context} {unit.subject} {unit.text} {unit.caption} {' '.join(unit.labels)}"


def _spoken_for(question: str, told: frozenset[str]) -> frozenset[str]:
    """Stems of the words that ask for a topic which was found."""
    words = [
        match[0]
        for topic in TOPICS
        if topic.name in told
        for match in topic.asked.finditer(question)
    ]
    return terms_of(" ".join(words)).stems


def _unknown_versions(names: frozenset[str], vocabulary: Vocabulary) -> frozenset[str]:
    """Names such as ``gpt7`` where the sources know the family and not this version."""
    families = {name.rstrip("0123456789.,") for name in vocabulary.names}
    return frozenset(
        name
        for name in names
        if name not in vocabulary.names and name.rstrip("0123456789.,") in families
    )


def _as_written(word: str, question: str) -> str:
    """A stem as the question writes the word."""
    for token in question.split():
        bare = token.strip("?!.,;:()'\"“”")
        if word in terms_of(bare).stems | terms_of(bare).names:
            return bare
    return word
