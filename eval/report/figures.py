"""Means with intervals, and differences of pairs, over scored questions."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import inf, isfinite
from typing import Final

from eval.metrics.base import Metric, Score, Unit
from eval.report.cache import Entry, WorkedOut
from eval.report.model import Difference, Figure, QuestionResult, Told
from eval.statistics import Interval, holm, mean_interval, paired
from eval.statistics.bootstrap import FEW_CLUSTERS

ALPHA: Final = 0.05
FEWEST_QUESTIONS: Final = 10
BANDS: Final[dict[Unit, float]] = {
    "share": 0.01, "s": 0.05, "tokens/s": 1.0, "USD": 0.00001, "tokens": 5.0, "sentences": 0.5,
    "Wh": 0.001,
}  # fmt: skip
"""Differences up to this count as ties; those of a binary metric always count."""

_ROUGH: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Drawn:
    """Values with the clusters that they are drawn with.

    Attributes:
        values: one for each question.
        clusters: the cluster of each.
    """

    values: tuple[float, ...]
    clusters: tuple[str, ...]


class Figures:
    """Works figures out, and keeps them.

    Args:
        worked_out: where they are kept.
        seed: of every interval.
    """

    def __init__(self, worked_out: WorkedOut, seed: int) -> None:
        self._worked_out = worked_out
        self._seed = seed

    def mean(self, questions: Sequence[QuestionResult], backend: str, metric: Metric) -> Figure:
        """One metric of one backend over these questions."""
        scores = [(question, question.sides[backend].scores[metric.id]) for question in questions]
        drawn = [(score.value, q.cluster) for q, score in scores if score.value is not None]
        unscored = count_unscored(score for _, score in scores)
        values = tuple(value for value, _ in drawn)
        return self.of_values(
            Drawn(values, tuple(cluster for _, cluster in drawn)),
            is_share=metric.unit == "share",
            is_rate=metric.binary,
            unscored=unscored,
        )

    def of_values(
        self,
        drawn: Drawn,
        *,
        is_share: bool = False,
        is_rate: bool = False,
        unscored: dict[str, int] | None = None,
    ) -> Figure:
        """The mean of some values with its interval; a rate is one of zeros and ones."""
        # Shares that are all 0 or all 1 do not vary and are not sure for that: a rate's interval.
        is_rate = is_rate or (is_share and set(drawn.values) in ({0.0}, {1.0}))
        found = self.interval(
            ("mean", drawn, is_rate),
            lambda: mean_interval(drawn.values, drawn.clusters, seed=self._seed, binary=is_rate),
            drawn,
            unscored,
        )
        return replace(found, high=_most(found.high, 1.0)) if is_share else found

    def interval(
        self,
        what: object,
        work_out: Callable[[], Interval],
        drawn: Drawn,
        unscored: dict[str, int] | None = None,
    ) -> Figure:
        """A figure of any kind, worked out once; ``what`` says all that it follows from."""
        unscored = unscored or {}
        if not drawn.values:
            return Figure(None, None, None, 0, unscored)

        def plain() -> Entry:
            found = work_out()
            return [found.value, found.low, found.high]

        value, low, high = self._worked_out.of((what, self._seed), plain)
        # Nothing that is measured here can be below 0.
        return Figure(
            _number(value), _least(_number(low), 0.0), _number(high), len(drawn.values), unscored
        )

    def difference(
        self, questions: Sequence[QuestionResult], metric: Metric, first: str, second: str
    ) -> Difference:
        """One metric of two backends, paired by question; without Holm's correction."""
        pairs = [
            (one.value, other.value, question.cluster)
            for question in questions
            for one in [question.sides[first].scores[metric.id]]
            for other in [question.sides[second].scores[metric.id]]
            if one.value is not None and other.value is not None
        ]
        return self.of_pairs(pairs, metric, first, second)

    def of_pairs(
        self, pairs: Sequence[tuple[float, float, str]], metric: Metric, first: str, second: str
    ) -> Difference:
        """The difference of paired values, each with its cluster."""
        ones = tuple(one for one, _, _ in pairs)
        others = tuple(other for _, other, _ in pairs)
        clusters = tuple(cluster for _, _, cluster in pairs)
        binary = metric.binary and _is_binary(ones) and _is_binary(others)
        band = 0.0 if metric.binary else BANDS[metric.unit]
        count = len(pairs), len(set(clusters))
        if not pairs:
            return Difference(
                metric.id, first, second, *count, None, None, None, None, None, "none", 0, 0, 0,
                band, None, "too few questions",
            )  # fmt: skip

        def plain() -> Entry:
            p = paired(ones, others, clusters, seed=self._seed, band=band, binary=binary)
            return [p.delta, p.low, p.high, p.p, p.test, p.wins, p.ties, p.losses, p.detectable]

        delta, low, high, p, test, above, ties, below, detectable = self._worked_out.of(
            ("pairs", ones, others, clusters, band, binary, self._seed), plain
        )
        wins, losses = (below, above) if metric.better == "lower" else (above, below)
        reach = 1.0 if metric.unit == "share" else inf
        found = Difference(
            metric.id,
            first,
            second,
            *count,
            delta=_number(delta),
            low=_least(_number(low), -reach),
            high=_most(_number(high), reach),
            p=_number(p),
            p_holm=None,
            test=str(test),
            wins=_whole(wins),
            ties=_whole(ties),
            losses=_whole(losses),
            band=band,
            detectable=_number(detectable),
            told="no difference shown",
        )
        return replace(found, told=told_by(found, metric))

    def differences(
        self,
        questions: Sequence[QuestionResult],
        metrics: Sequence[Metric],
        backends: Sequence[str],
        *,
        tested: bool,
    ) -> tuple[Difference, ...]:
        """Every pair of backends and every metric.

        Args:
            questions: of one mode.
            metrics: in the order to be shown.
            backends: in the order of the plan.
            tested: whether this is the mode whose announced metrics are tested as one family.
        """
        known = {metric.id: metric for metric in metrics}
        found = [
            self.difference(questions, metric, first, second)
            for first, second in combinations(backends, 2)
            for metric in metrics
        ]
        if not tested:
            return tuple(found)
        family = [at for at, one in enumerate(found) if known[one.metric].announced]
        for at, p_holm in zip(family, holm([found[at].p for at in family]), strict=True):
            corrected = replace(found[at], p_holm=p_holm)
            found[at] = replace(corrected, told=told_by(corrected, known[corrected.metric]))
        return tuple(found)


