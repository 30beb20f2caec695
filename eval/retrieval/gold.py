"""Where in a document a place is: the smallest range of its text that holds all the anchors."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

from corpus.documents import Document, Span
from corpus.errors import CorpusError
from eval.retrieval.questions import Place, Question

MAX_CHARS: Final = 800
"""Anchors further apart than this do not stand together."""
_ACCIDENT: Final = 2
"""A second range this many times as long as the smallest holds the words by accident."""

# A comment in a code block looks like a heading.
_HEADING: Final = re.compile(
    r"^(?P<fence>```|~~~).*?^(?P=fence)|^(?P<marks>#{1,6})[ \t]+(?P<words>[^\n]+)$",
    re.MULTILINE | re.DOTALL,
)
# Readers differ in marks and line breaks between two words of one anchor.
_BETWEEN: Final = r"[\s*_`|\\>]+"
_CURE: Final = "Correct the anchors of the question."

_Hit = tuple[int, int, int]
"""Start, end, and which anchor it is."""


class GoldMissing(CorpusError):
    """A place of the question set is not in its document, or is there more than once."""


def gold_of(
    question: Question, documents: Mapping[str, Document]
) -> tuple[tuple[tuple[str, Span], ...], ...]:
    """For each need of a question, the ranges that answer it; documents not loaded are left out.

    Args:
        question: the question.
        documents: what is loaded, by id.

    Raises:
        GoldMissing: a place is not in its document, or not in one place only.
    """
    return tuple(
        tuple(
            (place.source, resolve(place, documents[place.source]))
            for place in need
            if place.source in documents
        )
        for need in question.needs
    )


def resolve(place: Place, document: Document) -> Span:
    """Find a place in its document's text.

    Raises:
        GoldMissing: an anchor does not occur, they never stand together, or they do so twice.
    """
    text = document.text
    hits: list[_Hit] = []
    for which, anchor in enumerate(place.near):
        found = [(m.start(), m.end(), which) for m in _pattern(anchor).finditer(text)]
        if not found:
            raise GoldMissing(f"“{anchor}” does not occur in {place.source}.", _CURE)
        hits.extend(found)
    headings = _Headings(text)
    spans = [
        span
        for span in _smallest_ranges(sorted(hits), len(place.near))
        if span.end - span.start <= MAX_CHARS
        and (place.under is None or headings.stand_above(span.start, place.under))
    ]
    shown = ", ".join(place.near)
    if not spans:
        below = f" under “{place.under}”" if place.under else ""
        raise GoldMissing(
            f"“{shown}” do not stand together{below} in {place.source}: {_nearest(hits, place)}.",
            _CURE,
        )
    best = min(spans, key=lambda span: (span.end - span.start, span.start))
    limit = _ACCIDENT * (best.end - best.start)
    rivals = [s for s in spans if not s.overlaps(best) and s.end - s.start <= limit]
    if rivals:
        raise GoldMissing(
            f"“{shown}” stand together more than once in {place.source}: "
            f"at {best.start} and at {rivals[0].start}.",
            _CURE,
        )
    return best


def covers_half(start: int, end: int, gold: Span) -> bool:
    """Whether a passage holds at least half of a gold range."""
    return 2 * (min(end, gold.end) - max(start, gold.start)) >= gold.end - gold.start


def _smallest_ranges(hits: Sequence[_Hit], anchors: int) -> Iterator[Span]:
    """Each range that holds all the anchors and none smaller that does, in order."""
    last: dict[int, _Hit] = {}
    before: Span | None = None
    for hit in hits:
        last[hit[2]] = hit
        if len(last) < anchors:
            continue
        span = Span(min(h[0] for h in last.values()), max(h[1] for h in last.values()))
        if before is not None and before.start < span.start:
            yield before
        if before is None or before.start < span.start:
            before = span
    if before is not None:
        yield before


def _nearest(hits: Sequence[_Hit], place: Place) -> str:
    spans = list(_smallest_ranges(sorted(hits), len(place.near)))
    shortest = min(span.end - span.start for span in spans)
    return f"at best within {shortest:,} characters"


class _Headings:
    """The headings of a Markdown text, by where they stand."""

    def __init__(self, text: str) -> None:
        found = [match for match in _HEADING.finditer(text) if match["marks"]]
        self._starts = [match.start() for match in found]
        self._levels = [len(match["marks"]) for match in found]
        self._words = [match.group("words") for match in found]

    def stand_above(self, offset: int, words: str) -> bool:
        """Whether a heading above ``offset``, or one that holds it, has the words."""
        level = 7
        for i in range(bisect_right(self._starts, offset) - 1, -1, -1):
            if self._levels[i] >= level:
                continue
            level = self._levels[i]
            if _pattern(words).search(self._words[i]):
                return True
        return False


@lru_cache(maxsize=4096)
def _pattern(anchor: str) -> re.Pattern[str]:
    words = _BETWEEN.join(re.escape(word) for word in anchor.split())
    # "2" is not in "2.5" or "12", and "7B" not in "47B"; a full stop may follow.
    return re.compile(rf"(?<!\w)(?<!\d[.,]){words}(?!\w|[.,]\d)", re.IGNORECASE)
