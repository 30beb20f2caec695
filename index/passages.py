"""What is searched (a chunk) and what is read (a passage)."""

from dataclasses import dataclass, replace
from typing import Literal, Protocol

from corpus.documents import Span
from index.query import Query

ChunkKind = Literal["prose", "table", "row"]


@dataclass(frozen=True, slots=True)
class Chunk:
    """A small piece of a document that is searched.

    Attributes:
        id: derived from the document's id, the offsets and the search text.
        document_id: the document it was cut from.
        heading_path: the headings above it, outermost first, without Markdown marks.
        start: offset of its first character in the document's text.
        end: offset after its last character; ``document.text[start:end]`` is the chunk.
        search_text: what is embedded and indexed; for a table row it is a sentence.
        section: the range that is read when this chunk is found.
        kind: prose, a whole table (or a group of its rows), or one row of a table.
    """

    id: str
    document_id: str
    heading_path: tuple[str, ...]
    start: int
    end: int
    search_text: str
    section: Span
    kind: ChunkKind


@dataclass(frozen=True, slots=True)
class Passage:
    """A retrieved section as the model and the reader see it.

    Attributes:
        number: rank, from 1; the ``[n]`` of a citation.
        source: the document's id.
        title: the document's title.
        heading_path: the headings above it, outermost first.
        url: where a person can read the document, or None.
        start: offset of the first character in the document's text.
        end: offset after the last character.
        text: ``document.text[start:end]``, unchanged.
        score: fused score, 0 to 1, comparable within one question only, and within one of the
            things that it compares.
        similarity: cosine of the question and the best chunk of this passage, -1 to 1; of a
            question about several things, as it is asked for the nearest of them.
        match: the chunk that was found, as offsets in the document.
        dated: the date that the document speaks for (ISO), or None.
        lead: what has to be read before ``text`` and stands earlier in the document, such as the
            head of a table that was cut in two; or empty. No offset counts it.
        page: the page, from 1, that the match begins on, for a paged format; else None.
    """

    number: int
    source: str
    title: str
    heading_path: tuple[str, ...]
    url: str | None
    start: int
    end: int
    text: str
    score: float
    similarity: float
    match: Span
    dated: str | None = None
    lead: str = ""
    page: int | None = None

    @property
    def unfound(self) -> "Passage":
        """The passage without how it was found, which differs from question to question."""
        return replace(self, score=0.0, similarity=0.0, match=Span(0, 0))

    @property
    def heading(self) -> str:
        """The heading path as one line."""
        return " > ".join(self.heading_path)


class Retriever(Protocol):
    """Finds passages for a question."""

    def understand(self, question: str) -> Query:
        """Return what is searched for: slips mended, other languages in words of English."""
        ...

    def retrieve(self, question: str, k: int) -> tuple[Passage, ...]:
        """Return at most ``k`` passages, best first, numbered from 1.

        Raises:
            StoreError: the index is missing, stale or damaged.
        """
        ...
