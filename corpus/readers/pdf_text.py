"""Lines of a PDF's pages put together: paragraphs, items, headings."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median
from typing import Final

from corpus.readers.pdf_block import BULLET, HYPHENATED, Block
from corpus.readers.pdf_furniture import drop_furniture
from corpus.readers.pdf_lines import Line, Page
from corpus.readers.pdf_writer import PdfText, write_blocks

_NUMBERED: Final = re.compile(r"(?:\d{1,2}[.)]|\([a-z\d]{1,2}\)|[a-z]\))\s+\S|\[\d{1,3}\]\s")
_SECTION: Final = re.compile(r"(?:(?:\d{1,2}|[A-Z])(?:\.\d{1,2}){0,3})\.?\s+\S")
_SENTENCE_END: Final = re.compile(r"[.?!:;]['\"”’)\]]*$")
_WORD: Final = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_HEADING_RATIO: Final = 1.12


def write_pdf(pages: Sequence[Page], body_size: float, dropped: Counter[str]) -> PdfText:
    """Put the lines of all pages together; ``dropped`` counts running heads and page numbers."""
    kept = drop_furniture(pages, dropped)
    words = _vocabulary(kept)
    pitch = _pitch(kept)
    blocks = [block for number, lines in enumerate(kept) for block in _blocks(lines, number, pitch)]
    title = _mark_headings(blocks, body_size)
    return write_blocks(_continued(blocks, body_size), len(pages), words, title)


def _vocabulary(pages: Sequence[Sequence[Line]]) -> Counter[str]:
    """How often each word occurs whole, and with ``-`` at its end, in front of a hyphen."""
    words: Counter[str] = Counter()
    parted = False
    for line in (line for lines in pages for line in lines):
        found = _WORD.findall(line.text.casefold())
        start, parted = int(parted), bool(HYPHENATED.search(line.text.rstrip()))
        for word in found[start : len(found) - parted]:
            words[word] += 1
            parts = word.split("-")
            words.update([*(f"{part}-" for part in parts[:-1]), *(parts if len(parts) > 1 else ())])
    return words


def _pitch(pages: list[list[Line]]) -> dict[float, float]:
    """From line to line, for each size of letters, in points."""
    found: dict[float, list[float]] = {}
    for lines in pages:
        for above, below in pairwise(lines):
            step = below.box[3] - above.box[3]
            if (
                above.size == below.size
                and above.region == below.region
                and 0 < step < 4 * above.size
            ):
                found.setdefault(above.size, []).append(step)
    return {size: median(steps) for size, steps in found.items()}


def _blocks(lines: list[Line], page: int, pitch: dict[float, float]) -> Iterator[Block]:
    edges: dict[int, tuple[float, float]] = {}
    for line in lines:
        left, right = edges.get(line.region, (line.box[0], line.box[2]))
        edges[line.region] = (min(left, line.box[0]), max(right, line.box[2]))
    block: Block | None = None
    for line in lines:
        if block is not None and not _breaks(block, line, pitch, edges[line.region]):
            block.lines.append(line)
            continue
        if block is not None:
            yield block
        block = Block(page, [line], _kind(line))
    if block is not None:
        yield block


def _kind(line: Line) -> str:
    if line.table:
        return "table"
    if BULLET.match(line.text) or _NUMBERED.match(line.text):
        return "item"
    return "text"


def _breaks(
    block: Block, line: Line, pitch: dict[float, float], edges: tuple[float, float]
) -> bool:
    """Whether a line begins a new block."""
    last = block.lines[-1]
    if _differs(block, last, line):
        return True
    step = line.box[3] - last.box[3]
    if last.text.endswith(",") and 0 < step < 2.2 * line.size:
        return False
    if step > 1.28 * pitch.get(line.size, line.size * 1.2) or step < -line.size:
        return True
    if line.mono:
        return False
    return _begins_item(block, last, line) or _begins_paragraph(block, last, line, edges)


def _begins_item(block: Block, last: Line, line: Line) -> bool:
    if _kind(line) == "item" and (block.kind == "item" or _SENTENCE_END.search(last.text)):
        return True
    return bool(BULLET.match(line.text)) and line.text[0] not in "-–"


def _differs(block: Block, last: Line, line: Line) -> bool:
    """Whether a line is of another kind than the one above it."""
    if line.table or last.table or last.region != line.region:
        return True
    if abs(last.size - line.size) > 0.6 or last.mono != line.mono:
        return True
    return last.bold != line.bold and block.kind != "item"


def _begins_paragraph(block: Block, last: Line, line: Line, edges: tuple[float, float]) -> bool:
    ended = bool(_SENTENCE_END.search(last.text))
    is_short = last.box[2] < edges[1] - 0.2 * (edges[1] - edges[0])
    if ended and is_short and line.text[:1].isupper():
        return True
    indent = line.box[0] - last.box[0]
    if block.kind == "item":
        return ended and indent < -0.8 * line.size
    return ended and 0.8 * line.size < indent < 4 * line.size


def _mark_headings(blocks: list[Block], body_size: float) -> str | None:
    headings = [
        block
        for before, block, below in zip(
            [None, *blocks][: len(blocks)], blocks, [*blocks, None][1:], strict=True
        )
        if _is_heading(block, below, body_size)
        and not (
            block.kind == "item" and any(_same_item(block, other) for other in (before, below))
        )
    ]
    first = [block for block in headings if block.page == 0 and len(_letters(block)) > 5]
    titled = max(first, key=lambda block: block.size, default=None)
    if titled is not None and titled.size < body_size * 1.3:
        titled = None
    sizes = sorted(
        {b.size for b in headings if b.size >= body_size * _HEADING_RATIO and b is not titled}
    )
    ranks = {size: rank for rank, size in enumerate(reversed(sizes[-4:]), start=2)}
    for block in headings:
        block.level = ranks.get(block.size, min(len(ranks) + 2, 5))
        numbered = _SECTION.match(block.plain)
        if numbered and numbered[0][0].isdigit() and block.kind != "item":
            block.level = min(2 + numbered[0].split()[0].rstrip(".").count("."), 6)
        block.kind = "heading"
    if titled is not None:
        titled.level = 1
        return " ".join(titled.plain.split())
    return None


def _same_item(block: Block, other: Block | None) -> bool:
    return other is not None and other.kind == "item" and abs(other.size - block.size) < 0.6


def _letters(block: Block) -> str:
    return "".join(char for char in block.plain if char.isalpha())


def _is_heading(block: Block, below: Block | None, body_size: float) -> bool:
    text = block.plain.strip()
    if block.kind == "table" or block.lines[0].mono or len(_letters(block)) < 3:
        return False
    if len(text) > 160 or text.endswith((",", ";")) or len(block.lines) > 4:
        return False
    if block.size >= body_size * _HEADING_RATIO:
        return not text.endswith(".") and len(text) < 130 and text[0] not in "•–-"
    if not block.lines[0].bold or text.endswith(".") or len(block.lines) > 2 or len(text) > 100:
        return False
    return (
        block.size >= body_size * 0.95
        and (text[0].isupper() or text[0].isdigit())
        and below is not None
        and (not below.lines[0].bold or bool(_SECTION.match(text)) or below.size > block.size)
    )


def _continued(blocks: list[Block], body_size: float) -> list[Block]:
    """Put paragraphs together that run over the end of a column or page; notes follow them."""
    kept: list[Block] = []
    notes: list[Block] = []
    open_block: Block | None = None
    for block in blocks:
        is_note = block.kind in ("text", "item") and 0 < block.size < body_size * 0.93
        if is_note and open_block is not None and block.page >= open_block.page:
            notes.append(block)
            continue
        if open_block is not None and _runs_on(open_block, block):
            if block.page > (open_block.page + len(open_block.turns)):
                missing = block.page - open_block.page - len(open_block.turns)
                open_block.turns.extend([len(open_block.lines)] * missing)
            open_block.lines.extend(block.lines)
            continue
        kept.extend(notes)
        notes = []
        kept.append(block)
        open_block = block
    return [*kept, *notes]


def _runs_on(block: Block, below: Block) -> bool:
    if block.kind not in ("text", "item") or below.kind != "text":
        return False
    apart = block.lines[-1].region != below.lines[0].region or block.page != below.page
    if (
        not apart
        or abs(block.size - below.size) > 0.6
        or block.lines[-1].mono != below.lines[0].mono
    ):
        return False
    last, first = block.lines[-1].text.rstrip(), below.lines[0].text.lstrip()
    if HYPHENATED.search(last):
        return first[:1].islower()
    return not _SENTENCE_END.search(last) and (first[:1].islower() or last[-1:] in ",–—")
