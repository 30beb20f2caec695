"""What ``counterpoint eval run`` and ``eval list`` say of estimates, progress and runs."""

import contextlib
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, TextIO

from eval.runs.estimate import Estimate, SideEstimate
from eval.runs.folder import RunFolder
from eval.runs.journal import Journal
from eval.runs.listing import RunSummary
from eval.runs.progress import Progress
from eval.runs.records import RunPlan
from eval.runs.runner import RunEnd
from eval.runs.spending import Spent, spent_on
from ui.cli.output import write_table

_SAID_EVERY_S = 30.0


def dollars(amount: float | None, *, at_least: bool = False) -> str:
    """An amount as a person reads it."""
    if amount is None:
        return "unknown"
    places = 2 if amount >= 1 or amount == 0 else 4
    return f"{'at least ' if at_least else ''}${amount:,.{places}f}"


def duration(seconds: float | None) -> str:
    """A time as a person reads it."""
    if seconds is None:
        return "unknown"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def write_estimate(guess: Estimate) -> None:
    """The plan and what it will take, as a table."""
    write_table(
        ("backend", "questions", "tokens in", "tokens out", "cost", "time"),
        [_estimate_row(side) for side in guess.sides],
    )


def estimate_words(plan: RunPlan, guess: Estimate) -> list[str]:
    """What there is to say beside the table."""
    said = [
        f"{len(plan.cases):,} questions ({plan.cases_name}), evidence: {', '.join(plan.modes)}"
        + (f", asked {plan.repeats} times" if plan.repeats > 1 else "")
        + f"; seed {plan.seed}."
    ]
    said += [f"{count:,} left out: {why}." for why, count in guess.left_out.items()]
    said.append(
        f"Expected {dollars(guess.cost_usual)}, at most {dollars(guess.cost_most)}; "
        f"time {duration(guess.seconds)}."
    )
    said += [f"{c.entry.label}: {c.entry.about}" for c in plan.contestants if c.stand_in]
    return said


def estimate_record(plan: RunPlan, guess: Estimate) -> dict[str, Any]:
    """Plan and estimate as a JSON value."""
    return {
        "questions": len(plan.cases),
        "cases": plan.cases_name,
        "modes": list(plan.modes),
        "repeats": plan.repeats,
        "seed": plan.seed,
        "max_cost": plan.max_cost,
        "left_out": dict(guess.left_out),
        "cost_usual": guess.cost_usual,
        "cost_most": guess.cost_most,
        "seconds": guess.seconds,
        "backends": [asdict(side) for side in guess.sides],
    }


def write_run(folder: RunFolder, journal: Journal) -> None:
    """A short table of what came."""
    write_table(
        ("backend", "answers", "failed", "first token", "whole answer", "cost"),
        [
            (
                side["label"],
                f"{side['answers']:,} of {side['wanted']:,}",
                f"{side['failed']:,}",
                _seconds(side["first_token_s"]),
                _seconds(side["total_s"]),
                dollars(side["cost"], at_least=side["cost_at_least"])
                + (" (invented)" if side["stand_in"] else ""),
            )
            for side in side_records(folder, journal)
        ],
    )


def side_records(folder: RunFolder, journal: Journal) -> list[dict[str, Any]]:
    """What each backend did, as JSON values; times are medians of the answers that came whole."""
    plan, wanted = folder.plan, folder.wanted // len(folder.plan.contestants)
    records = []
    for contestant in plan.contestants:
        id_ = contestant.entry.id
        rows = [row for row in journal.rows if row.key.backend == id_]
        whole = [row.answer.receipt for row in rows if row.answer.error is None]
        firsts = [r.first_token_s for r in whole if r.first_token_s is not None]
        spent = spent_on(journal, backend=id_)
        records.append(
            {
                "backend": id_,
                "label": contestant.entry.label,
                "stand_in": contestant.stand_in,
                "answers": len(rows),
                "wanted": wanted,
                "failed": len(rows) - len(whole),
                "first_token_s": statistics.median(firsts) if firsts else None,
                "total_s": statistics.median(r.total_s for r in whole) if whole else None,
                "cost": spent.known,
                "cost_at_least": spent.is_at_least,
            }
        )
    return records


