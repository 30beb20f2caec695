"""Where sentences begin and end."""

import re
from collections.abc import Iterator
from typing import Final

_SENTENCE_END: Final = re.compile(r"[.!?…][\"'”’)\]]*(?=\s|$)")
_ABBREVIATION: Final = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|approx|no|fig|sec|dr|mr|mrs|ms|st|inc|ltd|co|corp|cf|ca|al|"
    r"jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)|\b[A-Za-z]|^\s*\d{1,2})\.$",
    re.IGNORECASE,
)


def sentence_ranges(text: str) -> Iterator[tuple[int, int]]:
    """Ranges of the sentences of a paragraph, without surrounding white space.

    A line that ends a sentence ends it even before a small letter; any other line break is a space.
    """
    begin = 0
    for match in _SENTENCE_END.finditer(text):
        if match[0][0] == "." and _ABBREVIATION.search(text[begin : match.start() + 1]):
            continue
        rest = text[match.end() :].lstrip(" ")
        if rest[:1].islower():
            continue
        yield from _trimmed(text, begin, match.end())
        begin = match.end()
    yield from _trimmed(text, begin, len(text))


def _trimmed(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[begin:end]
    left = begin + len(piece) - len(piece.lstrip(" \t\n>"))
    right = begin + len(piece.rstrip())
    if right > left:
        yield left, right
