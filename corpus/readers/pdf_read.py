"""The whole way from the bytes of a PDF to its text; meant to run in a process of its own."""

import re
from collections import Counter
from collections.abc import Callable
from io import BytesIO
from typing import Any, Final

from corpus.errors import SourceUnreadable
from corpus.readers.content import Content
from corpus.readers.front_matter import iso_day
from corpus.readers.pdf_lines import read_page
from corpus.readers.pdf_text import write_pdf
from corpus.text import printable

MOST_PAGES: Final = 2_000
_SAMPLED: Final = 8
_DATE: Final = re.compile(r"(?:D:)?(\d{4})(\d{2})(\d{2})")
_NOT_A_TITLE: Final = re.compile(
    r"untitled|microsoft (?:word|powerpoint)|^[\W\d_]*$|"
    r"\.(?:docx?|pptx?|xlsx?|od[pst]|rtf|indd|tex|dvi|qxd|e?ps|pdf|x?html?|mdx?|txt)$|"
    r"^(?:https?|file)://",
    re.IGNORECASE,
)


def read_pdf_here(data: bytes, name: str, tick: Callable[[], None]) -> Content:
    """Read a PDF in this process.

    Args:
        data: the whole file.
        name: what to call it in an error.
        tick: called before each page; a parser that hangs calls it no more.

    Raises:
        SourceUnreadable: broken, protected, without text, or of too many pages.
    """
    import pdfplumber
    from pdfminer.pdfdocument import PDFPasswordIncorrect
    from pdfminer.pdfexceptions import PDFException
    from pdfminer.psexceptions import PSException
    from pdfplumber.utils.exceptions import MalformedPDFException, PdfminerException

    shown = f"“{printable(name)}”"
    try:
        with pdfplumber.open(BytesIO(data)) as document:
            return _read(document, shown, tick)
    except (PdfminerException, PDFException, PSException, MalformedPDFException) as exc:
        causes = (exc, *exc.args, exc.__cause__, exc.__context__)
        if any(isinstance(cause, PDFPasswordIncorrect) for cause in causes):
            raise SourceUnreadable(
                f"{shown} is protected by a password.", "Save it without one and add that."
            ) from exc
        raise broken(shown) from exc
    # A damaged file brings out whatever the parser did not foresee.
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError) as exc:
        raise broken(shown) from exc
    except (ArithmeticError, RecursionError, MemoryError, OSError, EOFError, StopIteration) as exc:
        raise broken(shown) from exc


def broken(shown: str) -> SourceUnreadable:
    """The error for a PDF that no page can be had from."""
    return SourceUnreadable(
        f"{shown} is not a PDF that can be read.", "Save it anew from the program it came from."
    )


def _read(document: Any, shown: str, tick: Callable[[], None]) -> Content:
    tick()
    count = len(document.pages)
    if count > MOST_PAGES:
        raise SourceUnreadable(
            f"{shown} has {count:,} pages, more than {MOST_PAGES:,}.",
            "Split it, or add the part that matters.",
        )
    dropped: Counter[str] = Counter()
    body_size = _body_size(document, tick)
    pages = []
    for page in document.pages:
        tick()
        pages.append(read_page(page, body_size, dropped))
        dropped["images"] += len(page.images)
        page.close()
    text = write_pdf(pages, body_size, dropped)
    if sum(map(str.isalnum, text.markdown)) < 10:
        raise SourceUnreadable(
            f"{shown} holds pictures of text, or letters that cannot be read, but no text.",
            "Run text recognition over it and add what comes out.",
        )
    declared = document.metadata or {}
    return Content(
        markdown=text.markdown,
        title=_title(declared.get("Title")) or text.title,
        dropped=dict(+dropped),
        dated=_day(declared.get("CreationDate")),
        pages=text.pages,
    )


def _body_size(document: Any, tick: Callable[[], None]) -> float:
    """The size of most letters, from pages spread over the document."""
    sizes: Counter[float] = Counter()
    step = -(-len(document.pages) // _SAMPLED) or 1
    for page in document.pages[::step]:
        tick()
        sizes.update(round(char["size"] * 2) / 2 for char in page.chars if char["text"].isalpha())
    return sizes.most_common(1)[0][0] if sizes else 10.0


def _title(declared: object) -> str | None:
    title = printable(declared) if isinstance(declared, str) else ""
    return None if len(title) < 4 or _NOT_A_TITLE.search(title) else title


def _day(declared: object) -> str | None:
    found = _DATE.match(declared) if isinstance(declared, str) else None
    return iso_day("-".join(found.groups())) if found else None
