"""HTML pages."""

from corpus.readers.content import Content
from corpus.text import decode_bytes


def read_html(data: bytes, name: str) -> Content:
    """Read the main content of a page as Markdown.

    Raises:
        SourceUnreadable: not text, or nothing to read in it.
    """
    from markdownify import markdownify

    return Content(markdown=markdownify(decode_bytes(data, name), heading_style="ATX"))
