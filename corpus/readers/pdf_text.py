"""Lines of a PDF's pages as Markdown: headings, paragraphs put together, page starts."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Final

from corpus.readers.pdf_furniture import drop_furniture
from corpus.readers.pdf_lines import Line, Page

_BULLET: Final = re.compile(r"[•‣◦▪■●○∙·\uf0b7\u2043–-]\s+(?=\S)|[•‣◦▪■●○]")
_NUMBERED: Final = re.compile(r"(?:\d{1,2}[.)]|\([a-z\d]{1,2}\)|[a-z]\))\s+\S|\[\d{1,3}\]\s")
_SECTION: Final = re.compile(r"(?:(?:\d{1,2}|[A-Z])(?:\.\d{1,2}){0,3})\.?\s+\S")
_SENTENCE_END: Final = re.compile(r"[.?!:;]['\"”’)\]]*$")
_HYPHENATED: Final = re.compile(r"([^\W\d_]+)[-\u2010\u00ad]$")
_FIRST_WORD: Final = re.compile(r"[^\W\d_]+")
_WORD: Final = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_URL_TAIL: Final = re.compile(r"(?:https?://|www\.)\S*[./_=&?%-]$|\w\.[a-z]{2,6}/(?:\S*/)?$")
_CODE_MARKS: Final = frozenset("{}[]();=<>_#$|\\/")
_HEADING_RATIO: Final = 1.12
_MARKDOWN_START: Final = re.compile(r"(#{1,6}(?=\s)|>|\+(?=\s)|={3,}$|-{3,}$|```|~~~)")


@dataclass(slots=True)
class _Block:
    """Lines that belong together: a paragraph, a heading, an item, a table."""

    page: int
    lines: list[Line]
    kind: str = "text"
    level: int = 0
    turns: list[int] = field(default_factory=list)  # lines before which a later page begins

    @property
    def size(self) -> float:
        return self.lines[0].size

    @property
    def plain(self) -> str:
        return " ".join(line.text for line in self.lines)


@dataclass(frozen=True, slots=True)
class PdfText:
    """The text of a whole PDF.

    Attributes:
        markdown: its text.
        pages: the offset at which each page begins.
        title: the heading in the largest letters of the first page, or None.
    """

    markdown: str
    pages: tuple[int, ...]
    title: str | None


def write_pdf(pages: Sequence[Page], body_size: float, dropped: Counter[str]) -> PdfText:
    """Put the lines of all pages together; ``dropped`` counts running heads and page numbers."""
    kept = drop_furniture(pages, dropped)
    words = _vocabulary(kept)
    pitch = _pitch(kept)
    blocks = [block for number, lines in enumerate(kept) for block in _blocks(lines, number, pitch)]
    title = _mark_headings(blocks, body_size)
    return _written(_continued(blocks, body_size), len(pages), words, title)


def _vocabulary(pages: Sequence[Sequence[Line]]) -> Counter[str]:
    """How often each word occurs whole, and with ``-`` at its end, in front of a hyphen."""
    words: Counter[str] = Counter()
    parted = False
    for line in (line for lines in pages for line in lines):
        found = _WORD.findall(line.text.casefold())
        start, parted = int(parted), bool(_HYPHENATED.search(line.text.rstrip()))
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


def _blocks(lines: list[Line], page: int, pitch: dict[float, float]) -> Iterator[_Block]:
    edges: dict[int, tuple[float, float]] = {}
    for line in lines:
        left, right = edges.get(line.region, (line.box[0], line.box[2]))
        edges[line.region] = (min(left, line.box[0]), max(right, line.box[2]))
    block: _Block | None = None
    for line in lines:
        if block is not None and not _breaks(block, line, pitch, edges[line.region]):
            block.lines.append(line)
            continue
        if block is not None:
            yield block
        block = _Block(page, [line], _kind(line))
    if block is not None:
        yield block


def _kind(line: Line) -> str:
    if line.table:
        return "table"
    if _BULLET.match(line.text) or _NUMBERED.match(line.text):
        return "item"
    return "text"


def _breaks(
    block: _Block, line: Line, pitch: dict[float, float], edges: tuple[float, float]
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


def _begins_item(block: _Block, last: Line, line: Line) -> bool:
    if _kind(line) == "item" and (block.kind == "item" or _SENTENCE_END.search(last.text)):
        return True
    return bool(_BULLET.match(line.text)) and line.text[0] not in "-–"


def _differs(block: _Block, last: Line, line: Line) -> bool:
    """Whether a line is of another kind than the one above it."""
    if line.table or last.table or last.region != line.region:
        return True
    if abs(last.size - line.size) > 0.6 or last.mono != line.mono:
        return True
    return last.bold != line.bold and block.kind != "item"


def _begins_paragraph(block: _Block, last: Line, line: Line, edges: tuple[float, float]) -> bool:
    ended = bool(_SENTENCE_END.search(last.text))
    is_short = last.box[2] < edges[1] - 0.2 * (edges[1] - edges[0])
    if ended and is_short and line.text[:1].isupper():
        return True
    indent = line.box[0] - last.box[0]
    if block.kind == "item":
        return ended and indent < -0.8 * line.size
    return ended and 0.8 * line.size < indent < 4 * line.size


def _mark_headings(blocks: list[_Block], body_size: float) -> str | None:
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


def _same_item(block: _Block, other: _Block | None) -> bool:
    return other is not None and other.kind == "item" and abs(other.size - block.size) < 0.6


def _letters(block: _Block) -> str:
    return "".join(char for char in block.plain if char.isalpha())


def _is_heading(block: _Block, below: _Block | None, body_size: float) -> bool:
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


def _continued(blocks: list[_Block], body_size: float) -> list[_Block]:
    """Put paragraphs together that run over the end of a column or page; notes follow them."""
    kept: list[_Block] = []
    notes: list[_Block] = []
    open_block: _Block | None = None
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


def _runs_on(block: _Block, below: _Block) -> bool:
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
    if _HYPHENATED.search(last):
        return first[:1].islower()
    return not _SENTENCE_END.search(last) and (first[:1].islower() or last[-1:] in ",–—")


def _written(blocks: list[_Block], pages: int, words: Counter[str], title: str | None) -> PdfText:
    parts: list[str] = []
    starts: list[int] = []
    length = 0
    listed = False
    for block in blocks:
        text, turns = _markdown(block, words)
        is_ornament = block.kind == "text" and text.isdigit() and len(text) < 3
        if is_ornament or not any(char.isalnum() for char in text):
            continue
        if parts:
            gap = "\n" if listed and block.kind == "item" else "\n\n"
            parts.append(gap)
            length += len(gap)
        listed = block.kind == "item"
        while len(starts) <= block.page:
            starts.append(length)
        for turn in turns:
            starts.append(length + turn)
        parts.append(text)
        length += len(text)
    starts.extend([length] * (pages - len(starts)))
    return PdfText("".join(parts), tuple(_ascending(starts[:pages])), title)


def _ascending(starts: list[int]) -> Iterator[int]:
    highest = 0
    for start in starts:
        highest = max(highest, start)
        yield highest


def _markdown(block: _Block, words: Counter[str]) -> tuple[str, list[int]]:
    """The Markdown of a block, and the offsets in it at which later pages begin."""
    if block.kind == "table":
        return block.lines[0].text, []
    if _is_code(block):
        left = min(line.box[0] for line in block.lines)
        wide = block.size * 0.6
        code = "\n".join(
            " " * round((line.box[0] - left) / wide) + line.text for line in block.lines
        )
        return f"```\n{code}\n```", []
    text, turns = _flowed(block, words)
    if block.kind == "heading":
        return f"{'#' * block.level} {text}", []
    if block.kind == "item" and (bullet := _BULLET.match(text)):
        lead = bullet.end() - 2
        return f"- {text[bullet.end() :]}", [max(2, turn - lead) for turn in turns]
    if _MARKDOWN_START.match(text):
        return f"\\{text}", [turn + 1 for turn in turns]
    return text, turns


def _is_code(block: _Block) -> bool:
    if len(block.lines) < 2 or not all(line.mono for line in block.lines):
        return False
    text = block.plain
    return sum(1 for char in text if char in _CODE_MARKS) > len(text) * 0.04


def _flowed(block: _Block, words: Counter[str]) -> tuple[str, list[int]]:
    """The lines as one, words put together that were parted at the end of a line."""
    said = ""
    turns: list[int] = []
    for number, line in enumerate(block.lines):
        text = " ".join(line.text.split())
        parted = _HYPHENATED.search(said)
        rest = _FIRST_WORD.match(text)
        glued = bool(parted and rest and rest[0][0].islower())
        if parted and rest and glued:
            if not _keeps_hyphen(parted[1], rest[0], words):
                said = said[:-1]
        elif said and not _URL_TAIL.search(said):
            said += " "
        for _ in range(block.turns.count(number)):
            # A word that runs over the page belongs to the page on which it begins.
            space = text.find(" ") + 1 if glued else 0
            turns.append(len(said) + space)
        said += text
    return said, turns


def _keeps_hyphen(left: str, right: str, words: Counter[str]) -> bool:
    left, right = left.casefold(), right.casefold()
    if words[f"{left}-{right}"]:
        return True
    if words[left + right]:
        return False
    return bool(words[f"{left}-"] and words[right]) or (
        words[left] > 1 and words[right] > 1 and min(len(left), len(right)) > 2
    )
