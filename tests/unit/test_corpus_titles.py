"""The title of a Markdown text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.titles import find_title, tell_apart


@pytest.mark.parametrize(
    ("text", "title"),
    [
        pytest.param("## Two\n# One\n# Other\n", "One", id="first of the first level"),
        pytest.param("# One #\n", "One", id="closed"),
        pytest.param("#hashtag\n#\n# One\n", "One", id="not a heading, an empty one"),
        pytest.param("    # code\n# One\n", "One", id="indented code"),
        pytest.param("```sh\n# comment\n```\n# One\n", "One", id="fenced code"),
        pytest.param("~~~~\n# a\n~~~\n# b\n~~~~\n# One\n", "One", id="longer fence"),
        pytest.param("One\n===\n", "One", id="underlined"),
        pytest.param("\n===\n", None, id="underline alone"),
        pytest.param(
            "# **Bold** `code` _it_ snake_case \\*\n", "Bold code it snake_case *", id="marks"
        ),
        pytest.param("# ![logo](x.png) [Link](https://a.b) <br>\n", "Link", id="link and image"),
        pytest.param('<h1 align="center">The <b>SDK</b></h1>\n', "The SDK", id="HTML"),
        pytest.param("# Overview {#overview}\n", "Overview", id="anchor"),
        pytest.param('---\nid: x\ntitle: "Real"\n---\n# Intro\n', "Real", id="front matter"),
        pytest.param("---\n# comment\n---\n# One\n", "One", id="front matter without a title"),
        pytest.param("---\ntitle: ''\n---\n# One\n", "One", id="front matter, empty title"),
        pytest.param("---\ntext without an end\n", None, id="rule at the start"),
        pytest.param("no heading\n", None, id="none"),
        pytest.param("# " + "x" * 500 + "\n", "x" * 200, id="very long"),
    ],
)
def test_the_title_is_found(text: str, title: str | None) -> None:
    assert find_title(text) == title


@given(st.text(st.sampled_from("#=-`~ *_[](){}<h1>/\n:\\\"'abtitle")))
def test_a_title_is_one_short_line_or_none(text: str) -> None:
    title = find_title(text)
    assert title is None or (title.strip() == title and "\n" not in title and 0 < len(title) <= 200)


@pytest.mark.parametrize(
    ("title", "file_name", "told"),
    [
        ("FAQ", "llama1-faq", "FAQ (llama1-faq)"),
        ("Model Details", "llama2-model-card", "Model Details (llama2-model-card)"),
        ("Cloud", "cloud", "Cloud"),
        ("Web search", "web_search", "Web search"),
        ("A guide to models", "guide-2024", "A guide to models"),
    ],
)
def test_a_title_that_many_files_bear_is_told_apart_by_the_file(
    title: str, file_name: str, told: str
) -> None:
    assert tell_apart(title, file_name) == told
