"""``counterpoint corpus list | add | remove``."""

import argparse
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from assistant.home_index import build_home_index
from assistant.settings import Settings
from assistant.vector_place import home_place
from corpus.adding import Adding, AddReport
from corpus.documents import Document
from corpus.errors import ConfigError, CounterpointError, InputError, SourceUnreadable, StoreError
from corpus.library import load_shipped
from corpus.shelf import Entry, home_shelf
from index.build import BuildReport
from index.embedder import SentenceTransformerEmbedder
from ui.cli.index import say_damaged
from ui.cli.output import ProgressLine, note, write, write_json, write_table

_NAMED = 20
"""Vanished documents that are named one by one for a person; ``--json`` names all."""
_RATE_FROM = 200
"""Texts from which a rate says something: loading the model takes seconds of its own."""


def corpus_list(arguments: argparse.Namespace, settings: Settings) -> int:
    """List the documents: the shipped ones first, then what was added or fetched."""
    shipped = load_shipped()
    taken = {document.id for document in shipped}
    entries = [e for e in home_shelf(settings.home).entries() if e.document.id not in taken]
    say_damaged(settings.home)
    if arguments.json:
        write_json([*map(_record, shipped), *(_record(e.document, e) for e in entries)])
        return 0
    rows = [(d.id, d.title, f"{len(d.text):,}", d.dated or "", "shipped") for d in shipped]
    rows += [
        (
            e.document.id,
            e.document.title,
            f"{len(e.document.text):,}",
            e.document.dated or "",
            f"{e.origin}{' (gone there)' if e.status == 'gone' else ''}",
        )
        for e in entries
    ]
    write_table(("ID", "TITLE", "CHARACTERS", "DATED", "FROM"), rows)
    return 0


def corpus_add(arguments: argparse.Namespace, settings: Settings) -> int:
    """Add files and folders, then build the index, so that the next question is quick."""
    line = ProgressLine()
    adding = Adding(
        home_shelf(settings.home),
        settings.home,
        {document.id for document in load_shipped()},
        progress=lambda _, done, total: line.show("read", done, total),
        synced=lambda done, total: line.show("keeping", done, total),
    )
    try:
        report = adding.add(arguments.paths)
    finally:
        line.close()
    if not report.taken:
        raise _nothing(report)
    for problem in report.problems:
        note(f"counterpoint: {problem}")
    if not arguments.json:
        _write_added(report)
    built = build_after(settings, line)
    if arguments.json:
        write_json(
            {
                "added": report.added,
                "replaced": report.replaced,
                "unchanged": report.unchanged,
                "gone": report.gone,
                "problems": [{"what": p.what, "cure": p.cure} for p in report.problems],
                "dropped": {id_: dict(counts) for id_, counts in report.dropped.items()},
                "index": asdict(built),
            }
        )
    else:
        write(built_line(built))
    return 0


def corpus_remove(arguments: argparse.Namespace, settings: Settings) -> int:
    """Take added documents away: all that are named, or none."""
    shipped = {document.id for document in load_shipped()}
    for id_ in arguments.ids:
        if id_ in shipped:
            raise InputError(
                f"{id_!r} comes with the program and cannot be removed.",
                "Name documents that were added; see: counterpoint corpus list.",
            )
    removed = list(dict.fromkeys(arguments.ids))
    home_shelf(settings.home).remove(*removed)
    if not arguments.json:
        write(f"{_documents(len(removed))} removed")
    built = build_after(settings, ProgressLine())
    if arguments.json:
        write_json({"removed": removed, "index": asdict(built)})
    else:
        write(built_line(built))
    return 0


def build_after(settings: Settings, line: ProgressLine) -> BuildReport:
    """Build the index after a change to the shelf, which stands even if this fails.

    Raises:
        StoreError, ConfigError: as ``build_home_index``.
    """
    try:
        return build_home_index(
            settings.home,
            SentenceTransformerEmbedder(settings.index.embedder_path, settings.index.precision),
            progress=line.show,
            place=home_place(settings),
        )
    except (StoreError, ConfigError):
        line.close()
        note("The documents are as you wanted them; the index over them could not be built.")
        raise
    finally:
        line.close()


def _record(document: Document, entry: Entry | None = None) -> dict[str, Any]:
    return {
        "id": document.id,
        "title": document.title,
        "kind": document.kind,
        "url": document.url,
        "dated": document.dated,
        "characters": len(document.text),
        "origin": entry.origin if entry else "shipped",
        "status": entry.status if entry else "current",
        "read_at": entry.read_at if entry else None,
    }


def _nothing(report: AddReport) -> CounterpointError:
    """The one error when nothing could be read; the others are said before it."""
    if len(report.problems) == 1:
        return report.problems[0]
    for problem in report.problems:
        note(f"counterpoint: {problem}")
    if report.problems:
        return SourceUnreadable("Nothing could be read.", "See the lines above for each file.")
    return SourceUnreadable(
        "There is nothing to read there.", "Name a file, or a folder that holds documents."
    )


def _write_added(report: AddReport) -> None:
    write(
        f"{_documents(len(report.added))} loaded, {len(report.unchanged):,} unchanged, "
        f"{len(report.replaced):,} replaced"
    )
    for id_ in [*report.added, *report.replaced]:
        if id_ in report.dropped:
            write(f"  {id_}: left out {_counts(report.dropped[id_])}")
    if report.gone:
        shown = ", ".join(report.gone[:_NAMED]) + (" ..." if len(report.gone) > _NAMED else "")
        write(f"No longer in the folder, kept until `counterpoint corpus remove`: {shown}")


def _counts(dropped: Mapping[str, int]) -> str:
    ordered = sorted(dropped.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{sort} {count:,}" for sort, count in ordered)


def built_line(built: BuildReport) -> str:
    """What a build did, on one line."""
    rate = (
        f", {built.embedded / built.embedding_seconds:,.3g} a second"
        if built.embedded >= _RATE_FROM
        else ""
    )
    return (
        f"index: {_documents(built.documents)}, {built.chunks:,} chunks, {built.embedded:,} newly "
        f"embedded{rate}, {built.seconds:.1f} s"
    )


def _documents(count: int) -> str:
    return "1 document" if count == 1 else f"{count:,} documents"
