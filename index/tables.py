"""Tables as chunks: whole when short, otherwise by rows, and each row as a sentence."""

from collections.abc import Iterator

from corpus.documents import Span
from index.markdown import Block, Row, table_line
from index.pieces import Piece
from index.splitting import CountTokens, group_evenly, split_span


def table_pieces(table: Block, text: str, count_tokens: CountTokens, limit: int) -> Iterator[Piece]:
    """A table as one piece, or its rows in groups with the header repeated in the search text."""
    tokens = count_tokens(table.text)
    if tokens <= limit:
        yield Piece(table.span, table.text, tokens, "table", 0, table.header, table.rows)
        return
    head = table_line(table.header)
    room = limit - count_tokens(head)
    if room < limit // 2:
        head, room = "", limit
    sizes = [count_tokens(table_line(row.cells)) for row in table.rows]
    start = table.span.start
    for first, last in group_evenly(sizes, room):
        rows = table.rows[first:last]
        if sum(sizes[first:last]) > room:
            yield from _long_row(rows[0], text, count_tokens, limit)
            continue
        lines = [table_line(row.cells) for row in rows]
        said = "\n".join([head, *lines] if head else lines)
        span = Span(start if first == 0 else rows[0].span.start, rows[-1].span.end)
        yield Piece(span, said, count_tokens(said), "table", 0, table.header, rows)


def _long_row(row: Row, text: str, count_tokens: CountTokens, limit: int) -> Iterator[Piece]:
    label = row.cells[0] if row.cells else ""
    if count_tokens(label) > limit // 4:
        label = ""
    room = limit - count_tokens(f"{label}: ")
    for span in split_span(text, row.span, count_tokens, room):
        part = text[span.start : span.end].strip("| ")
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
