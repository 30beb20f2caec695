# ruff: noqa: E501
"""HTML pages as Markdown."""

import pytest

from corpus.errors import SourceUnreadable
from corpus.loaders import read_document
from corpus.readers.content import Content
from corpus.readers.html import read_html

_TEXT = "<p>The model reads text and answers in kind.</p>"


def _read(html: str) -> Content:
    return read_html(html.encode(), "a.html")


def _main(html: str) -> str:
    return _read(f"<body><nav>Away</nav><main>{html}</main></body>").markdown


def test_only_the_main_part_is_read_and_the_rest_is_counted() -> None:
    content = _read(
        "<header><a href=/>Home</a></header><nav><ul><li>Blog</ul></nav>"
        "<div class=site-sidebar>Side</div><main><article><h1>Title"
        "<a class=headerlink href=#t aria-hidden=true>#</a></h1>"
        f"{_TEXT}<button>Copy</button><script>x()</script><div hidden>Secret</div></article>"
        "<aside>Read more</aside><aside class=note>Mind this.</aside></main>"
        "<footer>Imprint</footer><dialog>Cookies</dialog>"
    )
    assert content.markdown == (
        "# Title\n\nThe model reads text and answers in kind.\n\nMind this."
    )
    assert content.dropped == {
        "asides": 1,
        "form fields": 1,
        "hidden elements": 2,
        "navigation": 3,
        "page headers and footers": 2,
        "scripts and styles": 1,
    }


def test_a_page_without_landmarks_loses_its_link_lists_alone() -> None:
    links = "".join(f"<li><a href=/{n}>Page {n}</a>" for n in range(8))
    content = _read(f"<div><ul>{links}</ul></div><h1>T</h1>{_TEXT * 5}<p>See <a href=/a>A</a>.")
    assert "Page 3" not in content.markdown
    assert content.markdown.count("answers in kind") == 5
    assert "See [A](/a)." in content.markdown


def test_a_page_of_several_articles_keeps_them_all() -> None:
    page = "".join(f"<article><h2>News {n}</h2>{_TEXT}</article>" for n in range(3))
    said = _read(f"<nav>Away</nav><div>{page}</div>").markdown
    assert [f"## News {n}" in said for n in range(3)] == [True] * 3
    assert "Away" not in said


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        pytest.param(
            "<ul><li>a<ol start=3><li>b<li>c</ol><li>d</ul>",
            "- a\n  3. b\n  4. c\n- d",
            id="nested lists",
        ),
        pytest.param(
            "<dl><dt>Token</dt><dd>A piece of a word.</dd></dl>",
            "**Token**\n- A piece of a word.",
            id="definitions",
        ),
        pytest.param(
            '<pre><code class="language-python">a = `1`\n\n  b</code></pre>',
            "```python\na = `1`\n\n  b\n```",
            id="code with its language",
        ),
        pytest.param(
            '<div class="highlight-sh"><pre>```\nx\n```</pre></div>',
            "````sh\n```\nx\n```\n````",
            id="code that holds a fence",
        ),
        pytest.param(
            "<table><thead><tr><th rowspan=2>M</th><th colspan=2>S</th></tr><tr><th>a</th><th>b</th>"
            "</tr></thead><tbody><tr><td rowspan=2>x</td><td>1</td><td>2|3</td></tr>"
            "<tr><td colspan=2>4</td></tr><tr><td colspan=3>all</td></tr></tbody></table>",
            "| M | S a | S b |\n| --- | --- | --- |\n| x | 1 | 2\\|3 |\n| x | 4 | 4 |\n| all |  |  |",
            id="spans",
        ),
        pytest.param(
            "<table><caption>Prices</caption><tr><td>a</td><td>b<br>c<ul><li>d</ul></td></tr></table>",
            "Prices\n\n| a | b c - d |\n| --- | --- |",
            id="caption and blocks in a cell",
        ),
        pytest.param(
            "<table><tr><td><h2>Layout</h2><p>a</p></td><td><pre>b</pre></td></tr></table>",
            "## Layout\n\na\n\n```\nb\n```",
            id="a table that only lays out",
        ),
        pytest.param("<p>10<sup>24</sup> CO<sub>2</sub> 2<sup>nd</sup>", "10^24 CO2 2nd", id="small"),
        pytest.param("<p>Use &lt;image> and a_b * c", "Use \\<image> and a_b * c", id="marks"),
        pytest.param("<blockquote><p>a<p>b</blockquote>", "> a\n>\n> b", id="quote"),
        pytest.param("<details><summary><b>More</b></summary>x</details>", "**More**\n\nx", id="details"),
        pytest.param("<p><img alt='Cost by year' src=a.png> <img src=b.png>x", "(Image: Cost by year) x", id="images"),
        pytest.param("<p><img src=a.png> <br><br>Caption<br>more", "Caption\\\nmore", id="breaks"),
        pytest.param("<p><a href='javascript:x()'>a</a> <a href='b c(1)'>d</a>", "a [d](b%20c%281%29)", id="links"),
    ],
)  # fmt: skip
def test_structure_is_kept(html: str, markdown: str) -> None:
    assert _main(f"<h1>T</h1>{html}") == f"# T\n\n{markdown}"


