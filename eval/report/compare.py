"""Two runs beside each other: what changed for each backend, question by question."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corpus.errors import InputError
from eval.metrics.base import Metric
from eval.report import words
from eval.report.cache import WorkedOut
from eval.report.figures import BANDS, Figures
from eval.report.model import Difference, QuestionResult, Report
from eval.runs.records import Mode, RunPlan


class NotComparable(InputError):
    """Two runs have nothing in common that could be compared."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A question whose score changed.

    Attributes:
        case: its id.
        question: as it was asked.
        before, after: the metric's value in each run.
    """

    case: str
    question: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Change:
    """What changed for one backend in one mode.

    Attributes:
        backend: its id.
        mode: how the evidence was made.
        differences: of every metric; the first is the later run, so that a rise is above 0.
        metric: id of the metric that ``better`` and ``worse`` go by.
        better, worse: questions that changed, the largest change first.
    """

    backend: str
    mode: Mode
    differences: tuple[Difference, ...]
    metric: str
    better: tuple[Moved, ...]
    worse: tuple[Moved, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs beside each other.

    Attributes:
        before, after: ids of the runs.
        warnings: what differs besides the answers, in words.
        only_before, only_after: cases that only one of them asked, or worded otherwise.
        changes: for each backend and mode that both have.
        metrics: in the order in which they are shown.
    """

    before: str
    after: str
    warnings: tuple[str, ...]
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]
    changes: tuple[Change, ...]
    metrics: tuple[Metric, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """One question of one mode in both runs.

    Attributes:
        question: as it was asked.
        before, after: what each run has of it.
    """

    question: str
    before: QuestionResult
    after: QuestionResult


def compare(before: Report, after: Report, metric: str = "fact_recall") -> Comparison:
    """Compare two runs on the questions that are the same in both.

    Args:
        before: the earlier run.
        after: the later one.
        metric: which one decides whether a question got better or worse; where a question has no
            score by it, ``correct`` does.

    Raises:
        InputError: the metric is not in the report, or knows no better and worse.
        NotComparable: they share no question, no mode or no backend.
    """
    ranking_metric(after, metric)
    backends = shared_backends(before, after)
    modes = [mode for mode in before.plan.modes if mode in after.plan.modes]
    same = _same_cases(before, after)
    if not backends or not modes or not same:
        lacking = "backend" if not backends else "kind of evidence" if not modes else "question"
        raise NotComparable(
            f"The runs {before.plan.id} and {after.plan.id} have no {lacking} in common.",
            "Compare runs of the same question set and the same backends.",
        )
    figures = Figures(WorkedOut(None), after.plan.seed)
    changes = [
        _change(
            backend,
            mode,
            pairs_of(before, after, mode),
            metrics=after.metrics,
            by=metric,
            figures=figures,
        )
        for mode in modes
        for backend in backends
    ]
    asked_before = [case.id for case in before.plan.cases]
    asked_after = [case.id for case in after.plan.cases]
    return Comparison(
        before=before.plan.id,
        after=after.plan.id,
        warnings=tuple(_warnings(before, after, modes, backends)),
        only_before=tuple(id_ for id_ in asked_before if id_ not in same),
        only_after=tuple(id_ for id_ in asked_after if id_ not in same),
        changes=tuple(changes),
        metrics=after.metrics,
    )


def ranking_metric(report: Report, id_: str) -> Metric:
    """A metric of a report by its id, of those that know better and worse.

    Raises:
        InputError: there is none.
    """
    known = {metric.id: metric for metric in report.metrics if metric.better is not None}
    if id_ not in known:
        raise InputError(
            "That is no metric of this run that knows better and worse.",
            f"Take one of: {', '.join(known)}.",
        )
    return known[id_]


def shared_backends(before: Report, after: Report) -> list[str]:
    """Ids of the backends that both runs asked, in the order of the later one."""
    earlier = {one.entry.id for one in before.plan.contestants}
    return [one.entry.id for one in after.plan.contestants if one.entry.id in earlier]


def pairs_of(before: Report, after: Report, mode: Mode) -> list[Pair]:
    """The questions of a mode that are the same in both runs, in the order of the later one."""
    same = _same_cases(before, after)
    earlier = {q.case: q for of in before.modes if of.mode == mode for q in of.questions}
    later = [q for of in after.modes if of.mode == mode for q in of.questions]
    return [Pair(same[q.case], earlier[q.case], q) for q in later if q.case in same]


def change_of(pairs: Sequence[Pair], backend: str, metric: Metric, figures: Figures) -> Difference:
    """How one metric of one backend changed; the first of the difference is the later run."""
    found = [
        (now.value, then.value, pair.after.cluster)
        for pair in pairs
        for now in [pair.after.sides[backend].scores[metric.id]]
        for then in [pair.before.sides[backend].scores[metric.id]]
        if now.value is not None and then.value is not None
    ]
    return figures.of_pairs(found, metric, "after", "before")


def moved(pairs: Sequence[Pair], backend: str, metric: Metric) -> tuple[list[Moved], list[Moved]]:
    """The questions that got better and those that got worse, the largest change first."""
    band = 0.0 if metric.binary else BANDS[metric.unit]
    sign = -1 if metric.better == "lower" else 1
    changed = []
    for pair in pairs:
        then = pair.before.sides[backend].scores[metric.id].value
        now = pair.after.sides[backend].scores[metric.id].value
        if then is not None and now is not None and abs(now - then) > band:
            changed.append((sign * (now - then), Moved(pair.after.case, pair.question, then, now)))
    changed.sort(key=lambda one: (-abs(one[0]), one[1].case))
    return [one for by, one in changed if by > 0], [one for by, one in changed if by < 0]


def _same_cases(before: Report, after: Report) -> dict[str, str]:
    """The cases that are the same in both, with their questions."""
    earlier = {case.id: case for case in before.plan.cases}
    return {c.id: c.question for c in after.plan.cases if earlier.get(c.id) == c}


def _change(
    backend: str,
    mode: Mode,
    pairs: Sequence[Pair],
    *,
    metrics: Sequence[Metric],
    by: str,
    figures: Figures,
) -> Change:
    known = {metric.id: metric for metric in metrics}
    ids = [id_ for id_ in dict.fromkeys((by, "correct")) if id_ in known]
    better: list[Moved] = []
    worse: list[Moved] = []
    for id_ in ids:
        seen = {one.case for one in (*better, *worse)}
        risen, fallen = moved(pairs, backend, known[id_])
        better += [one for one in risen if one.case not in seen]
        worse += [one for one in fallen if one.case not in seen]
    return Change(
        backend=backend,
        mode=mode,
        differences=tuple(change_of(pairs, backend, metric, figures) for metric in metrics),
        metric=by,
        better=tuple(better),
        worse=tuple(worse),
    )


def _warnings(
    before: Report, after: Report, modes: Sequence[Mode], backends: Sequence[str]
) -> Iterator[str]:
    then, now = before.plan, after.plan
    if then.cases_hash != now.cases_hash:
        yield "The question sets are not the same; only questions that are equal are compared."
    pairs = [pair for mode in modes for pair in pairs_of(before, after, mode)]
    if other := sum(_evidence(pair.before) != _evidence(pair.after) for pair in pairs):
        yield (
            f"On {words.count(other, 'question')} of {len(pairs):,} the evidence is not the same: "
            "a change may be the search’s."
        )
    if other := sum(any(_prompts(pair, backend) for backend in backends) for pair in pairs):
        yield (
            f"On {words.count(other, 'question')} of {len(pairs):,} the prompt is not the same: a "
            "change may be the prompt’s."
        )
    yield from _other_programs(then, now)
    for report in (before, after):
        if report.answered < report.wanted:
            yield f"The run {report.plan.id} is not whole."


def _other_programs(then: RunPlan, now: RunPlan) -> Iterator[str]:
    models = {one.entry.id: one.entry for one in then.contestants}
    for one in now.contestants:
        if one.entry.id in models and one.entry.model != models[one.entry.id].model:
            was = models[one.entry.id].model
            yield f"{one.entry.label} was {was} then and is {one.entry.model} now."
    for name in sorted({*then.versions, *now.versions}):
        was, is_ = then.versions.get(name, "none"), now.versions.get(name, "none")
        if was != is_:
            yield f"{name}: {was} then, {is_} now."
    if then.machine != now.machine:
        yield "The machines are not the same: times cannot be compared."


def _evidence(question: QuestionResult) -> str:
    return question.evidence.evidence.hash if question.evidence.evidence else ""


def _prompts(pair: Pair, backend: str) -> bool:
    """Whether the prompts are known and differ."""
    sides = (pair.before.sides[backend], pair.after.sides[backend])
    hashes = [{a.receipt.prompt_hash for a in side.answers} - {""} for side in sides]
    return bool(hashes[0] and hashes[1] and hashes[0] != hashes[1])
