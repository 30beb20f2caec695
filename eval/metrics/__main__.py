"""What is measured, as Markdown: ``python -m eval.metrics > docs/metrics.md``."""

import sys
from collections.abc import Iterator

from eval.metrics.base import Metric
from eval.metrics.catalogue import METRICS
from eval.metrics.reasons import REASONS

_UNITS = {"share": "share", "s": "seconds", "USD": "US dollars", "Wh": "watt-hours"}
_HEAD = """\
# Metrics

`python -m eval.metrics > docs/metrics.md` writes this page from the code.

A value is of one answer. A question's value is the mean over its repeats, a figure the mean over
questions. **Announced** metrics are the family that is tested with Holm's correction; they were
fixed before any run. All others are explored.

An answer that cannot be scored has no value, a reason of the list below, and is counted as
unscored. A metric that is not about a question leaves it out and counts nothing. **A failed answer
stays in the denominator**: it counts 0 wherever an answer should have been (expected facts, correct
answers, right refusals, conflicts, changed sources, and of questions that have an answer citations
and supported sentences). Where 0 would be the better value (forbidden statements, false refusals,
injections, memory) it has no value, unless what came of it says the wrong thing already. An answer
to a prompt that the backend read only in part has no value by any metric.

Money for 1,000 questions, money for a correct answer (all money over all correct answers) and the
median and 95th percentile of times are not means of answers; the report works them out of these
values, with intervals of their own (`ratio_interval` and `quantile_interval` in `eval.statistics`).
Balanced accuracy of refusing is the mean of right refusals and 1 minus false refusals.
"""


def document(metrics: tuple[Metric, ...] = METRICS) -> str:
    """The page as Markdown."""
    return "\n".join(_lines(metrics))


def _lines(metrics: tuple[Metric, ...]) -> Iterator[str]:
    yield _HEAD
    yield "| Metric | Id | Unit | Range | Better | Announced |"
    yield "|---|---|---|---|---|---|"
    for metric in metrics:
        unit = _UNITS.get(metric.unit, metric.unit)
        announced = "yes" if metric.announced else ""
        better = metric.better or "only reported"
        cells = (metric.label, f"`{metric.id}`", unit, metric.range, better, announced)
        yield f"| {' | '.join(cells)} |"
    yield ""
    for metric in metrics:
        yield f"## {metric.label}"
        yield ""
        yield metric.about
        yield ""
        yield f"- Source: {metric.source}."
        yield f"- Cannot tell: {metric.cannot_tell}"
        yield ""
    yield "## Why an answer has no value"
    yield ""
    yield from (f"- {reason}" for reason in REASONS)
    yield ""


if __name__ == "__main__":
    sys.stdout.write(document())
