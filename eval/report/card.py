"""The decision card: which backend remains within a person's limits, what it gives up, how sure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from corpus.errors import InputError
from eval.metrics.base import Metric
from eval.report import words
from eval.report.compare import ranking_metric
from eval.report.limits import Check, Limits, checks_of
from eval.report.model import Difference, Figure, Report

Standing = Literal["remains", "may remain", "out", "cannot say"]

_NO_FIGURE: Final = Figure(None, None, None, 0)

__all__ = ["Card", "Check", "Choice", "Limits", "Standing", "card"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One backend under the limits.

    Attributes:
        backend: its id.
        label: its name.
        standing: ``remains`` when every check is inside, ``may remain`` when some are unsure and
            none is outside or unknown, ``out`` when one is outside, else ``cannot say``.
        checks: one for each limit that was set.
        gives_up: what others do better or cheaper, in words; empty for those that are out.
    """

    backend: str
    label: str
    standing: Standing
    checks: tuple[Check, ...]
    gives_up: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """The answer to a person's limits.

    Attributes:
        limits: what was asked.
        choices: one for each backend, in the order of the plan.
        text: the answer in a few plain sentences.
    """

    limits: Limits
    choices: tuple[Choice, ...]
    text: tuple[str, ...]


def card(report: Report, limits: Limits) -> Card:
    """Hold a run against limits; quality is that of the first mode.

    Raises:
        InputError: no limit was set, or the metric is not in the report or no measure of quality.
    """
    metric = _metric(report, limits)
    labels = {one.entry.id: words.short(one.entry.label) for one in report.plan.contestants}
    checks = {backend: tuple(checks_of(report, backend, limits, metric)) for backend in labels}
    standings = {backend: _standing(found) for backend, found in checks.items()}
    choices = tuple(
        Choice(
            backend=backend,
            label=labels[backend],
            standing=standings[backend],
            checks=checks[backend],
            gives_up=()
            if standings[backend] == "out"
            else tuple(_gives_up(report, backend, labels, metric)),
        )
        for backend in labels
    )
    return Card(limits, choices, tuple(_text(report, choices)))


def _metric(report: Report, limits: Limits) -> Metric:
    if limits == Limits(metric=limits.metric):
        raise InputError("No limit was set.", "Set one, such as --quality 0.8 or --stays-here.")
    return ranking_metric(report, limits.metric)


def _standing(checks: tuple[Check, ...]) -> Standing:
    found = {check.sureness for check in checks}
    if "outside" in found:
        return "out"
    if "unknown" in found:
        return "cannot say"
    return "may remain" if "unsure" in found else "remains"


def _gives_up(
    report: Report, backend: str, labels: dict[str, str], metric: Metric
) -> Iterator[str]:
    mode = report.modes[0]
    known = {one.id: one for one in report.metrics}
    for other, label in labels.items():
        if other == backend:
            continue
        for found in mode.differences:
            of = known[found.metric]
            if (of.announced or of.id == metric.id) and _is_better(found, other, backend):
                yield _loss(found, of, label)
        yield from _dearer_or_slower(report, backend, other, label)


def _is_better(found: Difference, one: str, than: str) -> bool:
    return (found.first, found.second, found.told) == (one, than, "first") or (
        found.first, found.second, found.told
    ) == (than, one, "second")  # fmt: skip


def _loss(found: Difference, metric: Metric, label: str) -> str:
    delta, low, high = found.delta or 0.0, found.low, found.high
    if delta < 0:
        delta = -delta
        low, high = (None if end is None else -end for end in (found.high, found.low))
    less = "less" if metric.better == "higher" else "more"
    size = words.change(delta, low, high, metric.unit)
    return f"{metric.label}: {size} {less} than {label}"


def _dearer_or_slower(report: Report, backend: str, other: str, label: str) -> Iterator[str]:
    mine, theirs = report.totals.get(backend, {}), report.totals.get(other, {})
    cost, least = mine.get("cost_per_1000", _NO_FIGURE), theirs.get("cost_per_1000", _NO_FIGURE)
    if _clearly_above(cost, least):
        yield (
            f"Cost: {words.money(cost.value or 0)} for 1,000 questions; {label} costs "
            f"{words.money(least.value or 0)}"
        )
    first, least = (
        mine.get("first_token_p50", _NO_FIGURE),
        theirs.get("first_token_p50", _NO_FIGURE),
    )
    if _clearly_above(first, least):
        yield (
            f"First words: after {words.seconds(first.value or 0)} (median); {label} needs "
            f"{words.seconds(least.value or 0)}"
        )


def _clearly_above(one: Figure, other: Figure) -> bool:
    """Whether the intervals do not touch; a value without an interval counts as one point."""
    low = one.value if one.low is None and one.high is None else one.low
    high = other.value if other.low is None and other.high is None else other.high
    return low is not None and high is not None and low > high


def _text(report: Report, choices: tuple[Choice, ...]) -> Iterator[str]:
    sure = [choice.label for choice in choices if choice.standing == "remains"]
    perhaps = [choice.label for choice in choices if choice.standing == "may remain"]
    unknown = [choice.label for choice in choices if choice.standing == "cannot say"]
    if sure:
        yield f"{words.listed(sure)} surely {'keeps' if len(sure) == 1 else 'keep'} to all limits."
    if perhaps:
        limits = "them" if sure else "all limits"
        yield (
            f"{words.listed(perhaps)} may keep to {limits}; the run is too small to be sure, or "
            "the limit too near."
        )
    if unknown:
        yield f"Of {words.listed(unknown)} it cannot be said: a figure is missing."
    if not sure and not perhaps:
        yield "No backend of this run is known to keep to all limits."
    for choice in choices:
        failed = [check.told for check in choice.checks if check.sureness == "outside"]
        if failed:
            yield f"{choice.label} is out. {'. '.join(failed)}."
    yield from _cautions(report)


def _cautions(report: Report) -> Iterator[str]:
    stand_ins = [words.short(one.entry.label) for one in report.plan.contestants if one.stand_in]
    if stand_ins:
        yield f"{words.listed(stand_ins)} is no vendor’s model; its figures say nothing about one."
    if report.answered < report.wanted:
        yield f"The run is not whole: {report.answered:,} of {report.wanted:,} answers are there."
