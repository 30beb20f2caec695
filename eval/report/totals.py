"""What a backend took over all of a run's answers: money, time, tokens."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from assistant.turns import Answer, Status
from eval.metrics.taking import dollars
from eval.report.figures import Drawn, Figures
from eval.report.model import Figure, QuestionResult
from eval.statistics import quantile_interval, ratio_interval

_CORRECT: Final = "correct"
_MEDIAN, _NINETEEN_OF_TWENTY = 0.5, 0.95
_PER_THOUSAND: Final = 1000.0


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question of one mode as one backend answered it."""

    cluster: str
    answers: tuple[Answer, ...]
    correct: float | None


def totals_of(
    questions: Sequence[QuestionResult], backend: str, figures: Figures, seed: int
) -> dict[str, Figure]:
    """The totals of one backend by name, as ``Report.totals`` has them.

    Args:
        questions: of all modes.
        backend: its id.
        figures: works out and keeps what has an interval.
        seed: of the intervals.
    """
    asked = []
    for question in questions:
        side = question.sides[backend]
        correct = side.scores.get(_CORRECT)
        asked.append(_Asked(question.cluster, side.answers, correct.value if correct else None))
    answers = [answer for one in asked for answer in one.answers]
    costs = [dollars(answer) for answer in answers]
    return {
        "cost": _sum(costs),
        "cost_at_least": Figure(float(None in costs), None, None, len(costs)),
        "cost_per_1000": figures.of_values(
            _per_question(asked, lambda answer: _times(dollars(answer), _PER_THOUSAND)),
            unscored=_unknown(costs),
        ),
        "cost_per_correct": _cost_per_correct(asked, figures, seed),
        "seconds": _sum([answer.receipt.total_s for answer in answers]),
        "input_tokens": _sum([answer.receipt.usage.input_tokens for answer in answers]),
        "output_tokens": _sum([answer.receipt.usage.output_tokens for answer in answers]),
        "energy_wh": _sum([answer.receipt.energy_wh for answer in answers]),
        **_times_of(asked, figures, seed),
    }


def _times_of(asked: Sequence[_Asked], figures: Figures, seed: int) -> dict[str, Figure]:
    """Quantiles over answers, each drawn with its question's cluster; a broken one has no total."""
    firsts = _each(asked, lambda answer: answer.receipt.first_token_s)
    totals = _each(asked, _whole_s)
    found = {}
    for name, drawn in (("first_token", firsts), ("total", totals)):
        for ending, q in (("p50", _MEDIAN), ("p95", _NINETEEN_OF_TWENTY)):
            found[f"{name}_{ending}"] = figures.interval(
                ("quantile", drawn, q),
                lambda drawn=drawn, q=q: quantile_interval(  # type: ignore[misc]
                    drawn.values, q, drawn.clusters, seed=seed
                ),
                drawn,
            )
    return found


def _whole_s(answer: Answer) -> float | None:
    return answer.receipt.total_s if answer.status is Status.FINISHED else None


def _cost_per_correct(asked: Sequence[_Asked], figures: Figures, seed: int) -> Figure:
    """The money of the questions whose cost and correctness are known, over the correct ones."""
    known = [
        (cost, one.correct, one.cluster)
        for one in asked
        for cost in [_mean([dollars(answer) for answer in one.answers])]
        if cost is not None and one.correct is not None
    ]
    drawn = Drawn(tuple(cost for cost, _, _ in known), tuple(cluster for *_, cluster in known))
    correct = tuple(share for _, share, _ in known)
    if not sum(correct):
        return Figure(None, None, None, 0, {"no answer was correct": 1} if known else {})
    return figures.interval(
        ("ratio", drawn, correct),
        lambda: ratio_interval(drawn.values, correct, drawn.clusters, seed=seed),
        drawn,
    )


def _per_question(asked: Sequence[_Asked], of: Callable[[Answer], float | None]) -> Drawn:
    """The mean over the repeats of each question, where one of them has a value."""
    found = [(_mean([of(answer) for answer in one.answers]), one.cluster) for one in asked]
    kept = [(value, cluster) for value, cluster in found if value is not None]
    return Drawn(tuple(value for value, _ in kept), tuple(cluster for _, cluster in kept))


def _each(asked: Sequence[_Asked], of: Callable[[Answer], float | None]) -> Drawn:
    found = [(of(answer), one.cluster) for one in asked for answer in one.answers]
    kept = [(value, cluster) for value, cluster in found if value is not None]
    return Drawn(tuple(value for value, _ in kept), tuple(cluster for _, cluster in kept))


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else factor * value


def _sum(values: Sequence[float | None]) -> Figure:
    """The sum of what is known; None when nothing is."""
    known = [value for value in values if value is not None]
    return Figure(float(sum(known)) if known else None, None, None, len(known), _unknown(values))


def _unknown(values: Sequence[float | None]) -> dict[str, int]:
    missing = sum(value is None for value in values)
    return {"not known": missing} if missing else {}
