"""What a gate found, and how it says so."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from eval.metrics.base import Metric
from eval.report import words
from eval.report.compare import Moved
from eval.runs.records import Mode

Finding = Literal["held", "worse", "cannot tell"]


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


def check_words(
    finding: Finding,
    metric: Metric,
    questions: int,
    found: tuple[float | None, float | None, float | None],
    margin: float,
) -> str:
    """The finding of one check in a sentence; ``found`` is the change and its interval."""
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


def gate_words(
    missing: Sequence[str],
    checks: Sequence[GateCheck],
    margin: float,
    *,
    passed: bool,
    lenient: bool,
) -> Iterator[str]:
    """The finding of a gate in a few sentences."""
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
