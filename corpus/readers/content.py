"""What a reader gives back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Content:
    """What a reader found in the bytes of a file or page.

    Attributes:
        markdown: the text as Markdown, not yet cleaned.
        title: the title that the format itself declares, or None.
        dropped: how many pieces of each sort were left out or turned into plain text; a sort
            that did not occur is absent.
        dated: the date that the content declares for itself (ISO), or None.
        url: where the content says that it lives, or None.
        pages: for a paged format, the offset in ``markdown`` at which each page begins, each at
            the start of the text or after white space; else empty.
    """

    markdown: str
    title: str | None = None
    dropped: Mapping[str, int] = field(default_factory=dict)
    dated: str | None = None
    url: str | None = None
    pages: tuple[int, ...] = ()


Reader = Callable[[bytes, str], Content]
"""Turns bytes, and a name for errors, into content; raises SourceUnreadable and nothing else."""
