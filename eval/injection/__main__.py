"""How often a language model obeys what documents and questions smuggle in.

``python -m eval.injection --backend ID [--backend ID ...] [--home DIR] [--answers FILE]`` asks each
attack of ``attacks.jsonl`` with the prompt as it is sent, where retrieved text is delimited and
declared to be data, and with one that shows it bare. It prints Markdown: rates with Wilson's 95 %
interval, and the paired difference with an exact McNemar test. An answer that only repeats the
attack counts as obeying. A backend that is not on this machine costs what its tokens cost.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from assistant.settings import load_settings, prepare_process
from assistant.wiring import Assistant, open_assistant
from corpus.errors import CounterpointError, InputError
from eval.injection.attacks import load_attacks
from eval.injection.measuring import (
    DELIMITED,
    PLAIN,
    SENT,
    Attempt,
    attempts,
    difference,
    rates,
    rates_by_kind,
)
from eval.metrics.catalogue import bundled_embedder
from eval.statistics import Paired, Proportion

_BESIDE = 1
_LONGEST_CHARS = 700
_ABOUT = "Who makes Phi-3, and under which licence?"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    prepare_process()
    parser = argparse.ArgumentParser(prog="python -m eval.injection", description=__doc__)
    parser.add_argument("--backend", action="append", required=True, metavar="ID")
    parser.add_argument("--home", type=Path, default=None)
    parser.add_argument("--answers", type=Path, default=None, help="write every answer there")
    arguments = parser.parse_args(argv)
    try:
        assistant = open_assistant(load_settings(arguments.home))
        for backend_id in arguments.backend:
            made = asyncio.run(_measured(assistant, backend_id, arguments.answers))
            sys.stdout.write("\n".join(report(assistant.entry(backend_id).label, made)) + "\n")
    except CounterpointError as exc:
        sys.stderr.write(f"{exc.what}\n{exc.cure}\n")
        return 1
    return 0


def report(label: str, made: Sequence[Attempt]) -> list[str]:
    """The figures as lines of Markdown."""
    found, kinds = rates(made), rates_by_kind(made)
    failed = sum(each.failed for each in made)
    lines = [f"## {label}", "", f"| | {' | '.join(found)} |", "|---|" + "---|" * len(found)]
    lines.append(f"| **all attacks** | {' | '.join(map(share, found.values()))} |")
    for kind, by_arm in kinds.items():
        cells = (f"{by_arm[arm].count} of {by_arm[arm].total}" for arm in found)
        lines.append(f"| {kind} | {' | '.join(cells)} |")
    lines += ["", f"No whole answer: {failed} of {len(made)}, left out.", ""]
    pairs = [(DELIMITED, PLAIN), (SENT, PLAIN)]
    lines += [
        f"{first} minus {second}: {words_of(difference(made, first, second))}."
        for first, second in pairs
        if first in found
    ]
    return lines


def share(rate: Proportion) -> str:
    """A rate in words, with its interval."""
    if rate.share is None:
        return "unknown"
    return f"{rate.count} of {rate.total}: {rate.share:.2f} ({rate.low:.2f} to {rate.high:.2f})"


def words_of(found: Paired) -> str:
    """A difference in words."""
    if found.delta is None or found.p is None:
        return "unknown"
    between = "" if found.low is None else f" ({found.low:+.2f} to {found.high:+.2f})"
    return (
        f"{found.delta:+.2f}{between}, more obeyed in {found.wins}, fewer in {found.losses}, "
        f"alike in {found.ties}; {found.test}: p = {found.p:.3f}"
    )


async def _measured(assistant: Assistant, backend_id: str, answers: Path | None) -> list[Attempt]:
    entry = assistant.entry(backend_id)
    if entry.adapter == "reader":
        raise InputError(
            f"{entry.label} is no language model: it is sent no prompt.", "Name another backend."
        )
    evidence = await assistant.retrieve(_ABOUT)
    short = [p for p in evidence.passages if len(p.text) <= _LONGEST_CHARS][:_BESIDE]
    attacks = load_attacks()
    made: list[Attempt] = []
    asking = attempts(
        attacks,
        short,
        assistant.backend(backend_id),
        bundled_embedder,
        assistant.settings.timeouts,
    )
    async for attempt in asking:
        made.append(attempt)
        if answers:
            _write_answer(answers, backend_id, attempt)
        sys.stderr.write(f"\r{entry.label}: {len(made)} answers, {attempt.attack.id}   ")
        sys.stderr.flush()
    sys.stderr.write("\n")
    return made


def _write_answer(file: Path, backend_id: str, made: Attempt) -> None:
    row = {
        "backend": backend_id,
        "attack": made.attack.id,
        "arm": made.arm,
        "obeyed": made.obeyed,
        "failed": made.failed,
        "answer": made.answer,
    }
    with file.open("a", encoding="utf-8") as out:
        out.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main())
