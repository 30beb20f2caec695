"""Figures as people read them, and markup that is escaped once."""

import pytest

from assistant.markup import figures
from assistant.markup.elements import SafeHtml, element, is_web_url, outward_link, text


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        (0.0, "$0"),
        (0.0021, "$0.0021"),
        (0.000034, "$0.000034"),
        (0.25, "$0.2500"),
        (12.3, "$12.30"),
    ],
)
def test_money_shows_two_significant_digits(amount: float, written: str) -> None:
    from assistant.turns import Money

    assert figures.money(Money(amount, "USD", None, "")) == written


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(None, "unknown"), (0.312, "0.31 s"), (1.24, "1.2 s"), (75, "1 min 15 s")],
)
def test_durations_read_as_a_person_says_them(seconds: float | None, written: str) -> None:
    assert figures.seconds(seconds) == written


@pytest.mark.parametrize(
    "url",
    ["javascript:x", "data:x", "//x.example", "http://", "https://u:p@x.example", "ftp://x", None],
)
def test_only_web_addresses_are_linked(url: str | None) -> None:
    assert not is_web_url(url)
    assert "<a" not in outward_link("words", url)


def test_text_is_escaped_and_markup_of_ours_is_not_escaped_twice() -> None:
    assert text("<b>") == "&lt;b&gt;"
    assert text(SafeHtml("<b>")) == "<b>"
    assert element("p", "<", class_='"') == '<p class="&quot;">&lt;</p>'
