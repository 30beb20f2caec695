"""PDFs as Markdown."""

import pytest

from corpus.errors import SourceUnreadable
from corpus.loaders import read_document
from corpus.readers import apart
from corpus.readers.content import Content
from corpus.readers.pdf_read import MOST_PAGES, read_pdf_here
from tests.support.pdf_bytes import PdfPage, Words, make_pdf, paragraph

_LONG = [
    "The model was trained on a large mix of text from the open web, and",
    "it was then tuned on the preferences of people who compared pairs of",
    "answers until both of them agreed on which of the two was the better.",
]


def _read(*pages: PdfPage, **info: str) -> Content:
    return read_pdf_here(make_pdf(pages, info), "a.pdf", lambda: None)


def test_lines_become_paragraphs() -> None:
    said = _read(PdfPage([*paragraph(_LONG), *paragraph(["A second one."], y=200)])).markdown
    assert said == " ".join(_LONG) + "\n\nA second one."


def test_larger_and_bold_lines_are_headings_of_their_level() -> None:
    page = PdfPage(
        [
            Words(72, 80, "The whole report", 22),
            Words(72, 120, "1 Method", 14),
            *paragraph(_LONG, y=150),
            Words(72, 240, "1.1 Data", 10, 1),
            *paragraph(_LONG, y=260),
        ]
    )
    content = _read(page)
    headings = [line for line in content.markdown.split("\n") if line.startswith("#")]
    assert headings == ["# The whole report", "## 1 Method", "### 1.1 Data"]
    assert content.title == "The whole report"


def test_two_columns_are_read_one_after_the_other() -> None:
    left = [f"Left line {n} goes on for a good while" for n in range(6)]
    right = [f"Right line {n} goes on for a good while" for n in range(6)]
    title = Words(150, 60, "A title that spans both of the columns here", 16)
    page = PdfPage([title, *paragraph(left, 60, 104), *paragraph(right, 330, 100)])
    said = _read(page).markdown
    places = [said.index(text) for text in ("A title", *left, *right)]
    assert places == sorted(places)


def test_words_parted_at_the_end_of_a_line_are_put_together() -> None:
    lines = [
        "Fine-tuning goes on, and self-taught people are good at fine-tuning mod-",
        "els of every size and kind, which is why most of them prefer self-",
        "taught methods, and so they say it is a well-known fact of all life-",
        "times.",
    ]
    said = _read(PdfPage(paragraph(lines))).markdown
    assert "tuning models of" in said
    assert "prefer self-taught methods" in said
    assert said.endswith("lifetimes.")


def test_running_heads_and_page_numbers_are_dropped_and_counted() -> None:
    pages = [
        PdfPage(
            [
                Words(72, 40, "Annual report of the makers"),
                *paragraph([f"Page {n} says something of its own."], y=300),
                Words(300, 760, str(n)),
            ]
        )
        for n in range(1, 5)
    ]
    content = _read(*pages)
    assert "Annual report" not in content.markdown
    assert content.dropped["running heads and feet"] == 4
    assert content.dropped["page numbers"] == 4
    assert content.markdown.count("something of its own") == 4


def test_page_starts_point_to_what_each_page_begins_with() -> None:
    first = PdfPage(paragraph([*_LONG, "and so on, until the sentence runs over the"]))
    second = PdfPage([*paragraph(["end of its page and stops.", ""]), Words(72, 200, "Then more.")])
    third = PdfPage([Words(72, 100, "Third page.")])
    content = _read(first, PdfPage(), second, third)
    begins = [content.markdown[start:][:11] for start in content.pages]
    assert begins == ["The model w", "end of its ", "end of its ", "Third page."]
    document = read_document(
        make_pdf([first, PdfPage(), second, third]), id="a.pdf", suffix=".pdf"
    ).document
    assert document.page_at(document.text.index("model was trained")) == 1
    assert document.page_at(document.text.index("end of its page")) == 3
    assert document.page_at(document.text.index("Third")) == 4


def test_a_ruled_table_becomes_a_markdown_table() -> None:
    cells = [["Model", "Size", "Score"], ["Small", "7B", "61.5"], ["Large", "70B", "79.3"]]
    words = [
        Words(82 + 100 * x, 118 + 24 * y, cell)
        for y, row in enumerate(cells)
        for x, cell in enumerate(row)
    ]
    rules = [(72, 100 + 24 * n, 372, 100 + 24 * n) for n in range(4)]
    rules += [(72 + 100 * n, 100, 72 + 100 * n, 172) for n in range(4)]
    page = PdfPage([*words, *paragraph(_LONG, y=250)], rules)
    assert _read(page).markdown.startswith(
        "| Model | Size | Score |\n| --- | --- | --- |\n"
        "| Small | 7B | 61.5 |\n| Large | 70B | 79.3 |"
    )


