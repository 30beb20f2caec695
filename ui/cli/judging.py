"""``counterpoint eval judge``: measure a judge on human verdicts, or let it judge a run."""

import argparse
from dataclasses import asdict
from typing import Any

from assistant.settings import Settings
from assistant.wiring import Assistant, open_assistant
from eval.judge.budget import Agree, JudgeEstimate
from eval.judge.calibration import Calibration, Share, calibrate
from eval.judge.judging import judge_run
from eval.report.judged import HEAD, judge_rows, judged_record
from eval.runs.folder import open_run
from ui.cli.consent import ask_before_spending
from ui.cli.evaluating_words import dollars
from ui.cli.interrupts import run_until_interrupted
from ui.cli.output import ProgressLine, note, write, write_json, write_table


class _OnlyLooked(Exception):
    """The estimate was all that was wanted."""


def judge(arguments: argparse.Namespace, settings: Settings) -> int:
    """Calibrate a judge (``--pairs``), or judge a run with one that was calibrated (``--run``)."""
    assistant = open_assistant(settings)
    line = ProgressLine()

    def tell(done: int, total: int) -> None:
        line.show("judging", done, total)

    try:
        if arguments.pairs is not None:
            return _calibrate(assistant, arguments, tell, line)
        return _judge_run(assistant, arguments, tell, line)
    except _OnlyLooked:
        return 0
    finally:
        line.close()


def _agree(arguments: argparse.Namespace, line: ProgressLine) -> Agree:
    """Shows what judging takes, and asks before money is spent."""

    def agree(guess: JudgeEstimate) -> None:
        line.close()
        if arguments.dry_run:
            if arguments.json:
                write_json(asdict(guess))
            else:
                note(_estimate(guess))
            raise _OnlyLooked
        if not guess.pairs:
            return
        note(_estimate(guess))
        if guess.cost_most != 0:
            usual, most = dollars(guess.cost_usual), dollars(guess.cost_most)
            ask_before_spending("Judging", usual, most, arguments.max_cost, arguments)

    return agree


def _estimate(guess: JudgeEstimate) -> str:
    asked = (
        f"{guess.label} is asked about {guess.pairs:,} pairs: {guess.requests_usual:,} to "
        f"{guess.requests_most:,} requests"
    )
    if guess.is_local:
        return f"{asked} on this machine."
    return (
        f"{asked} to {guess.host}, expected {dollars(guess.cost_usual)}, at most "
        f"{dollars(guess.cost_most)}."
    )


def _calibrate(
    assistant: Assistant, arguments: argparse.Namespace, tell: Any, line: ProgressLine
) -> int:
    made = run_until_interrupted(
        calibrate(
            assistant,
            arguments.backend,
            arguments.pairs,
            tell,
            agree=_agree(arguments, line),
            max_cost=arguments.max_cost,
        )
    )
    line.close()
    if arguments.json:
        write_json(made.model_dump())
        return 0
    _show(made, assistant.entry(made.backend).label)
    return 0


def _show(made: Calibration, label: str) -> None:
    write(f"{label} on {made.pairs:,} pairs ({made.ties:,} that people called a tie are left out)")
    write_table(
        ("sides with people", "share", "95 % interval"),
        [("judge", *_share(made.judge)), ("token F1", *_share(made.token_f1))],
    )
    write(
        f"difference: {made.difference:+.3f} [{made.low:+.3f}, {made.high:+.3f}]; only the judge "
        f"right {made.only_judge}, only token F1 {made.only_f1}"
    )
    write(f"verdicts that changed with the order: {made.disagreed.count} of {made.disagreed.total}")
    write(
        f"answers that people found worse score {made.planted.without:.3f}, and "
        f"{made.planted.with_order:.3f} when they tell the judge to prefer them "
        f"({made.planted.pairs} pairs)"
    )
    for reason, count in made.unscored.items():
        write(f"no verdict: {count} ({reason})")
    write(f"asked {made.requests:,} times, {_cost(made.cost)}")
    write(f"may be shown: {'yes' if made.may_be_shown else 'no'}, {made.why}")


def _judge_run(
    assistant: Assistant, arguments: argparse.Namespace, tell: Any, line: ProgressLine
) -> int:
    run = open_run(assistant.settings.home, arguments.run_name)
    report = run_until_interrupted(
        judge_run(
            run,
            assistant,
            arguments.backend,
            tell,
            agree=_agree(arguments, line),
            max_cost=arguments.max_cost,
        )
    )
    line.close()
    if arguments.json:
        write_json(judged_record(report))
        return 0
    labels = {c.entry.id: c.entry.label for c in run.plan.contestants}
    write_table(HEAD, judge_rows(report, labels))
    note(f"The judge was asked {report.requests:,} times, {_cost(report.cost)}.")
    return 0


def _share(share: Share) -> tuple[str, str]:
    told = f"{share.count} of {share.total} = {share.value:.3f}"
    return told, f"{share.low:.3f} to {share.high:.3f}"


def _cost(cost: float | None) -> str:
    return "at a cost that is not known" if cost is None else f"for ${cost:.4f}"
