"""``counterpoint backends``."""

import argparse
import asyncio

from assistant.backends.base import Health
from assistant.backends.catalogue import BackendEntry
from assistant.settings import Settings
from assistant.wiring import Assistant, open_assistant
from ui.cli.output import write, write_json, write_table


def backends(arguments: argparse.Namespace, settings: Settings) -> int:
    """List the catalogue with prices and health."""
    assistant = open_assistant(settings)
    healths = asyncio.run(_healths(assistant))
    if arguments.json:
        write_json(
            [
                {
                    **entry.model_dump(),
                    "health": {
                        "state": health.state.value,
                        "detail": health.detail,
                        "cure": health.cure,
                    },
                }
                for entry, health in zip(assistant.entries, healths, strict=True)
            ]
        )
        return 0
    write_table(
        ("ID", "KIND", "MODEL", "USD PER MILLION IN / OUT", "STATE"),
        [
            (entry.id, entry.kind, entry.label, price_text(entry), health.state.value)
            for entry, health in zip(assistant.entries, healths, strict=True)
        ],
    )
    cures = dict.fromkeys(health.cure for health in healths if health.cure)
    if cures:
        write("\nTo have more of them:")
        for cure in cures:
            write(f"  {cure}")
    return 0


async def _healths(assistant: Assistant) -> list[Health]:
    return list(await asyncio.gather(*(assistant.health(e.id) for e in assistant.entries)))


def price_text(entry: BackendEntry) -> str:
    """Input and output price, ``unknown`` where it is not known."""
    if entry.price is None:
        return "own machine" if entry.kind == "open" else "unknown"
    known = [
        "unknown" if value is None else f"{value:g}"
        for value in (entry.price.input, entry.price.output)
    ]
    dated = f" ({entry.price.date})" if entry.price.date else " (undated)"
    return " / ".join(known) + dated
