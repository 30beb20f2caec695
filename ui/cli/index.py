"""``counterpoint index ...``."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from assistant.home_index import build_home_index, home_documents, index_folder
from assistant.settings import Settings
from assistant.vector_place import home_place
from corpus.shelf import home_shelf
from index.embedder import SentenceTransformerEmbedder
from index.opening import index_status, verify_index
from ui.cli.output import ProgressLine, note, write, write_json


def index_build(arguments: argparse.Namespace, settings: Settings) -> int:
    """Build the index unless the one that is there fits."""
    line = ProgressLine()
    try:
        report = build_home_index(
            settings.home,
            SentenceTransformerEmbedder(settings.index.embedder_path, settings.index.precision),
            progress=line.show,
            place=home_place(settings),
        )
    finally:
        line.close()
    say_damaged(settings.home)
    _write_report(asdict(report), as_json=arguments.json)
    return 0


def status(arguments: argparse.Namespace, settings: Settings) -> int:
    """Show what is indexed."""
    found = index_status(
        index_folder(settings.home),
        SentenceTransformerEmbedder(settings.index.embedder_path, settings.index.precision),
        home_documents(settings.home),
        place=home_place(settings),
    )
    say_damaged(settings.home)
    _write_report(asdict(found), as_json=arguments.json)
    return 0


def verify(arguments: argparse.Namespace, settings: Settings) -> int:
    """Check every file and every vector."""
    manifest = verify_index(index_folder(settings.home), place=home_place(settings))
    values = {
        "state": "verified",
        "generation": manifest.generation,
        "documents": len(manifest.documents),
        "chunks": manifest.chunks,
        "files": len(manifest.files),
    }
    _write_report(values, as_json=arguments.json)
    return 0


def say_damaged(home: Path) -> None:
    """Name on standard error each kept document that cannot be read."""
    for problem in home_shelf(home).problems():
        note(f"counterpoint: {problem}")


def _write_report(values: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        write_json(values)
        return
    for name, value in values.items():
        if value is None or value == ():
            continue
        shown = f"{value:.2f}" if isinstance(value, float) else value
        write(f"{name.replace('_', ' ')}: {shown}")
