"""The list of kept conversations: frame, groups, and what stands there when there are none."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, timezone
from itertools import groupby
from typing import TYPE_CHECKING

from assistant.markup.elements import EMPTY, SafeHtml, element, hidden, icon
from assistant.markup.figures import number_of
from corpus.errors import CounterpointError

if TYPE_CHECKING:
    from assistant.conversations import Summary

_NAMELESS = "Not asked yet"
_TITLE_CHARS = 300
_EXPORTS = (
    ("md", "Export as Markdown"),
    ("json", "Export as JSON"),
    ("html", "Export a page to share"),
)


def history_frame() -> SafeHtml:
    """All that never changes; history.js puts the list into it."""
    return element(
        "div",
        element(
            "div",
            _button(
                icon("history"),
                "Conversations",
                class_="history-open",
                aria_expanded="false",
                aria_controls="history-panel",
                data_drawer="open",
            ),
            _button(icon("plus"), "New chat", data_new=True),
            class_="history-bar",
        ),
        element("div", class_="history-shade", data_drawer="close"),
        _panel(),
        _menu(),
        _confirmation(),
        class_="history",
    )


def _panel() -> SafeHtml:
    search = element(
        "input",
        type="search",
        placeholder="Search conversations",
        aria_label="Search conversations",
        autocomplete="off",
        spellcheck="false",
        maxlength=200,
        class_="history-search",
        data_search=True,
    )
    return element(
        "nav",
        element(
            "div",
            _button(icon("plus"), "New chat", class_="history-new", data_new=True),
            _button(
                icon("close"),
                hidden("Close the conversations"),
                class_="history-close",
                data_drawer="close",
            ),
            class_="history-top",
        ),
        search,
        element("div", class_="history-list", data_list=True),
        element("p", class_="sr-only", role="status", data_status=True),
        id="history-panel",
        class_="history-panel",
        aria_label="Conversations",
    )


def _menu() -> SafeHtml:
    exports = [
        element("a", words, href="#", download=True, data_export=suffix)
        for suffix, words in _EXPORTS
    ]
    return element(
        "div",
        _button("Rename", data_rename=True),
        *exports,
        _button("Delete", class_="danger", data_delete=True),
        id="history-menu",
        popover="auto",
        class_="history-menu",
        role="group",
        aria_label="What can be done with it",
    )


def _confirmation() -> SafeHtml:
    return element(
        "dialog",
        element("h2", "Delete this conversation?", id="history-confirm-title"),
        element("p", element("strong", dir="auto", data_victim=True)),
        element(
            "p",
            "Its questions, answers and receipts are removed for good.",
            class_="quiet",
        ),
        element(
            "div",
            _button("Keep it", data_answer="no", autofocus=True),
            _button("Delete", class_="danger", data_answer="yes"),
            class_="history-answers",
        ),
        id="history-confirm",
        class_="history-confirm",
        aria_labelledby="history-confirm-title",
    )


def history_list(
    kept: Sequence["Summary"],
    *,
    current: str,
    now: datetime,
    search: str = "",
    has_more: bool = False,
    notice: SafeHtml = EMPTY,
) -> SafeHtml:
    """The conversations, newest first, by day.

    Args:
        kept: what is shown.
        current: id of the conversation that is open; empty when none is.
        now: the time where the reader is, with its zone.
        search: what was searched for; empty shows all.
        has_more: whether there are more than are shown.
        notice: something to say above them.
    """
    groups = groupby(kept, key=lambda each: _group(each.updated_at, now))
    body = [_section(name, list(members), current, now) for name, members in groups]
    if not kept:
        body = [_nothing(search)]
    more = _button("Show more", class_="history-more-button", data_more=True) if has_more else None
    found = ""
    if search:
        found = f"{number_of(len(kept), 'conversation')} found."
        found = found.replace(" found", " or more found") if has_more else found
    return element("div", notice, *body, more, data_found=found)


def history_off(error: CounterpointError) -> SafeHtml:
    """Why conversations are not kept, and what mends it."""
    return element(
        "div",
        element("p", icon("warning"), element("strong", "Conversations are not kept.")),
        element("p", error.what, " ", error.cure),
        element("p", "You can chat all the same; this chat ends with the page.", class_="quiet"),
        class_="history-off",
        role="status",
    )


def history_notice(words: str) -> SafeHtml:
    """A calm line above the list."""
    return element("p", icon("notice"), element("span", words), class_="history-notice")


def gone(error: CounterpointError) -> SafeHtml:
    """Where a conversation would stand that nobody finds."""
    words = "It may have been deleted, or it belongs to another browser. This is a new chat."
    return _in_its_place(error, words)


def unreadable(error: CounterpointError) -> SafeHtml:
    """Where a conversation would stand that is there, but cannot be read now."""
    words = f"{error.cure} Then reload the page. Until then this is a new chat."
    return _in_its_place(error, words)


def _in_its_place(error: CounterpointError, words: str) -> SafeHtml:
    return element(
        "div",
        icon("notice"),
        element("p", element("strong", error.what), " ", words),
        class_="history-missing",
        role="status",
    )


def _nothing(search: str) -> SafeHtml:
    if search:
        return element(
            "p",
            "Nothing found for ",
            element("q", search, dir="auto"),
            ". Titles, questions and answers were searched.",
            class_="history-none",
        )
    return element(
        "p",
        "Nothing here yet. What you ask is kept on the machine that this page runs on, and "
        "only this browser sees it here.",
        class_="history-none",
    )


def _section(name: str, kept: Iterable["Summary"], current: str, now: datetime) -> SafeHtml:
    rows = [_row(each, each.id == current, now) for each in kept]
    return element("section", element("h2", name), element("ul", *rows), aria_label=name)


def _row(kept: "Summary", is_current: bool, now: datetime) -> SafeHtml:
    title = kept.title[:_TITLE_CHARS] or _NAMELESS
    when = element(
        "time",
        _ago(kept.updated_at, now),
        datetime=kept.updated_at.isoformat(timespec="seconds"),
    )
    link = element(
        "a",
        element("span", title, class_="history-title", dir="auto"),
        element("span", when, " · ", number_of(kept.turns, "question"), class_="quiet"),
        href=f"/?chat={kept.id}",
        title=title,
        aria_current="page" if is_current else None,
        data_open=kept.id,
    )
    more = _button(
        icon("more"),
        hidden(f"Rename, export or delete: {title}"),
        class_="history-more",
        aria_haspopup="true",
        data_menu=kept.id,
    )
    return element("li", link, more, data_key=kept.id)


def _group(then: datetime, now: datetime) -> str:
    days = _days_between(then, now)
    if days <= 0:
        return "Today"
    if days == 1:
        return "Yesterday"
    return "This week" if days < 7 else "Earlier"


def _ago(then: datetime, now: datetime) -> str:
    """How long ago, in words that stay true for a minute at least."""
    minutes = int((now - then).total_seconds() // 60)
    days = _days_between(then, now)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    if days == 0:
        return f"{minutes // 60} h ago"
    if days == 1:
        return "yesterday"
    if days < 7:
        return f"{days} days ago"
    local = then.astimezone(now.tzinfo)
    year = "" if local.year == now.year else f" {local.year}"
    return f"{local.day} {local:%B}{year}"


def _days_between(then: datetime, now: datetime) -> int:
    return (now.date() - then.astimezone(now.tzinfo).date()).days


def local_time(now: datetime, offset_min: int) -> datetime:
    """The time where the reader is.

    Args:
        now: any time with a zone.
        offset_min: minutes that the reader's clock is ahead of UTC; what no zone has counts as 0.
    """
    offset_min = offset_min if abs(offset_min) <= 14 * 60 else 0
    return now.astimezone(timezone(timedelta(minutes=offset_min)))


def _button(*children: str | SafeHtml, **attributes: str | bool | None) -> SafeHtml:
    return element("button", *children, type="button", **attributes)
