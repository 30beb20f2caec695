"""Sections by where they stand, built as retrieval builds them."""

from collections.abc import Iterable

from corpus.documents import Span
from index.opening import Index
from index.passages import Passage


def passages_at(index: Index, places: Iterable[tuple[str, Span]]) -> tuple[Passage, ...]:
    """The sections that hold some places, each once, in the order of the places.

    A place that runs over the end of a section brings both. Their score and similarity are 1: they
    are not ranked.

    Args:
        index: the open index.
        places: document's id and range; documents that are not indexed are left out.
    """
    passages: dict[tuple[str, Span], Passage] = {}
    for source, span in places:
        for chunk in index.chunks:
            key = (source, chunk.section)
            if chunk.document_id != source or not chunk.section.overlaps(span) or key in passages:
                continue
            document = index.documents[source]
            section = chunk.section
            passages[key] = Passage(
                number=len(passages) + 1,
                source=source,
                title=document.title,
                heading_path=chunk.heading_path,
                url=document.url,
                start=section.start,
                end=section.end,
                text=document.text[section.start : section.end],
                score=1.0,
                similarity=1.0,
                match=span,
                dated=document.dated,
                page=document.page_at(section.start),
            )
    return tuple(passages.values())
