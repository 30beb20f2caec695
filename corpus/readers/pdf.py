"""PDF."""

from io import BytesIO

from corpus.errors import SourceUnreadable
from corpus.readers.content import Content
from corpus.text import printable


def read_pdf(data: bytes, name: str) -> Content:
    """Read the text of a PDF as Markdown.

    Raises:
        SourceUnreadable: not a PDF that can be read.
    """
    import pypdf
    from pypdf.errors import PyPdfError

    try:
        pages = [page.extract_text() for page in pypdf.PdfReader(BytesIO(data)).pages]
    except PyPdfError as exc:
        raise SourceUnreadable(
            f"“{printable(name)}” is not a PDF that can be read.", "Save it anew and add that."
        ) from exc
    starts: list[int] = []
    text = ""
    for page in pages:
        starts.append(len(text))
        text += page.strip() + "\n\n"
    return Content(markdown=text, pages=tuple(starts))
