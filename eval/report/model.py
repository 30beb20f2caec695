"""A run's results, ready to be shown: no file and no markup, only values."""

from dataclasses import dataclass, field
from typing import Literal

from assistant.turns import Answer
from eval.judge.judging import JudgeReport
from eval.metrics.base import Metric, Score
from eval.runs.records import FrozenEvidence, Mode, RunPlan

Told = Literal["first", "second", "no difference shown", "too few questions", "not ranked"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric of one backend over a set of questions.

    Attributes:
        value: mean over questions of the mean over repeats, in the metric's unit; None when not a
            single question could be scored.
        low, high: its 95 % interval, or None where there is none to be had.
        questions: how many questions it is over.
        unscored: how many could not be scored, by reason.
    """

    value: float | None
    low: float | None
    high: float | None
    questions: int
    unscored: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Difference:
    """One metric of two backends on the questions that both were scored on.

    Attributes:
        metric: its id.
        first, second: the backends' ids; the difference is first minus second.
        questions, clusters: how many there are.
        delta: the mean paired difference, or None when no question was scored on both.
        low, high: its 95 % interval.
        p: of the test that is right for the metric, not corrected; None when it cannot be made.
        p_holm: corrected over the announced family; None for metrics outside it.
        test: its name, in words.
        wins, ties, losses: questions where the first is better, the same within ``band``, worse.
        band: differences up to this count as ties, in the metric's unit.
        detectable: the smallest true difference that this many questions would show in four of five
            runs; None when it cannot be said.
        told: who is better, as far as the interval and the p (the corrected one, where there is
            one) say so together; ``not ranked`` for a metric that knows no better and worse.
    """

    metric: str
    first: str
    second: str
    questions: int
    clusters: int
    delta: float | None
    low: float | None
    high: float | None
    p: float | None
    p_holm: float | None
    test: str
    wins: int
    ties: int
    losses: int
    band: float
    detectable: float | None
    told: Told


@dataclass(frozen=True, slots=True)
class Side:
    """What one backend made of one question.

    Attributes:
        answers: one for each repeat, in order; empty when it was not asked yet.
        scores: by metric, averaged over repeats.
    """

    answers: tuple[Answer, ...]
    scores: dict[str, Score]


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """One question of one mode with what each backend made of it.

    Attributes:
        case: the case's id; the case itself is in the plan.
        cluster: what it is drawn with.
        evidence: what all were shown.
        sides: by backend.
    """

    case: str
    cluster: str
    evidence: FrozenEvidence
    sides: dict[str, Side]


@dataclass(frozen=True, slots=True)
class ModeResult:
    """All figures of one mode.

    Attributes:
        mode: how the evidence was made.
        figures: by backend and metric.
        slices: by slice, backend and metric.
        differences: of every pair of backends and every metric.
        questions: one for each case, in the order of the plan.
    """

    mode: Mode
    figures: dict[str, dict[str, Figure]]
    slices: dict[str, dict[str, dict[str, Figure]]]
    differences: tuple[Difference, ...]
    questions: tuple[QuestionResult, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """An answer that did not come to its end."""

    backend: str
    case: str
    mode: Mode
    repeat: int
    status: str
    what: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a run shows.

    Attributes:
        plan: what was asked of whom.
        answered, wanted: rows that are there, and rows that a whole run has.
        metrics: in the order in which they are shown.
        modes: in the order of the plan; the first is the one that the verdict speaks of.
        totals: by backend and name, over all rows: ``cost``, ``cost_at_least`` (1 when a cost is
            unknown), ``cost_per_1000``, ``cost_per_correct``, ``seconds``, ``input_tokens``,
            ``output_tokens``, ``first_token_p50``, ``first_token_p95``, ``total_p50``,
            ``total_p95``, ``energy_wh``, each with an interval where one can be had. ``cost`` and
            what follows from it speak of the answers whose cost is known.
        failures: every answer that did not come to its end.
        verdict: two plain sentences, then what has to be said with them: that a stand-in answered,
            that the run is not whole, that the questions are few.
        cautions: those last ones alone; they end the verdict.
        lost: attempts that a killed process had begun and that were made again.
        judged: what models that proved themselves as judges said of the answers; mostly nothing.
    """

    plan: RunPlan
    answered: int
    wanted: int
    metrics: tuple[Metric, ...]
    modes: tuple[ModeResult, ...]
    totals: dict[str, dict[str, Figure]]
    failures: tuple[Failure, ...]
    verdict: tuple[str, ...]
    cautions: tuple[str, ...] = ()
    lost: int = 0
    judged: tuple[JudgeReport, ...] = ()