def test_what_the_page_declares_is_kept() -> None:
    content = _read(
        "<head><title>A guide | The maker</title><meta property=og:site_name content='The maker'>"
        "<link rel=canonical href=https://x.org/guide/>"
        "<meta property=article:published_time content=2024-05-24T12:00:00Z>"
        "<meta name=last-modified content=2025-01-02></head>"
        f"<main>{_TEXT}<p><a href=../other>o</a> <a href=/guide/#top>t</a></main>"
    )
    assert (content.title, content.dated) == ("A guide", "2025-01-02")
    assert content.url == "https://x.org/guide/"
    assert content.markdown.startswith("# A guide\n\nThe model")
    assert "[o](https://x.org/other) [t](#top)" in content.markdown


@pytest.mark.parametrize(
    ("head", "dated"),
    [
        (
            '<script type="application/ld+json">{"datePublished": "2023-03-14"}</script>',
            "2023-03-14",
        ),
        ("<meta itemprop=dateModified content=2022-02-02>", "2022-02-02"),
        ("<meta property=article:published_time content=0001-01-01>", None),
        ("<meta name=date content='5 May'>", None),
    ],
)
def test_dates_are_believed_when_they_are_dates(head: str, dated: str | None) -> None:
    assert _read(f"<head>{head}</head><main>{_TEXT}</main>").dated == dated


def test_the_first_heading_is_the_title_when_the_page_says_so_too() -> None:
    html = f"<title>Deployment - Falcon</title><main><h1>Deployment</h1>{_TEXT}</main>"
    assert _read(html).title == "Deployment"


@pytest.mark.parametrize(
    ("declared", "codec"),
    [
        ("windows-1252", "cp1252"),
        ("iso-8859-1", "cp1252"),
        ("shift_jis", "cp932"),
        ("gb2312", "gb18030"),
        ("utf-8", "utf-8"),
    ],
)
def test_the_encoding_that_a_page_declares_is_used(declared: str, codec: str) -> None:
    word = "日本語" if codec in ("cp932", "gb18030") else "Grüße – “ok”"
    html = f"<meta charset={declared}><main><p>{word}</main>".encode(codec)
    assert read_html(html, "a.html").markdown == word


def test_a_page_in_another_encoding_than_it_says_is_an_error() -> None:
    for declared in ("utf-8", "euc-kr", "none-such"):
        with pytest.raises(SourceUnreadable, match="byte"):
            read_html(f"<meta charset={declared}><p>".encode() + b"caf\xff\xfe", "a.html")


def test_the_encoding_that_a_server_declares_goes_first() -> None:
    data = "<meta charset=utf-8><p>Grüße".encode("cp1252")
    loaded = read_document(data, id="a", suffix=".html", charset="windows-1252", kind="web")
    assert loaded.document.text == "Grüße"
    assert loaded.document.kind == "web"


@pytest.mark.parametrize(
    ("html", "message"),
    [
        pytest.param("<div>" * 100_000 + "x", "nested more deeply", id="deep"),
        pytest.param("<p>" + "x " * 6_000_000, "longer piece", id="long text"),
        pytest.param("<p>a" * 120_000, "more than 100,000 elements", id="many"),
        pytest.param("", "holds no text", id="empty"),
        pytest.param("<title>T</title><h1>T</h1><script>x</script>", "holds no text", id="title alone"),
    ],
)  # fmt: skip
def test_a_page_that_is_built_to_exhaust_is_a_clear_error(html: str, message: str) -> None:
    with pytest.raises(SourceUnreadable, match=message) as caught:
        read_document(html.encode(), id="x/a.html", suffix=".html")
    assert "“x/a.html”" in caught.value.what
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "html",
    [
        "<b>" * 240 + "said" + "</b>" * 240,
        "<table><tr><td>" * 60 + "said",
        "<ul><li>" * 100 + "said",
        "<p " + " ".join(f"a{n}=1" for n in range(3_000)) + ">said",
        '<!DOCTYPE html [<!ENTITY a "xxxxxxxx"><!ENTITY b "&a;&a;&a;">]><p>said &b;',
        "<table><tr>" + "<td colspan=1000>said" * 300 + "</table>",
        "<table>" + "<tr><td rowspan=65534>said" * 300 + "</table>",
        "<p>said" + " \t" * 100_000 + "</p>",
        "<p>&#0;&#1;&#xfffe;&#xd800;said<img alt='&#1; a b' src=x><a href='&#2;'>x</a>",
    ],
)
def test_a_strange_page_is_read_all_the_same(html: str) -> None:
    assert "said" in _read(html).markdown


def test_embedded_images_do_not_count_as_text() -> None:
    content = _read(f"<main><img src='data:image/png;base64,{'aB3/' * 60_000}'>{_TEXT}</main>")
    assert content.markdown == "The model reads text and answers in kind."
    assert content.dropped["embedded data"] == 1
