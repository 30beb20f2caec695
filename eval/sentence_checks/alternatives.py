"""Two simple checkers to measure the real one against, each with the threshold best on dev."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from assistant.checks.support import check_sentences
from assistant.checks.wording import share
from assistant.text.words import content_words
from eval.sentence_checks.labels import LabelledAnswer
from eval.sentence_checks.outcomes import Checker, Outcome, match
from index.embedder import Embedder

Scorer = Callable[[LabelledAnswer], Sequence[float]]
_STEPS: Final = 101


def real_checker(embedder: Embedder) -> Checker:
    """The checker of the program."""

    def check(answer: LabelledAnswer) -> list[Outcome]:
        found = check_sentences(answer.text, answer.evidence, answer.shown, embedder)
        return [match(answer, sentence, found) for sentence in answer.sentences]

    return check


def token_overlap(answer: LabelledAnswer) -> list[float]:
    """Of each sentence, the share of its words that the best line of a shown passage holds."""
    read = [p for p in answer.evidence.passages if p.number in answer.shown]
    told = [f"{p.title} {p.heading} {line}" for p in read for line in p.text.split("\n")]
    told += [
        side
        for d in answer.evidence.disputes
        for side in (d.claim.lesson_says, d.claim.vendor_says)
    ]
    lines = [content_words(line) for line in told]
    return [
        max((share(content_words(sentence.text), line) for line in lines), default=0.0)
        for sentence in answer.sentences
    ]


def answer_similarity(embedder: Embedder) -> Scorer:
    """Of every sentence the same: the cosine of the whole answer and the nearest passage."""

    def score(answer: LabelledAnswer) -> list[float]:
        texts = [p.text for p in answer.evidence.passages if p.number in answer.shown]
        if not texts:
            return [0.0] * len(answer.sentences)
        vectors = embedder.encode([answer.text, *texts])
        return [float((vectors[1:] @ vectors[0]).max())] * len(answer.sentences)

    return score


def with_best_threshold(scorer: Scorer, answers: Sequence[LabelledAnswer]) -> Checker:
    """A checker that says *supported* from a score on, else *not found*.

    The threshold is the one with the best mean of the two recalls on the development half.
    """
    scored = [
        (score, sentence.label == "supported")
        for answer in answers
        if answer.half == "dev"
        for score, sentence in zip(scorer(answer), answer.sentences, strict=True)
        if sentence.label != "left out"
    ]
    scores = np.asarray([score for score, _ in scored])
    right = np.asarray([label for _, label in scored])

    def balance(limit: float) -> float:
        said = scores >= limit
        return float(said[right].mean() + (~said)[~right].mean())

    threshold = max(np.linspace(0.0, 1.0, _STEPS).tolist(), key=balance)

    def check(answer: LabelledAnswer) -> list[Outcome]:
        return [
            Outcome(answer, sentence, "supported" if score >= threshold else "not found")
            for score, sentence in zip(scorer(answer), answer.sentences, strict=True)
        ]

    return check
