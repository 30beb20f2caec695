"""The lists of pages: the lesson's links, ours, the user's own."""

from pathlib import Path

import pytest

from corpus.documents import Document
from corpus.errors import ConfigError
from corpus.fetch.sources import LIST_NAME, lesson_links, load_sources, parse_list
from corpus.library import load_lesson

ENTRY = """
[[page]]
url = "https://example.org/a"
vendor = "A vendor"
title = "A page"
documents = "What it is about."
"""


def put_own(home: Path, text: str) -> None:
    home.mkdir(parents=True, exist_ok=True)
    (home / LIST_NAME).write_text(text, encoding="utf-8")


def test_the_lesson_links_to_the_six_pages_that_its_references_name() -> None:
    assert [(link.title, link.url) for link in lesson_links(load_lesson())] == [
        ("Meta AI LLaMA", "https://ai.meta.com/llama/"),
        ("Mistral AI", "https://www.mistral.ai/"),
        ("OpenAI GPT-4", "https://openai.com/research/gpt-4"),
        ("Anthropic Claude", "https://www.anthropic.com/"),
        ("Gemini (Google DeepMind)", "https://deepmind.com/"),
        ("Falcon", "https://falconllm.tii.ae/"),
    ]


def test_links_of_another_lesson_are_read_from_its_text_and_unsafe_ones_left_out() -> None:
    text = "See [one](https://a.org/x), [two](file:///etc), [no](http://u@b.org/)\n- **B**: [b](http://b.org)"
    links = lesson_links(Document("lesson", "L", text, "lesson"))
    assert [(link.title, link.url) for link in links] == [
        ("See", "https://a.org/x"),
        ("B", "http://b.org/"),
    ]


def test_the_shipped_list_covers_every_vendor_and_names_each_page_once(home: Path) -> None:
    sources = load_sources(load_lesson(), home)
    vendors = {source.vendor for source in sources}
    assert 80 <= len(sources) <= 130
    assert len({source.id for source in sources}) == len({source.url for source in sources})
    assert len(sources) == len({source.id for source in sources})
    assert {
        "Meta", "Mistral AI", "TII", "OpenAI", "Anthropic", "Google", "Microsoft", "xAI", "Ollama",
        "Inflection AI",
    } <= vendors  # fmt: skip
    assert None not in vendors  # the lesson's links find theirs by their words
    for source in sources:
        assert source.address.scheme == "https"
        assert source.address.port == 443
        assert source.documents.endswith(".")
        assert "/blob/" not in source.url  # a page around a file, where the file itself is meant


def test_a_list_of_ones_own_adds_to_ours_and_corrects_it(home: Path) -> None:
    ours = load_sources(load_lesson(), home)
    put_own(home, ENTRY + ENTRY.replace("https://example.org/a", ours[0].url))
    both = load_sources(load_lesson(), home)
    assert len(both) == len(ours) + 1
    assert both[0].url == "https://example.org/a"
    assert {source.title for source in both if source.id == ours[0].id} == {"A page"}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[[page]", "TOML"),
        ("[page]\nurl = 1", "[[page]]"),
        (ENTRY + "[settings]\na = 1", "[[page]]"),
        ("page = 3", "[[page]]"),
        ("leave_out = 3", "leave_out"),
        ("leave_out = [3]", "leave_out"),
        (ENTRY.replace("A page", "A \\u001b[31m page"), "page 1, title"),
        (ENTRY.replace("title =", "titel ="), "page 1, title"),
        (ENTRY + 'colour = "red"', "page 1, colour"),
        (ENTRY + 'dated = "last week"', "page 1, dated"),
        (ENTRY + ENTRY.replace('"A vendor"', "7").replace("/a", "/b"), "page 2, vendor"),
        (ENTRY.replace("https:", "file:"), "page 1, url"),
        (ENTRY.replace("example.org", "me:hunter2@example.org"), "page 1, url"),
        (ENTRY + ENTRY.replace("/a", "/a/#x"), "listed twice"),
        ("[[page]]", "page 1, url"),
        ("page = [1]", "page 1: it is not a [[page]] table"),
        (ENTRY + 'dated = "2024-13-45"', "page 1, dated"),
        (ENTRY + 'dated = "٢٠٢٤"', "page 1, dated"),
        ("leave_out = " + "[" * 50_000, "nested too deeply"),
    ],
)
def test_a_mistake_in_ones_own_list_is_named_with_its_place(
    home: Path, text: str, place: str
) -> None:
    put_own(home, text)
    with pytest.raises(ConfigError) as caught:
        load_sources(load_lesson(), home)
    assert LIST_NAME in caught.value.what
    assert place in caught.value.what
    assert "hunter2" not in caught.value.what
    assert caught.value.cure


def test_a_list_with_a_mark_of_its_encoding_and_a_date_without_quotes_is_read(home: Path) -> None:
    put_own(home, "\ufeff" + ENTRY + "dated = 2024-06-01")
    (source, *_) = load_sources(load_lesson(), home)
    assert (source.title, source.dated) == ("A page", "2024-06-01")


def test_a_list_that_cannot_be_read_is_said(home: Path) -> None:
    home.mkdir()
    (home / LIST_NAME).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError):
        load_sources(load_lesson(), home)


def test_an_empty_list_is_no_mistake() -> None:
    assert parse_list("", "list").pages == ()


def test_pages_that_are_left_out_are_in_no_list(home: Path) -> None:
    put_own(home, 'leave_out = ["https://docs.ollama.com/*", "https://deepmind.com/"]\n' + ENTRY)
    urls = [source.url for source in load_sources(load_lesson(), home)]
    assert "https://example.org/a" in urls
    assert "https://deepmind.com/" not in urls
    assert not any("docs.ollama.com" in url for url in urls)
    assert any("ollama.com/library" in url for url in urls)
