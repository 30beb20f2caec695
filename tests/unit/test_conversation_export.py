"""Conversations as files: to keep, and to give away."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from assistant.backends.base import Usage
from assistant.conversations import Conversation
from assistant.conversations.export import to_json, to_markdown
from assistant.conversations.sharing import shareable
from assistant.conversations.unfinished import NOT_RECORDED
from assistant.evidence import Evidence
from assistant.turns import Answer, Money, Turn
from corpus.documents import Span
from corpus.errors import CounterpointError
from tests.support.payloads import payloads
from tests.support.scripted_assistant import ScriptedAssistant
from tests.support.scripted_objects import (
    COST_ANSWER,
    Script,
    make_dispute,
    make_passages,
    scripted_answer,
)
from ui.web.render.share import to_html

ATTACK = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>"
    "![see](https://evil.example/x.png) [a](javascript:alert(1)) <style>@import 'x'</style>"
)
HOST, KEY = "machine-canary.lan", "sk-canary-4711"
CANARIES = (HOST, KEY, "/home/canary", "canary-user", "10.11.12.13", "C:\\canary")
EVIDENCE = Evidence("Who?", "Who makes Phi-3?", make_passages(), (make_dispute(),), True, 0.02)


def make_answer(entry_id: str, text: str, **changes: object) -> Answer:
    stand_in = ScriptedAssistant(Path())
    entry = stand_in.entry(entry_id)
    answer = scripted_answer(entry, Script(), EVIDENCE, text, stopped=False, broke=False)
    return replace(answer, **changes)  # type: ignore[arg-type]


def make_conversation(
    *answers: Answer, evidence: Evidence = EVIDENCE, **changes: object
) -> Conversation:
    day = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    turn = Turn("Who makes Phi-3?", evidence, answers)
    conversation = Conversation("id-canary", "Who makes Phi-3?", day, day, (turn,))
    return replace(conversation, **changes)  # type: ignore[arg-type]


def both_sides() -> Conversation:
    claude = make_answer("claude-sonnet", "Microsoft does [2]. It may be small.")
    return make_conversation(make_answer("reader", COST_ANSWER), claude)


class Page(HTMLParser):
    """The tags of a page, checked to be closed, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "br", "hr"}:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self.text += data


def test_json_has_every_turn_with_sources_checks_and_receipts() -> None:
    content = json.loads(to_json(both_sides()))
    (turn,) = content["turns"]
    assert content["format"] == "counterpoint conversation"
    assert content["title"] == "Who makes Phi-3?"
    assert content["created_at"] == "2026-11-24T09:30:00+00:00"
    assert content["unanswered"] is None
    assert turn["evidence"]["hash"] == EVIDENCE.hash
    assert [p["rank"] for p in turn["evidence"]["passages"]] == [1, 2, 3, 4]
    assert [a["backend"] for a in turn["answers"]] == ["reader", "claude-sonnet"]
    assert turn["answers"][1]["receipt"]["destination"] == "api.vendor.example"
    assert turn["answers"][1]["sentences"][0]["verdict"] == "supported"


def test_markdown_has_every_turn_with_sources_checks_and_receipts() -> None:
    text = to_markdown(both_sides())
    for part in (
        "# Who makes Phi-3?\n",
        "## Question 1\n\n> Who makes Phi-3?\n",
        "### Built-in reader (open)\n",
        "### Claude Sonnet (proprietary)\n\nMicrosoft does [2].",
        "- supported: Microsoft does. (source 2)",
        "- partly: It may be small.",
        f"- Evidence: {EVIDENCE.hash}",
        "- Destination: api.vendor.example, 3,214 bytes",
        "**[2]** Note: Phi-3",
        "https://example.org/phi-3",
        "> Phi-3 is made by Microsoft, not by Inflection AI.",
    ):
        assert part in text