def told_by(found: Difference, metric: Metric) -> Told:
    """Who is better, as far as interval and p say so together."""
    if metric.better is None:
        return "not ranked"
    if found.delta is None or found.questions < FEWEST_QUESTIONS or found.clusters < FEW_CLUSTERS:
        return "too few questions"
    p = found.p if found.p_holm is None else found.p_holm
    if p is None or p >= ALPHA:
        return "no difference shown"
    # Where every question differs by the same there is no interval, and no need of one.
    if found.low is not None and found.high is not None and found.low <= 0 <= found.high:
        return "no difference shown"
    return "first" if (found.delta > 0) == (metric.better == "higher") else "second"


def count_unscored(scores: Iterable[Score]) -> dict[str, int]:
    """How many scores have no value although the metric is about the question, by reason."""
    reasons = Counter(s.reason for s in scores if s.value is None and s.applies)
    return dict(sorted(reasons.items()))


def _least(value: float | None, limit: float) -> float | None:
    return None if value is None else max(limit, value)


def _most(value: float | None, limit: float) -> float | None:
    return None if value is None else min(limit, value)


def _is_binary(values: Sequence[float]) -> bool:
    """Averaging over repeats may have made shares of zeros and ones."""
    return all(min(abs(value), abs(value - 1)) < _ROUGH for value in values)


def _number(value: object) -> float | None:
    """A finite number; an interval without an end is none."""
    number = None if value is None else float(str(value))
    return number if number is None or isfinite(number) else None


def _whole(value: object) -> int:
    return int(float(str(value)))
