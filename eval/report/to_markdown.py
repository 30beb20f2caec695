"""A report, a comparison or a card as Markdown."""

from typing import Final

from eval.metrics.base import Metric
from eval.report import words
from eval.report.card import Card
from eval.report.facts import TOTALS, method_facts, price_words
from eval.report.judged import judged_markdown
from eval.report.markdown import (
    MODES,
    MOST_LISTED,
    TOLD,
    bullets,
    cell,
    metric_name,
    p_value,
    some,
    table,
)
from eval.report.model import Difference, Figure, ModeResult, QuestionResult, Report

_NONE: Final = Figure(None, None, None, 0)
_SLICE_METRICS: Final = ("fact_recall", "correct")


def to_markdown(report: Report, card: Card | None = None) -> str:
    """The report as Markdown: verdict, tables, differences, failures, method."""
    parts = [
        f"# {words.listed([words.short(c.entry.label) for c in report.plan.contestants])}, "
        f"{words.count(len(report.plan.cases), 'question')}",
        *report.verdict,
        *(_card(card) if card else ()),
        *_contestants(report),
        *_totals(report),
    ]
    for mode in report.modes:
        parts += _mode(report, mode)
    parts += [*judged_markdown(report), *_failures(report), *_method(report)]
    return "\n\n".join(parts) + "\n"


def card_markdown(found: Card) -> str:
    """A decision card as Markdown."""
    return "\n\n".join(_card(found)[1:]) + "\n"


def _card(found: Card) -> list[str]:
    parts = ["## Within your limits", " ".join(found.text)]
    for choice in found.choices:
        parts.append(f"**{cell(choice.label)}**: {choice.standing}.")
        parts.append(bullets(f"{check.told} – {check.sureness}" for check in choice.checks))
        if choice.gives_up:
            parts.append("It gives up:")
            parts.append(bullets(choice.gives_up))
    return parts


def _contestants(report: Report) -> list[str]:
    rows = [
        (one.entry.label, one.entry.kind, one.entry.model, one.entry.licence, price_words(one))
        for one in report.plan.contestants
    ]
    return ["## Who was asked", table(("", "kind", "model", "licence", "price"), rows)]


def _totals(report: Report) -> list[str]:
    labels = [words.short(one.entry.label) for one in report.plan.contestants]
    rows = []
    for name, label, unit in TOTALS:
        cells = []
        for one in report.plan.contestants:
            of = report.totals[one.entry.id]
            least = name == "cost" and of["cost_at_least"].value
            told = words.figure(of.get(name, _NONE), "USD" if unit == "USD" else "s")
            cells.append(f"at least {told}" if least and told != words.UNKNOWN else told)
        rows.append((label, *cells))
    return ["## Cost and time", table(("", *labels), rows)]


def _mode(report: Report, mode: ModeResult) -> list[str]:
    backends = [one.entry.id for one in report.plan.contestants]
    labels = {one.entry.id: words.short(one.entry.label) for one in report.plan.contestants}
    known = {metric.id: metric for metric in report.metrics}
    figures = [
        (
            metric_name(metric),
            *(words.figure(mode.figures[b][metric.id], metric.unit) for b in backends),
            f"{max(mode.figures[b][metric.id].questions for b in backends):,}",
            _unscored(mode, metric, labels),
        )
        for metric in report.metrics
        if any(_is_told(mode.figures[b][metric.id]) for b in backends)
    ]
    head = ("", *(labels[b] for b in backends), "questions", "not scored")
    parts = [f"## {MODES[mode.mode]}", table(head, figures)]
    told = [
        _difference(found, known[found.metric], labels)
        for found in mode.differences
        if found.questions and known[found.metric].better is not None
    ]
    if told:
        head = ("first − second", "metric", "difference (95 %)", "p", "p (Holm)", "won, even, lost",
                "could be shown", "better")  # fmt: skip
        parts += ["### Differences, question by question", table(head, told)]
    return [*parts, *_slices(report, mode, labels), *_questions(report, mode, labels)]


def _is_told(figure: Figure) -> bool:
    return figure.value is not None or bool(figure.unscored)


def _unscored(mode: ModeResult, metric: Metric, labels: dict[str, str]) -> str:
    told = [
        f"{labels[backend]}: {number} ({reason})"
        for backend, of in mode.figures.items()
        for reason, number in of[metric.id].unscored.items()
    ]
    return "; ".join(told)


def _difference(found: Difference, metric: Metric, labels: dict[str, str]) -> tuple[str, ...]:
    better = {"first": labels[found.first], "second": labels[found.second], **TOLD}
    return (
        f"{labels[found.first]} − {labels[found.second]}",
        metric_name(metric),
        words.change(found.delta, found.low, found.high, metric.unit),
        p_value(found.p),
        p_value(found.p_holm),
        f"{found.wins}, {found.ties}, {found.losses}",
        words.shows_from(found.detectable, metric.unit),
        better[found.told],
    )


def _slices(report: Report, mode: ModeResult, labels: dict[str, str]) -> list[str]:
    metric = next(
        (m for id_ in _SLICE_METRICS for m in report.metrics if m.id == id_), report.metrics[0]
    )
    second = next((m for m in report.metrics if m.id == _SLICE_METRICS[1]), metric)
    rows = []
    for name, of in mode.slices.items():
        chosen = metric if any(t[metric.id].value is not None for t in of.values()) else second
        rows.append(
            (
                name,
                f"{max(table[chosen.id].questions for table in of.values()):,}",
                chosen.label,
                *(words.figure(of[b][chosen.id], chosen.unit) for b in labels),
            )
        )
    return ["### By sort of question", table(("", "questions", "metric", *labels.values()), rows)]


def _questions(report: Report, mode: ModeResult, labels: dict[str, str]) -> list[str]:
    """The questions where the backends are furthest apart."""
    asked = {case.id: case.question for case in report.plan.cases}
    found = []
    for question in mode.questions:
        scores = {b: s for b in labels if (s := _first_score(question, b)) is not None}
        if len(scores) > 1 and (apart := max(scores.values()) - min(scores.values())) > 0:
            told = [words.share(scores[b]) if b in scores else words.UNKNOWN for b in labels]
            found.append((-apart, question.case, (asked[question.case], *told)))
    if not found:
        return []
    rows = [row for _, _, row in sorted(found)[:MOST_LISTED]]
    return ["### Where they differ most", table(("", *labels.values()), rows)]


def _first_score(question: QuestionResult, backend: str) -> float | None:
    scores = question.sides[backend].scores
    for id_ in _SLICE_METRICS:
        if id_ in scores and scores[id_].value is not None:
            return scores[id_].value
    return None


def _failures(report: Report) -> list[str]:
    if not report.failures:
        return []
    told = [f"{f.backend}, {f.mode}, {f.case}: {f.status}. {f.what}" for f in report.failures]
    return [
        "## Answers that did not come to their end",
        f"{words.count(len(told), 'answer')}; none is left out of a figure that it belongs to.",
        bullets(some(told)),
    ]


def _method(report: Report) -> list[str]:
    metrics = [
        f"**{cell(m.label)}** ({m.unit}, {m.range}): {m.about} Source: {m.source}. "
        f"It cannot tell: {m.cannot_tell}"
        for m in report.metrics
    ]
    return ["## Method", bullets(method_facts(report)), "## Metrics", bullets(metrics)]
