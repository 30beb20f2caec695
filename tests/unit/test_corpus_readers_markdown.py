# ruff: noqa: E501
"""Markdown, MDX and plain text: what is left out, and what never is."""

from pathlib import Path

import pytest

import corpus
from corpus.loaders import read_document
from corpus.readers.content import Content
from corpus.readers.markdown import read_markdown
from index.markdown import parse_markdown

_CORPUS = Path(corpus.__file__).parent


def _read(text: str) -> Content:
    return read_markdown(text.encode(), "a.md")


@pytest.mark.parametrize(
    "file", ["lesson.md", *(f"notes/{p.name}" for p in _CORPUS.glob("notes/*"))]
)
def test_a_text_without_furniture_comes_through_as_it_is(file: str) -> None:
    raw = (_CORPUS / file).read_text()
    content = _read(raw)
    assert content.markdown == raw
    assert content.dropped == {}


def test_code_is_never_touched() -> None:
    text = (
        "# A\n\n```html\n<p align=\"center\"><!-- kept --></p>\n![x](y.png)\nimport a from 'b'\n```\n\n"
        "~~~\n[![badge](https://img.shields.io/x)](y)\n~~~\n\n"
        "    <div>indented</div>\n\nUse `<br>` or ``![`a`](b)`` here.\n"
    )
    assert _read(text).markdown == text


@pytest.mark.parametrize(
    ("text", "left", "dropped"),
    [
        pytest.param(
            "[![ci](https://img.shields.io/a)](b) ![v](https://x.org/badge.svg)\n\nText",
            "Text",
            {"badges": 2},
            id="badges",
        ),
        pytest.param(
            "![](a.png)\n\n![fig1.png](fig1.png)\n\n![chat](chat.png)\n\nText",
            "Text",
            {"images": 3},
            id="pictures that nobody describes",
        ),
        pytest.param(
            "![The cost of tokens by year](a.png)",
            "(Image: The cost of tokens by year)",
            {"images": 1},
            id="a described picture",
        ),
        pytest.param(
            "[![Watch the talk](t.png)](https://x.org)",
            "[Watch the talk](https://x.org)",
            {"images": 1},
            id="a picture that is a link",
        ),
        pytest.param(
            "Text ![][a]\n\n[a]: <data:image/png;base64,iVBORw0KGgo>\n",
            "Text",
            {"embedded data": 2},
            id="data by reference",
        ),
        pytest.param("a\n\n<!-- not\nseen -->\n\nb", "a\n\nb", {"comments": 1}, id="comment"),
        pytest.param(
            "<reply> <!-- GOOD -->\nYes.\n</reply>",
            "<reply> (GOOD)\nYes.\n</reply>",
            {},
            id="a comment that labels a tag of the text's own",
        ),
        pytest.param(
            '<p align="center">\n  <b>Bold</b> and <a href="https://x.org">a link</a>\n</p>\n',
            "**Bold** and [a link](https://x.org)",
            {"HTML tags": 6},
            id="layout",
        ),
        pytest.param("<details>\n<summary><b>More</b></summary>\n\nIt.\n</details>", "**More**\n\nIt.", {"HTML tags": 6}, id="details"),
        pytest.param("one<br>two<br/>\n", "one\\\ntwo", {"HTML tags": 2}, id="breaks"),
        pytest.param("| a<br>b | c |\n|---|---|\n", "| a b | c |\n|---|---|", {"HTML tags": 1}, id="breaks in a table"),
        pytest.param("3<sup>4</sup> and CO<sub>2</sub>", "3^4 and CO2", {"HTML tags": 4}, id="small letters"),
        pytest.param('<h1 align="center">The <i>SDK</i></h1>\n\nText', "# The *SDK*\n\nText", {"HTML tags": 4}, id="heading"),
        pytest.param("# One {#one}\n\nText", "# One\n\nText", {"heading anchors": 1}, id="anchor"),
        pytest.param("<style>\np { }\n</style>\nText", "Text", {"scripts and styles": 1}, id="style"),
        pytest.param(
            "## Contents\n\n- [A](#a)\n  - [B](#b)\n\n# A\n\nText",
            "# A\n\nText",
            {"table of contents entries": 2},
            id="contents by name",
        ),
        pytest.param(
            "1. [A](#a)\n2. [B](#b)\n3. [C](#c)\n\nText",
            "Text",
            {"table of contents entries": 3},
            id="contents without a name",
        ),
        pytest.param("> [!NOTE]\n> Mind.", "> **Note:**\n> Mind.", {}, id="alert"),
        pytest.param(":::tip Cheap\nDo it.\n:::", "**Tip: Cheap**\n\nDo it.", {}, id="directive"),
        pytest.param("R&amp;D&nbsp;x &lt;b&gt; &#124;", "R&D x &lt;b&gt; &#124;", {}, id="entities"),
        pytest.param(
            '{{< button href="https://x.org" label="Try" >}}\n', "[Try](https://x.org)", {"shortcodes": 1}, id="shortcode"
        ),
    ],
)  # fmt: skip
def test_what_is_not_for_reading_is_dropped_and_counted(
    text: str, left: str, dropped: dict[str, int]
) -> None:
    content = _read(text)
    assert content.markdown.strip() == left
    assert content.dropped == dropped


