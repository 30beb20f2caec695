"""Markdown to a flat list of blocks that know where they stand in the text.

The parser (markdown-it, CommonMark with tables) reports lines; here they become character offsets,
so that ``text[block.span.start:block.span.end]`` is exactly what the author wrote.
"""

import re
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token

from corpus.documents import Span

BlockKind = Literal["heading", "paragraph", "item", "table", "fence", "quote"]

# The line ends that the parser knows. str.splitlines knows more and would shift the offsets.
_LINE_END = re.compile(r"\r\n?|\n")
_TAG = re.compile(r"<[^<>]*>")
_LEAVES = frozenset({"heading_open", "paragraph_open", "fence", "code_block", "html_block"})


@dataclass(frozen=True, slots=True)
class Row:
    """One body row of a table: where its line stands, and its cells as plain text."""

    span: Span
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """One leaf of the document's structure.

    Attributes:
        kind: what it is.
        span: where it stands, without surrounding white space.
        text: what it says, without Markdown marks.
        heading_path: the headings above it, outermost first; a heading's own text comes last.
        level: of a heading, 1 to 6; otherwise 0.
        cut: how much a cut in front of this block would tear apart; 0 between paragraphs, more
            inside a list, most inside a nested one.
        header: of a table, the header cells.
        rows: of a table, the body rows.
    """

    kind: BlockKind
    span: Span
    text: str
    heading_path: tuple[str, ...] = ()
    level: int = 0
    cut: int = 0
    header: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table")


@dataclass(slots=True)
class _Walk:
    """Where the walk over the tokens stands."""

    headings: list[tuple[int, str]] = field(default_factory=list)
    list_depth: int = 0
    quote_depth: int = 0
    item_is_new: bool = False

    def enter_or_leave(self, token: Token) -> None:
        if token.type in ("bullet_list_open", "ordered_list_open"):
            self.list_depth += 1
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            self.list_depth -= 1
        elif token.type == "list_item_open":
            self.item_is_new = True
        elif token.type == "blockquote_open":
            self.quote_depth += 1
        elif token.type == "blockquote_close":
            self.quote_depth -= 1

    def cut(self, previous: Block | None) -> int:
        """How much a cut before the next leaf tears apart; see Block.cut."""
        starts_item, self.item_is_new = self.item_is_new, False
        if not self.list_depth:
            return 0
        here = 2 * self.list_depth
        led_in = previous is not None and previous.cut < here and previous.text.endswith(":")
        return here if starts_item and not led_in else here + 1

    def path(self) -> tuple[str, ...]:
        return tuple(text for _, text in self.headings)

    def push_heading(self, level: int, text: str) -> None:
        while self.headings and self.headings[-1][0] >= level:
            self.headings.pop()
        self.headings.append((level, text))


def parse_markdown(text: str) -> tuple[Block, ...]:
    """Return the blocks of ``text`` in order; they never overlap.

    Horizontal rules are left out. Lines that the parser consumes without a token (link reference
    definitions, for one) come back as paragraphs, so that nothing that was written is lost.
    """
    lines = _Lines(text)
    tokens = _parser().parse(text)
    walk = _Walk()
    blocks: list[Block] = []
    covered = 0
    for i, token in enumerate(tokens):
        walk.enter_or_leave(token)
        if token.map is None or token.type not in _LEAVES | {"table_open", "hr"}:
            continue
        first, last = token.map
        blocks.extend(_lost_lines(lines, covered, first, walk.path()))
        covered = max(covered, last)
        span = lines.span(first, last)
        if token.type == "hr" or span is None:
            continue
        if token.type == "table_open":
            said = _table(tokens, i, lines, span)
        else:
            said = _leaf(tokens, i, span, walk)
        cut = walk.cut(blocks[-1] if blocks else None)
        blocks.append(replace(said, heading_path=walk.path(), cut=cut))
    blocks.extend(_lost_lines(lines, covered, lines.count, walk.path()))
    return tuple(blocks)


def plain_text(fragment: str) -> str:
    """What a piece of a paragraph or an item says, without Markdown marks."""
    said = "\n".join(block.text for block in parse_markdown(fragment) if block.text)
    return said or fragment.strip()


class _Lines:
    """Line numbers to character offsets."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(text))]
        self.count = len(self._starts)

    def span(self, first: int, last: int) -> Span | None:
        """Lines ``first`` to ``last`` (exclusive), without the white space around them."""
        start = self._starts[min(first, self.count - 1)]
        end = self._starts[last] if last < self.count else len(self._text)
        raw = self._text[start:end]
        stripped = raw.strip()
        if not stripped:
            return None
        start += len(raw) - len(raw.lstrip())
        return Span(start, start + len(stripped))

    def text(self, span: Span) -> str:
        return self._text[span.start : span.end]


def _lost_lines(lines: _Lines, first: int, last: int, path: tuple[str, ...]) -> list[Block]:
    span = lines.span(first, last) if first < last else None
    if span is None:
        return []
    said = lines.text(span)
    # What is left of an empty item or quote is its marker; that says nothing.
    if not any(char.isalpha() for char in said):
        return []
    return [Block("paragraph", span, said, path)]


def _leaf(tokens: list[Token], i: int, span: Span, walk: _Walk) -> Block:
    token = tokens[i]
    if token.type == "heading_open" and token.level == 0:
        level, said = int(token.tag[1]), _inline_text(tokens[i + 1]).replace("\n", " ").strip()
        walk.push_heading(level, said)
        return Block("heading", span, said, level=level)
    kind: BlockKind = "paragraph"
    if token.type in ("fence", "code_block"):
        kind, said = "fence", token.content.strip()
    elif token.type == "html_block":
        said = _TAG.sub(" ", token.content).strip() or token.content.strip()
    else:
        said = _inline_text(tokens[i + 1]).strip()
    if kind == "paragraph" and walk.quote_depth:
        kind = "quote"
    elif kind == "paragraph" and walk.list_depth:
        kind = "item"
    return Block(kind, span, said)


def _table(tokens: list[Token], i: int, lines: _Lines, span: Span) -> Block:
    header: tuple[str, ...] = ()
    rows: list[Row] = []
    cells: list[str] = []
    in_head = False
    row_lines = (0, 0)
    for j in range(i + 1, len(tokens)):
        token = tokens[j]
        if token.type == "table_close":
            break
        if token.type == "thead_open":
            in_head = True
        elif token.type == "tr_open" and token.map is not None:
            cells, row_lines = [], (token.map[0], token.map[1])
        elif token.type in ("th_open", "td_open"):
            cells.append(_inline_text(tokens[j + 1]).replace("\n", " ").strip())
        elif token.type == "tr_close":
            row_span = lines.span(*row_lines)
            if in_head:
                header, in_head = tuple(cells), False
            elif row_span is not None:
                rows.append(Row(row_span, tuple(cells)))
    said = "\n".join(table_line(cells) for cells in (header, *(row.cells for row in rows)))
    return Block("table", span, said, header=header, rows=tuple(rows))


def table_line(cells: tuple[str, ...]) -> str:
    """One line of a table as it is searched, without padding and delimiter row."""
    return " | ".join(cells)


def _inline_text(token: Token) -> str:
    parts: list[str] = []
    for child in token.children or []:
        if child.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif child.type == "html_inline":
            parts.append(" " if child.content.lower().startswith("<br") else "")
        else:
            parts.append(child.content)
    return "".join(parts)
