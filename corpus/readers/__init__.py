"""Readers: the bytes of a format in, Markdown out. One module a format, heavy libraries lazy."""

from collections.abc import Mapping
from typing import Final

from corpus.readers.content import Content, Reader
from corpus.readers.html import read_html
from corpus.readers.markdown import read_markdown
from corpus.readers.pdf import read_pdf
from corpus.readers.plain import read_plain

__all__ = ["READERS", "READER_VERSION", "Content", "Reader"]

READER_VERSION: Final = 1
"""Goes up by one whenever a reader, or the cleaning after it, makes another text of the same bytes:
what an older one read is then read again where it would pass for unchanged."""

READERS: Final[Mapping[str, Reader]] = {
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".mdx": read_markdown,
    ".txt": read_plain,
    ".html": read_html,
    ".htm": read_html,
    ".xhtml": read_html,
    ".pdf": read_pdf,
}
"""The reader of each kind of file, by its suffix in lower case."""
