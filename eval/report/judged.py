"""What proven judges said of a run's answers, as values for JSON and as words."""

from dataclasses import asdict
from typing import Any

from eval.judge.judging import JudgeReport
from eval.judge.verdicts import LEVEL, WinRate
from eval.report import words
from eval.report.markdown import table
from eval.report.model import Report

HEAD = ("first against second", "answers", "won, even, lost", "no verdict", "win rate (95 %)")


def judged_record(found: JudgeReport) -> dict[str, Any]:
    """One judge's verdicts as plain values with keys that stay."""
    return {
        "calibration": found.calibration.model_dump(),
        "pairs": [
            {
                "first": pair.first,
                "second": pair.second,
                "raw": {**asdict(pair.raw), "rate": pair.raw.rate},
                "range": pair.range,
                "of_like_length": {**asdict(pair.of_like_length), "rate": pair.of_like_length.rate},
                "verdicts": [verdict.model_dump() for verdict in pair.verdicts],
            }
            for pair in found.pairs
        ],
        "requests": found.requests,
        "input_tokens": found.input_tokens,
        "output_tokens": found.output_tokens,
        "cost": found.cost,
    }


def about_judge(found: JudgeReport) -> str:
    """Who judged, and why it may be shown, in a few sentences."""
    known = found.calibration
    cost = "an unknown sum" if found.cost is None else words.money(found.cost)
    return (
        f"{known.model} ({known.backend}) was shown each pair of answers in both orders. On "
        f"{known.judge.total:,} pairs that people had compared ({known.pairs_name}) it sided with "
        f"them on {known.judge.count:,}, counting shared words (token F1) on "
        f"{known.token_f1.count:,}. Asking it cost {cost}, which is in no other figure."
    )


def judge_rows(found: JudgeReport, labels: dict[str, str]) -> list[tuple[str, ...]]:
    """The rows below ``HEAD``.

    Args:
        found: what the judge said.
        labels: of the backends.
    """
    rows: list[tuple[str, ...]] = []
    for pair in found.pairs:
        name = f"{labels[pair.first]} against {labels[pair.second]}"
        rows.append((name, "all", *_counts(pair.raw, pair.range)))
        like = f"of like length (within {LEVEL:g} times)"
        rows.append((name, like, *_counts(pair.of_like_length, None)))
    return rows


def judged_markdown(report: Report) -> list[str]:
    """The part of a report in Markdown; empty when no judge may be shown."""
    if not report.judged:
        return []
    labels = {one.entry.id: words.short(one.entry.label) for one in report.plan.contestants}
    parts = ["## A model as judge"]
    for found in report.judged:
        parts += [about_judge(found), table(HEAD, judge_rows(found, labels))]
    return parts


def _counts(rates: WinRate, between: tuple[float, float] | None) -> tuple[str, ...]:
    rate = words.UNKNOWN if rates.rate is None else words.share(rates.rate)
    told = f" ({words.span(*between, 'share')})" if between else ""
    return (f"{rates.wins}, {rates.ties}, {rates.losses}", str(rates.unscored), f"{rate}{told}")
