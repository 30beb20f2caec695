"""A visitor's conversation on the server."""

import asyncio
import threading
from pathlib import Path

import pytest

from assistant.turns import Status
from corpus.errors import BackendError, InputError, KeyMissing
from tests.support.scripted_assistant import ANSWER, Script, ScriptedAssistant
from ui.web.session import Live, Session, ask, ask_again


@pytest.fixture
def assistant(tmp_path: Path) -> ScriptedAssistant:
    return ScriptedAssistant(tmp_path)


async def run(lives: object) -> list[str]:
    return [live.text async for live in lives]  # type: ignore[attr-defined]


async def test_an_answer_grows_and_ends_as_a_turn(assistant: ScriptedAssistant) -> None:
    session = Session()
    seen = await run(ask(assistant, session, "Who makes Phi-3?", "reader"))
    assert all(ANSWER.startswith(text) for text in seen)
    assert [turn.question for turn in session.turns] == ["Who makes Phi-3?"]
    assert session.turns[0].answers[0].text == ANSWER
    assert (session.shown, session.live, session.refused) == (1, None, None)


async def test_the_history_is_the_sessions_own(assistant: ScriptedAssistant) -> None:
    session = Session()
    await run(ask(assistant, session, "One?", "reader"))
    await run(ask(assistant, session, "Two?", "claude-sonnet"))
    assert assistant.asked == [("One?", 0, "reader"), ("Two?", 1, "claude-sonnet")]


async def test_asking_again_keeps_the_first_answer_and_its_evidence(
    assistant: ScriptedAssistant,
) -> None:
    session = Session()
    await run(ask(assistant, session, "One?", "reader"))
    await run(ask_again(assistant, session, "claude-sonnet"))
    [turn] = session.turns
    assert [answer.backend for answer in turn.answers] == ["reader", "claude-sonnet"]
    assert len({answer.receipt.evidence_hash for answer in turn.answers}) == 1
    assert assistant.asked[1] == ("One?", 0, "claude-sonnet")


async def test_stopping_keeps_what_arrived(assistant: ScriptedAssistant) -> None:
    session = Session()
    assistant.scripts["reader"] = Script(gate=threading.Event(), gate_after=4)
    async for live in ask(assistant, session, "One?", "reader"):
        if live.text:
            session.stop()
    answer = session.turns[0].answers[0]
    assert answer.status is Status.STOPPED
    assert answer.text == "Microsoft makes Phi-3 "


async def test_stopping_before_anything_came_leaves_no_turn(assistant: ScriptedAssistant) -> None:
    session = Session()
    assistant.ready.clear()
    async for live in ask(assistant, session, "One?", "reader"):
        assert live.step == "Loading the index (opening the index)"
        session.stop()
    assert (session.turns, session.live) == ([], None)


async def test_a_broken_stream_keeps_the_partial_answer(assistant: ScriptedAssistant) -> None:
    session = Session()
    error = BackendError("The line broke.", "Ask again.")
    assistant.scripts["reader"] = Script(error=error, fail_after=3)
    await run(ask(assistant, session, "One?", "reader"))
    answer = session.turns[0].answers[0]
    assert (answer.status, answer.text) == (Status.INTERRUPTED, "Microsoft makes Phi-3 ")
    assert session.refused is None


@pytest.mark.parametrize("question", ["", "   \n", "x" * 5000])
async def test_a_question_that_cannot_be_taken_is_refused_by_the_server(
    assistant: ScriptedAssistant, question: str
) -> None:
    session = Session()
    await run(ask(assistant, session, question, "reader"))
    assert session.refused is not None
    assert session.refused[0] == question
    assert isinstance(session.refused[1], InputError)
    assert assistant.asked == []


async def test_a_question_that_failed_before_anything_is_given_back(
    assistant: ScriptedAssistant,
) -> None:
    session = Session()
    assistant.scripts["gpt-mini"] = Script(error=KeyMissing("No key is set.", "Set it."))
    await run(ask(assistant, session, "One?", "gpt-mini"))
    assert session.turns == []
    assert session.refused == ("One?", assistant.scripts["gpt-mini"].error)


async def test_the_next_question_clears_the_refusal(assistant: ScriptedAssistant) -> None:
    session = Session()
    await run(ask(assistant, session, "", "reader"))
    await run(ask(assistant, session, "One?", "reader"))
    assert session.refused is None


async def test_a_second_question_during_an_answer_is_not_asked_and_disturbs_nothing(
    assistant: ScriptedAssistant,
) -> None:
    session = Session()
    lives = ask(assistant, session, "One?", "reader")
    first = await anext(lives)
    assert await run(ask(assistant, session, "Two?", "reader")) == []
    assert await run(ask_again(assistant, session, "reader")) == []
    assert (session.live, session.refused) == (first, None)
    await run(lives)
    assert [question for question, _, _ in assistant.asked] == ["One?"]
    assert [turn.question for turn in session.turns] == ["One?"]


async def test_an_unknown_backend_is_refused(assistant: ScriptedAssistant) -> None:
    session = Session()
    await run(ask(assistant, session, "One?", "forged"))
    assert session.refused is not None
    assert session.live is None


async def test_a_new_chat_during_an_answer_stays_empty(assistant: ScriptedAssistant) -> None:
    session = Session()
    assistant.scripts["reader"] = Script(gate=threading.Event(), gate_after=4)
    async for live in ask(assistant, session, "One?", "reader"):
        if live.text:
            session.clear()
    assert session.turns == []


async def test_a_new_chat_takes_a_question_while_the_old_answer_is_still_ending(
    assistant: ScriptedAssistant,
) -> None:
    session = Session()
    assistant.scripts["reader"] = Script(gate=threading.Event(), gate_after=4)
    old = ask(assistant, session, "One?", "reader")
    await anext(old)
    session.clear()
    new = ask(assistant, session, "Two?", "claude-sonnet")
    live = await anext(new)
    await run(old)
    assert (session.live, session.turns) == (live, [])
    await run(new)
    assert [turn.question for turn in session.turns] == ["Two?"]


async def test_leaving_closes_the_answer(assistant: ScriptedAssistant) -> None:
    session = Session()
    assistant.scripts["reader"] = Script(gate=threading.Event(), gate_after=2)
    lives = ask(assistant, session, "One?", "reader")
    async for live in lives:
        if live.text:
            break
    await lives.aclose()
    assert session.live is None


async def test_many_sessions_never_see_each_other(assistant: ScriptedAssistant) -> None:
    sessions = [Session() for _ in range(100)]
    await asyncio.gather(
        *(run(ask(assistant, s, f"Question {n}?", "reader")) for n, s in enumerate(sessions))
    )
    for number, session in enumerate(sessions):
        assert [turn.question for turn in session.turns] == [f"Question {number}?"]


async def test_waiting_is_told(assistant: ScriptedAssistant) -> None:
    from assistant.turns import Waiting

    assistant.scripts["reader"] = Script(wait=Waiting(3, "The service is busy."), gate_after=1)
    gate = threading.Event()
    assistant.scripts["reader"].gate = gate
    steps: list[str] = []
    async for live in ask(assistant, Session(), "One?", "reader"):
        steps.append(live.step)
        if "busy" in live.step:
            gate.set()
    assert "The service is busy. Trying again in 3 s" in steps


def test_a_turn_is_found_by_its_number_alone() -> None:
    session = Session()
    assert [session.turn(number) for number in (-1, 0, 1)] == [None, None, None]


def test_an_answer_that_is_written_belongs_to_one_question(assistant: ScriptedAssistant) -> None:
    assert not Live(1, "One?", assistant.entry("reader")).stop.is_set()
