"""``counterpoint eval run`` and ``counterpoint eval list``."""

import argparse
import asyncio
import contextlib
from collections.abc import Iterator, Sequence

from assistant.settings import Settings
from assistant.wiring import Assistant, open_assistant
from eval.runs.estimate import Estimate
from eval.runs.folder import create_run, open_run
from eval.runs.listing import list_runs
from eval.runs.planning import freeze_all
from eval.runs.preparing import Prepared, Wish, plan_wish, reckon
from eval.runs.records import RunPlan
from eval.stand_in import STAND_IN_ID, stand_in
from ui.cli.consent import ask_before_spending
from ui.cli.evaluating_asking import ask_run
from ui.cli.evaluating_words import (
    cost_words,
    dollars,
    estimate_record,
    estimate_words,
    state_of,
    summary_record,
    write_estimate,
)
from ui.cli.output import ProgressLine, note, write_json, write_table

_OF_A_PLAN = ("backend", "cases", "mode", "repeat", "limit", "slice", "seed")


def eval_run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Plan a run and ask its questions, or go on with one."""
    _refuse_what_does_not_fit(arguments)
    if arguments.resume is not None:
        folder = open_run(settings.home, arguments.resume)
        ids = [contestant.entry.id for contestant in folder.plan.contestants]
        with _assistant(settings, ids) as assistant:
            return ask_run(assistant, folder, arguments)
    with _assistant(settings, arguments.backend or []) as assistant:
        prepared = _prepare(assistant, arguments)
        if prepared is None:
            return 0
        folder = create_run(settings.home, prepared.plan, prepared.frozen)
        return ask_run(assistant, folder, arguments)


def eval_list(arguments: argparse.Namespace, settings: Settings) -> int:
    """List the runs, the latest first."""
    summaries = list_runs(settings.home)
    if arguments.json:
        write_json([summary_record(summary) for summary in summaries])
        return 0
    if not summaries:
        note("There is no run yet. Make one: counterpoint eval run.")
        return 0
    write_table(
        ("run", "backends", "questions", "answers", "state", "cost"),
        [
            (
                summary.id,
                " / ".join(summary.contestants),
                summary.cases_name,
                f"{summary.answered:,} of {summary.wanted:,}",
                state_of(summary),
                cost_words(summary),
            )
            for summary in summaries
        ],
    )
    for summary in summaries:
        if summary.error:
            note(f"{summary.id}: {summary.error}")
    return 0


def _refuse_what_does_not_fit(arguments: argparse.Namespace) -> None:
    if arguments.resume is None:
        if arguments.retry_failed:
            arguments.refuse("--retry-failed goes with --resume")
        return
    given = [name for name in _OF_A_PLAN if getattr(arguments, name) is not None]
    given += ["dry-run"] if arguments.dry_run else []
    if given:
        arguments.refuse(f"a run that is resumed keeps its plan: leave --{given[0]} out")


@contextlib.contextmanager
def _assistant(settings: Settings, ids: Sequence[str]) -> Iterator[Assistant]:
    """The assistant, with the stand-in where that is asked for."""
    line = ProgressLine()
    assistant = open_assistant(settings, progress=line.show, warn=note)
    try:
        if STAND_IN_ID not in ids:
            yield assistant
            return
        with stand_in() as beside:
            yield beside.beside(assistant)
    finally:
        line.close()


def _prepare(assistant: Assistant, arguments: argparse.Namespace) -> Prepared | None:
    """A run that may be begun; None when nothing is to be asked."""
    wish = Wish(
        tuple(arguments.backend or ()),
        limit=arguments.limit,
        slices=tuple(arguments.slice or ()),
        modes=tuple(arguments.mode or ("own",)),
        repeats=arguments.repeat or 1,
        max_cost=arguments.max_cost,
        file=arguments.cases,
        seed=arguments.seed or 0,
    )
    plan = asyncio.run(plan_wish(assistant, wish, only_looked=arguments.dry_run))
    line = ProgressLine()
    try:
        # Not in a loop: that waits for its threads, and an interruption would wait for all of it.
        frozen = freeze_all(
            assistant, plan, lambda done, total: line.show("freezing evidence", done, total)
        )
    finally:
        line.close()
    prepared = reckon(assistant, plan, frozen, arguments.concurrency)
    _show_estimate(plan, prepared.estimate, arguments)
    if arguments.dry_run:
        return None
    _consent(prepared, arguments)
    return prepared


def _show_estimate(plan: RunPlan, guess: Estimate, arguments: argparse.Namespace) -> None:
    if arguments.json and arguments.dry_run:
        write_json(estimate_record(plan, guess))
        return
    if arguments.dry_run:
        write_estimate(guess)
    for sentence in estimate_words(plan, guess):
        note(sentence)


def _consent(prepared: Prepared, arguments: argparse.Namespace) -> None:
    """Ask before money is spent.

    Raises:
        InputError: nobody agreed.
    """
    if not prepared.paid:
        return
    guess = prepared.estimate
    usual, most = dollars(guess.cost_usual), dollars(guess.cost_most)
    ask_before_spending("This run", usual, most, prepared.plan.max_cost, arguments)