def run_record(folder: RunFolder, journal: Journal, end: RunEnd) -> dict[str, Any]:
    """How a run stands, as a JSON value."""
    spent = spent_on(journal)
    return {
        "run": folder.plan.id,
        "folder": str(folder.path),
        "answered": len(journal.rows),
        "wanted": folder.wanted,
        "failed": sum(row.answer.error is not None for row in journal.rows),
        "lost": len(journal.lost) + len(journal.in_flight),
        "whole": end.is_whole,
        "stopped": end.was_stopped,
        "stops": end.stops,
        **spent_record(spent),
        "backends": side_records(folder, journal),
    }


def spent_record(spent: Spent) -> dict[str, Any]:
    """Money as JSON fields."""
    return {
        "cost": spent.known,
        "cost_at_least": spent.is_at_least,
        "cost_at_most": spent.at_most,
    }


def summary_record(summary: RunSummary) -> dict[str, Any]:
    """One run of the list as a JSON value."""
    fields = asdict(summary)
    fields.pop("spent")
    return {**fields, "whole": summary.is_whole, **spent_record(summary.spent)}


def state_of(summary: RunSummary) -> str:
    """How a run stands, in a word or two."""
    if summary.error:
        return "cannot be read"
    if summary.is_running:
        return "running"
    return "whole" if summary.is_whole else "can be resumed"


def cost_words(summary: RunSummary) -> str:
    """What a run cost; the stand-in's prices are nobody's."""
    cost = dollars(summary.spent.known, at_least=summary.spent.is_at_least)
    return f"{cost} (invented prices)" if summary.has_stand_in else cost


class RunLine:
    """How far a run is: one line that is rewritten, or one every half minute without a terminal.

    Args:
        stream: where it is written; standard error unless told otherwise.
        clock: seconds that only grow.
    """

    def __init__(
        self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = stream or sys.stderr
        self._clock = clock
        self._rewrites = self._stream is not None and self._stream.isatty()
        self._said_s: float | None = None

    def show(self, progress: Progress) -> None:
        """Show it."""
        told = progress_words(progress)
        now_s = self._clock()
        if self._rewrites:
            bar = "#" * (24 * progress.done // max(progress.total, 1))
            self._write(f"\r\x1b[K[{bar:<24}] {told}")
        elif self._said_s is None or now_s - self._said_s >= _SAID_EVERY_S:
            self._said_s = now_s
            self._write(told + "\n")

    def close(self) -> None:
        """End the line."""
        if self._rewrites:
            self._write("\r\x1b[K")

    def _write(self, text: str) -> None:
        if self._stream is None:
            return
        # A closed or full standard error must not end the run that it tells of.
        with contextlib.suppress(OSError):
            self._stream.write(text)
            self._stream.flush()


def progress_words(progress: Progress) -> str:
    """How far a run is, on one line."""
    said = [f"{progress.done:,} of {progress.total:,} answers"]
    if progress.failed:
        said.append(f"{progress.failed:,} failed")
    said.append(dollars(progress.cost, at_least=progress.cost_at_least))
    if progress.left_s is not None and progress.done < progress.total:
        said.append(f"{duration(progress.left_s)} left")
    resting = [s for s in progress.by_backend.values() if s.resting_s >= 1]
    said += [f"{side.label} rests for {side.resting_s:.0f} s" for side in resting]
    said += [f"{side.label} stopped" for side in progress.by_backend.values() if side.stopped]
    if progress.now not in {"asking", "done"}:
        said.append(progress.now)
    return ", ".join(said)


def _estimate_row(side: SideEstimate) -> Sequence[str]:
    most, usual = side.cost_most, side.cost_usual
    cost = "nothing" if most == 0 else f"{dollars(usual)} (at most {dollars(most)})"
    return (
        side.label,
        f"{side.questions:,}",
        f"{side.input_tokens_usual:,} (at most {side.input_tokens_most:,})",
        f"{side.output_tokens_usual:,} (at most {side.output_tokens_most:,})",
        cost if most is not None else f"unknown: {side.note}",
        duration(side.seconds),
    )


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f} s"
