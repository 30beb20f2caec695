"""Tables as chunks: whole when short, otherwise by rows, and each row as a sentence."""

import re
from collections.abc import Iterator

from corpus.documents import Span
from index.markdown import Block, Row, table_line
from index.pieces import Piece
from index.splitting import CountTokens, group_evenly, split_span

_LINE_END = re.compile(r"[\r\n]")


def table_pieces(table: Block, text: str, count_tokens: CountTokens, limit: int) -> Iterator[Piece]:
    """A table as one piece, or its rows in groups with the header repeated in the search text."""
    tokens = count_tokens(table.text)
    if tokens <= limit:
        yield Piece(table.span, table.text, tokens, "table", 0, table.header, table.rows)
        return
    head = table_line(table.header)
    room = limit - count_tokens(head)
    if room < limit // 2:
        # Too long to be repeated over each group of rows: it stands once, by itself.
        head, room = "", limit
    groups = list(_groups(table, head, room, count_tokens, limit))
    if not any(said.startswith(head) and head for _, said in groups):
        yield from _row(_header_row(table, text), text, count_tokens, limit)
    for rows, said in groups:
        if not said:
            yield from _row(rows[0], text, count_tokens, limit)
            continue
        begins_table = head and rows[0] is table.rows[0]
        start = table.span.start if begins_table else rows[0].span.start
        span = Span(start, rows[-1].span.end)
        yield Piece(span, said, count_tokens(said), "table", 0, table.header, rows)


def _groups(
    table: Block, head: str, room: int, count_tokens: CountTokens, limit: int
) -> Iterator[tuple[tuple[Row, ...], str]]:
    """Neighbouring rows and what they say; a row that is too long alone, with nothing said."""
    sizes = [count_tokens(table_line(row.cells)) for row in table.rows]
    for first, last in group_evenly(sizes, room):
        rows = table.rows[first:last]
        lines = [table_line(row.cells) for row in rows]
        said = "\n".join([head, *lines] if head else lines)
        if rows and count_tokens(said) <= limit:
            yield rows, said
        else:
            yield from (((row,), "") for row in rows)


def _header_row(table: Block, text: str) -> Row:
    line_end = _LINE_END.search(text, table.span.start)
    return Row(Span(table.span.start, line_end.start() if line_end else len(text)), table.header)


def _row(row: Row, text: str, count_tokens: CountTokens, limit: int) -> Iterator[Piece]:
    said = table_line(row.cells)
    tokens = count_tokens(said)
    if tokens <= limit:
        yield Piece(row.span, said, tokens, "row")
    else:
        yield from _long_row(row, text, count_tokens, limit)


def _long_row(row: Row, text: str, count_tokens: CountTokens, limit: int) -> Iterator[Piece]:
    label = row.cells[0] if row.cells else ""
    if count_tokens(label) > limit // 4:
        label = ""
    room = limit - count_tokens(f"{label}: ")
    for span in split_span(text, row.span, count_tokens, room):
        part = text[span.start : span.end].strip("| ")
        if not part:
            continue
        said = f"{label}: {part}" if label and not part.startswith(label) else part
        yield Piece(span, said, count_tokens(said), "row")


def row_pieces(piece: Piece, count_tokens: CountTokens, limit: int) -> Iterator[Piece]:
    """Each row of a table as a sentence, which a question about one cell resembles more."""
    for row in piece.rows:
        said = _row_sentence(piece.header, row.cells)
        tokens = count_tokens(said)
        if said and tokens <= limit:
            yield Piece(row.span, said, tokens, "row")


def _row_sentence(header: tuple[str, ...], cells: tuple[str, ...]) -> str:
    if len(cells) < 2:
        return ": ".join(part for part in (*header[:1], *cells) if part)
    names = (*header, *("" for _ in range(len(cells) - len(header))))
    values = [
        f"{name}: {cell}" if name else cell
        for name, cell in zip(names[1:], cells[1:], strict=False)
        if cell
    ]
    return " — ".join(part for part in (cells[0], "; ".join(values)) if part)
