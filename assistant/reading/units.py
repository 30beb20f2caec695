"""What can be quoted: sentences, list items, whole short lists and rows of tables.

A unit keeps its place in the document and reads as one plain sentence, without Markdown marks.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, Literal

from assistant.reading.plain import (
    capitalise,
    end_sentence,
    heading_text,
    lower_label,
    plain_text,
)
from assistant.reading.tables import cells_of, columns_of, row_text
from assistant.text.sentences import sentence_ranges
from corpus.documents import Span
from index.passages import Passage

UnitKind = Literal["sentence", "item", "list", "row"]

_HEADING: Final = re.compile(r"^\s{0,3}(#{1,6})\s+(.*?)\s*#*$")
_RULE: Final = re.compile(r"^\s{0,3}([-*_])(?:\s*\1){2,}\s*$")
_FENCE: Final = re.compile(r"^\s{0,3}(```|~~~)")
_ITEM: Final = re.compile(r"^(?P<indent>[ \t]*)(?:[-*+•]|\d{1,3}[.)])[ \t]+(?P<body>\S.*)$")
_DELIMITER: Final = re.compile(r"^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$")
MIN_CHARS: Final = 12
MAX_CHARS: Final = 420
MAX_LIST_CHARS: Final = 640
MAX_LIST_ITEMS: Final = 8


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of a passage that can stand in an answer.

    Attributes:
        passage: number of the passage it stands in.
        span: its place, as offsets in the document.
        text: one readable sentence, ended, without Markdown marks and citation-like brackets.
        kind: sentence, list item, a whole short list, or a row of a table.
        subject: what it is about as its row or parent item says it; empty for a sentence.
        context: title and headings above it.
        labels: heads of the columns, or the label of the item.
        caption: the sentence above a table that holds its units, such as the currency; or empty.
        cells: of a row, each column's head and cell, the subject and the source left out.
        source: of a row, the cell that names where it is from; or empty.
        items: of a list, its items.
    """

    passage: int
    span: Span
    text: str
    kind: UnitKind
    subject: str
    context: str
    labels: tuple[str, ...] = ()
    caption: str = ""
    cells: tuple[tuple[str, str], ...] = ()
    source: str = ""
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    text: str

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class _Item:
    start: int
    end: int
    indent: int
    text: str


def units_of(passage: Passage) -> tuple[Unit, ...]:
    """Everything in a passage that can be quoted, in the order of the text."""
    return _units_of(passage.unfound)


@lru_cache(maxsize=1024)
def _units_of(passage: Passage) -> tuple[Unit, ...]:
    heading = heading_text(passage.heading_path[-1]) if passage.heading_path else ""
    lead = f"{passage.lead}\n" if passage.lead else ""
    origin = passage.start - len(lead)
    path = tuple(part for part in (passage.title, *passage.heading_path) if part)
    return tuple(
        replace(
            unit,
            passage=passage.number,
            span=Span(origin + unit.span.start, origin + unit.span.end),
            context=_context(path, unit.context),
        )
        for unit in _units(lead + passage.text, heading)
        if unit.span.start >= len(lead)
    )


@lru_cache(maxsize=2048)
def _context(path: tuple[str, ...], heading: str) -> str:
    parts = (*path, heading) if heading else path
    return " > ".join(dict.fromkeys(heading_text(part) for part in parts))


@lru_cache(maxsize=2048)
def _units(text: str, heading: str) -> tuple[Unit, ...]:
    """The units of a text; they name no passage yet, and their context is the nearest heading."""
    return tuple(_walk(_lines(text), heading))


def _lines(text: str) -> list[_Line]:
    lines, start = [], 0
    for raw in text.split("\n"):
        lines.append(_Line(start, raw))
        start += len(raw) + 1
    return lines


def _walk(lines: Sequence[_Line], heading: str) -> Iterator[Unit]:
    at, caption = 0, ""
    while at < len(lines):
        line = lines[at]
        if match := _HEADING.match(line.text):
            heading, caption, at = heading_text(match[2]), "", at + 1
        elif not line.text.strip() or _RULE.match(line.text):
            at += 1
        elif _FENCE.match(line.text):
            at = _after_fence(lines, at)
        elif _is_table(lines, at):
            end = _run(lines, at, lambda text: "|" in text)
            yield from _rows(lines[at:end], heading, caption)
            at, caption = end, ""
        elif _ITEM.match(line.text):
            end = _run(lines, at, lambda text: bool(_ITEM.match(text) or text[:1] in {" ", "\t"}))
            yield from _items(lines[at:end], heading)
            at, caption = end, ""
        else:
            end = _run(lines, at, _is_prose)
            found = list(_sentences(lines[at:end], heading))
            yield from found
            caption = found[-1].text if len(found) == 1 else ""
            at = end


def _run(lines: Sequence[_Line], at: int, belongs: Callable[[str], bool]) -> int:
    end = at + 1
    while end < len(lines) and lines[end].text.strip() and belongs(lines[end].text):
        end += 1
    return end


def _is_prose(text: str) -> bool:
    return not (
        _HEADING.match(text) or _RULE.match(text) or _FENCE.match(text) or _ITEM.match(text)
    )


def _after_fence(lines: Sequence[_Line], at: int) -> int:
    end = at + 1
    while end < len(lines) and not _FENCE.match(lines[end].text):
        end += 1
    return end + 1


