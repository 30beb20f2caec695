"""Tables and lists of Markdown."""

from collections.abc import Iterable, Sequence
from typing import Final

from eval.metrics.base import Metric
from eval.report import words
from eval.report.compare import Moved
from eval.runs.records import Mode

MOST_LISTED: Final = 20
MODES: Final[dict[Mode, str]] = {
    "own": "Evidence as it was found",
    "oracle": "Evidence that holds the answer",
    "noise": "Evidence with passages mixed in that do not belong",
    "counterfactual": "Evidence with a fact changed throughout",
}
TOLD: Final = {
    "no difference shown": "none shown",
    "too few questions": "too few questions",
    "not ranked": "not ranked",
}


def moved(questions: Sequence[Moved]) -> str:
    """Questions whose score changed, one a line."""
    told = [
        f"{one.case}: {words.share(one.before)} → {words.share(one.after)}: {one.question}"
        for one in questions
    ]
    return bullets(some(told))


def some(told: Sequence[str]) -> list[str]:
    """The first of many, and how many more there are."""
    rest = len(told) - MOST_LISTED
    return [*told[:MOST_LISTED], *([f"and {rest:,} more"] if rest > 0 else [])]


def bullets(told: Iterable[str]) -> str:
    """A list, each item on one line."""
    return "\n".join(f"- {' '.join(one.split())}" for one in told)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells are plain text."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell(one) for one in line)} |" for line in lines)


def cell(text: str) -> str:
    """Text that ends no cell and begins no markup."""
    plain = " ".join(text.split())
    for sign in ("\\", "|", "<", "`", "["):
        plain = plain.replace(sign, f"\\{sign}")
    return plain


def metric_name(metric: Metric) -> str:
    """Its label, which way is better, and a star when it is announced."""
    way = {"higher": " ↑", "lower": " ↓", None: ""}[metric.better]
    return f"{metric.label}{way}{' *' if metric.announced else ''}"


def p_value(value: float | None) -> str:
    """A p with three digits."""
    if value is None:
        return words.UNKNOWN
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
