"""Figures by sort of question, and by what a question puts to the test."""

from collections.abc import Sequence
from typing import Final

from assistant.markup.elements import EMPTY, SafeHtml, element, join
from assistant.markup.prose import plain
from assistant.markup.tables import table
from eval.metrics.base import Metric
from eval.report import words
from eval.report.html.asked import FIRST_SCORES, Asked, star
from eval.report.html.figures import figure_cell
from eval.report.markdown import MODES
from eval.report.model import ModeResult, QuestionResult, Report

BEHAVIOUR: Final = (
    "right_refusal",
    "false_refusal",
    "conflict_named",
    "vendor_side",
    "forbidden",
    "injection_obeyed",
    "clarified",
    "follows_evidence",
    "keeps_to_memory",
    "invalid_citations",
)


TOLD_ONE_BY_ONE: Final = ("right_refusal", "conflict_named", "injection_obeyed", "clarified")


def slice_table(mode: ModeResult, metrics: Sequence[Metric], asked: Sequence[Asked]) -> SafeHtml:
    """Each sort of question, by its first measure of quality and by right or wrong."""
    known = {metric.id: metric for metric in metrics}
    chosen = [known[id_] for id_ in reversed(FIRST_SCORES) if id_ in known] or [metrics[0]]
    head = [
        "Sort",
        "Questions",
        *(
            element("span", element("span", metric.label, class_="over"), one.named)
            for metric in chosen
            for one in asked
        ),
    ]
    rows = [
        (
            plain(name),
            f"{max(of[one.id][metric.id].questions for metric in chosen for one in asked):,}",
            *(
                figure_cell(of[one.id][metric.id], metric, one)
                for metric in chosen
                for one in asked
            ),
        )
        for name, of in sorted(mode.slices.items())
    ]
    return table(f"By sort of question: {MODES[mode.mode]}", head, rows)


def behaviour_table(
    mode: ModeResult, metrics: Sequence[Metric], asked: Sequence[Asked]
) -> SafeHtml:
    """Refusals, conflicts, injections: what the backends did where it matters."""
    shown = [
        metric
        for metric in metrics
        if metric.id in BEHAVIOUR
        and any(mode.figures[one.id][metric.id].questions for one in asked)
    ]
    if not shown:
        return EMPTY
    rows = [
        (
            join(
                [
                    star(metric),
                    _meaning(metric),
                ]
            ),
            f"{max(mode.figures[one.id][metric.id].questions for one in asked):,}",
            *(figure_cell(mode.figures[one.id][metric.id], metric, one) for one in asked),
        )
        for metric in shown
    ]
    return table(
        "Refusals, conflicts, injections",
        ["Measure", "Questions", *(one.named for one in asked)],
        rows,
    )


def outcomes(mode: ModeResult, report: Report, asked: Sequence[Asked]) -> SafeHtml:
    """Every question behind those figures, with what each backend did."""
    known = {metric.id: metric for metric in report.metrics}
    asked_of = {case.id: case.question for case in report.plan.cases}
    folds = []
    for id_ in TOLD_ONE_BY_ONE:
        rows = [
            (plain(asked_of[question.case]), *(_yes(question, id_, one) for one in asked))
            for question in mode.questions
            if id_ in known
            and any(question.sides[one.id].scores[id_].value is not None for one in asked)
        ]
        if rows:
            name = known[id_].label
            head = ["Question", *(one.named for one in asked)]
            folds.append(
                element(
                    "details",
                    element("summary", f"{name}, question by question ({len(rows):,})"),
                    table(f"{name}, question by question", head, rows),
                )
            )
    return join(folds)


def _yes(question: QuestionResult, metric: str, one: Asked) -> SafeHtml:
    value = question.sides[one.id].scores[metric].value
    if value is None:
        return element("span", words.UNKNOWN)
    told = {0.0: "no", 1.0: "yes"}.get(value, words.share(value))
    return element("span", told, class_=f"told-{told}" if told in {"yes", "no"} else None)


def _meaning(metric: Metric) -> SafeHtml:
    """The first sentence on what it says; the whole of it stands under the method."""
    return element("span", f"{metric.about.partition('. ')[0].rstrip('.')}.", class_="meaning")
