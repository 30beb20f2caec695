"""A card for each answer, with all that belongs to it."""

from assistant.backends.base import StopReason
from assistant.backends.catalogue import Kind
from assistant.evidence import Evidence
from assistant.markup.answers import answer_text, kind_badge
from assistant.markup.checks import sentence_checks
from assistant.markup.elements import EMPTY, SafeHtml, element, hidden, icon, join
from assistant.markup.figures import number_of
from assistant.markup.prose import plain
from assistant.turns import Answer, Status, Turn, side_of
from corpus.errors import CounterpointError
from ui.web.render.disputes import dispute_callouts
from ui.web.render.receipt import other_side, receipt_details
from ui.web.session import LiveAnswer

_STATUS_WORDS = {
    Status.STOPPED: "stopped by you",
    Status.INTERRUPTED: "broke off",
    Status.FAILED: "failed",
}


def question(words: str) -> SafeHtml:
    """The question as it was asked."""
    said = element("span", plain(words), class_="words")
    return element("h2", hidden("You asked: "), said, class_="question", dir="auto")


def card_id(number: int, position: int) -> str:
    """The id of an answer's card."""
    return f"answer-{number}-{position}"


def answer_card(
    number: int,
    position: int,
    turn: Turn,
    *,
    index: int | None = None,
    version: int = 0,
    other: str = "",
) -> SafeHtml:
    """One answer with all that belongs to it.

    Args:
        number: of the turn.
        position: of the answer in its turn.
        turn: the turn.
        index: where the answer stands among those that have ended; None when all have.
        version: which one of its side it is, from 1; 0 when it is the only one.
        other: who would answer on the other side; empty when that side has answered.
    """
    answer = turn.answers[position if index is None else index]
    state = _STATUS_WORDS.get(answer.status)
    return element(
        "article",
        element(
            "header",
            element("h3", answer.label),
            kind_badge(answer.receipt.kind),
            element("span", f"version {version}", class_="version") if version else None,
            element("span", state, class_=f"state state-{answer.status}") if state else None,
        ),
        answer_text(number, turn.evidence, answer.text, answer.citations, answer.sentences),
        _remarks(turn.evidence, answer),
        dispute_callouts(answer.disputes),
        sentence_checks(number, answer.sentences),
        receipt_details(answer.receipt, other_side(turn, answer)),
        _actions(number, position, answer, other),
        class_=f"answer {_kind_class(answer.kind)}",
        id=card_id(number, position),
        aria_label=f"Answer by {answer.label}, {answer.receipt.kind}",
    )


def _actions(number: int, position: int, answer: Answer, other: str) -> SafeHtml:
    side: Kind = "proprietary" if side_of(answer.kind) == "open" else "open"
    name = element("span", other, data_name_of=side)
    return element(
        "div",
        action("again", "Ask again", number, position),
        # One child: a flex box would drop the spaces between several.
        action("other", element("span", "Ask ", name, " too"), number, position) if other else None,
        action("copy", "Copy", number, position) if answer.text.strip() else None,
        class_="actions",
    )


def action(name: str, words: str, number: int, position: int | None = None) -> SafeHtml:
    """A button that page.js listens to."""
    return element(
        "button", words, type="button", data_action=name, data_turn=number, data_answer=position
    )


def live_card(number: int, live: LiveAnswer, *, version: int = 0) -> SafeHtml:
    """The frame of an answer while it is being written; its text comes piece by piece."""
    entry = live.entry
    return element(
        "article",
        element(
            "header",
            element("h3", entry.label),
            kind_badge(entry.kind),
            element("span", f"version {version}", class_="version") if version else None,
        ),
        element("div", class_="answer-text", dir="auto"),
        element("div", live_step(live.step), class_="live-step"),
        element("div", action("stop", "Stop", number, live.position), class_="actions"),
        class_=f"answer is-live {_kind_class(entry.kind)}",
        id=card_id(number, live.position),
        aria_label=f"Answer by {entry.label}, {entry.kind}, being written",
    )


def live_step(step: str) -> SafeHtml:
    """What is being done for an answer."""
    pulse = element("span", class_="pulse", aria_hidden="true")
    return element("p", pulse, step, class_="step") if step else EMPTY


def _remarks(evidence: Evidence, answer: Answer) -> SafeHtml:
    receipt = answer.receipt
    remarks = []
    if answer.error is not None:
        remarks.append(error_box(answer.error))
    has_text = bool(answer.text.strip())
    if answer.status is Status.STOPPED:
        kept = "What had arrived is kept." if has_text else "Nothing had arrived."
        remarks.append(_remark(f"{kept} Nothing more is being written or paid."))
    if answer.status is Status.FINISHED and not has_text:
        remarks.append(_remark("The model ended its answer without a word. Ask again."))
    if receipt.stop_reason is StopReason.LENGTH:
        remarks.append(_remark("The model reached the limit of its length; the answer is cut."))
    if receipt.context_shortfall:
        remarks.append(
            _remark("The model read clearly less than was sent: parts of the sources were lost.")
        )
    if receipt.passages_cut:
        cut = number_of(len(receipt.passages_cut), "passage")
        window = f"the window of {receipt.fitted_to}" if receipt.fitted_to else "the model's window"
        remarks.append(_remark(f"{cut} did not fit into {window}; see the sources."))
    if answer.kind == "open" and receipt.kind != "open":
        remarks.append(_remark(f"Not local: this answer came from {receipt.destination}."))
    if not evidence.answerable:
        remarks.append(
            _remark("The sources do not seem to hold an answer; the nearest passages are shown.")
        )
    return join(remarks)


def _remark(words: str) -> SafeHtml:
    return element("p", icon("notice"), words, class_="remark")


def error_box(error: CounterpointError) -> SafeHtml:
    """What happened and what to do about it."""
    return element(
        "div",
        icon("warning"),
        element("p", element("strong", error.what), " ", element("span", error.cure)),
        class_="error",
        role="alert",
    )


def _kind_class(kind: str) -> str:
    return f"kind-{side_of(kind)}"
