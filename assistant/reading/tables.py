"""Rows of Markdown tables, taken apart and written as sentences."""

import re
from collections.abc import Sequence
from typing import Final

from assistant.reading.plain import capitalise, end_sentence, lower_label

_CELL_SPLIT: Final = re.compile(r"(?<!\\)\|")
_NO_VALUE: Final = frozenset({"", "-", "–", "—", "n/a", "not stated", "not stated here"})
_NO_LABEL: Final = frozenset({"", "note", "notes", "value", "remark", "remarks"})
_SOURCE_COLUMN: Final = re.compile(r"^(?:source|reference|evidence)\b", re.IGNORECASE)


def cells_of(line: str) -> list[str]:
    """The cells of a row, as Markdown; an escaped bar stays in its cell."""
    inner = line.strip().removeprefix("|")
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return [cell.replace("\\|", "|").strip() for cell in _CELL_SPLIT.split(inner)]


def columns_of(head: Sequence[str], row: Sequence[str]) -> tuple[tuple[tuple[str, str], ...], str]:
    """Heads with their cells, and the cell that names the source; the first column is left out."""
    cells, source = [], ""
    for at, cell in enumerate(row[1:], start=1):
        name = head[at] if at < len(head) else ""
        if cell.lower() in _NO_VALUE:
            continue
        if _SOURCE_COLUMN.match(name):
            source = cell
        else:
            cells.append(("" if name.lower() in _NO_LABEL else lower_label(name), cell))
    return tuple(cells), source


def row_text(subject: str, cells: Sequence[tuple[str, str]], source: str) -> str:
    """A row of a table as a sentence: ``Grok-1 – licence: Apache-2.0 (xAI, March 2024).``"""
    parts = "; ".join(f"{label}: {cell}" if label else cell for label, cell in cells)
    return end_sentence(capitalise(f"{subject} – {parts}{f' ({source})' if source else ''}"))