@pytest.mark.parametrize(
    "text",
    [
        "A [link](https://example.org/a/very/long/path?with=a&query=1) and <https://x.org>.\n",
        "Prompts begin with <s>[INST] and end with </s>, or hold <|begin_of_text|>.\n",
        "Put <address> and <YOUR_KEY> here; List<String> and a < b > c stay.\n",
        "- [A](#a)\n- [B](#b)\n\nTwo links are no table of contents.\n",
        "| a | b |\n|---|---|\n| 1 | 2 |\n",
        "[^1]: A note.\n\nSetext\n======\n\n* * *\n",
        "<!-- never closed\n\ntext\n",
        "import this, export that: plain words.\n",
    ],
)
def test_what_only_looks_like_furniture_is_kept(text: str) -> None:
    content = _read(text)
    assert content.markdown == text
    assert content.dropped == {}


def test_long_base64_is_cut_short_even_in_code() -> None:
    payload = "iVBORw0KGgo" + "aB3/" * 400
    content = _read(f'Before\n\n```json\n{{"image": "{payload}"}}\n```\n')
    assert '{"image": "iVBORw0KGgoaB3/aB3/aB3/' in content.markdown
    assert len(content.markdown) < 100
    assert content.dropped == {"embedded data": 1}


def test_html_tables_become_markdown_tables() -> None:
    content = _read(
        "<table><tr><td></td><th colspan=2>Score</th></tr>"
        "<tr><th></th><th>old</th><th>new</th></tr>"
        "<tr><td rowspan=2><b>Small</b></td><td>1|2</td><td>`a` &amp; b</td></tr>"
        "<tr><td>3</td><td><a href='https://x.org'>4</a></td></tr></table>\n\nAfter"
    )
    assert content.markdown.strip() == (
        "|  | Score old | Score new |\n| --- | --- | --- |\n"
        "| **Small** | 1\\|2 | `a` & b |\n| **Small** | 3 | [4](https://x.org) |\n\nAfter"
    )
    (table, _) = parse_markdown(content.markdown)
    assert table.header == ("", "Score old", "Score new")
    assert [row.cells for row in table.rows] == [("Small", "1|2", "a & b"), ("Small", "3", "4")]


def test_components_are_read_for_their_words() -> None:
    content = _read(
        "import { Tabs } from '@/tabs';\nimport {\n  Card,\n} from '@/card';\n\n"
        '<Section as="h2" id="x">Setup</Section>\n\n'
        "{/* a note\nto ourselves */}\n"
        '<Tabs group="os">\n  <Tab label="Linux" default>\n\n    Run this:\n\n'
        "    ```sh\n    import x from 'y'\n      indented\n    ```\n  </Tab>\n</Tabs>\n\n"
        '<Card title="Next" href="/next" />\n'
        'Open <Link href="https://x.org" path={[\'A\', "B"]} />.\n'
    )
    assert content.markdown.strip() == (
        "## Setup\n\n**Linux**\n\nRun this:\n\n```sh\nimport x from 'y'\n  indented\n```\n\n"
        "[Next](/next)\n\nOpen [B](https://x.org)."
    )
    assert content.dropped == {"imports": 2, "comments": 1, "component tags": 8}


@pytest.mark.parametrize(
    ("front", "title", "dated"),
    [
        ('---\ntitle: "A: b"\ndate: 2025-05-20T12:00:00Z # to do\n---\n', "A: b", "2025-05-20"),
        ("+++\ntitle = 'T'\nlastmod = 2024-02-30\ndate = 2024-01-02\n+++\n", "T", "2024-01-02"),
        ("---\nlast_updated: 2026-01-05\ndate: 2020-01-01\n---\n", None, "2026-01-05"),
        ("---\ndate: 0001-01-01\n---\n", None, None),
    ],
)
def test_front_matter_is_read_and_dropped(front: str, title: str | None, dated: str | None) -> None:
    content = _read(f"{front}Text\n")
    assert (content.title, content.dated) == (title, dated)
    assert content.markdown == (f"# {title}\n\nText\n" if title else "Text\n")
    assert content.dropped == {"front matter": 1}


def test_a_declared_description_stands_below_the_heading() -> None:
    content = _read("---\ntitle: T\ndescription: What it is.\n---\n# Heading\n\nText\n")
    assert content.markdown == "# Heading\n\nWhat it is.\n\nText\n"


def test_a_rule_at_the_start_is_no_front_matter() -> None:
    assert _read("---\n\nText\n\n---\n").markdown == "---\n\nText\n\n---\n"


def test_plain_text_is_kept_as_it_is() -> None:
    text = "Notes\n=====\n\n# 1 item <b>\n\n    indented\n* x *\n<!-- y -->\n"
    loaded = read_document(text.encode(), id="a.txt", suffix=".txt")
    assert loaded.document.text == text
    assert loaded.dropped == {}
    said = " ".join(block.text for block in parse_markdown(text))
    assert all(word in said for word in ("Notes", "1 item", "indented"))