def _is_table(lines: Sequence[_Line], at: int) -> bool:
    if "|" not in lines[at].text:
        return False
    if at + 1 < len(lines) and _DELIMITER.match(lines[at + 1].text) and "|" in lines[at + 1].text:
        return True
    return lines[at].text.lstrip().startswith("|")  # the rest of a table cut in two


def _sentences(lines: Sequence[_Line], heading: str) -> Iterator[Unit]:
    start = lines[0].start
    text = "\n".join(line.text for line in lines)
    for begin, end in sentence_ranges(text):
        plain = plain_text(text[begin:end])
        if MIN_CHARS <= len(plain) <= MAX_CHARS:
            yield Unit(
                0,
                Span(start + begin, start + end),
                end_sentence(capitalise(plain)),
                "sentence",
                "",
                heading,
            )


def _items(lines: Sequence[_Line], heading: str) -> Iterator[Unit]:
    items = list(_join_items(lines))
    for at, item in enumerate(items):
        parent = next((p for p in reversed(items[:at]) if p.indent < item.indent), None)
        children = _children(items, at)
        if not children:
            yield from _item(item, parent, heading)
        else:
            yield from _list(children, item, heading)
    top = [item for item in items if item.indent == items[0].indent]
    yield from _list(top, None, heading)


def _children(items: Sequence[_Item], at: int) -> list[_Item]:
    below: list[_Item] = []
    for item in items[at + 1 :]:
        if item.indent <= items[at].indent:
            break
        below.append(item)
    return [item for item in below if item.indent == below[0].indent] if below else []


def _join_items(lines: Sequence[_Line]) -> Iterator[_Item]:
    """One item a bullet; a continued line belongs to the bullet above it."""
    pending: _Item | None = None
    for line in lines:
        match = _ITEM.match(line.text)
        if match:
            if pending:
                yield pending
            indent = len(match["indent"].expandtabs(4))
            pending = _Item(
                line.start + match.start("body"), line.end, indent, plain_text(match["body"])
            )
        elif pending:
            text = f"{pending.text} {plain_text(line.text)}"
            pending = _Item(pending.start, line.end, pending.indent, text)
    if pending:
        yield pending


def _item(item: _Item, parent: _Item | None, heading: str) -> Iterator[Unit]:
    subject = _subject(parent.text) if parent else ""
    label, text = _label(item.text), item.text
    if not MIN_CHARS <= len(text) + len(subject) <= MAX_CHARS:
        return
    if subject and _is_label(subject):
        subject = f"{heading}, {lower_label(subject)}" if heading else subject
        text = f"{subject}: {text}"
    elif subject:
        text = f"{subject} – {lower_label(text)}"
    elif label and heading:
        text = f"{heading} – {text}"
        subject = heading
    yield Unit(
        0,
        Span(item.start, item.end),
        end_sentence(capitalise(text)),
        "item",
        subject,
        heading,
        (label,) if label else (),
    )


def _list(items: Sequence[_Item], parent: _Item | None, heading: str) -> Iterator[Unit]:
    """A short list as one sentence."""
    items = [item for item in items if not item.text.endswith(":")]
    if not 2 <= len(items) <= MAX_LIST_ITEMS:
        return
    subject = _subject(parent.text) if parent else heading
    if parent and _is_label(subject) and heading:
        subject = f"{heading}, {lower_label(subject)}"
    bullets = tuple(item.text.rstrip(" .;") for item in items)
    bodies = "; ".join(bullets)
    mark = " –" if any(_label(item.text) for item in items) else ":"
    text = f"{subject}{mark} {bodies}" if subject else bodies
    if len(text) > MAX_LIST_CHARS:
        return
    yield Unit(
        0,
        Span(items[0].start, items[-1].end),
        end_sentence(capitalise(text)),
        "list",
        subject,
        heading,
        tuple(label for item in items if (label := _label(item.text))),
        items=bullets,
    )


def _subject(text: str) -> str:
    return text.rstrip(" :.;–-")


def _is_label(subject: str) -> bool:
    return subject.lower() in {"examples", "example", "models", "notes"}


def _label(text: str) -> str:
    head, mark, _ = text.partition(":")
    return head if mark and len(head.split()) <= 6 else ""


def _rows(lines: Sequence[_Line], heading: str, caption: str) -> Iterator[Unit]:
    has_head = len(lines) > 1 and bool(_DELIMITER.match(lines[1].text))
    head = [plain_text(cell) for cell in cells_of(lines[0].text)] if has_head else []
    subject = ""
    for line in lines[2:] if has_head else lines:
        if _DELIMITER.match(line.text):
            continue
        row = [plain_text(cell) for cell in cells_of(line.text)]
        subject = (row[0] if row else "") or subject
        cells, source = columns_of(head, row)
        text = row_text(subject, cells, source)
        if not cells or not MIN_CHARS <= len(text) <= MAX_LIST_CHARS:
            continue
        inner = line.text.strip()
        begin = line.start + line.text.index(inner)
        yield Unit(
            0,
            Span(begin, begin + len(inner)),
            text,
            "row",
            subject,
            heading,
            tuple(label for label, _ in cells if label),
            caption,
            cells,
            source,
        )
