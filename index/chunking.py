"""Documents cut into chunks: on structure first, by length only where structure is too coarse.

A chunk is small so that it can be found; its section is what is read when it is found. A section is
everything under one heading when that is short, otherwise the piece itself.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from corpus.documents import Document, Span
from index.markdown import Block, parse_markdown
from index.passages import Chunk
from index.pieces import Piece, atoms, merge_tiny, pack
from index.splitting import CountTokens
from index.tables import row_pieces, table_pieces

CHUNKER_VERSION = "2"
"""Raised with every change that moves a boundary or rewrites a search text."""

MAX_TOKENS = 220
SECTION_TOKENS = 300
READ_TOKENS = 254
_WORD = re.compile(r"\w+")
_CHARACTERS_A_TOKEN = 40
"""At most: the tokenizer takes a word of a million characters, encoded data say, for one token."""


@dataclass(slots=True)
class _Leaf:
    """The text under one heading, up to the next; the headings in front of it come along."""

    headings: list[Block] = field(default_factory=list)
    body: list[Block] = field(default_factory=list)


def chunk_document(
    document: Document,
    count_tokens: CountTokens,
    max_tokens: int = MAX_TOKENS,
    read_tokens: int = READ_TOKENS,
) -> tuple[Chunk, ...]:
    """Cut a document into chunks.

    Args:
        document: what to cut.
        count_tokens: the embedder's own count, special tokens left out.
        max_tokens: most tokens in a chunk's own text.
        read_tokens: most tokens that the embedder reads; no search text is longer, so no end of a
            chunk goes unread.

    Returns:
        Chunks in the order of the text; a table's rows follow the table.
    """

    def count(text: str) -> int:
        return max(count_tokens(text), len(text) // _CHARACTERS_A_TOKEN)

    limit = min(max_tokens, read_tokens)
    chunks: list[Chunk] = []
    for leaf in _leaves(parse_markdown(document.text)):
        chunks.extend(_leaf_chunks(leaf, document, count, limit, read_tokens))
    return tuple(chunks)


def _leaves(blocks: Sequence[Block]) -> Iterator[_Leaf]:
    leaf = _Leaf()
    for block in blocks:
        if block.kind != "heading":
            leaf.body.append(block)
            continue
        # A heading with nothing below it goes with the text that follows, unless that lies outside.
        if leaf.body or (leaf.headings and block.level < leaf.headings[-1].level):
            yield leaf
            leaf = _Leaf()
        leaf.headings.append(block)
    if leaf.headings or leaf.body:
        yield leaf


def _leaf_chunks(
    leaf: _Leaf, document: Document, count_tokens: CountTokens, limit: int, read_tokens: int
) -> Iterator[Chunk]:
    path = (leaf.body or leaf.headings)[-1].heading_path
    pieces = _pieces(leaf, document.text, count_tokens, limit)
    whole = Span(min(piece.span.start for piece in pieces), max(piece.span.end for piece in pieces))
    if leaf.headings:
        whole = Span(leaf.headings[0].span.start, whole.end)
    is_short = sum(piece.tokens for piece in pieces) <= SECTION_TOKENS
    for i, piece in enumerate(pieces):
        section = piece.span
        if is_short:
            section = whole
        elif i == 0:
            section = Span(whole.start, piece.span.end)
        for part in (piece, *row_pieces(piece, count_tokens, limit)):
            said = _search_text(document.title, path, part.text, count_tokens, read_tokens)
            yield Chunk(
                id=_chunk_id(document.id, part, said),
                document_id=document.id,
                heading_path=path,
                start=part.span.start,
                end=part.span.end,
                search_text=said,
                section=section,
                kind=part.kind,
            )


def _chunk_id(document_id: str, piece: Piece, search_text: str) -> str:
    place = f"{document_id}\0{piece.span.start}\0{piece.span.end}\0{piece.kind}\0{search_text}"
    return hashlib.sha256(place.encode()).hexdigest()[:24]


def _search_text(
    title: str, path: tuple[str, ...], text: str, count_tokens: CountTokens, read_tokens: int
) -> str:
    """The text with the document's title and its headings in front, as far as there is room.

    This is the one place that decides what is embedded and what BM25 indexes.
    """
    front = [title, *path]
    # A document's first heading usually is its title; said twice it would drown the text.
    if path and _words(title) & _words(path[0]) in (_words(title), _words(path[0])):
        front = list(path)
    while front:
        said = f"{' > '.join(front)}\n{text}"
        if count_tokens(said) <= read_tokens:
            return said
        # The title and the innermost heading say most; what lies between goes first.
        front.pop(1 if len(front) > 2 else 0)
    return text


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.casefold()))


def _pieces(leaf: _Leaf, text: str, count_tokens: CountTokens, limit: int) -> list[Piece]:
    pieces: list[Piece] = []
    run: list[Piece] = []
    path = leaf.body[-1].heading_path if leaf.body else ()
    for heading in leaf.headings:
        # A heading above the text is in its heading path; any other would be found nowhere.
        if not leaf.body or path[: len(heading.heading_path)] != heading.heading_path:
            run.extend(atoms(heading, text, count_tokens, limit))
    for block in leaf.body:
        if block.kind == "table":
            pieces.extend(pack(run, count_tokens, limit))
            run = []
            pieces.extend(table_pieces(block, text, count_tokens, limit))
        else:
            run.extend(atoms(block, text, count_tokens, limit))
    pieces.extend(pack(run, count_tokens, limit))
    return merge_tiny(pieces, limit)
