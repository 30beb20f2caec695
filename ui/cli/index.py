"""``counterpoint corpus list`` and ``counterpoint index ...``."""

import argparse
from dataclasses import asdict
from typing import Any

from assistant.knowledge import index_folder
from assistant.settings import Settings
from corpus.library import load_shipped
from index.build import build_index
from index.embedder import SentenceTransformerEmbedder
from index.opening import index_status, verify_index
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
            SentenceTransformerEmbedder(settings.index.embedder_path),
            index_folder(settings.home),
            progress=line.show,
        )
    finally:
        line.close()
    _write_report(asdict(report), as_json=arguments.json)
    return 0


def status(arguments: argparse.Namespace, settings: Settings) -> int:
    """Show what is indexed."""
    found = index_status(
        index_folder(settings.home),
        SentenceTransformerEmbedder(settings.index.embedder_path),
        load_shipped(),
    )
    _write_report(asdict(found), as_json=arguments.json)
    return 0


def verify(arguments: argparse.Namespace, settings: Settings) -> int:
    """Check every file and every vector."""
    manifest = verify_index(index_folder(settings.home))
    values = {
        "state": "verified",
        "generation": manifest.generation,
        "documents": len(manifest.documents),
        "chunks": manifest.chunks,
        "files": len(manifest.files),
    }
    _write_report(values, as_json=arguments.json)
    return 0


def _write_report(values: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        write_json(values)
        return
    for name, value in values.items():
        if value is None or value == ():
            continue
        shown = f"{value:.2f}" if isinstance(value, float) else value
        write(f"{name.replace('_', ' ')}: {shown}")