def test_a_receipt_in_markdown_says_whose_word_each_figure_rests_on() -> None:
    answer = make_answer("claude-sonnet", "Microsoft does [2].")
    receipt = replace(
        answer.receipt,
        total_s=0.918005,
        usage=Usage(2_000, 100, cached_tokens=1_000),
        money=Money(0.00397, "USD", "2025-10-01", "https://example.org/prices", "1,000 cached"),
        passages_cut=(3, 4),
        retention_source="the terms",
        retention_date="2025-10-02",
        search_host="chroma.example",
    )
    text = to_markdown(make_conversation(replace(answer, receipt=receipt)))
    for row in (
        "- Time: 0.92 s, first word ",
        "- Tokens: 2,000 in (1,000 from a cache), 100 out\n",
        "- Cost: $0.0040 (1,000 cached; price of 2025-10-01 from https://example.org/prices)\n",
        "- Energy: unknown\n",
        "- Did not fit: passages 3, 4\n",
        "- Search: the question's vector went to chroma.example\n",
        "(the terms, 2025-10-02)\n",
    ):
        assert row in text


def test_a_receipt_in_markdown_keeps_what_is_not_known_unknown() -> None:
    answer = make_answer("claude-sonnet", "Microsoft does [2].")
    money = Money(None, "USD", None, "the list", "no count came")
    receipt = replace(answer.receipt, usage=Usage(), money=money, first_token_s=None)
    text = to_markdown(make_conversation(replace(answer, receipt=receipt)))
    assert "first word unknown\n- Tokens: unknown in, unknown out\n" in text
    assert "- Cost: unknown (no count came; an undated price from the list)\n" in text


def test_markdown_says_what_broke_off_and_what_was_never_answered() -> None:
    error = CounterpointError("It broke.", "Ask again.")
    broken = make_answer("reader", "Half an", status="interrupted", error=error)
    text = to_markdown(make_conversation(broken, unanswered="And the last one?"))
    assert "*Broke off before it was complete.* It broke. Ask again." in text
    assert text.endswith("## Not answered\n\n> And the last one?\n")


@pytest.mark.parametrize(
    "said",
    [
        *payloads("https://evil.example"),
        r"\![a](https://evil.example/1.png)",
        r"\\![a](https://evil.example/1.png) \\\![a](https://evil.example/2.png)",
        r"\<img src=x> \\<img src=x>",
        "> - ~~~ mermaid\n>   graph LR\n>   ~~~",
        "so\r```plantuml\r!include https://evil.example/x\r```",
    ],
)
def test_in_a_viewer_of_markdown_there_is_neither_picture_nor_markup_nor_diagram(said: str) -> None:
    written = to_markdown(replace(make_conversation(make_answer("reader", said)), title=said))
    tokens = MarkdownIt("commonmark").parse(written)
    inside = [child for token in tokens for child in token.children or ()]
    found = {each.type for each in (*tokens, *inside)}
    assert found.isdisjoint({"image", "html_block", "html_inline"})
    assert {token.info for token in tokens if token.type == "fence"} <= {""}
    assert "text" in found


def test_markdown_would_fetch_nothing_in_a_viewer() -> None:
    attacked = make_conversation(make_answer("reader", ATTACK), title=ATTACK)
    text = to_markdown(attacked)
    assert not re.search(r"<[a-z/!]", text, re.IGNORECASE)
    assert not re.search(r"(?<!\\)!\[", text)


def test_a_shared_page_has_both_sides_with_sources_checks_and_receipts() -> None:
    html = to_html(both_sides())
    page = Page(html)
    for part in (
        "Who makes Phi-3?",
        "Built-in reader",
        "Claude Sonnet",
        "Microsoft does",
        "1 of 2 sentences supported",
        "Lesson and vendor differ",
        "Phi-3 is made by Microsoft, not by Inflection AI.",
        EVIDENCE.hash,
        "24 November 2026",
    ):
        assert part in page.text
    ids = {attrs["id"] for _, attrs in page.tags if attrs.get("id")}
    within = {a["href"] for _, a in page.tags if (a.get("href") or "").startswith("#")}
    assert "#p1-2" in within
    assert {href[1:] for href in within if href} <= ids


