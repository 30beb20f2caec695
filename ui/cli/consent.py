"""Asking a person before money is spent."""

import argparse
import sys

from corpus.errors import InputError
from ui.cli.evaluating_words import dollars
from ui.cli.output import write


def ask_before_spending(
    what: str, usual: str, most: str, ceiling: float | None, arguments: argparse.Namespace
) -> None:
    """Return when somebody agreed, now or by ``--yes``.

    Args:
        what: begins the sentence.
        usual: what it is expected to cost, in words.
        most: what it costs at most, in words.
        ceiling: in US dollars; None when there is none.
        arguments: ``yes`` and ``json`` of the command.

    Raises:
        InputError: nobody agreed.
    """
    if arguments.yes:
        return
    kept = "" if ceiling is None else f"; never more than {dollars(ceiling)}"
    asked = f"{what} is expected to cost {usual}, at most {most}{kept}."
    if sys.stdin is not None and sys.stdin.isatty() and not arguments.json:
        write(f"{asked} Go on? [y/N] ", end="")
        if sys.stdin.readline().strip().lower() in {"y", "yes"}:
            return
        raise InputError("Nothing was asked.", "Look without asking: --dry-run.")
    raise InputError(asked, "Agree with --yes; set a ceiling with --max-cost.")
