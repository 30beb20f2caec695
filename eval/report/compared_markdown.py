"""A comparison of two runs, and a gate's finding, as Markdown."""

from collections.abc import Iterator

from eval.report import words
from eval.report.compare import Change, Comparison
from eval.report.gate_result import GateResult
from eval.report.markdown import (
    MODES,
    MOST_LISTED,
    TOLD,
    bullets,
    cell,
    metric_name,
    moved,
    p_value,
    some,
    table,
)


def comparison_markdown(found: Comparison) -> str:
    """A comparison as Markdown; only what changed beyond chance, and the questions that moved."""
    parts = [f"# {cell(found.before)}, then {cell(found.after)}"]
    if found.warnings:
        parts.append(bullets(found.warnings))
    for change in found.changes:
        parts += _change(found, change)
    alone = [
        f"{words.count(len(ids), 'question')} only in {run}, or worded otherwise there: "
        f"{', '.join(ids[:MOST_LISTED])}{' …' if len(ids) > MOST_LISTED else ''}"
        for run, ids in ((found.before, found.only_before), (found.after, found.only_after))
        if ids
    ]
    return "\n\n".join([*parts, *([bullets(alone)] if alone else [])]) + "\n"


def gate_markdown(found: GateResult) -> str:
    """A gate's finding as Markdown, with the questions that got worse."""
    parts = [" ".join(found.text)]
    parts.append(bullets(f"{one.backend}, {one.mode}: {one.told}" for one in found.checks))
    if got_worse := _got_worse(found):
        parts += ["Got worse:", bullets(some(got_worse))]
    if found.missing:
        parts.append("Without an answer:")
        parts.append(bullets(some(found.missing)))
    return "\n\n".join(parts) + "\n"


def _got_worse(found: GateResult) -> list[str]:
    """The questions behind checks that have not held, each with the metrics that fell."""
    fell: dict[tuple[str, str, str, str], list[str]] = {}
    for check in found.checks:
        if check.finding == "held":
            continue
        for one in check.worse:
            told = f"{check.metric} {words.share(one.before)} → {words.share(one.after)}"
            fell.setdefault((check.backend, check.mode, one.case, one.question), []).append(told)
    return [
        f"{backend}, {mode}, {case}: {question} ({', '.join(told)})"
        for (backend, mode, case, question), told in fell.items()
    ]


def _change(found: Comparison, change: Change) -> Iterator[str]:
    known = {metric.id: metric for metric in found.metrics}
    rows = [
        (
            metric_name(known[d.metric]),
            words.change(d.delta, d.low, d.high, known[d.metric].unit),
            p_value(d.p),
            {"first": "better now", "second": "worse now", **TOLD}[d.told],
        )
        for d in change.differences
        if d.questions and (known[d.metric].announced or d.told in {"first", "second"})
    ]
    yield f"## {change.backend}: {MODES[change.mode].lower()}"
    yield table(("", "change (95 %)", "p", ""), rows)
    for title, questions in (("Got better", change.better), ("Got worse", change.worse)):
        if questions:
            yield f"{title}, by {change.metric} or correct ({len(questions):,}):"
            yield moved(questions)
