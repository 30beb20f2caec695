"""A person's limits, each held against what a run showed of a backend."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from eval.metrics.base import Metric
from eval.report import words
from eval.report.model import Figure, Report

Sureness = Literal["inside", "unsure", "outside", "unknown"]

_NO_FIGURE: Final = Figure(None, None, None, 0)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a person needs. None sets no limit.

    Attributes:
        metric: id of the metric that stands for quality.
        quality: at least this much of it; at most, where lower is better.
        cost_per_1000: US dollars for 1,000 questions, at most.
        stays_here: whether neither questions nor passages may leave the machine.
        first_token_s: 19 of 20 answers begin within this many seconds.
    """

    metric: str = "fact_recall"
    quality: float | None = None
    cost_per_1000: float | None = None
    stays_here: bool = False
    first_token_s: float | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One limit held against one backend.

    Attributes:
        limit: ``quality``, ``cost``, ``data`` or ``first token``.
        sureness: ``inside`` and ``outside`` when the whole interval is, ``unsure`` when the limit
            lies within the interval or there is none, ``unknown`` without a value.
        told: the limit and the figure in words.
    """

    limit: str
    sureness: Sureness
    told: str


def checks_of(report: Report, backend: str, limits: Limits, metric: Metric) -> Iterator[Check]:
    """Every limit that was set, held against one backend; quality is that of the first mode."""
    totals = report.totals.get(backend, {})
    if limits.quality is not None:
        found = report.modes[0].figures[backend].get(metric.id, _NO_FIGURE)
        most = metric.better == "lower"
        wanted = f"at {'most' if most else 'least'} {words.amount(limits.quality, metric.unit)}"
        told = f"{metric.label}: {wanted}; here {words.figure(found, metric.unit)}"
        yield Check("quality", _sureness(found, limits.quality, most=most), told)
    if limits.cost_per_1000 is not None:
        yield _cost(totals, limits.cost_per_1000)
    if limits.stays_here:
        yield _data(report, backend)
    if limits.first_token_s is not None:
        found = totals.get("first_token_p95", _NO_FIGURE)
        told = (
            f"First words: within {words.seconds(limits.first_token_s)} in 19 of 20 answers; "
            f"here {words.figure(found, 's')}"
        )
        yield Check("first token", _sureness(found, limits.first_token_s, most=True), told)


def _cost(totals: dict[str, Figure], limit: float) -> Check:
    found = totals.get("cost_per_1000", _NO_FIGURE)
    told = f"1,000 questions: at most {words.money(limit)}; here {words.figure(found, 'USD')}"
    if (totals.get("cost_at_least", _NO_FIGURE).value or 0) and found.value is not None:
        told += ", without the answers whose cost is not known"
        outside = found.low is not None and found.low > limit
        return Check("cost", "outside" if outside else "unsure", told)
    if found.value == 0 and found.low is None:  # nothing was ever paid, so nothing varies
        return Check("cost", "inside", told)
    return Check("cost", _sureness(found, limit, most=True), told)


def _data(report: Report, backend: str) -> Check:
    receipts = [
        answer.receipt
        for mode in report.modes
        for question in mode.questions
        for answer in question.sides[backend].answers
    ]
    if not receipts:
        return Check("data", "unknown", "Data: must stay on this machine; nothing was asked")
    left = sorted({r.destination for r in receipts if not r.stayed_local})
    searched = sorted({r.search_host for r in receipts if r.search_host})
    if not left and not searched:
        return Check("data", "inside", "Data: must stay on this machine; it did")
    went = []
    if left:
        stand_in = any(one.stand_in for one in report.plan.contestants if one.entry.id == backend)
        went.append(
            "prompts would go to a vendor, for which a stand-in answered here"
            if stand_in
            else f"prompts went to {words.listed(left)}"
        )
    if searched:
        went.append(f"questions went, as numbers, to {words.listed(searched)} for the search")
    return Check("data", "outside", f"Data: must stay on this machine; {words.listed(went)}")


def _sureness(found: Figure, limit: float, *, most: bool) -> Sureness:
    if found.value is None:
        return "unknown"
    worst, best = (found.high, found.low) if most else (found.low, found.high)
    sign = -1 if most else 1
    if worst is not None and sign * worst >= sign * limit:
        return "inside"
    return "outside" if best is not None and sign * best < sign * limit else "unsure"
