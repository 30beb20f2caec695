"""A conversation as one file that can be given away: no script, and nothing from elsewhere."""

from typing import Final

from assistant.conversations.conversation import Conversation
from assistant.conversations.sharing import shareable
from assistant.markup import figures
from assistant.markup.answers import answer_text, kind_badge, source_links
from assistant.markup.checks import sentence_checks
from assistant.markup.elements import EMPTY, SafeHtml, element
from assistant.markup.figures import number_of
from assistant.markup.file_page import file_page
from assistant.markup.passages import passage_card, searched_for, support_by_passage
from assistant.markup.prose import plain, visible
from assistant.turns import Answer, Status, Turn, side_of
from ui.web.render.disputes import dispute_callouts
from ui.web.render.receipt import other_side, receipt_details

_STATUS_WORDS: Final = {
    Status.STOPPED: "stopped before it was complete",
    Status.INTERRUPTED: "broke off before it was complete",
    Status.FAILED: "failed",
}


def to_html(conversation: Conversation) -> str:
    """The conversation as a whole page with its sources, checks and receipts.

    Everything that was said is escaped or passes the page's allow-list; names of machines, paths
    and error texts are left out (``assistant.conversations.sharing``).
    """
    shown = shareable(conversation)
    title = visible(shown.title) or "A conversation"
    return file_page(
        title,
        _top(shown, title),
        element("main", *(_turn(n, turn) for n, turn in enumerate(shown.turns, start=1))),
        _bottom(),
    )


def _top(conversation: Conversation, title: str) -> SafeHtml:
    day = figures.day(conversation.created_at.date().isoformat())
    asked = number_of(len(conversation.turns), "question")
    return element(
        "header",
        element("h1", title, dir="auto"),
        element("p", f"{day} · {asked} · from Counterpoint", class_="quiet"),
        class_="top",
    )


def _bottom() -> SafeHtml:
    words = (
        "Models make mistakes. Each answer stands with the passages that it was given, a check of "
        "its sentences against them, and a receipt. This file loads nothing from anywhere."
    )
    return element("footer", element("p", words), class_="quiet")


def _turn(number: int, turn: Turn) -> SafeHtml:
    return element(
        "section",
        element("h2", plain(turn.question), class_="question", dir="auto"),
        element("div", *(_answer(number, turn, answer) for answer in turn.answers), class_="sides"),
        _sources(number, turn),
        id=f"turn-{number}",
        aria_label=f"Question {number}",
    )


def _answer(number: int, turn: Turn, answer: Answer) -> SafeHtml:
    state = _STATUS_WORDS.get(answer.status)
    return element(
        "article",
        element(
            "header",
            element("h3", visible(answer.label)),
            kind_badge(answer.receipt.kind),
            element("span", state, class_="state") if state else None,
        ),
        answer_text(number, turn.evidence, answer.text, answer.citations, answer.sentences),
        dispute_callouts(answer.disputes, in_page=False),
        sentence_checks(number, answer.sentences),
        receipt_details(answer.receipt, other_side(turn, answer)),
        class_=f"answer {side_of(answer.kind)}",
    )


def _sources(number: int, turn: Turn) -> SafeHtml:
    evidence = turn.evidence
    if not evidence.passages:
        return EMPTY
    support = support_by_passage(turn.answers)
    links = source_links(evidence)
    cards = [
        passage_card(number, passage, support.get(passage.number, []), links)
        for passage in evidence.passages
    ]
    return element(
        "div", element("h3", "Sources"), searched_for(evidence), *cards, class_="sources"
    )
