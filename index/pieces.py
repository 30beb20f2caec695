"""Blocks packed into pieces that fit a token budget, cut where it tears least apart."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from corpus.documents import Span
from index.markdown import Block, Row, plain_text
from index.passages import ChunkKind
from index.splitting import CountTokens, group_evenly, split_span

_TINY_TOKENS = 24
# A cut inside one block tears more apart than any cut between blocks.
_CUT_INSIDE = 1000


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text that becomes one chunk.

    Attributes:
        span: where it stands in the document.
        text: what it says, without Markdown marks.
        tokens: length of ``text``.
        kind: the kind of the chunk.
        cut: how much a cut in front of it tears apart (index.markdown.Block).
        header: of a table, the header cells.
        rows: of a table, the rows that it holds.
    """

    span: Span
    text: str
    tokens: int
    kind: ChunkKind = "prose"
    cut: int = 0
    header: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()


def atoms(block: Block, text: str, count_tokens: CountTokens, limit: int) -> Iterator[Piece]:
    """A block as one piece, or as several when it alone is too long."""
    tokens = count_tokens(block.text)
    if tokens <= limit:
        yield Piece(block.span, block.text, tokens, cut=block.cut)
        return
    for i, span in enumerate(split_span(text, block.span, count_tokens, limit)):
        raw = text[span.start : span.end]
        # Code is not Markdown: its marks are part of what it says.
        said = raw if block.kind == "fence" else plain_text(raw)
        tokens = count_tokens(said)
        if tokens > limit:
            said, tokens = raw, count_tokens(raw)
        yield Piece(span, said, tokens, cut=block.cut + (_CUT_INSIDE if i else 0))


def pack(run: list[Piece], count_tokens: CountTokens, limit: int) -> list[Piece]:
    """Join neighbours into pieces of at most ``limit`` tokens, cutting where it tears least."""
    if not run:
        return []
    joined = _joined(run)
    if len(run) == 1:
        return run
    if joined.tokens <= limit and count_tokens(joined.text) <= limit:
        return [joined]
    least = min(piece.cut for piece in run[1:])
    starts = [0, *(i for i in range(1, len(run)) if run[i].cut == least), len(run)]
    units: list[Piece] = []
    for first, last in pairwise(starts):
        units.extend(pack(run[first:last], count_tokens, limit))
    packed: list[Piece] = []
    for first, last in group_evenly([unit.tokens for unit in units], limit):
        group = _joined(units[first:last])
        # Not every tokenizer's counts add up; where they do not, the units stay apart.
        packed.extend([group] if count_tokens(group.text) <= limit else units[first:last])
    return packed


def merge_tiny(pieces: Sequence[Piece], limit: int) -> list[Piece]:
    """Join a few words of prose, a caption say, with the piece before or after them."""
    merged: list[Piece] = []
    for piece in pieces:
        if merged and _belong_together(merged[-1], piece, limit):
            merged[-1] = _joined([merged[-1], piece])
        else:
            merged.append(piece)
    return merged


def _belong_together(before: Piece, after: Piece, limit: int) -> bool:
    if before.tokens + after.tokens > limit or "row" in (before.kind, after.kind):
        return False
    return any(piece.kind == "prose" and piece.tokens < _TINY_TOKENS for piece in (before, after))


def _joined(pieces: Sequence[Piece]) -> Piece:
    kinds: set[ChunkKind] = {piece.kind for piece in pieces}
    return replace(
        pieces[0],
        span=Span(pieces[0].span.start, pieces[-1].span.end),
        text="\n".join(piece.text for piece in pieces),
        tokens=sum(piece.tokens for piece in pieces),
        kind="table" if "table" in kinds else pieces[0].kind,
        header=next((piece.header for piece in pieces if piece.header), ()),
        rows=tuple(row for piece in pieces for row in piece.rows),
    )
