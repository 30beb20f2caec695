from pathlib import Path
from types import SimpleNamespace

import pytest

from corpus.errors import InputError
from tests.support.scripted_assistant import ScriptedAssistant
from ui.web.asking import Desk, ask, ask_again
from ui.web.handlers import Handlers
from ui.web.pace import MINUTE_S, Pace
from ui.web.session import Session


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_within_a_minute_one_visitor_gets_so_many_and_another_gets_their_own(clock: Clock) -> None:
    pace = Pace(2, clock=clock)
    assert [pace.wait_s("a"), pace.wait_s("a"), pace.wait_s("b")] == [0, 0, 0]
    clock.now_s += 10
    assert pace.wait_s("a") == MINUTE_S - 10
    assert pace.wait_s("b") == 0


def test_what_had_to_wait_is_not_counted_and_after_a_minute_the_count_is_over(clock: Clock) -> None:
    pace = Pace(1, clock=clock)
    assert pace.wait_s("a") == 0
    for _ in range(5):
        assert pace.wait_s("a") > 0
    clock.now_s += MINUTE_S
    assert pace.wait_s("a") == 0


def test_nought_is_no_limit(clock: Clock) -> None:
    pace = Pace(0, clock=clock)
    assert {pace.wait_s("a") for _ in range(1000)} == {0}


def test_only_so_many_visitors_are_remembered(clock: Clock) -> None:
    pace = Pace(1, clock=clock, most_known=3)
    for name in "abcd":
        assert pace.wait_s(name) == 0
    assert pace.wait_s("d") > 0
    assert pace.wait_s("a") == 0


def test_who_did_nothing_for_a_minute_is_not_remembered(clock: Clock) -> None:
    pace = Pace(2, clock=clock)
    for _ in range(500):
        clock.now_s += 1
        pace.wait_s(str(clock.now_s))
        assert pace.known <= MINUTE_S


async def test_a_question_too_many_is_refused_before_anybody_is_asked(
    tmp_path: Path, clock: Clock
) -> None:
    assistant = ScriptedAssistant(tmp_path)
    desk = Desk(assistant, pace=Pace(2, clock=clock))  # type: ignore[arg-type]
    session = Session(owner="me")
    for question in ("One?", "Two?", "Three?"):
        async for _ in ask(desk, session, question, ["reader"]):
            pass
    assert [asked[0] for asked in assistant.asked] == ["One?", "Two?"]
    assert session.refused is not None
    question, error = session.refused
    assert question == "Three?"
    assert isinstance(error, InputError)
    assert "60 s" in error.cure
    async for _ in ask_again(desk, session, 1, "reader"):
        pass
    assert len(assistant.asked) == 2
    # Another browser's session with the same conversation open is not held up.
    async for _ in ask(desk, Session(owner="you"), "Four?", ["reader"]):
        pass
    assert len(assistant.asked) == 3


async def test_a_preview_searches_too_and_is_counted_as_a_question(
    tmp_path: Path, clock: Clock
) -> None:
    assistant = ScriptedAssistant(tmp_path)
    desk = Desk(assistant, pace=Pace(1, clock=clock))
    chat = SimpleNamespace(preview="preview")
    states = SimpleNamespace(note=lambda *_: None, asked=lambda _: ["reader"])
    handlers = Handlers(desk, chat, states)
    request, session = SimpleNamespace(headers={}), Session(owner="me")
    shown = [
        str(await handlers.preview(request, "Who makes Phi-3?", session, "open")) for _ in range(2)
    ]
    assert ["within a minute" in each for each in shown] == [False, True]
