"""``counterpoint eval run`` and ``counterpoint eval list``."""

import argparse
import asyncio
import contextlib
from collections.abc import Iterator, Sequence

from assistant.backends.catalogue import KINDS
from assistant.settings import Settings
from assistant.wiring import Assistant, open_assistant
from corpus.errors import InputError
from eval.cases import Case, load_case_file, load_cases
from eval.runs.estimate import Estimate, estimate, require_prices
from eval.runs.folder import create_run, open_run
from eval.runs.habits import habits_of
from eval.runs.listing import list_runs
from eval.runs.planning import SHIPPED, check_ready, contestant_of, freeze_all, plan_run
from eval.runs.records import FrozenEvidence, RunPlan
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
        planned = _plan(assistant, arguments)
        if planned is None:
            return 0
        folder = create_run(settings.home, *planned)
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


def _plan(
    assistant: Assistant, arguments: argparse.Namespace
) -> tuple[RunPlan, tuple[FrozenEvidence, ...]] | None:
    """A plan that may be carried out, with its evidence; None when nothing is to be asked."""
    cases, name = _cases(arguments)
    ids = arguments.backend or asyncio.run(_usual_backends(assistant))
    contestants = [contestant_of(assistant, id_) for id_ in ids]
    if not arguments.dry_run:
        require_prices(contestants, arguments.max_cost)
        asyncio.run(check_ready(assistant, contestants))
    plan = asyncio.run(
        plan_run(
            assistant,
            contestants,
            cases=cases,
            cases_name=name,
            modes=arguments.mode or ["own"],
            repeats=arguments.repeat or 1,
            limit=arguments.limit,
            seed=arguments.seed or 0,
            max_cost=arguments.max_cost,
        )
    )
    line = ProgressLine()
    try:
        frozen = freeze_all(
            assistant, plan, lambda done, total: line.show("freezing evidence", done, total)
        )
    finally:
        line.close()
    habits = habits_of(assistant.settings.home, contestants)
    guess = estimate(plan, frozen, habits, arguments.concurrency)
    _show_estimate(plan, guess, arguments)
    if arguments.dry_run:
        return None
    _consent(guess, plan, arguments)
    return plan, frozen


def _cases(arguments: argparse.Namespace) -> tuple[Sequence[Case], str]:
    file = arguments.cases
    cases = load_cases() if file is None else load_case_file(file)
    wanted = arguments.slice
    if wanted:
        slices = {case.slice for case in cases}
        unknown = [name for name in wanted if name not in slices]
        if unknown:
            raise InputError(
                f"No question is of the sort “{unknown[0]}”.",
                f"Choose of: {', '.join(sorted(slices))}.",
            )
        cases = tuple(case for case in cases if case.slice in wanted)
    return cases, SHIPPED if file is None else file.name


async def _usual_backends(assistant: Assistant) -> list[str]:
    """The best open backend and the first proprietary one that can answer now."""
    best = await assistant.best_ready(KINDS[0])
    for entry in assistant.entries:
        if entry.kind == KINDS[1] and (await assistant.health(entry.id)).ready:
            return [best, entry.id]
    raise InputError(
        "No proprietary backend can answer: no key is set.",
        f"Set a key (see: counterpoint backends), or say who is compared: --backend {best} "
        f"--backend {STAND_IN_ID}.",
    )


def _show_estimate(plan: RunPlan, guess: Estimate, arguments: argparse.Namespace) -> None:
    if arguments.json and arguments.dry_run:
        write_json(estimate_record(plan, guess))
        return
    if arguments.dry_run:
        write_estimate(guess)
    for sentence in estimate_words(plan, guess):
        note(sentence)


def _consent(guess: Estimate, plan: RunPlan, arguments: argparse.Namespace) -> None:
    """Ask before money is spent.

    Raises:
        InputError: nobody agreed.
    """
    paid = [
        side
        for side, contestant in zip(guess.sides, plan.contestants, strict=True)
        if side.cost_most != 0 and not contestant.stand_in
    ]
    if not paid:
        return
    usual, most = dollars(guess.cost_usual), dollars(guess.cost_most)
    ask_before_spending("This run", usual, most, plan.max_cost, arguments)
