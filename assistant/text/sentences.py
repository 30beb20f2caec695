"""Where sentences begin and end: in the prose of documents, and in answers of any shape."""

import re
from collections.abc import Iterator
from typing import Final

from corpus.documents import Span

_SHORTENED: Final = (
    r"e\.g|i\.e|etc|vs|approx|fig|sec|dr|mr|mrs|st|inc|ltd|co|cf|ca|"
    r"jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
)
_ABBREVIATION: Final = re.compile(rf"\b(?:{_SHORTENED})\.$", re.IGNORECASE)
# In documents, initials and the numbers of a list end no sentence either.
_PROSE_ABBREVIATION: Final = re.compile(
    rf"(?:\b(?:{_SHORTENED}|no|ms|corp|al)|\b[A-Za-z]|^\s*\d{{1,2}})\.$", re.IGNORECASE
)
_PROSE_END: Final = re.compile(r"[.!?…][\"'”’)\]]*(?=\s|$)")
_LIST_NUMBER: Final = re.compile(r"^[\s>#*\-|]*[0-9]{1,2}\.$")
_MARK: Final = r"(?:\s*(?:\[[0-9 ,;–-]+\]|【[0-9][^】\n]{0,40}】))*"
_END: Final = re.compile(rf"[.!?]+[\"'”’)\]]*{_MARK}(?=\s|$)|\n+|(?<=\|)\s*\n")


def sentence_ranges(text: str) -> Iterator[tuple[int, int]]:
    """Ranges of the sentences of a paragraph of a document, without surrounding white space.

    A line that ends a sentence ends it even before a small letter; any other line break is a space.
    """
    begin = 0
    for match in _PROSE_END.finditer(text):
        if match[0][0] == "." and _PROSE_ABBREVIATION.search(text[begin : match.start() + 1]):
            continue
        rest = text[match.end() :].lstrip(" ")
        if rest[:1].islower():
            continue
        yield from _trimmed(text, begin, match.end())
        begin = match.end()
    yield from _trimmed(text, begin, len(text))


def split_sentences(text: str) -> tuple[Span, ...]:
    """Cut an answer, or a passage, into sentences, list items and table rows.

    Every line break ends one. A citation marker after the full stop belongs to the sentence
    before it.

    Returns:
        Ranges without surrounding white space, in order; markup-only lines are left out.
    """
    spans = []
    start = 0
    for match in _END.finditer(text):
        if match.group()[0] == "." and _ABBREVIATION.search(text[start : match.start() + 1]):
            continue
        if _LIST_NUMBER.match(text[start : match.end()]):
            continue
        spans.append(Span(start, match.end()))
        start = match.end()
    spans.append(Span(start, len(text)))
    return tuple(span for raw in spans if (span := _bare(text, raw)) is not None)


def _trimmed(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[begin:end]
    left = begin + len(piece) - len(piece.lstrip(" \t\n>"))
    right = begin + len(piece.rstrip())
    if right > left:
        yield left, right


def _bare(text: str, span: Span) -> Span | None:
    piece = text[span.start : span.end]
    inner = re.sub(r"^[\s>#*\-|]+", "", piece)
    start = span.end - len(inner)
    end = start + len(inner.rstrip(" \n\t|"))
    if not re.search(r"\w{2}", text[start:end]):
        return None
    return Span(start, end)
