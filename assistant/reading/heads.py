"""The head of a table that was cut in two, put back before the rows that lost it."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from index.passages import Passage

_DELIMITER: Final = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*")
_MAX_CAPTION_CHARS: Final = 200


def with_table_heads(
    passages: Iterable[Passage], text_of: Callable[[str], str]
) -> tuple[Passage, ...]:
    """Give every passage that begins inside a table the table's head as its ``lead``.

    Args:
        passages: as they were retrieved.
        text_of: gives a document's text by its id.
    """
    return tuple(
        replace(passage, lead=head)
        if not passage.lead and (head := table_head(text_of(passage.source), passage.start))
        else passage
        for passage in passages
    )


def table_head(text: str, start: int) -> str:
    """The head of the table whose later rows begin at ``start``, or an empty string.

    The one-line paragraph above the table comes along: it often names the units.
    """
    if "|" not in text[start:].partition("\n")[0]:
        return ""
    above = text[:start].split("\n")[:-1]
    rows = 0
    while rows < len(above) and "|" in above[-1 - rows]:
        rows += 1
    table = above[len(above) - rows :]
    if len(table) < 2 or not _DELIMITER.fullmatch(table[1]):
        return ""
    head = f"{table[0]}\n{table[1]}"
    before = [line for line in above[: len(above) - rows][-3:] if line.strip()]
    caption = before[-1].strip() if before else ""
    if caption.endswith(".") and len(caption) <= _MAX_CAPTION_CHARS:
        return f"{caption}\n\n{head}"
    return head
