"""The gate: whether a run is not worse than its baseline by more than a margin.

Paired non-inferiority: a metric holds when the lower end of the 95 % interval of the paired
difference, run minus baseline, lies above minus the margin. What is too small to tell has not held.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from corpus.errors import InputError
from eval.metrics.base import Metric
from eval.report import words
from eval.report.cache import WorkedOut
from eval.report.compare import (
    Moved,
    NotComparable,
    Pair,
    change_of,
    moved,
    pairs_of,
    shared_backends,
)
from eval.report.figures import Figures
from eval.report.model import Report
from eval.runs.records import Mode
from eval.statistics.bootstrap import FEW_CLUSTERS

Finding = Literal["held", "worse", "cannot tell"]
MARGIN: Final = 0.03
ENOUGH_QUESTIONS: Final = 20
"""Of fewer questions nothing is said to hold, even when not one of them got worse."""
_MOST_QUESTIONS: Final = 0.5


@dataclass(frozen=True, slots=True)
class GateCheck:
    """One metric of one backend in one mode.

    Attributes:
        backend: its id.
        mode: how the evidence was made.
        metric: its id.
        finding: ``held``; ``worse`` when the whole interval is below 0 or the change itself beyond
            the margin; else ``cannot tell``.
        questions: how many both runs scored.
        change: run minus baseline; above 0 is better, whichever way the metric goes.
        low, high: its 95 % interval.
        told: the finding in words.
        worse: questions that got worse, the largest change first.
    """

    backend: str
    mode: Mode
    metric: str
    finding: Finding
    questions: int
    change: float | None
    low: float | None
    high: float | None
    told: str
    worse: tuple[Moved, ...]


@dataclass(frozen=True, slots=True)
class GateResult:
    """What the gate found.

    Attributes:
        run, baseline: their ids.
        margin: a loss up to this is allowed, as a share.
        lenient: whether what cannot be told may pass.
        passed: whether all held and nothing is missing.
        missing: answers that the baseline has and the run lacks, as ``backend mode case``.
        checks: every metric of every backend and mode.
        text: the finding in a few sentences.
    """

    run: str
    baseline: str
    margin: float
    lenient: bool
    passed: bool
    missing: tuple[str, ...]
    checks: tuple[GateCheck, ...]
    text: tuple[str, ...]


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
        text=tuple(_text(missing, checks, margin, passed=passed, lenient=lenient)),
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
        told=_told(finding, metric, found.questions, (change, low, high), margin),
        worse=tuple(worse),
    )


def _told(
    finding: Finding,
    metric: Metric,
    questions: int,
    found: tuple[float | None, float | None, float | None],
    margin: float,
) -> str:
    change, low, high = found
    if change is None:
        return f"“{metric.label}”: cannot tell, as no question has a score in both runs"
    size = words.change(change, low, high, metric.unit, digits=1)
    on = f"on {words.count(questions, 'question')}"
    allowed = f"a loss of {words.points(margin)}"
    match finding:
        case "held":
            return f"“{metric.label}”: held, {size} {on}"
        case "worse":
            return f"“{metric.label}”: worse by {words.points(-change, 1)}, {size} {on}"
        case _:
            return f"“{metric.label}”: cannot tell, {size} {on}; {allowed} cannot be ruled out"


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


def _text(
    missing: Sequence[str],
    checks: Sequence[GateCheck],
    margin: float,
    *,
    passed: bool,
    lenient: bool,
) -> Iterator[str]:
    worse = [one for one in checks if one.finding == "worse"]
    vague = [one for one in checks if one.finding == "cannot tell"]
    if passed:
        held = words.count(len(checks) - len(vague), "check")
        yield f"Passed: {held} held within {words.points(margin)}."
    else:
        yield f"Not passed, at a margin of {words.points(margin)}."
    if missing:
        yield f"{words.count(len(missing), 'answer')} of the baseline have none in this run."
    if worse:
        yield f"Worse: {words.count(len(worse), 'check')} of {len(checks):,}."
    if vague:
        rest = "passed all the same" if lenient else "so it has not held"
        yield (
            f"{words.count(len(vague), 'check')} cannot be told: the run is too small for this "
            f"margin, {rest}. Ask more questions, or allow a wider margin."
        )


def _negated(value: float | None) -> float | None:
    return None if value is None else -value
