"""Whether the passages hold an answer, judged without a model.

What counts is how far the best sentences found agree with the question: its words, its names and
what it asks for, in one sentence with the headings above it. A word that stands nowhere in the
sources weighs most.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from assistant.disputes import asks_for_errors
from assistant.reading.agreement import gate_features
from assistant.reading.parts import named_parts
from assistant.reading.reading import read
from assistant.reading.terms import Vocabulary
from corpus.documents import Document
from index.embedder import Embedder
from index.passages import Passage

# Logistic regression on the development half of the question set, over the shipped corpus and over
# the same with 192 vendor documents (eval.reader_quality --fit --docs).
INTERCEPT: Final = -7.75
WEIGHTS: Final = {
    "meaning": 0.53,
    "close and named": 1.97,
    "named": 2.94,
    "first": 3.71,
    "topic and first": 2.62,
    "topic and words": 2.74,
    "several": 1.54,
}
THRESHOLD: Final = 0.28

_SECTION: Final = re.compile(r"^(?=#{1,6}\s)", re.MULTILINE)


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

    A question that compares systems is answerable, too, when it is for each of them.

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
    whole = _judge(question, passages, vocabulary, embedder)
    if whole.answerable:
        return whole
    parts = [
        _judge(part, passages, vocabulary, embedder)
        for part in named_parts(question, [passage.title for passage in passages])
    ]
    if parts and all(part.answerable for part in parts):
        least = min(part.score for part in parts)
        return Answerability(True, least, "The sources speak to each part of the question.")
    return whole


def _judge(
    question: str, passages: Sequence[Passage], vocabulary: Vocabulary, embedder: Embedder
) -> Answerability:
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


def _probability(features: dict[str, float]) -> float:
    logit = INTERCEPT + sum(WEIGHTS[name] * value for name, value in features.items())
    return 1 / (1 + math.exp(-logit))
