"""Tables of contents: lists whose every item only leads to a heading of the same text."""

import re
from collections import Counter
from typing import Final

_ENTRY: Final = re.compile(
    r"[ \t]*(?:(?:[-*+]|\d{1,3}[.)])[ \t]+)?(?:[*_]{1,2})?"
    r"\[[^\[\]\n]*(?:\[[^\[\]\n]*\])?[^\[\]\n]*\]"
    r"\(#[^()\s]*\)(?:[*_]{1,2})?(?:[ \t]*[|·•][ \t]*)?[ \t]*"
)
_NAME: Final = re.compile(
    r"[ \t]*(?:#{1,6}[ \t]+|[*_]{2})?"
    r"(?:table of contents?|contents|toc|on this page|in this article)"
    r":?(?:[*_]{2})?:?[ \t]*#*[ \t]*",
    re.IGNORECASE,
)
_FEWEST: Final = 3
_LONGEST: Final = 500  # characters; a longer line is no entry, and slow to match


def drop_contents(text: str, dropped: Counter[str]) -> str:
    """Drop each list of three or more links into the text, and a heading that announces one."""
    if "](#" not in text:
        return text
    lines = text.split("\n")
    kept: list[str] = []
    at = 0
    while at < len(lines):
        end, entries = _list_end(lines, at)
        named = _named(kept)
        if entries >= _FEWEST or (entries and named is not None):
            if named is not None:
                del kept[named:]
            dropped["table of contents entries"] += entries
            at = end
            continue
        kept.append(lines[at])
        at += 1
    return "\n".join(kept)


def _list_end(lines: list[str], at: int) -> tuple[int, int]:
    """The line after a list of links that begins here, and how many links it holds."""
    end, entries = at, 0
    for number in range(at, len(lines)):
        if len(lines[number]) < _LONGEST and _ENTRY.fullmatch(lines[number]):
            end, entries = number + 1, entries + 1
        elif lines[number].strip() or not entries:
            break
    return end, entries


def _named(kept: list[str]) -> int | None:
    """Where the heading of a table of contents stands, when it is the last that was said."""
    for number in range(len(kept) - 1, max(-1, len(kept) - 5), -1):
        if kept[number].strip():
            return number if _NAME.fullmatch(kept[number][:_LONGEST]) else None
    return None
