"""What would be sent, before it is: destinations, sizes, costs, and every message word for word."""

from collections.abc import Sequence

from assistant.backends.base import Message
from assistant.markup import figures
from assistant.markup.answers import kind_badge
from assistant.markup.elements import EMPTY, SafeHtml, element, hidden, icon, is_web_url, join
from assistant.markup.elements import outward_link as link
from assistant.markup.figures import number_of
from assistant.markup.prose import plain
from assistant.preview import PersonalMark, Preview, PreviewSide
from assistant.turns import side_of
from corpus.errors import CounterpointError
from ui.web.render.answers import error_box

_SPEAKERS = {"system": "Instructions", "user": "Question and passages", "assistant": "Answer"}


def preview_panel(preview: Preview, mark: int) -> SafeHtml:
    """The panel.

    Args:
        preview: what would be sent.
        mark: a number that differs from the panel before, so that it is shown though it is alike.
    """
    return _panel(
        mark,
        element("div", *(_side(side) for side in preview.sides), class_="preview-sides"),
        _search(preview),
        _personal(preview),
        _messages(preview),
    )


def preview_refused(error: CounterpointError, mark: int) -> SafeHtml:
    """Why there is nothing to show."""
    return _panel(mark, error_box(error))


def _panel(mark: int, *parts: SafeHtml) -> SafeHtml:
    close = element("button", "Close", type="button", data_action="close-preview")
    return element(
        "section",
        element("header", element("h2", "What would be sent", tabindex=-1), close),
        element("div", *parts, class_="preview-body", tabindex=0),
        class_="preview",
        aria_label="What would be sent",
        data_mark=mark,
    )


def _side(side: PreviewSide) -> SafeHtml:
    rows: list[tuple[str, str | SafeHtml]] = [("To", _destination(side))]
    if side.bytes_sent:
        tokens = f"{side.tokens_low:,} to {side.tokens_high:,} tokens, our count"
        rows.append(("Size", f"{figures.size(side.bytes_sent)}, {tokens}"))
        rows.append(("Answer", f"at most {number_of(side.answer_tokens, 'token')}"))
    rows.append(("Cost", _cost(side)))
    rows.append(("Passages", _numbers(side.passages_sent) or "none"))
    if side.passages_cut:
        rows.append(("Will not fit", _numbers(side.passages_cut)))
    if side.turns_cut:
        rows.append(("Left out", number_of(side.turns_cut, "earlier turn")))
    if side.fitted_to:
        rows.append(("Cut to fit", f"the smaller window, {side.fitted_to}'s"))
    if side.retention and not side.stays_local:
        rows.append(("Kept there", _retention(side)))
    listed = (join([element("dt", name), element("dd", value)]) for name, value in rows)
    return element(
        "div",
        element("h3", side.label, " ", kind_badge(side.kind)),
        error_box(side.error) if side.error is not None else None,
        element("dl", *listed),
        class_=f"preview-side kind-{side_of(side.kind)}",
    )


def _destination(side: PreviewSide) -> SafeHtml:
    if side.stays_local:
        where = "this program" if side.destination == "this process" else side.destination
        return join([icon("home"), f" {where}, on this machine"])
    return join([icon("away"), f" {side.destination}"])


def _cost(side: PreviewSide) -> str:
    low, high = side.cost_low, side.cost_high
    if low.amount is None or high.amount is None:
        return "unknown: " + (low.note or high.note or "no price is known")
    if not high.amount:
        return low.note or "nothing"
    return f"{figures.money(low)} to {figures.money(high)}, estimated; the receipt has what it was"


def _retention(side: PreviewSide) -> SafeHtml:
    source = EMPTY
    if is_web_url(side.retention_source):
        source = join([" ", link("source", side.retention_source)])
    dated = f" ({side.retention_date})" if side.retention_date else ""
    return join([side.retention, source, dated])


def _search(preview: Preview) -> SafeHtml:
    if preview.search_host is None:
        return EMPTY
    words = f"For the search the question's vector went to {preview.search_host}."
    return element("p", icon("away"), words, class_="remark")


def _personal(preview: Preview) -> SafeHtml:
    if not preview.messages:
        words = "No messages are sent: this backend reads the passages itself."
        return element("p", icon("notice"), words, class_="remark")
    if not preview.personal:
        return element("p", icon("notice"), "Nothing in it looks personal.", class_="remark")
    kinds = ", ".join(dict.fromkeys(mark.what for mark in preview.personal))
    words = f"{number_of(len(preview.personal), 'place')} in it may be personal: {kinds}."
    return element("p", icon("warning"), words, class_="remark personal-note")


def _messages(preview: Preview) -> SafeHtml:
    shown = [
        element(
            "div",
            element("h4", _SPEAKERS.get(message.role, message.role)),
            element("pre", _marked(message, _of(preview.personal, place)), dir="auto"),
            class_="message",
        )
        for place, message in enumerate(preview.messages)
    ]
    return element("div", *shown, class_="messages")


def _of(personal: Sequence[PersonalMark], place: int) -> list[PersonalMark]:
    return [mark for mark in personal if mark.message == place]


def _marked(message: Message, marks: Sequence[PersonalMark]) -> SafeHtml:
    parts: list[SafeHtml] = []
    position = 0
    for mark in sorted(marks, key=lambda mark: mark.span):
        if mark.span.start < position:
            continue
        parts.append(plain(message.content[position : mark.span.start]))
        words = plain(message.content[mark.span.start : mark.span.end])
        parts.append(
            element("mark", words, hidden(f" ({mark.what})"), class_="personal", title=mark.what)
        )
        position = mark.span.end
    return join([*parts, plain(message.content[position:])])


def _numbers(numbers: Sequence[int]) -> str:
    return ", ".join(str(number) for number in numbers)
