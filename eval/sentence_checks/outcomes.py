"""What a checker says of labelled sentences, and how right it is."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from assistant.turns import SentenceCheck, SentenceVerdict
from corpus.documents import Span
from eval.sentence_checks.labels import LabelledAnswer, LabelledSentence, Place

WRONG_CITATION: Final = "wrong citation"
_DRAWS: Final = 2000
_INTERVAL: Final = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a checker said of one sentence.

    Attributes:
        answer: the answer it stands in.
        sentence: the sentence with its label.
        verdict: what was said, or None when the sentence was left out.
        support: where the checker found it, or None.
        misplaced: whether the checker says that the citation is the wrong one.
    """

    answer: LabelledAnswer
    sentence: LabelledSentence
    verdict: SentenceVerdict | None
    support: Place | None = None
    misplaced: bool = False


Checker = Callable[[LabelledAnswer], Sequence[Outcome]]


@dataclass(frozen=True, slots=True)
class Share:
    """A share of sentences with its 95 % interval, questions drawn anew; None for none.

    Attributes:
        value: 0 to 1, or None when there is no such sentence.
        low: lower end of the interval.
        high: upper end.
        count: the number of sentences.
    """

    value: float | None
    low: float | None
    high: float | None
    count: int


@dataclass(frozen=True, slots=True)
class Scores:
    """How right a checker is on one half.

    Attributes:
        shares: by name, what holds of how many sentences.
        kinds: by what is wrong with a sentence, the share that is not called supported; by how a
            right sentence was made, the share that is called supported.
    """

    shares: dict[str, Share]
    kinds: dict[str, Share]


def match(
    answer: LabelledAnswer, sentence: LabelledSentence, checks: Iterable[SentenceCheck]
) -> Outcome:
    """The check that shares most of a sentence's range; none when it was left out."""
    shared = [(_shared(check.span, sentence.span), check) for check in checks]
    length, best = max(shared, key=lambda pair: pair[0], default=(0, None))
    if best is None or not length:
        return Outcome(answer, sentence, None)
    sources = {passage.number: passage.source for passage in answer.evidence.passages}
    support = None
    if best.passage is not None and best.support is not None:
        support = Place(sources[best.passage], best.support)
    return Outcome(answer, sentence, best.verdict, support, best.misplaced)


def score(outcomes: Sequence[Outcome]) -> Scores:
    """Compare what a checker said with the labels."""
    due = [one for one in outcomes if one.sentence.label != "left out"]
    right = [one for one in due if one.sentence.label == "supported"]
    wrong = [one for one in due if one.sentence.label != "supported"]
    said = [one for one in due if one.verdict == "supported"]
    doubted = [one for one in due if one.verdict in {"partly", "not found"}]
    placed = [one for one in right if one.verdict == "supported"]
    shares = {
        "supported, precision": _share(said, _is_right),
        "supported, recall": _share(right, _says_supported),
        "flagged, precision": _share(doubted, lambda one: not _is_right(one)),
        "flagged, recall": _share(wrong, _is_flagged),
        "three-way accuracy": _share(due, lambda one: one.verdict == one.sentence.label),
        "left out that should be": _share(
            [one for one in outcomes if one.sentence.label == "left out"],
            lambda one: one.verdict is None,
        ),
        "left out that should not be": _share(due, lambda one: one.verdict is None),
        "span overlaps the labelled one": _share(
            [one for one in placed if one.sentence.places and one.support], _overlaps
        ),
        "wrong citation seen": _share(
            [one for one in placed if one.sentence.kind == WRONG_CITATION], _is_misplaced
        ),
        "right citation called wrong": _share(
            [one for one in placed if one.sentence.kind != WRONG_CITATION], _is_misplaced
        ),
    }
    return Scores(shares, _by_kind(right, wrong))


def _by_kind(right: Sequence[Outcome], wrong: Sequence[Outcome]) -> dict[str, Share]:
    kinds = {}
    for outcomes, mark, holds in ((right, "", _says_supported), (wrong, "✗ ", _is_flagged)):
        for kind in sorted({one.sentence.kind for one in outcomes}):
            of_kind = [one for one in outcomes if one.sentence.kind == kind]
            kinds[mark + kind] = _share(of_kind, holds)
    return kinds


def _is_right(outcome: Outcome) -> bool:
    return outcome.sentence.label == "supported"


def _says_supported(outcome: Outcome) -> bool:
    return outcome.verdict == "supported"


def _is_flagged(outcome: Outcome) -> bool:
    return outcome.verdict in {"partly", "not found"}


def _is_misplaced(outcome: Outcome) -> bool:
    return outcome.misplaced


def _overlaps(outcome: Outcome) -> bool:
    support = outcome.support
    return support is not None and any(
        place.source == support.source and place.span.overlaps(support.span)
        for place in outcome.sentence.places
    )


def _shared(one: Span, other: Span) -> int:
    return max(0, min(one.end, other.end) - max(one.start, other.start))


def _share(outcomes: Sequence[Outcome], holds: Callable[[Outcome], bool]) -> Share:
    """The share that holds; sentences of one question are drawn together."""
    if not outcomes:
        return Share(None, None, None, 0)
    groups: dict[str, list[bool]] = {}
    for outcome in outcomes:
        groups.setdefault(outcome.answer.evidence.question, []).append(holds(outcome))
    hits = np.asarray([sum(group) for group in groups.values()], dtype=np.float64)
    sizes = np.asarray([len(group) for group in groups.values()], dtype=np.float64)
    drawn = np.random.default_rng(0).integers(0, len(hits), size=(_DRAWS, len(hits)))
    draws = hits[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    low, high = np.percentile(draws, _INTERVAL).tolist()
    return Share(float(hits.sum() / sizes.sum()), low, high, len(outcomes))
