"""What every form of a report tells of a run besides its figures."""

from typing import Final

from eval.report import words
from eval.report.model import Report
from eval.runs.records import Contestant

TOTALS: Final = (
    ("cost_per_1000", "Cost of 1,000 questions", "USD"),
    ("cost_per_correct", "Cost of a correct answer", "USD"),
    ("cost", "Cost of the run", "USD"),
    ("first_token_p50", "First words, median", "s"),
    ("first_token_p95", "First words, 19 of 20", "s"),
    ("total_p50", "Whole answer, median", "s"),
    ("total_p95", "Whole answer, 19 of 20", "s"),
)
"""Totals by name, with a label and a unit, in the order to be shown."""


def price_words(one: Contestant) -> str:
    """A backend's price with its date and source."""
    price = one.entry.price
    if price is None:
        return "none; runs on this machine" if one.entry.kind == "open" else "not known"
    told = [
        f"{rate:g} {price.currency} for a million tokens {way}"
        for rate, way in ((price.input, "in"), (price.output, "out"))
        if rate is not None
    ]
    dated = f"{price.date or 'undated'}, {price.source or 'no source'}"
    return f"{', '.join(told)} ({dated}){'; a stand-in' if one.stand_in else ''}"


def method_facts(report: Report) -> list[str]:
    """Run, questions, seed, statistics, index and versions, a sentence or a fact each."""
    plan = report.plan
    announced = [metric.label for metric in report.metrics if metric.announced]
    return [
        f"Run {plan.id}, planned {plan.created_at}; {plan.machine}.",
        f"Questions: {plan.cases_name}, {len(plan.cases):,} of them, SHA-256 {plan.cases_hash}.",
        f"Each was asked {words.count(plan.repeats, 'time')} of each backend with the same frozen "
        f"evidence; {report.answered:,} of {words.count(report.wanted, 'answer')} are there; "
        f"{words.count(report.lost, 'attempt')} were lost with the process that made them.",
        "Repeats are averaged first. Intervals are 95 %, drawn by clusters of questions that lean "
        f"on the same section; seed {plan.seed}.",
        f"Tested together, with Holm’s correction (*): {words.listed(announced)}. All else is "
        "explored, and its p is not corrected.",
        *(f"{name}: {value}" for name, value in {**plan.index, **plan.versions}.items()),
    ]
