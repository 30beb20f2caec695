"""PDF, always read in a process of its own: the format is too rich to trust any parser with."""

from corpus.readers.apart import read_apart
from corpus.readers.content import Content


def read_pdf(data: bytes, name: str) -> Content:
    """Read a PDF as Markdown with headings, paragraphs, tables and page starts.

    Raises:
        SourceUnreadable: broken, protected by a password, without text, of too many pages, or
            more than the parser can do in bounded time and memory.
    """
    return read_apart("pdf", data, name)
