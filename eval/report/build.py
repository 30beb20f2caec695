"""A run's report: every row scored, repeats averaged, figures, differences, totals, verdict."""

from collections.abc import Iterator, Mapping, Sequence

from assistant.turns import Status
from eval.judge.judging import JudgeReport
from eval.metrics.base import Metric
from eval.report.cache import WorkedOut
from eval.report.figures import Figures
from eval.report.model import Failure, ModeResult, QuestionResult, Report
from eval.report.scoring import Run, score_questions
from eval.report.totals import totals_of
from eval.report.verdict import Shown, write_cautions, write_verdict
from eval.runs.records import FrozenEvidence, Mode, Row, RunPlan

_ENDS = {
    Status.STOPPED: "It was stopped.",
    Status.INTERRUPTED: "It broke off.",
    Status.FAILED: "It failed.",
}


def build_report(
    run: Run, metrics: Sequence[Metric] = (), judged: Sequence[JudgeReport] = ()
) -> Report:
    """Work a run's report out; of a run that is not whole, what is there.

    Scores and figures are kept in the run's folder by content, so that only what is new is worked
    out.

    Args:
        run: a run's folder.
        metrics: what is measured, in the order to be shown; all there are when empty.
        judged: what judges said that may be shown (``eval.judge.judging.shown_judgements``).

    Raises:
        RunDamaged: the run cannot be read.
    """
    metrics = metrics or all_metrics()
    plan, frozen, rows = run.plan, run.frozen(), run.rows()
    worked_out = WorkedOut(run.path)
    figures = Figures(worked_out, plan.seed)
    by_mode = score_questions(plan, frozen, rows, metrics, worked_out)
    modes = tuple(
        _mode(plan, mode, questions, metrics, figures) for mode, questions in by_mode.items()
    )
    every = [question for mode in modes for question in mode.questions]
    totals = {
        one.entry.id: totals_of(every, one.entry.id, figures, plan.seed) for one in plan.contestants
    }
    worked_out.keep()
    failures = tuple(_failures(rows))
    wanted = wanted_answers(plan, frozen)
    shown = Shown(plan, len(rows), wanted, metrics, modes[0], totals, failures)
    return Report(
        plan=plan,
        answered=len(rows),
        wanted=wanted,
        metrics=tuple(metrics),
        modes=modes,
        totals=totals,
        failures=failures,
        verdict=write_verdict(shown),
        cautions=tuple(write_cautions(shown)),
        lost=run.lost,
        judged=tuple(judged),
    )


def all_metrics() -> Sequence[Metric]:
    """Every metric, in the order to be shown; their module needs the sentence check to load."""
    from eval.metrics.catalogue import METRICS

    return METRICS


def wanted_answers(plan: RunPlan, frozen: Mapping[tuple[str, Mode], FrozenEvidence]) -> int:
    """How many answers a whole run has; a question without evidence in a mode has none."""
    not_had = sum(
        (case.id, mode) in frozen and frozen[case.id, mode].evidence is None
        for case in plan.cases
        for mode in plan.modes
    )
    asked = len(plan.cases) * len(plan.modes) - not_had
    return asked * len(plan.contestants) * plan.repeats


def _mode(
    plan: RunPlan,
    mode: Mode,
    questions: tuple[QuestionResult, ...],
    metrics: Sequence[Metric],
    figures: Figures,
) -> ModeResult:
    backends = [one.entry.id for one in plan.contestants]
    slice_of = {case.id: str(case.slice) for case in plan.cases}
    slices: dict[str, list[QuestionResult]] = {}
    for question in questions:
        slices.setdefault(slice_of[question.case], []).append(question)
    return ModeResult(
        mode=mode,
        figures={b: {m.id: figures.mean(questions, b, m) for m in metrics} for b in backends},
        slices={
            name: {b: {m.id: figures.mean(of, b, m) for m in metrics} for b in backends}
            for name, of in slices.items()
        },
        differences=figures.differences(questions, metrics, backends, tested=mode == plan.modes[0]),
        questions=questions,
    )


def _failures(rows: Sequence[Row]) -> Iterator[Failure]:
    for row in rows:
        answer, key = row.answer, row.key
        if answer.status is not Status.FINISHED:
            what = answer.error.what if answer.error else _ENDS[answer.status]
            yield Failure(key.backend, key.case, key.mode, key.repeat, answer.status.value, what)
