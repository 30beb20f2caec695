"""The arguments of the ``counterpoint eval`` commands that read runs."""

import argparse
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

FORMATS: Final = ("html", "md", "json")
_LATEST: Final = "latest"
_RUN: Final = "an id, its beginning, latest, or a folder"


def add_reporting(group: "Subparsers", add: "Callable[..., argparse.ArgumentParser]") -> None:
    """Add report, compare, gate and card.

    Args:
        group: the eval commands.
        add: adds a command to a group.
    """
    _add_report(add(group, "report", "reporting:report", "write a run's report"))
    compare = add(group, "compare", "reporting:compare_runs", "what changed between two runs")
    compare.add_argument("before", metavar="RUN", help=f"the earlier run: {_RUN}")
    compare.add_argument("after", metavar="RUN", help="the later run")
    compare.add_argument(
        "--metric", default="fact_recall", metavar="ID",
        help="by which questions got better or worse (fact_recall)",
    )  # fmt: skip
    _add_gate(
        add(group, "gate", "reporting:gate_run", "fail when a run is worse than its baseline")
    )
    card = add(group, "card", "reporting:card_of_run", "which backend remains within your limits")
    _add_run_name(card)
    _add_limits(card)


def _add_report(report: argparse.ArgumentParser) -> None:
    _add_run_name(report)
    report.add_argument("--format", choices=FORMATS, default=None, help="(html)")
    report.add_argument(
        "--out", type=_file, metavar="FILE",
        help="where it is written (report.html in the run's folder; else standard output)",
    )  # fmt: skip
    report.add_argument("--open", action="store_true", help="show it in the browser")
    _add_limits(report)
    report.set_defaults(refuse=report.error)


def _add_gate(gate: argparse.ArgumentParser) -> None:
    _add_run_name(gate)
    gate.add_argument("--baseline", required=True, metavar="RUN", help="what it is held against")
    gate.add_argument(
        "--margin", type=_share, default=0.03, metavar="SHARE", help="the loss allowed (0.03)"
    )
    gate.add_argument(
        "--metric", action="append", metavar="ID",
        help="what must hold; repeatable (all that are announced)",
    )  # fmt: skip
    gate.add_argument(
        "--lenient", action="store_true", help="let pass what the run is too small to tell"
    )


def _add_limits(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--quality", type=_share, metavar="SHARE", help="at least so much, such as 0.8"
    )
    command.add_argument(
        "--by", default="fact_recall", metavar="ID", help="the metric of --quality (fact_recall)"
    )
    command.add_argument(
        "--cost", type=_amount, metavar="USD", help="1,000 questions cost at most so much"
    )
    command.add_argument("--stays-here", action="store_true", help="nothing may leave this machine")
    command.add_argument(
        "--first-token", type=_amount, metavar="S",
        help="19 of 20 answers begin within so many seconds",
    )  # fmt: skip


def _add_run_name(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "run_name", nargs="?", default=_LATEST, metavar="RUN", help=f"{_RUN} (latest)"
    )


def _share(text: str) -> float:
    value = _amount(text)
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError("must be a share above 0 and below 1, such as 0.8")
    return value


def _amount(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= 0):
        raise argparse.ArgumentTypeError("must be a number from 0")
    return value


def _file(text: str) -> Path:
    if not text.strip():
        raise argparse.ArgumentTypeError("must name a file")
    return Path(text)


if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]
