"""The arguments of ``counterpoint eval judge``."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING


def add_judging(
    group: "Subparsers",
    add: "Callable[..., argparse.ArgumentParser]",
    dollars: Callable[[str], float],
) -> None:
    """Add the command.

    Args:
        group: the eval commands.
        add: adds a command to a group.
        dollars: reads an amount.
    """
    judge = add(group, "judge", "judging:judge", "measure a model that judges, or let it judge")
    judge.add_argument("--backend", required=True, metavar="ID", help="the model that judges")
    what = judge.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--pairs", type=_file, metavar="FILE",
        help="compare it with human verdicts on pairs of answers, and keep how well it did",
    )  # fmt: skip
    what.add_argument(
        "--run", dest="run_name", metavar="RUN",
        help="let it judge a run's answers: an id, its beginning, latest, or a folder",
    )  # fmt: skip
    judge.add_argument("--max-cost", type=dollars, metavar="USD", help="never spend more than this")
    judge.add_argument("--dry-run", action="store_true", help="estimate; ask nobody")
    judge.add_argument("--yes", action="store_true", help="do not ask before money is spent")


def _file(text: str) -> Path:
    if not text.strip():
        raise argparse.ArgumentTypeError("must name a file")
    return Path(text)


if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]
