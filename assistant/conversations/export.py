"""A conversation as a file to keep: Markdown and JSON, with sources, checks and receipts.

The share file in HTML is made where the markup of the page is made, in ``ui.web.render.share``.
"""

import json
import re
from collections.abc import Iterable
from typing import Final

from assistant.conversations.conversation import Conversation
from assistant.evidence import Dispute, Evidence
from assistant.markup import figures
from assistant.records import answer_record, evidence_record
from assistant.turns import Answer, Money, Receipt, SentenceCheck, Status, Turn
from index.passages import Passage

FORMAT: Final = "counterpoint conversation"
VERSION: Final = 1

_STATUS_WORDS: Final = {
    Status.STOPPED: "Stopped before it was complete.",
    Status.INTERRUPTED: "Broke off before it was complete.",
    Status.FAILED: "Failed.",
}
# What would fetch something, or be markup, when the file is opened in a viewer of Markdown.
_IMAGE: Final = re.compile(r"!(?=\[)")
_TAG: Final = re.compile(r"<(?=[A-Za-z/!?])")
# The name of a language makes some viewers draw a diagram, which may hold pictures.
_LANGUAGE: Final = re.compile(r"^([ \t>*+\-\d.)]*(?:`{3,}|~{3,}))[^`\n]*$", re.MULTILINE)


def to_json(conversation: Conversation) -> str:
    """The whole conversation as JSON, ending in a newline."""
    content = {
        "format": FORMAT,
        "version": VERSION,
        "title": conversation.title,
        "created_at": conversation.created_at.isoformat(timespec="seconds"),
        "updated_at": conversation.updated_at.isoformat(timespec="seconds"),
        "turns": [
            {
                "question": turn.question,
                "evidence": evidence_record(turn.evidence),
                "answers": [answer_record(answer) for answer in turn.answers],
            }
            for turn in conversation.turns
        ],
        "unanswered": conversation.unanswered or None,
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def to_markdown(conversation: Conversation) -> str:
    """The whole conversation as Markdown; what would fetch something is only text in it."""
    begun = conversation.created_at.strftime("%Y-%m-%d %H:%M UTC")
    parts = [f"# {_line(conversation.title)}", f"A conversation with Counterpoint, begun {begun}."]
    for number, turn in enumerate(conversation.turns, start=1):
        parts += _turn(number, turn)
    if conversation.unanswered:
        parts += ["## Not answered", _quoted(conversation.unanswered)]
    return "\n\n".join(parts) + "\n"


def _turn(number: int, turn: Turn) -> list[str]:
    parts = [f"## Question {number}", _quoted(turn.question)]
    for answer in turn.answers:
        parts += _answer(answer)
    return [*parts, *_sources(turn.evidence)]


def _answer(answer: Answer) -> list[str]:
    parts = [f"### {_line(answer.label)} ({answer.receipt.kind})"]
    if answer.text:
        parts.append(_harmless(answer.text.strip()))
    if words := _STATUS_WORDS.get(answer.status):
        reason = f" {_line(str(answer.error))}" if answer.error else ""
        parts.append(f"*{words}*{reason}")
    if answer.sentences:
        supported = sum(check.verdict == "supported" for check in answer.sentences)
        parts.append(f"**Sentence check:** {supported} of {len(answer.sentences)} supported")
        parts.append(_listed(_check(check) for check in answer.sentences))
    if answer.disputes:
        parts.append("**Lesson and vendor differ**")
        parts.append(_listed(_dispute(dispute) for dispute in answer.disputes))
    return [*parts, "**Receipt**", _listed(_receipt(answer.receipt))]


def _check(check: SentenceCheck) -> str:
    other = ", not what it cites" if check.misplaced else ""
    source = f" (source {check.passage}{other})" if check.passage is not None else ""
    return f"{check.verdict}: {_line(check.text)}{source}"


def _dispute(dispute: Dispute) -> str:
    claim = dispute.claim
    return (
        f"The lesson: {_line(claim.lesson_says)} The vendor: {_line(claim.vendor_says)} "
        f"({claim.verdict}; {_line(claim.source_title)}, {claim.source_url}, "
        f"{claim.source_date or 'undated'})"
    )


def _receipt(receipt: Receipt) -> list[str]:
    usage = receipt.usage
    about = "about " if receipt.tokens_estimated else ""
    cached = f" ({figures.count(usage.cached_tokens)} from a cache)" if usage.cached_tokens else ""
    rows = [
        f"Model: {_line(receipt.model)}",
        f"Time: {figures.seconds(receipt.total_s)}, "
        f"first word {figures.seconds(receipt.first_token_s)}",
        f"Tokens: {figures.count(usage.input_tokens)} in{cached}, "
        f"{about}{figures.count(usage.output_tokens)} out",
        _cost(receipt.money),
        f"Energy: {figures.energy_formula(receipt)}",
        f"Destination: {_line(receipt.destination)}, {receipt.bytes_sent:,} bytes, "
        f"passages {_numbers(receipt.passages_sent)}"
        + (", stayed on the machine" if receipt.stayed_local else ""),
        f"Did not fit: passages {_numbers(receipt.passages_cut)}" if receipt.passages_cut else "",
        f"Search: the question's vector went to {_line(receipt.search_host)}"
        if receipt.search_host
        else "",
        _kept(receipt),
        f"Evidence: {receipt.evidence_hash}",
        f"Prompt: {receipt.prompt_hash}" if receipt.prompt_hash else "",
    ]
    return [row for row in rows if row]


def _cost(money: Money) -> str:
    paid = "unknown" if money.amount is None else figures.money(money)
    source = ""
    if money.price_source:
        dated = f"price of {money.price_date}" if money.price_date else "an undated price"
        source = f"{dated} from {_line(money.price_source)}"
    why = "; ".join(filter(None, (_line(money.note), source)))
    return f"Cost: {paid}" + (f" ({why})" if why else "")


def _kept(receipt: Receipt) -> str:
    if not receipt.retention:
        return ""
    source = ", ".join(filter(None, (receipt.retention_source, receipt.retention_date)))
    return f"Kept there: {_line(receipt.retention)}" + (f" ({_line(source)})" if source else "")


def _numbers(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers)) or "none"


def _sources(evidence: Evidence) -> list[str]:
    if not evidence.passages:
        return []
    parts = ["### Sources"]
    for passage in evidence.passages:
        parts += [f"**[{passage.number}]** {_place(passage)}", _quoted(passage.text)]
    return parts


def _place(passage: Passage) -> str:
    page = f"page {passage.page}" if passage.page else ""
    named = (passage.title, passage.heading, page, passage.dated or "", passage.url or "")
    return " · ".join(_line(part) for part in named if part)


def _listed(rows: Iterable[str]) -> str:
    return "\n".join(f"- {row}" for row in rows)


def _line(words: str) -> str:
    return _harmless(" ".join(words.split()))


def _quoted(words: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in _harmless(words.strip()).splitlines())


def _harmless(words: str) -> str:
    lines = _LANGUAGE.sub(r"\1", "\n".join(words.splitlines()))
    # By their numbers: behind a backslash that stands there already, one of ours would do nothing.
    return _TAG.sub("&lt;", _IMAGE.sub("&#33;", lines))
