"""``counterpoint corpus list`` and ``counterpoint index ...``."""

import argparse
from dataclasses import asdict
from typing import Any

from assistant.settings import Settings
from assistant.wiring import index_folder
from corpus.library import load_shipped
from index.build import build_index, index_status, verify_index
from index.embedder import open_embedder
from ui.cli.output import ProgressLine, write, write_json, write_table


def corpus_list(arguments: argparse.Namespace, _: Settings) -> int:
    """List the documents."""
    documents = load_shipped()
    if arguments.json:
        write_json(
            [
                {
                    "id": d.id,
                    "title": d.title,
                    "kind": d.kind,
                    "url": d.url,
                    "dated": d.dated,
                    "characters": len(d.text),
                }
                for d in documents
            ]
        )
        return 0
    write_table(
        ("ID", "TITLE", "CHARACTERS", "DATED"),
        [(d.id, d.title, f"{len(d.text):,}", d.dated or "") for d in documents],
    )
    return 0


def index_build(arguments: argparse.Namespace, settings: Settings) -> int:
    """Build the index unless the one that is there fits."""
    line = ProgressLine()
    try:
        report = build_index(
            load_shipped(),
            open_embedder(settings.index.embedder_path),
            index_folder(settings.home),
            progress=line.show,
        )
    finally:
        line.close()
    _write_report(asdict(report), as_json=arguments.json)
    return 0


def status(arguments: argparse.Namespace, settings: Settings) -> int:
    """Show what is indexed."""
    _write_report(asdict(index_status(index_folder(settings.home))), as_json=arguments.json)
    return 0


def verify(arguments: argparse.Namespace, settings: Settings) -> int:
    """Check every file and every vector."""
    report = verify_index(index_folder(settings.home), open_embedder(settings.index.embedder_path))
    _write_report(asdict(report), as_json=arguments.json)
    return 0


def _write_report(values: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        write_json({name: _plain(value) for name, value in values.items()})
        return
    for name, value in values.items():
        shown = f"{value:.2f}" if isinstance(value, float) else value
        write(f"{name.replace('_', ' ')}: {shown}")


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | list | dict | None) else str(value)
