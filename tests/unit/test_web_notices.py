"""What the page says of the next question, and beside an answer that was cut."""

import dataclasses
import re
from html import unescape
from pathlib import Path

import pytest

from assistant.backends.catalogue import BackendEntry, Kind
from tests.support.scripted_assistant import ScriptedAssistant
from tests.unit.test_web_render import NAMES, finished_turn
from ui.web.render import notices, turns


def words(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html)).strip()


@pytest.fixture
def assistant(tmp_path: Path) -> ScriptedAssistant:
    return ScriptedAssistant(tmp_path)


def said(receivers: list[tuple[BackendEntry, str]], names: dict[Kind, str] = NAMES) -> str:
    return words(notices.destination_line(receivers, names))


@pytest.mark.parametrize(
    ("backend", "destination", "expected"),
    [
        ("llama3.2-3b", "127.0.0.1:11434", "stays on this machine."),
        ("smollm2-135m", "this process", "stays on this machine."),
        ("llama3.2-3b", "ollama.example:11434", "and its sources go to ollama.example:11434."),
        ("claude-sonnet", "api.anthropic.com", "and its sources go to Anthropic."),
        (
            "claude-sonnet",
            "gateway.example",
            "and its sources go to gateway.example, set as Anthropic's address.",
        ),
        ("claude-sonnet", "", "go nowhere yet: no address that can be used is set."),
    ],
)
def test_where_the_next_question_goes_is_said_of_the_address_not_of_the_kind(
    assistant: ScriptedAssistant, backend: str, destination: str, expected: str
) -> None:
    assert expected in said([(assistant.entry(backend), destination)])


def test_each_of_two_sides_says_where_its_copy_goes(assistant: ScriptedAssistant) -> None:
    remote = (assistant.entry("llama3.2-3b"), "ollama.example")
    vendor = (assistant.entry("claude-sonnet"), "api.anthropic.com")
    assert said([remote, vendor]) == (
        "Llama 3.2 3B: question and sources go to ollama.example. "
        "Claude Sonnet: question and sources go to Anthropic."
    )


@pytest.mark.parametrize(
    ("fitted_to", "expected"),
    [("", "the model's window"), ("Small model", "the window of Small model")],
)
def test_passages_that_were_cut_name_the_window_that_cut_them(
    assistant: ScriptedAssistant, fitted_to: str, expected: str
) -> None:
    turn = finished_turn(assistant)
    receipt = dataclasses.replace(turn.answers[0].receipt, passages_cut=(2, 3), fitted_to=fitted_to)
    cut = dataclasses.replace(
        turn, answers=(dataclasses.replace(turn.answers[0], receipt=receipt),)
    )
    assert f"2 passages did not fit into {expected};" in words(turns.turn_section(1, cut, NAMES))
