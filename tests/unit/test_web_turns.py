"""Turns with several answers, answers that grow, and what would be sent."""

import dataclasses
import re
from html import unescape
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assistant.backends.catalogue import Kind
from assistant.citations import parse_citations
from assistant.evidence import Evidence
from assistant.markup.answers import cited_markdown
from assistant.markup.elements import SafeHtml
from assistant.turns import Turn
from tests.support.scripted_assistant import ScriptedAssistant
from tests.support.scripted_objects import (
    ANSWER,
    COST_ANSWER,
    Script,
    make_passages,
    scripted_answer,
)
from tests.unit.test_web_render import elements, finished_turn, words
from ui.web.render import turns
from ui.web.render.growing import Growing
from ui.web.render.preview import preview_panel
from ui.web.session import LiveAnswer, LiveTurn

NAMES: dict[Kind, str] = {"open": "Llama 3.2 3B", "proprietary": "Claude Sonnet"}


@pytest.fixture
def assistant(tmp_path: Path) -> ScriptedAssistant:
    return ScriptedAssistant(tmp_path)


@pytest.mark.parametrize("end", range(len(COST_ANSWER)))
def test_a_streamed_answer_is_whole_markup_at_every_prefix(
    end: int, assistant: ScriptedAssistant
) -> None:
    growing = Growing(1, finished_turn(assistant).evidence)
    growing.grow(COST_ANSWER[:end])
    html = "".join([*growing.blocks, growing.tail])
    opened = [tag for tag, _ in elements(html) if tag not in {"br", "hr"}]
    assert all(html.count(f"</{tag}>") == opened.count(tag) for tag in set(opened))


PIECES = [
    *(
        "One sentence [1].",
        "\n",
        "\n\n",
        "- item",
        "1. first",
        "2",
        ". second",
        "#",
        " Title",
        "\n```\n",
    ),
    *(
        "| a | b |",
        "|---|---|",
        "**",
        "bold",
        "> quoted",
        "---",
        "    indented",
        "[2",
        "]",
        "*",
        " ",
    ),
]


@example(["One sentence [1].", "```", "\n\n", "One sentence [1]."])
@example(["One sentence [1].", "```", "One sentence [1].", "\n", "```"])
@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_an_answer_that_came_in_pieces_looks_like_one_that_came_at_once(pieces: list[str]) -> None:
    evidence = Evidence("Who?", "Who?", make_passages(), (), True, 0.02)
    source, growing = "", Growing(1, evidence)
    settled: list[SafeHtml] = []
    for piece in [*pieces, "\n\nThe end."]:
        source += piece
        growing.grow(source)
        assert growing.blocks[: len(settled)] == settled
        settled = list(growing.blocks)
    whole = Growing(1, evidence)
    whole.grow(source)
    came, at_once = ("".join([*g.blocks, g.tail]) for g in (growing, whole))
    assert came.replace("\n", "") == at_once.replace("\n", "")
    shown = {passage.number for passage in evidence.passages}
    rendered = cited_markdown(1, evidence, source, parse_citations(source, shown))
    assert came.replace("\n", "") == rendered.replace("\n", "")


def test_what_is_settled_is_rendered_once_however_long_the_answer_grows(
    assistant: ScriptedAssistant,
) -> None:
    growing = Growing(1, finished_turn(assistant).evidence)
    source = f"{ANSWER}\n\n" * 200
    for end in range(0, len(source), 400):
        growing.grow(source[:end])
    assert len(growing.blocks) > 100
    assert len(growing.tail) < 3 * len(ANSWER) + 1_000


def two_sides(assistant: ScriptedAssistant, *backend_ids: str) -> Turn:
    turn = finished_turn(assistant)
    given = tuple(
        scripted_answer(
            assistant.entry(backend_id), Script(), turn.evidence, ANSWER, stopped=False, broke=False
        )
        for backend_id in backend_ids
    )
    return dataclasses.replace(turn, answers=given)


def test_both_kinds_stand_in_a_column_each_with_their_versions_in_order(
    assistant: ScriptedAssistant,
) -> None:
    turn = two_sides(assistant, "reader", "claude-sonnet", "llama3.2-3b")
    html = turns.turn_section(2, turn, NAMES)
    left, right = html.split('id="turn-2-proprietary"')
    assert re.findall(r"<h3>([^<]+)</h3>", left) == ["Built-in reader", "Llama 3.2 3B"]
    assert re.findall(r"version (\d)", left) == ["1", "2"]
    assert re.findall(r"<h3>([^<]+)</h3>", right) == ["Claude Sonnet"]
    assert "version" not in words(right)
    assert re.findall(r'id="(answer-[\d-]+)"', html) == ["answer-2-0", "answer-2-2", "answer-2-1"]


def test_the_other_side_is_offered_by_name_while_it_has_no_answer(
    assistant: ScriptedAssistant,
) -> None:
    alone = turns.turn_section(1, two_sides(assistant, "reader", "reader"), NAMES)
    assert words(alone).count("Ask Claude Sonnet too") == 2
    both = turns.turn_section(1, two_sides(assistant, "reader", "claude-sonnet"), NAMES)
    assert 'data-action="other"' not in both
    assert both.count('data-action="again"') == 2


def test_each_side_that_is_being_written_has_a_stop_of_its_own(
    assistant: ScriptedAssistant,
) -> None:
    turn = dataclasses.replace(finished_turn(assistant), answers=())
    live = LiveTurn(
        1,
        turn.question,
        [
            LiveAnswer(assistant.entry("reader"), 0, step="Waiting"),
            LiveAnswer(assistant.entry("claude-sonnet"), 1),
        ],
        turn.evidence,
    )
    html = turns.turn_section(1, turn, NAMES, live)
    stops = [a for tag, a in elements(html) if a.get("data-action") == "stop"]
    assert [(stop["data-turn"], stop["data-answer"]) for stop in stops] == [("1", "0"), ("1", "1")]
    assert 'data-action="again"' not in html


def test_a_side_that_ended_first_keeps_its_place(assistant: ScriptedAssistant) -> None:
    turn = two_sides(assistant, "claude-sonnet")
    first = LiveAnswer(assistant.entry("reader"), 0)
    second = LiveAnswer(assistant.entry("claude-sonnet"), 1, answer=turn.answers[0])
    live = LiveTurn(1, turn.question, [first, second], turn.evidence)
    card = turns.one_card(1, turn, 1, NAMES, live)
    assert 'id="answer-1-1"' in card
    assert "Claude Sonnet" in card
    assert "is-live" in turns.one_card(1, turn, 0, NAMES, live)


async def test_the_preview_shows_every_message_and_marks_what_looks_personal(
    assistant: ScriptedAssistant,
) -> None:
    question = "I am at jane.doe@example.org. <b>What</b> does it cost?"
    preview = await assistant.preview(question, [], ["llama3.2-3b", "claude-sonnet"])
    html = preview_panel(preview, 1)
    assert re.findall(r'<mark class="personal"[^>]*>([^<]+)<', html) == ["jane.doe@example.org"]
    shown = unescape(words(html))
    assert "api.vendor.example" in shown
    for message in preview.messages:
        assert message.content.replace("jane.doe@example.org", "") in shown.replace(
            "jane.doe@example.org (e-mail address)", ""
        )
