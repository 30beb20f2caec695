"""What a page carries besides its text: running heads and feet, page numbers, contents."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from corpus.readers.pdf_lines import Line, Page

_DIGITS: Final = re.compile(r"\d+")
_PAGE_NUMBER: Final = re.compile(
    r"(?:page\s+)?[-–—]?\s*(?:\d{1,4}|[ivxlc]{1,6})\s*[-–—]?(?:\s*(?:of|/|\|)\s*\d{1,4})?",
    re.IGNORECASE,
)
_CONTENTS: Final = re.compile(r"(?:table of )?contents|index of contents", re.IGNORECASE)
_CONTENTS_ENTRY: Final = re.compile(r".*(?:\.\s?){4,}\s*\d{1,4}|.*\D\s\d{1,3}")
_LEADERS: Final = re.compile(r".*(?:\.\s?){5,}\s*(?:\d{1,4}|[ivxl]+)")
_EDGE: Final = 0.12  # of the height of a page: where running heads and page numbers stand


def drop_furniture(pages: Sequence[Page], dropped: Counter[str]) -> list[list[Line]]:
    """The lines of each page that are its text; ``dropped`` counts the others by sort."""
    return _without_contents(_without_running(pages, dropped), dropped)


def _without_running(pages: Sequence[Page], dropped: Counter[str]) -> list[list[Line]]:
    counts: Counter[str] = Counter()
    for page in pages:
        counts.update({_pattern(line) for line in page.lines if _at_edge(line, page)})
    often = max(3, round(len(pages) * 0.25))
    kept: list[list[Line]] = []
    for page in pages:
        lines: list[Line] = []
        for line in page.lines:
            if (
                _at_edge(line, page)
                and len(pages) > 1
                and _PAGE_NUMBER.fullmatch(line.text.strip())
            ):
                dropped["page numbers"] += 1
            elif _at_edge(line, page) and counts[_pattern(line)] >= often:
                dropped["running heads and feet"] += 1
            else:
                lines.append(line)
        kept.append(lines)
    return kept


def _pattern(line: Line) -> str:
    return _DIGITS.sub("#", " ".join(line.text.split()))


def _at_edge(line: Line, page: Page) -> bool:
    edge = page.height * _EDGE
    return not line.table and (line.box[3] < edge or line.box[1] > page.height - edge)


def _without_contents(pages: list[list[Line]], dropped: Counter[str]) -> list[list[Line]]:
    kept: list[list[Line]] = []
    for lines in pages:
        entries = sum(1 for line in lines if _CONTENTS_ENTRY.fullmatch(line.text.strip()))
        named = any(_CONTENTS.fullmatch(line.text.strip()) for line in lines)
        if named and entries >= 5 and entries > len(lines) * 0.5:
            dropped["table of contents entries"] += len(lines)
            kept.append([])
            continue
        leaders = [line for line in lines if _LEADERS.fullmatch(line.text.strip())]
        dropped["table of contents entries"] += len(leaders)
        kept.append([line for line in lines if line not in leaders] if leaders else lines)
    return kept