@pytest.mark.parametrize("field", ["answer", "question", "title", "passage", "label", "model"])
def test_a_shared_page_runs_nothing_and_fetches_nothing(field: str) -> None:
    answer = make_answer("reader", ATTACK if field == "answer" else "Fine.")
    if field == "label":
        answer = replace(answer, label=ATTACK)
    if field == "model":
        answer = replace(answer, receipt=replace(answer.receipt, model=ATTACK))
    conversation = make_conversation(answer)
    turn = conversation.turns[0]
    if field == "question":
        conversation = replace(conversation, turns=(replace(turn, question=ATTACK),))
    if field == "title":
        conversation = replace(conversation, title=ATTACK)
    if field == "passage":
        first, *others = EVIDENCE.passages
        bad = replace(first, title=ATTACK, heading_path=(ATTACK,), text=ATTACK, match=Span(0, 9))
        evidence = replace(EVIDENCE, passages=(bad, *others))
        conversation = make_conversation(answer, evidence=evidence)
    html = to_html(conversation)
    page = Page(html)
    assert "alert(1)" in page.text
    for tag, attrs in page.tags:
        assert tag not in {"script", "img", "link", "iframe", "object", "base", "form", "input"}
        assert not {name for name in attrs if name.startswith("on")}
        assert not {"src", "srcset", "style", "action", "background"} & set(attrs)
        href = attrs.get("href") or "#"
        assert href.startswith(("#", "https://example.org/")), href
    assert [tag for tag, _ in page.tags].count("style") == 1
    assert "url(" not in html
    assert "@import" not in re.findall(r"<style>(.*?)</style>", html, re.DOTALL)[0]


def test_a_shared_page_has_a_policy_that_allows_its_own_style_alone() -> None:
    import base64
    import hashlib

    html = to_html(both_sides())
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = next(
        attrs["content"]
        for tag, attrs in Page(html).tags
        if tag == "meta" and attrs.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    # The policy stands before anything that it is to govern.
    assert html.index("Content-Security-Policy") < html.index("<style>")


def test_a_shared_page_has_no_key_no_path_and_no_name_of_a_machine() -> None:
    error = CounterpointError(
        f"Ollama at http://{HOST}:11434 refused {KEY}.", "Look at /home/canary/settings.toml."
    )
    answer = make_answer("reader", "Fine [1].", status="interrupted", error=error)
    receipt = replace(
        answer.receipt,
        model="/home/canary/models/mine.gguf",
        destination=f"{HOST}:11434",
        stayed_local=False,
        search_host="10.11.12.13:8000",
        retention_source="https://canary-user@example.org/policy",
        money=Money(0.1, "USD", "2026-01-01", "C:\\canary\\backends.toml"),
    )
    first, second, third, *others = EVIDENCE.passages
    passages = (
        replace(first, source="/home/canary/notes/first.md", url=f"http://{HOST}/wiki"),
        replace(second, url="http://10.11.12.13/wiki"),
        replace(third, url="https://canary-user@example.org/wiki"),
        *others,
    )
    conversation = make_conversation(
        replace(answer, receipt=receipt), evidence=replace(EVIDENCE, passages=passages)
    )
    html = to_html(conversation)
    assert "id-canary" not in html
    for canary in CANARIES:
        assert canary not in html
    for part in ("mine.gguf", "a server of one&#x27;s own", "broke off", "first.md"):
        assert part in html
    # What it is made of holds none of it either, however it will be written one day.
    (given,) = shareable(conversation).turns
    assert not [canary for canary in CANARIES if canary in repr(given)]
    assert given.answers[0].error is None


@pytest.mark.parametrize(
    ("destination", "shown"),
    [
        ("this process", "this process"),
        ("api.openai.com", "api.openai.com"),
        ("ollama.com", "ollama.com"),
        ("127.0.0.1:11434", "localhost"),
        ("[::1]:8000", "localhost"),
        ("gateway.company.example", "a server of one's own"),
        (NOT_RECORDED, NOT_RECORDED),
    ],
)
def test_only_a_vendors_own_host_is_named(destination: str, shown: str) -> None:
    answer = make_answer("claude-sonnet", "Yes.")
    sent = replace(answer, receipt=replace(answer.receipt, destination=destination))
    (given,) = shareable(make_conversation(sent)).turns[0].answers
    assert given.receipt.destination == shown
