"""Figures by sort of question, and by what a question puts to the test."""

from collections.abc import Sequence
from typing import Final

from assistant.markup.elements import EMPTY, SafeHtml, element, join
from assistant.markup.prose import plain
from assistant.markup.tables import table
from eval.metrics.base import Metric
from eval.report.html.asked import FIRST_SCORES, Asked, star
from eval.report.html.figures import figure_cell
from eval.report.model import Figure, ModeResult

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
            *(_cell(of[one.id][metric.id], metric, one) for metric in chosen for one in asked),
        )
        for name, of in sorted(mode.slices.items())
    ]
    return table("By sort of question", head, rows)


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
            join([star(metric), element("span", metric.about, class_="quiet about")]),
            f"{max(mode.figures[one.id][metric.id].questions for one in asked):,}",
            *(_cell(mode.figures[one.id][metric.id], metric, one) for one in asked),
        )
        for metric in shown
    ]
    return table(
        "Refusals, conflicts, injections", ["", "Questions", *(one.named for one in asked)], rows
    )


def _cell(figure: Figure, metric: Metric, one: Asked) -> SafeHtml:
    return figure_cell(figure, metric, one)
