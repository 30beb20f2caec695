"""Lines of an answer that order it and state nothing: headings, and the heads of tables."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from corpus.documents import Span

_HEADING: Final = re.compile(r"^ {0,3}#{1,6}\s+(?P<words>.+?)\s*#*\s*$")
# A line of its own in bold is how models write a heading, too.
_BOLD: Final = re.compile(r"^\s*(?P<mark>\*\*|__)(?P<words>[^*_]+)(?P=mark)\s*:?\s*$")
_RULE: Final = re.compile(r"^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$")
_MOST_WORDS: Final = 8
# What has one of these, or a full stop, or a citation, says something even as a heading.
_STATES: Final = re.compile(
    r"\b(?:is|are|was|were|isn['’]t|aren['’]t|has|have|had|can|cannot|can['’]t|may|must|do|does|did|"
    r"will|makes?|made|owns?|costs?|runs?|supports?|allows?|needs?|keeps?|trains?|beats?|says?)\b"
    r"|[.!?;]\s*$|\[\d",
    re.I,
)


def furniture_of(text: str) -> tuple[Span, ...]:
    """The lines of ``text`` that state nothing by their form, in order.

    A heading that makes a statement is not one of them.
    """
    lines = list(_lines(text))
    heads = [
        span
        for (span, line), (_, below) in pairwise(lines)
        if "|" in line and "|" in below and _RULE.match(below)
    ]
    titles = [span for span, line in lines if _is_title(line)]
    return tuple(sorted({*heads, *titles}, key=lambda span: span.start))


def _is_title(line: str) -> bool:
    found = _HEADING.match(line) or _BOLD.match(line)
    if found is None:
        return False
    words = found["words"]
    return len(words.split()) <= _MOST_WORDS and not _STATES.search(words)


def _lines(text: str) -> Iterator[tuple[Span, str]]:
    start = 0
    for line in text.splitlines(keepends=True):
        yield Span(start, start + len(line)), line.rstrip("\r\n")
        start += len(line)