def test_lists_notes_and_exponents_are_told_apart() -> None:
    page = PdfPage(
        [
            *paragraph(_LONG),
            Words(80, 160, "\u2022 one thing that is listed"),
            Words(80, 172, "\u2022 another thing"),
            Words(72, 200, "It took 10"),
            Words(119, 196, "24", 6),
            Words(127, 200, "steps"),
            Words(152, 196, "3", 6),
            Words(158, 200, "in all."),
        ]
    )
    said = _read(page).markdown
    assert "- one thing that is listed\n- another thing" in said
    assert "It took 10^24 steps in all." in said


def test_code_keeps_its_lines() -> None:
    code = ["def f(x):", "    return x[0] + 1", "f([1, 2])"]
    words = [Words(72, 200 + 12 * n, line, 10, 2) for n, line in enumerate(code)]
    said = _read(PdfPage([*paragraph(_LONG), *words])).markdown
    assert "```\ndef f(x):\n    return x[0] + 1\nf([1, 2])\n```" in said


def test_a_table_of_contents_and_rotated_text_are_dropped() -> None:
    entries = [f"Chapter {n} and what it holds . . . . . . . {n}1" for n in range(1, 8)]
    first = PdfPage([Words(72, 80, "Contents", 16), *paragraph(entries)], rotated="Draft")
    content = _read(first, PdfPage(paragraph(_LONG)))
    assert content.markdown == " ".join(_LONG)
    assert content.dropped["table of contents entries"] >= 7
    assert content.dropped["rotated letters"] == 5


@pytest.mark.parametrize(
    ("declared", "title"),
    [
        ("A proper title", "A proper title"),
        ("Microsoft Word - draft.docx", None),
        ("untitled", None),
        ("report_final.html", None),
        ("https://x.example/print", None),
        ("What is new in Node.js", "What is new in Node.js"),
        ("report.indd", None),
    ],
)
def test_declared_titles_are_believed_when_they_are_titles(
    declared: str, title: str | None
) -> None:
    assert _read(PdfPage(paragraph(_LONG)), Title=declared).title == title


@pytest.mark.parametrize(
    ("declared", "dated"),
    [("D:20230714131005-07'00'", "2023-07-14"), ("D:00010101", None), ("yesterday", None)],
)
def test_the_date_of_making_is_kept(declared: str, dated: str | None) -> None:
    assert _read(PdfPage(paragraph(_LONG)), CreationDate=declared).dated == dated


def test_a_line_that_looks_like_markdown_stays_text() -> None:
    said = _read(PdfPage(paragraph(["# is a sign that they use for numbers here."]))).markdown
    assert said.startswith("\\# is a sign")


_GOOD = make_pdf([PdfPage(paragraph(_LONG))])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(b"%PDF-1.7\n" + b"\x00" * 200, "not a PDF", id="broken"),
        pytest.param(b"no PDF at all", "not a PDF", id="something else"),
        pytest.param(b"", "not a PDF", id="empty"),
        pytest.param(make_pdf([PdfPage()]), "pictures of text", id="no text"),
    ],
)
def test_a_pdf_that_cannot_be_read_says_why_in_one_line(data: bytes, message: str) -> None:
    with pytest.raises(SourceUnreadable, match=message) as caught:
        read_document(data, id="x/a.pdf", suffix=".pdf")
    assert "“x/a.pdf”" in caught.value.what
    assert "\n" not in str(caught.value)


def test_a_protected_pdf_is_named_as_such() -> None:
    pypdf = pytest.importorskip("pypdf")
    from io import BytesIO

    writer = pypdf.PdfWriter(clone_from=BytesIO(_GOOD))
    writer.encrypt("secret", algorithm="RC4-128")
    locked = BytesIO()
    writer.write(locked)
    with pytest.raises(SourceUnreadable, match="password"):
        read_document(locked.getvalue(), id="a.pdf", suffix=".pdf")


def test_a_pdf_of_too_many_pages_is_refused() -> None:
    data = make_pdf([PdfPage()] * (MOST_PAGES + 1))
    with pytest.raises(SourceUnreadable, match="2,001 pages"):
        read_pdf_here(data, "a.pdf", lambda: None)


@pytest.mark.parametrize("limit", ["total_s", "stall_s"])
def test_a_parser_that_does_not_come_back_is_ended(limit: str) -> None:
    limits = {"total_s": 60.0, "stall_s": 60.0, limit: 0.01}
    with pytest.raises(SourceUnreadable, match="more time or memory"):
        apart.read_apart("pdf", _GOOD, "a.pdf", **limits)


def test_a_parser_that_crashes_takes_nothing_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "_START", "import os; os.abort()")
    with pytest.raises(SourceUnreadable, match="fail"):
        apart.read_apart("pdf", _GOOD, "a.pdf")
