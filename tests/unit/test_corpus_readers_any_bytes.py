# ruff: noqa: E501
"""Whatever the bytes: a document that holds what is promised, or the one error."""

from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpus.errors import CorpusError
from corpus.loaders import Loaded, read_document
from corpus.readers import READERS
from corpus.readers.content import Content
from corpus.readers.pdf_read import read_pdf_here
from corpus.text import clean_pages, clean_text
from tests.support.pdf_bytes import PdfPage, make_pdf, paragraph

_PIECES = st.sampled_from(
    [
        "<table>", "<tr>", "<td rowspan=3>", "<th colspan=2>", "</table>", "<ul>", "<li>", "<p>",
        "<div class=nav>", "<main>", "<h1>", "</h1>", "<a href='x y'>", "</a>", "<b>", "</b>",
        "<br>", "<img alt='a b' src=x>", "<!--", "-->", "<pre>", "</pre>", "<code>", "<dl><dt>",
        "<details>", "<summary>", "</summary>", "<svg>", "<script>", "</script>", "<Tab label='x'>",
        "</Tab>", "{/*", "*/}", "import a from 'b'\n", "---\n", "title: x\n", "```", "`", "    ",
        "\n", "\n\n", "# ", "- ", "| a | b |", "|---|---|", "[", "](#a)", "![", "](u)", "> ", ":::note",
        "&amp;", "&#1;", "\ufb01", "\u200d", "\u0301", "\ufdd0b0\ufdd1", "\x00", "text", "\\", "*", "{#a}",
    ]
)  # fmt: skip
_TEXTS = st.lists(_PIECES | st.text(max_size=5), max_size=40).map("".join)


def _holds(loaded: Loaded) -> None:
    document = loaded.document
    assert clean_text(document.text).text == document.text
    assert document.text.strip()
    assert document.title and document.title == " ".join(document.title.split())
    assert list(document.pages) == sorted(document.pages)
    assert all(0 <= page <= len(document.text) for page in document.pages)
    assert all(count > 0 for count in loaded.dropped.values())
    assert len(loaded.sha256) == 64


def _try(data: bytes, suffix: str) -> None:
    try:
        loaded = read_document(data, id=f"folder/a{suffix}", suffix=suffix)
    except CorpusError as exc:
        assert exc.cure
        assert "\n" not in str(exc)
    else:
        _holds(loaded)


@pytest.mark.parametrize("suffix", sorted(set(READERS) - {".pdf"}))
@example(data=b"<br>&#1 and some text")
@example(data=b"<p>text <b>&#1;</b>&#2; more <br>&#31;</p>")
@settings(deadline=None, max_examples=60)
@given(data=st.binary() | _TEXTS.map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_give_a_document_or_the_one_error(suffix: str, data: bytes) -> None:
    _try(data, suffix)


_PDF = make_pdf([PdfPage(paragraph(["Some text that is long enough to be read."] * 3))] * 2)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_any_damage_to_a_pdf_gives_content_or_the_one_error(draw: st.DataObject) -> None:
    start = draw.draw(st.integers(0, len(_PDF)))
    end = draw.draw(st.integers(start, min(len(_PDF), start + 60)))
    data = _PDF[:start] + draw.draw(st.binary(max_size=20)) + _PDF[end:]
    _pdf_holds(lambda: read_pdf_here(data, "a.pdf", lambda: None))


@settings(deadline=None, max_examples=60)
@given(st.binary())
def test_any_bytes_for_a_pdf_give_the_one_error(data: bytes) -> None:
    _pdf_holds(lambda: read_pdf_here(data, "a.pdf", lambda: None))


def _pdf_holds(read: Callable[[], Content]) -> None:
    try:
        content = read()
    except CorpusError:
        return
    assert list(content.pages) == sorted(content.pages)
    for page in content.pages:
        assert page == 0 or page == len(content.markdown) or content.markdown[page - 1].isspace()


@given(st.lists(st.text(), max_size=6), st.sampled_from([" ", "\n", "\n\n"]))
def test_page_starts_move_with_what_is_cleaned_away(parts: list[str], space: str) -> None:
    raw, starts = "", []
    for part in parts:
        starts.append(len(raw))
        raw += part + space
    cleaned, moved = clean_pages(raw, starts)
    assert cleaned.text == clean_text(raw).text
    assert cleaned.removed == clean_text(raw).removed
    for start, part in zip(moved, parts, strict=True):
        assert cleaned.text[start:].startswith(clean_text(part).text)
