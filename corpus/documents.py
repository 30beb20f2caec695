"""What a document is."""

from bisect import bisect_right
from dataclasses import dataclass
from typing import Literal

DocumentKind = Literal["lesson", "note", "file", "web"]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of characters, ``text[start:end]``."""

    start: int
    end: int

    def overlaps(self, other: "Span") -> bool:
        """Whether the two ranges share at least one character."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Document:
    """One source, as cleaned text; every offset in the program points into ``text``.

    Attributes:
        id: ``lesson``, ``notes/<name>``, or the file's path below the folder that was added.
        title: as a person would name it.
        text: Markdown, cleaned once (corpus.text).
        kind: where it comes from.
        url: where a person can read it, or None.
        vendor: the vendor it is about, or None.
        dated: the date that the content speaks for (ISO), or None when unknown.
        pages: for a paged format, the offset at which each page begins; else empty.
    """

    id: str
    title: str
    text: str
    kind: DocumentKind
    url: str | None = None
    vendor: str | None = None
    dated: str | None = None
    pages: tuple[int, ...] = ()

    def page_at(self, offset: int) -> int | None:
        """The page, from 1, that an offset of ``text`` stands on, or None without pages."""
        return bisect_right(self.pages, offset) or None
