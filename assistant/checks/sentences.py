"""Sentences of a text, with their offsets."""

import re

from corpus.documents import Span

_ABBREVIATION = re.compile(
    r"\b(?:e\.g|i\.e|etc|vs|approx|fig|sec|dr|mr|mrs|st|inc|ltd|co|cf|ca|jan|feb|mar|apr|jun|"
    r"jul|aug|sep|sept|oct|nov|dec)\.$",
    re.IGNORECASE,
)
_LIST_NUMBER = re.compile(r"^[\s>#*\-|]*[0-9]{1,2}\.$")
_MARK = r"(?:\s*(?:\[[0-9 ,;–-]+\]|【[0-9][^】\n]{0,40}】))*"
_END = re.compile(rf"[.!?]+[\"'”’)\]]*{_MARK}(?=\s|$)|\n+|(?<=\|)\s*\n")


def split_sentences(text: str) -> tuple[Span, ...]:
    """Cut a text into sentences, list items and table rows.

    A citation marker after the full stop belongs to the sentence before it.

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
    return tuple(span for raw in spans if (span := _trim(text, raw)) is not None)


def _trim(text: str, span: Span) -> Span | None:
    piece = text[span.start : span.end]
    inner = re.sub(r"^[\s>#*\-|]+", "", piece)
    start = span.end - len(inner)
    end = start + len(inner.rstrip(" \n\t|"))
    if not re.search(r"\w{2}", text[start:end]):
        return None
    return Span(start, end)
