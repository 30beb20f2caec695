"""The list of conversations as markup."""

import re
from datetime import UTC, datetime, timedelta, timezone
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.conversations import ConversationMissing, Summary
from assistant.markup.elements import SafeHtml
from corpus.errors import StoreError
from ui.web.render.history import (
    gone,
    history_frame,
    history_list,
    history_off,
    local_time,
    unreadable,
)

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def kept(title: str = "Who makes Phi-3?", *, name: str = "a", **ago: float) -> Summary:
    return Summary(name, title, NOW - timedelta(**ago), 2)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.opened: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.opened.append((tag, dict(attrs)))


def tags(markup: SafeHtml) -> list[tuple[str, dict[str, str | None]]]:
    parser = Tags()
    parser.feed(markup)
    return parser.opened


def headings(markup: SafeHtml) -> list[str]:
    return re.findall(r"<h2>([^<]+)</h2>", markup)


def test_conversations_stand_by_day_with_the_newest_first() -> None:
    each = [
        kept(name="a", minutes=5),
        kept(name="b", hours=3),
        kept(name="c", hours=20),
        kept(name="d", days=3),
        kept(name="e", days=6),
        kept(name="f", days=7),
        kept(name="g", days=500),
    ]
    markup = history_list(each, current="", now=NOW)
    assert headings(markup) == ["Today", "Yesterday", "This week", "Earlier"]
    assert re.findall(r'data-key="(\w)"', markup) == list("abcdefg")


def test_a_day_is_the_readers_own_day() -> None:
    """At 01:00 in Tokyo, what was asked two hours ago was asked yesterday."""
    tokyo = timezone(timedelta(hours=9))
    now = datetime(2026, 11, 24, 1, 0, tzinfo=tokyo)
    asked = Summary("a", "x", now.astimezone(UTC) - timedelta(hours=2), 1)
    assert headings(history_list([asked], current="", now=now)) == ["Yesterday"]
    assert headings(history_list([asked], current="", now=now.astimezone(UTC))) == ["Today"]


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        ({"seconds": 20}, "just now"),
        ({"seconds": -90}, "just now"),
        ({"minutes": 5}, "5 min ago"),
        ({"hours": 3}, "3 h ago"),
        ({"hours": 20}, "yesterday"),
        ({"days": 3}, "3 days ago"),
        ({"days": 21}, "3 November"),
        ({"days": 400}, "20 October 2025"),
    ],
)
def test_how_long_ago_is_said_in_words(ago: dict[str, float], words: str) -> None:
    assert f">{words}</time>" in history_list([kept(**ago)], current="", now=NOW)


def test_the_open_conversation_is_marked_and_no_other() -> None:
    markup = history_list([kept(name="a"), kept(name="b")], current="b", now=NOW)
    current = [about["href"] for _, about in tags(markup) if about.get("aria-current")]
    assert current == ["/?chat=b"]


@given(st.text())
def test_no_title_is_ever_markup(title: str) -> None:
    harmless = history_list([kept("x")], current="", now=NOW)
    markup = history_list([kept(title)], current="", now=NOW)
    assert [tag for tag, _ in tags(markup)] == [tag for tag, _ in tags(harmless)]


def test_markup_in_a_title_is_read_as_it_was_typed() -> None:
    markup = history_list([kept('<img src=x onerror="alert(1)">')], current="", now=NOW)
    assert "&lt;img src=x onerror=&quot;alert(1)&quot;&gt;" in markup
    assert "<img" not in markup


def test_a_title_has_its_own_direction_and_an_end() -> None:
    markup = history_list([kept("من صنع Phi-3؟"), kept("x" * 5_000, name="b")], current="", now=NOW)
    assert 'dir="auto">من صنع Phi-3؟' in markup
    assert "x" * 301 not in markup


def test_nothing_kept_and_nothing_found_are_said_differently() -> None:
    empty = history_list([], current="", now=NOW)
    searched = history_list([], current="", now=NOW, search="<b>zebra")
    assert "Nothing here yet" in empty
    assert "Nothing found" in searched
    assert "&lt;b&gt;zebra" in searched
    assert 'data-found="0 conversations found."' in searched


def test_more_is_offered_only_when_there_is_more() -> None:
    assert "Show more" not in history_list([kept()], current="", now=NOW)
    assert "Show more" in history_list([kept()], current="", now=NOW, has_more=True)


def test_what_is_wrong_with_the_store_is_said_with_its_cure() -> None:
    error = StoreError("The file is damaged.", "Move it away.")
    assert "The file is damaged. Move it away." in history_off(error)
    assert "Conversations are not kept" in history_off(error)
    assert "Move it away. Then reload the page" in unreadable(error)
    assert "It may have been deleted" in gone(ConversationMissing())


def test_everything_that_can_be_pressed_has_a_name() -> None:
    frame = history_frame() + history_list([kept()], current="", now=NOW, has_more=True)
    for inner in re.findall(r"<(?:button|a)[^>]*>(.*?)</(?:button|a)>", frame):
        assert re.sub(r"<[^>]+>", "", inner).strip()
    assert 'aria-label="Search conversations"' in frame


def test_the_frame_holds_nothing_that_the_page_would_take_for_a_template() -> None:
    assert not re.search(r"\$\{|\{\{|`|\\|@children", history_frame())


@pytest.mark.parametrize(("offset_min", "hours"), [(60, 1), (-480, -8), (99_999, 0), (0, 0)])
def test_the_readers_clock_is_taken_where_there_is_such_a_zone(offset_min: int, hours: int) -> None:
    assert local_time(NOW, offset_min).utcoffset() == timedelta(hours=hours)
