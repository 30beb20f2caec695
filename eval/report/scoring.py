"""Scores of a run's answers, and of its questions over their repeats."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Final, Protocol

from eval.metrics.base import Answered, Metric, Score
from eval.report.cache import Entry, WorkedOut
from eval.report.model import QuestionResult, Side
from eval.runs.records import FrozenEvidence, Key, Mode, Row, RunPlan

NOT_ASKED: Final = Score(None, "the question was not asked yet")
_NOT_FROZEN: Final = "no evidence was made yet"
_FIELDS: Final = 3


class Run(Protocol):
    """What a report needs of a run."""

    @property
    def path(self) -> Path:
        """The run's folder."""
        ...

    @property
    def plan(self) -> RunPlan:
        """What was asked of whom."""
        ...

    @property
    def lost(self) -> int:
        """Attempts that were begun and never ended."""
        ...

    def frozen(self) -> Mapping[tuple[str, Mode], FrozenEvidence]:
        """Evidence by case and mode."""
        ...

    def rows(self) -> tuple[Row, ...]:
        """All answers."""
        ...


def score_questions(
    plan: RunPlan,
    frozen: Mapping[tuple[str, Mode], FrozenEvidence],
    rows: Iterable[Row],
    metrics: Sequence[Metric],
    worked_out: WorkedOut,
) -> dict[Mode, tuple[QuestionResult, ...]]:
    """Every question of every mode, in the order of the plan, with its answers and scores."""
    answers = {row.key: row for row in rows}
    found: dict[Mode, list[QuestionResult]] = {mode: [] for mode in plan.modes}
    for case in plan.cases:
        for mode in plan.modes:
            made = frozen.get((case.id, mode), FrozenEvidence(case.id, mode, None, _NOT_FROZEN))
            sides = {}
            for contestant in plan.contestants:
                keys = (
                    Key(contestant.entry.id, case.id, mode, repeat)
                    for repeat in range(plan.repeats)
                )
                given = tuple(answers[key].answer for key in keys if key in answers)
                sides[contestant.entry.id] = _side(
                    [
                        Answered(case, mode, made.evidence, made.alterations, answer)
                        for answer in given
                        if made.evidence is not None
                    ],
                    made,
                    metrics,
                    worked_out,
                )
            cluster = case.cluster or case.id
            found[mode].append(QuestionResult(case.id, cluster, made, sides))
    return {mode: tuple(questions) for mode, questions in found.items()}


def average(scores: Sequence[Score]) -> Score:
    """The mean over repeats; a repeat without a value is left out where another has one."""
    values = [score.value for score in scores if score.value is not None]
    if values:
        return Score(fmean(values))
    return next((score for score in scores if score.applies), scores[0])


def _side(
    answered: Sequence[Answered],
    made: FrozenEvidence,
    metrics: Sequence[Metric],
    worked_out: WorkedOut,
) -> Side:
    if not answered:
        none = NOT_ASKED if made.evidence else Score(None, made.why_not, applies=False)
        return Side((), {metric.id: none for metric in metrics})
    tables = [_scores(one, metrics, worked_out) for one in answered]
    return Side(
        tuple(one.answer for one in answered),
        {metric.id: average([table[metric.id] for table in tables]) for metric in metrics},
    )


def _scores(
    answered: Answered, metrics: Sequence[Metric], worked_out: WorkedOut
) -> dict[str, Score]:
    ids = [metric.id for metric in metrics]
    content = ("scores", ids, answered)
    entry = worked_out.of(content, lambda: _flat(metric.score(answered) for metric in metrics))
    triples = (entry[at : at + _FIELDS] for at in range(0, len(entry), _FIELDS))
    return {
        id_: Score(None if value is None else float(value), str(reason), bool(applies))
        for id_, (value, reason, applies) in zip(ids, triples, strict=True)
    }


def _flat(scores: Iterable[Score]) -> Entry:
    return [part for score in scores for part in (score.value, score.reason, score.applies)]
