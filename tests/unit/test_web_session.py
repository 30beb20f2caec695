"""A visitor's conversation on the server."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from assistant.conversations import open_store
from assistant.turns import Status, Waiting
from corpus.errors import BackendError, InputError, KeyMissing
from tests.support.scripted_assistant import ScriptedAssistant
from tests.support.scripted_objects import ANSWER, Script
from ui.web.asking import Desk, ask, ask_again
from ui.web.session import LiveTurn, Session

BOTH = ["reader", "claude-sonnet"]


@pytest.fixture
def assistant(tmp_path: Path) -> ScriptedAssistant:
    return ScriptedAssistant(tmp_path)


@pytest.fixture
def desk(assistant: ScriptedAssistant) -> Desk:
    return Desk(assistant)  # type: ignore[arg-type]


async def run(steps: AsyncIterator[LiveTurn]) -> list[list[str]]:
    return [[answer.text for answer in live.answers] async for live in steps]


async def test_an_answer_grows_and_ends_in_its_turn(desk: Desk) -> None:
    session = Session()
    seen = await run(ask(desk, session, "Who makes Phi-3?", ["reader"]))
    assert all(ANSWER.startswith(text) for [text] in seen)
    assert [turn.question for turn in session.turns] == ["Who makes Phi-3?"]
    assert session.turns[0].answers[0].text == ANSWER
    assert (session.shown, session.live, session.refused) == (1, None, None)


async def test_both_sides_answer_one_question_over_one_evidence(
    desk: Desk, assistant: ScriptedAssistant
) -> None:
    session = Session()
    await run(ask(desk, session, "One?", BOTH))
    [turn] = session.turns
    assert [answer.backend for answer in turn.answers] == BOTH
    assert len({answer.receipt.evidence_hash for answer in turn.answers}) == 1
    assert sorted(assistant.asked) == [("One?", 0, "claude-sonnet"), ("One?", 0, "reader")]


async def test_the_side_that_ends_first_is_there_while_the_other_is_being_written(
    desk: Desk, assistant: ScriptedAssistant
) -> None:
    session, gate = Session(), threading.Event()
    assistant.scripts["reader"] = Script(gate=gate, gate_after=3)
    async for live in ask(desk, session, "One?", BOTH):
        if session.turns and session.turns[0].answers and not gate.is_set():
            assert [answer.backend for answer in session.turns[0].answers] == ["claude-sonnet"]
            assert [each.answer is None for each in live.answers] == [True, False]
            gate.set()
    assert [answer.backend for answer in session.turns[0].answers] == BOTH


async def test_one_sides_failure_stays_on_its_side(
    desk: Desk, assistant: ScriptedAssistant
) -> None:
    session = Session()
    error = KeyMissing("No key is set.", "Set it.")
    assistant.scripts["claude-sonnet"] = Script(error=error)
    await run(ask(desk, session, "One?", BOTH))
    good, failed = session.turns[0].answers
    assert (good.text, good.status) == (ANSWER, Status.FINISHED)
    assert (failed.text, failed.status, failed.error) == ("", Status.FAILED, error)
    assert session.refused is None


async def test_one_side_is_stopped_and_the_other_goes_on(
    desk: Desk, assistant: ScriptedAssistant
) -> None:
    session = Session()
    assistant.scripts["claude-sonnet"] = Script(gate=threading.Event(), gate_after=4)
    async for live in ask(desk, session, "One?", BOTH):
        if live.answers[1].text:
            session.stop(1)
    assert [answer.status for answer in session.turns[0].answers] == [
        Status.FINISHED,
        Status.STOPPED,
    ]


async def test_the_history_is_the_sessions_own(desk: Desk, assistant: ScriptedAssistant) -> None:
    session = Session()
    await run(ask(desk, session, "One?", ["reader"]))
    await run(ask(desk, session, "Two?", ["claude-sonnet"]))
    assert assistant.asked == [("One?", 0, "reader"), ("Two?", 1, "claude-sonnet")]


async def test_a_question_that_nobody_answered_is_no_part_of_the_history(
    desk: Desk, assistant: ScriptedAssistant
) -> None:
    session = Session()
    assistant.scripts["gpt-mini"] = Script(error=KeyMissing("No key is set.", "Set it."))
    await run(ask(desk, session, "One?", ["gpt-mini"]))
    await run(ask(desk, session, "Two?", ["reader"]))
    assert len(session.turns) == 2
    assert assistant.asked[-1] == ("Two?", 0, "reader")


async def test_any_turn_is_asked_again_with_what_was_said_before_it(
    desk: Desk, assistant: ScriptedAssistant
) -> None:
    session = Session()
    for question in ("One?", "Two?", "Three?"):
        await run(ask(desk, session, question, ["reader"]))
    await run(ask_again(desk, session, 2, "claude-sonnet"))
    assert [len(turn.answers) for turn in session.turns] == [1, 2, 1]
    first, second = session.turns[1].answers
    assert (first.backend, second.backend) == ("reader", "claude-sonnet")
    assert first.receipt.evidence_hash == second.receipt.evidence_hash
    assert assistant.asked[-1] == ("Two?", 1, "claude-sonnet")
    assert assistant.beside[-1] == ("reader",)
    assert session.shown == 2


async def test_versions_of_one_side_are_kept_in_order(desk: Desk) -> None:
    session = Session()
    await run(ask(desk, session, "One?", BOTH))
    await run(ask_again(desk, session, 1, "reader"))
    assert [a.backend for a in session.turns[0].answers] == ["reader", "claude-sonnet", "reader"]


async def test_stopping_keeps_what_arrived(desk: Desk, assistant: ScriptedAssistant) -> None:
    session = Session()
    assistant.scripts["reader"] = Script(gate=threading.Event(), gate_after=4)
    async for live in ask(desk, session, "One?", ["reader"]):
        if live.answers[0].text == "Microsoft makes Phi-3 ":
            session.stop()
    answer = session.turns[0].answers[0]
    assert answer.status is Status.STOPPED
    assert answer.text == "Microsoft makes Phi-3 "


async def test_a_question_that_is_stopped_before_anything_came_is_given_back(
    desk: Desk, assistant: ScriptedAssistant
) -> None:
    session = Session()
    assistant.ready.clear()
    async for live in ask(desk, session, "One?", ["reader"]):
        assert live.answers[0].step == "Loading the index (opening the index)"
        session.stop()
    assert (session.turns, session.live, session.given_back) == ([], None, "One?")


async def test_a_broken_stream_keeps_the_partial_answer(
    desk: Desk, assistant: ScriptedAssistant
) -> None:
    session = Session()
    error = BackendError("The line broke.", "Ask again.")
    assistant.scripts["reader"] = Script(error=error, fail_after=3)
    await run(ask(desk, session, "One?", ["reader"]))
    answer = session.turns[0].answers[0]
    assert (answer.status, answer.text) == (Status.INTERRUPTED, "Microsoft makes Phi-3 ")
    assert session.refused is None


@pytest.mark.parametrize("question", ["", "   \n", "x" * 5000])
async def test_a_question_that_cannot_be_taken_is_refused_by_the_server(
    desk: Desk, assistant: ScriptedAssistant, question: str
) -> None:
    session = Session()
    await run(ask(desk, session, question, ["reader"]))
    assert session.refused is not None
    assert session.refused[0] == question
    assert isinstance(session.refused[1], InputError)
    assert (assistant.asked, session.turns) == ([], [])


async def test_the_next_question_clears_the_refusal(desk: Desk) -> None:
    session = Session()
    await run(ask(desk, session, "", ["reader"]))
    await run(ask(desk, session, "One?", ["reader"]))
    assert session.refused is None


async def test_a_second_question_during_an_answer_is_not_asked_and_disturbs_nothing(
    desk: Desk, assistant: ScriptedAssistant
) -> None:
    session = Session()
    steps = ask(desk, session, "One?", ["reader"])
    first = await anext(steps)
    assert await run(ask(desk, session, "Two?", ["reader"])) == []
    assert await run(ask_again(desk, session, 1, "reader")) == []
    assert (session.live, session.refused) == (first, None)
    await run(steps)
    assert [question for question, _, _ in assistant.asked] == ["One?"]
    assert [turn.question for turn in session.turns] == ["One?"]


async def test_an_unknown_backend_is_refused(desk: Desk) -> None:
    session = Session()
    await run(ask(desk, session, "One?", ["forged"]))
    assert session.refused is not None
    assert session.live is None


async def test_a_new_chat_during_an_answer_stays_empty(
    desk: Desk, assistant: ScriptedAssistant
) -> None:
    session = Session()
    assistant.scripts["reader"] = Script(gate=threading.Event(), gate_after=4)
    async for live in ask(desk, session, "One?", ["reader"]):
        if live.answers[0].text:
            session.clear()
    assert (session.turns, live.is_left) == ([], True)


async def test_a_new_chat_takes_a_question_while_the_old_answer_is_still_ending(
    desk: Desk, assistant: ScriptedAssistant
) -> None:
    session = Session()
    assistant.scripts["reader"] = Script(gate=threading.Event(), gate_after=4)
    old = ask(desk, session, "One?", ["reader"])
    await anext(old)
    session.clear()
    new = ask(desk, session, "Two?", ["claude-sonnet"])
    live = await anext(new)
    await run(old)
    assert (session.live, session.turns) == (live, [])
    await run(new)
    assert [turn.question for turn in session.turns] == ["Two?"]


async def test_leaving_closes_the_answer(desk: Desk, assistant: ScriptedAssistant) -> None:
    session = Session()
    assistant.scripts["reader"] = Script(gate=threading.Event(), gate_after=2)
    steps = ask(desk, session, "One?", ["reader"])
    async for live in steps:
        if live.answers[0].text:
            break
    await steps.aclose()
    assert session.live is None


async def test_many_sessions_never_see_each_other(desk: Desk) -> None:
    sessions = [Session() for _ in range(100)]
    await asyncio.gather(
        *(run(ask(desk, s, f"Question {n}?", ["reader"])) for n, s in enumerate(sessions))
    )
    for number, session in enumerate(sessions):
        assert [turn.question for turn in session.turns] == [f"Question {number}?"]


async def test_waiting_is_told(desk: Desk, assistant: ScriptedAssistant) -> None:
    gate = threading.Event()
    assistant.scripts["reader"] = Script(
        wait=Waiting(3, "The service is busy."), gate_after=1, gate=gate
    )
    steps: list[str] = []
    async for live in ask(desk, Session(), "One?", ["reader"]):
        steps.append(live.answers[0].step)
        if "busy" in live.answers[0].step:
            gate.set()
    assert "The service is busy. Trying again in 3 s" in steps


async def test_what_is_asked_is_kept_for_its_owner_with_all_versions(
    assistant: ScriptedAssistant,
) -> None:
    store = open_store(assistant.settings)
    desk, session = Desk(assistant, store), Session(owner="somebody")  # type: ignore[arg-type]
    await run(ask(desk, session, "One?", BOTH))
    await run(ask_again(desk, session, 1, "reader"))
    await run(ask(desk, session, "Two?", ["reader"]))
    kept = store.load("somebody", session.conversation_id)
    assert kept.turns == tuple(session.turns)


async def test_nothing_is_kept_of_somebody_who_is_not_known(assistant: ScriptedAssistant) -> None:
    store = open_store(assistant.settings)
    session = Session()
    await run(ask(Desk(assistant, store), session, "One?", ["reader"]))  # type: ignore[arg-type]
    assert (session.conversation_id, len(session.turns)) == ("", 1)


async def test_of_a_question_that_is_too_long_nothing_is_written_down(
    assistant: ScriptedAssistant,
) -> None:
    store = open_store(assistant.settings)
    session = Session(owner="somebody")
    await run(ask(Desk(assistant, store), session, "x" * 200_000, ["reader"]))  # type: ignore[arg-type]
    assert isinstance(session.refused, tuple)
    assert store.list("somebody") == ()
    await run(ask(Desk(assistant, store), session, "One?" + " " * 200_000, ["reader"]))  # type: ignore[arg-type]
    assert [turn.question for turn in store.load("somebody", session.conversation_id).turns] == [
        "One?"
    ]


def test_a_turn_is_found_by_its_number_alone() -> None:
    session = Session()
    assert [session.turn(number) for number in (-1, 0, 1)] == [None, None, None]
