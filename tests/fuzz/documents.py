"""Readers of documents, the chunker, and what reads answers for their sentences and markers."""

from typing import Any

from hypothesis import strategies as st

from assistant.citations import parse_citations, strip_markers
from assistant.text.sentences import split_sentences
from corpus.documents import Document
from corpus.errors import CorpusError
from corpus.fetch.robots import Robots, robots_text
from corpus.loaders import read_document
from corpus.readers.pdf_read import read_pdf_here
from corpus.text import clean_text
from index.chunking import chunk_document
from index.hash_embedder import HashEmbedder
from tests.fuzz.target import Target, spoilt, spoilt_text
from tests.support.markdown_texts import markdown_texts
from tests.support.payloads import payloads
from tests.support.pdf_bytes import PdfPage, make_pdf, paragraph
from tests.unit.test_corpus_readers_any_bytes import _holds

EMBEDDER = HashEmbedder()
MARKDOWN = """---
title: "A note"
date: 2026-11-01
---
# Phi-3

## Maker {#maker}

Microsoft makes **Phi-3**, see [the card](https://example.com/a "b") and ![a picture](x.png).

| Size | Tokens |
|------|-------:|
| 3.8B | 128,000 |

1. one
   - two
```python
print("# no heading")
```
> quoted[^1]

[^1]: a note
"""
HTML = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title></head>
<body><nav><a href="/">Home</a></nav><main><h1>Phi-3</h1><p>Microsoft makes <b>it</b>.</p>
<table><tr><th colspan="2">Size</th></tr><tr><td rowspan="2">3.8B</td><td>128k</td></tr></table>
<ul><li>one<ul><li>two</li></ul></li></ul><pre><code class="language-py">x = 1</code></pre>
<img src="x.png" alt="a picture"></main><script>alert(1)</script><footer>End</footer></body></html>
"""
TEXT = "Phi-3 is made by Microsoft.\n\nIt has 3.8 billion parameters, e.g. for phones.\n"
PDF = make_pdf([PdfPage(paragraph(["Some text that is long enough to be read."] * 3))] * 2)
HTML_WORDS = (
    *("<table>", "<td colspan=9999>", "</table>", "<ul><li>", "<pre>", "<!--", "-->", "<svg>"),
    *("<meta charset=utf-16>", "<script>", "</script>", "&#x110000;", "&#0;", "<p " + "a=1 " * 200),
    *("<br>", "&#1", "&#11;", "&#x1f;", "&nbsp;", "<span>", "</p>", "<dl><dt>", "<details>"),
    *("<h2>", "</h2>", "<a href='x'>", "</a>", "<main>", "<img alt='&#2;'>", "<caption>"),
    *("<hr>", "<b>", " "),
)
MARKDOWN_WORDS = (
    "```",
    "|---|",
    "[a]: b",
    "![",
    "](",
    "<div>",
    "{/*",
    "import a from 'b'",
    "~~~",
    "\t",
)
PDF_WORDS = ("/Length 99999999", "endstream", "obj", "/Kids [1 0 R]", "stream\n", "trailer", "xref")


def _read(suffix: str) -> Any:
    def check(data: bytes) -> None:
        try:
            loaded = read_document(data, id=f"folder/a{suffix}", suffix=suffix)
        except CorpusError as error:
            assert error.cure
            return
        _holds(loaded)
        _chunk(loaded.document.text)

    return check


def _chunk(text: str) -> None:
    cleaned = clean_text(text).text
    document = Document("a", "A", cleaned, "file")
    chunks = chunk_document(document, EMBEDDER.count_tokens, 60, 80)
    for chunk in chunks:
        assert EMBEDDER.count_tokens(chunk.search_text) <= 80
        assert 0 <= chunk.section.start <= chunk.start < chunk.end <= chunk.section.end
        assert chunk.section.end <= len(cleaned)
    assert len({chunk.id for chunk in chunks}) == len(chunks)


def _pdf(data: bytes) -> None:
    try:
        content = read_pdf_here(data, "a.pdf", lambda: None)
    except CorpusError as error:
        assert error.cure
        return
    assert list(content.pages) == sorted(content.pages)


def _citations(text: str) -> None:
    shown = {1, 2, 3}
    before = 0
    for citation in parse_citations(text, shown):
        assert before <= citation.span.start < citation.span.end <= len(text)
        before = citation.span.start
        assert citation.valid == (citation.number in shown)
    assert len(strip_markers(text)) <= len(text)


def _sentences(text: str) -> None:
    before = 0
    for span in split_sentences(text):
        assert before <= span.start < span.end <= len(text)
        before = span.end


def _robots(data: bytes) -> None:
    assert Robots(robots_text(data)).crawl_delay_s >= 0


_MARKERS = st.lists(
    st.sampled_from(
        [
            "[1]",
            "[2, 3]",
            "[0]",
            "[99]",
            "[",
            "]",
            "【1†a】",
            "[１]",
            "```",
            "`",
            "\n",
            " ",
            "a",
            "[1",
        ]
    )
    | st.text(max_size=4),
    max_size=30,
).map("".join)

TARGETS = (
    Target("markdown", spoilt([MARKDOWN.encode()], MARKDOWN_WORDS), _read(".md")),
    Target("html", spoilt([HTML.encode()], HTML_WORDS), _read(".html")),
    Target("text", spoilt([TEXT.encode(), TEXT.encode("utf-16")]), _read(".txt")),
    Target("pdf", spoilt([PDF], PDF_WORDS), _pdf),
    Target("chunker", markdown_texts() | st.text(max_size=300), _chunk),
    Target("citations", _MARKERS, _citations),
    Target("sentences", spoilt_text([TEXT, MARKDOWN], payloads("http://a.test")), _sentences),
    Target("robots", spoilt([b"User-agent: *\nDisallow: /a*b$\nCrawl-delay: 2\n"]), _robots),
)
