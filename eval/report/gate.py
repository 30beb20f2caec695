"""The gate: whether a run is not worse than its baseline by more than a margin.

Paired non-inferiority: a metric holds when the lower end of the 95 % interval of the paired
difference, run minus baseline, lies above minus the margin. What is too small to tell has not held.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from corpus.errors import InputError
from eval.metrics.base import Metric
from eval.report.cache import WorkedOut
from eval.report.compare import (
    NotComparable,
    Pair,
    change_of,
    moved,
    pairs_of,
    shared_backends,
)
from eval.report.figures import Figures
from eval.report.gate_result import Finding, GateCheck, GateResult, check_words, gate_words
from eval.report.model import Report
from eval.runs.records import Mode
from eval.statistics.bootstrap import FEW_CLUSTERS

MARGIN: Final = 0.03
ENOUGH_QUESTIONS: Final = 20
"""Of fewer questions nothing is said to hold, even when not one of them got worse."""
_MOST_QUESTIONS: Final = 0.5


def gate(
    run: Report,
    baseline: Report,
    *,
    margin: float = MARGIN,
    metrics: Sequence[str] = (),
    lenient: bool = False,
) -> GateResult:
    """Hold a run against its baseline.

    Args:
        run: what is to pass.
        baseline: what it is held against.
        margin: the loss that is allowed, as a share, above 0.
        metrics: ids; when empty, the announced ones that are about at least half of the questions.
        lenient: let pass what is too small to tell.

    Raises:
        InputError: the margin is no share, or a metric is not one of the run's shares.
        NotComparable: the runs share no backend or no question.
    """
    if not 0 < margin < 1:
        raise InputError("The margin is not a share.", "Give one above 0 and below 1: 0.03.")
    chosen = _chosen(run, metrics)
    backends = shared_backends(baseline, run)
    figures = Figures(WorkedOut(None), run.plan.seed)
    pairs = {
        mode: found for mode in baseline.plan.modes if (found := pairs_of(baseline, run, mode))
    }
    if not backends or not pairs:
        raise NotComparable(
            f"The runs {run.plan.id} and {baseline.plan.id} have no question of a backend in "
            "common.",
            "Take a baseline of the same question set and the same backends.",
        )
    checks = tuple(
        _check(backend, mode, metric, of, figures=figures, margin=margin)
        for backend in backends
        for mode, of in pairs.items()
        for metric in chosen
        if _is_about(baseline, backend, mode, metric, least=0 if metrics else _MOST_QUESTIONS)
    )
    missing = tuple(_missing(run, baseline))
    bad: set[Finding] = {"worse"} if lenient else {"worse", "cannot tell"}
    passed = not missing and bool(checks) and not any(one.finding in bad for one in checks)
    return GateResult(
        run=run.plan.id,
        baseline=baseline.plan.id,
        margin=margin,
        lenient=lenient,
        passed=passed,
        missing=missing,
        checks=checks,
        text=tuple(gate_words(missing, checks, margin, passed=passed, lenient=lenient)),
    )


def _chosen(run: Report, wanted: Sequence[str]) -> list[Metric]:
    shares = {m.id: m for m in run.metrics if m.unit == "share" and m.better is not None}
    unknown = [id_ for id_ in wanted if id_ not in shares]
    if unknown:
        raise InputError(
            f"“{unknown[0]}” is not a metric that the gate can hold.",
            f"Take some of: {', '.join(shares)}.",
        )
    return [m for m in shares.values() if (m.id in wanted if wanted else m.announced)]


def _is_about(baseline: Report, backend: str, mode: Mode, metric: Metric, least: float) -> bool:
    """Whether the baseline scored this share of its questions, and at least one, by it."""
    of = next(one for one in baseline.modes if one.mode == mode)
    scored = of.figures[backend][metric.id].questions
    return scored > 0 and scored >= least * sum(
        one.evidence.evidence is not None for one in of.questions
    )


def _check(
    backend: str,
    mode: Mode,
    metric: Metric,
    pairs: Sequence[Pair],
    *,
    figures: Figures,
    margin: float,
) -> GateCheck:
    found = change_of(pairs, backend, metric, figures)
    change, low, high = found.delta, found.low, found.high
    if metric.better == "lower":
        change, low, high = _negated(change), _negated(high), _negated(low)
    worse = moved(pairs, backend, metric)[1]
    is_enough = found.questions >= ENOUGH_QUESTIONS and found.clusters >= FEW_CLUSTERS
    finding: Finding = "cannot tell"
    if is_enough and (not worse or (low is not None and low > -margin)):
        finding = "held"
    elif (high is not None and high < 0) or (change is not None and change < -margin):
        finding = "worse"
    return GateCheck(
        backend=backend,
        mode=mode,
        metric=metric.id,
        finding=finding,
        questions=found.questions,
        change=change,
        low=low,
        high=high,
        told=check_words(finding, metric, found.questions, (change, low, high), margin),
        worse=tuple(worse),
    )


def _missing(run: Report, baseline: Report) -> Iterator[str]:
    """Answers that the baseline has and the run lacks, wherever the baseline asked."""
    asked = {(of.mode, q.case): q for of in run.modes for q in of.questions}
    for of in baseline.modes:
        for question in of.questions:
            later = asked.get((of.mode, question.case))
            for backend, side in question.sides.items():
                given = later.sides.get(backend) if later else None
                if side.answers and (given is None or not given.answers):
                    yield f"{backend} {of.mode} {question.case}"


def _negated(value: float | None) -> float | None:
    return None if value is None else -value
