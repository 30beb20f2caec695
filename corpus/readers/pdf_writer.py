"""Blocks of a PDF written as Markdown, with the offset at which each page begins."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from corpus.readers.pdf_block import BULLET, HYPHENATED, Block

_FIRST_WORD: Final = re.compile(r"[^\W\d_]+")
_URL_TAIL: Final = re.compile(r"(?:https?://|www\.)\S*[./_=&?%-]$|\w\.[a-z]{2,6}/(?:\S*/)?$")
_CODE_MARKS: Final = frozenset("{}[]();=<>_#$|\\/")
_MARKDOWN_START: Final = re.compile(r"(#{1,6}(?=\s)|>|\+(?=\s)|={3,}$|-{3,}$|```|~~~)")


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


def write_blocks(
    blocks: list[Block], pages: int, words: Counter[str], title: str | None
) -> PdfText:
    """Write the blocks of a PDF as Markdown.

    Args:
        blocks: in the order of reading.
        pages: how many pages there are.
        words: how often each word occurs, to tell a hyphen from a word that was parted.
        title: as in ``PdfText``.
    """
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


def _markdown(block: Block, words: Counter[str]) -> tuple[str, list[int]]:
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
    if block.kind == "item" and (bullet := BULLET.match(text)):
        lead = bullet.end() - 2
        return f"- {text[bullet.end() :]}", [max(2, turn - lead) for turn in turns]
    if _MARKDOWN_START.match(text):
        return f"\\{text}", [turn + 1 for turn in turns]
    return text, turns


def _is_code(block: Block) -> bool:
    if len(block.lines) < 2 or not all(line.mono for line in block.lines):
        return False
    text = block.plain
    return sum(1 for char in text if char in _CODE_MARKS) > len(text) * 0.04


def _flowed(block: Block, words: Counter[str]) -> tuple[str, list[int]]:
    """The lines as one, words put together that were parted at the end of a line."""
    said = ""
    turns: list[int] = []
    for number, line in enumerate(block.lines):
        text = " ".join(line.text.split())
        parted = HYPHENATED.search(said)
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
