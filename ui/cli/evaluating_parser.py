"""The arguments of the ``counterpoint eval`` commands."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ui.cli.judging_parser import add_judging
from ui.cli.reporting_parser import add_reporting

MODES: Final = ("own", "oracle", "noise", "counterfactual")
_MOST_DOLLARS: Final = 1_000_000.0


def add_eval(
    commands: "Subparsers",
    add_group: "Callable[[Subparsers, str, str], Subparsers]",
    add: "Callable[..., argparse.ArgumentParser]",
    positive: Callable[[str], int],
) -> None:
    """Add the group.

    Args:
        commands: the commands that there are.
        add_group: adds a group of commands.
        add: adds a command to a group.
        positive: reads a whole number from 1.
    """
    group = add_group(commands, "eval", "compare backends over a set of questions")
    _add_run(add(group, "run", "evaluating:eval_run", "ask the questions; resume a run"), positive)
    add(group, "list", "evaluating:eval_list", "list the runs")
    add_reporting(group, add)
    add_judging(group, add, _dollars)


def _add_run(run: argparse.ArgumentParser, positive: Callable[[str], int]) -> None:
    run.add_argument(
        "--backend", action="append", metavar="ID",
        help="who is asked; repeat it to compare (the best open one, a proprietary one)",
    )  # fmt: skip
    run.add_argument("--cases", type=_file, metavar="FILE", help="questions of your own")
    run.add_argument(
        "--mode", action="append", choices=MODES, help="how evidence is made; repeatable (own)"
    )
    run.add_argument("--repeat", type=positive, metavar="N", help="ask each question N times (1)")
    run.add_argument("--limit", type=positive, metavar="N", help="N questions only")
    run.add_argument(
        "--slice", action="append", metavar="NAME", help="questions of one sort only; repeatable"
    )
    run.add_argument("--seed", type=_seed, metavar="N", help="of the order and all draws (0)")
    run.add_argument("--max-cost", type=_dollars, metavar="USD", help="never spend more than this")
    run.add_argument(
        "--concurrency", type=positive, metavar="N", default=4,
        help="questions that a vendor is asked at a time (4)",
    )  # fmt: skip
    run.add_argument("--dry-run", action="store_true", help="plan and estimate; ask nobody")
    run.add_argument("--yes", action="store_true", help="do not ask before money is spent")
    run.add_argument(
        "--resume", nargs="?", const="latest", metavar="RUN",
        help="go on with a run (the latest one)",
    )  # fmt: skip
    run.add_argument(
        "--retry-failed", action="store_true", help="on resume, ask failed questions once more"
    )
    run.set_defaults(refuse=run.error)


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= len("2147483647")):
        raise argparse.ArgumentTypeError("must be a whole number from 0")
    return int(text)


def _dollars(text: str) -> float:
    try:
        amount = float(text.removeprefix("$"))
    except ValueError:
        amount = -1.0
    if not 0 <= amount <= _MOST_DOLLARS:  # not a number is refused, too
        raise argparse.ArgumentTypeError("must be an amount in US dollars, such as 2.50")
    return amount


def _file(text: str) -> Path:
    if not text.strip():
        raise argparse.ArgumentTypeError("must name a file")
    return Path(text)


if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]
