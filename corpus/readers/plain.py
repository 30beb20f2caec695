"""Plain text."""

from corpus.readers.content import Content
from corpus.text import decode_bytes


def read_plain(data: bytes, name: str) -> Content:
    """Read plain text as it is.

    Raises:
        SourceUnreadable: not UTF-8 or UTF-16 text.
    """
    return Content(markdown=decode_bytes(data, name))
