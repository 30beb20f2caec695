"""Rounds and sittings: what may happen when, and what is sealed until then."""

import asyncio
import threading
from collections import Counter
from pathlib import Path

import pytest

from assistant.turns import Status
from corpus.errors import BackendError, InputError
from eval.taste.ballots import Choice, Guess
from eval.taste.rounds import Round, Stage
from eval.taste.sitting import (
    Sitting,
    failures,
    names_of,
    own_questions,
    suggested_questions,
    write,
)
from tests.support.scripted_assistant import ScriptedAssistant
from tests.support.scripted_objects import Script
from tests.support.taste import OPEN, PAID, make_evidence, scripted_answer

BROKEN = BackendError("It broke.", "Ask again.")


def sealed(first_at: int = 0) -> Round:
    current = Round(1, "Who makes Phi-3?", (OPEN, PAID), coin=lambda _: first_at)
    answers = scripted_answer(OPEN, "Of the open one."), scripted_answer(PAID, "Of the paid one.")
    current.seal(make_evidence(), answers, ())
    return current


def test_the_lot_decides_who_sits_where() -> None:
    assert [sheet.text for sheet in sealed(0).sheets] == ["Of the open one.", "Of the paid one."]
    assert [sheet.text for sheet in sealed(1).sheets] == ["Of the paid one.", "Of the open one."]
    seats = Counter()
    for _ in range(400):
        current = Round(1, "Q?", ("x", "y"))
        current.seal(make_evidence(), (scripted_answer("x", "X"), scripted_answer("y", "Y")), ())
        seats[current.sheets[0].text] += 1
    # A fair coin is outside of this in fewer than one of a billion runs.
    assert 135 < seats["X"] < 265


def test_a_round_goes_from_vote_to_guess_to_reveal_to_second_vote() -> None:
    current = sealed(1)
    current.cast(Choice.A, "sitting", 10.0)
    with pytest.raises(InputError, match="sealed"):
        _ = current.revealed
    current.reveal(Guess.B, 11.0)
    assert current.revealed["a"].backend == PAID
    current.cast_again(Choice.B, 12.0)
    vote = current.vote
    assert vote is not None
    assert (vote.a.backend, vote.b.backend, vote.subject) == (PAID, OPEN, OPEN)
    assert (vote.choice, vote.guess, vote.again) == (Choice.A, Guess.B, Choice.B)
    assert (vote.voted_at, vote.revealed_at, vote.again_at) == (10.0, 11.0, 12.0)
    assert vote.guessed_right is True
    assert vote.evidence_hash == make_evidence().hash
    assert current.stage is Stage.DONE


def test_nothing_is_taken_twice_or_out_of_turn() -> None:
    current = sealed()
    for too_early in (lambda: current.reveal(None, 1.0), lambda: current.cast_again(Choice.A, 1.0)):
        with pytest.raises(InputError):
            too_early()
    current.cast(Choice.TIE, "sitting", 1.0)
    with pytest.raises(InputError):
        current.cast(Choice.A, "sitting", 2.0)
    assert current.vote is not None
    assert current.vote.choice is Choice.TIE


@pytest.mark.parametrize("status", [Status.FAILED, Status.INTERRUPTED, Status.STOPPED])
@pytest.mark.parametrize("side", [0, 1])
def test_a_side_that_does_not_finish_makes_the_round_void(status: Status, side: int) -> None:
    answers = [scripted_answer(OPEN), scripted_answer(PAID)]
    error = None if status is Status.STOPPED else BROKEN
    answers[side] = scripted_answer((OPEN, PAID)[side], "Half", status=status, error=error)
    current = Round(1, "Q?", (OPEN, PAID))
    current.seal(make_evidence(), (answers[0], answers[1]), ())
    assert current.stage is Stage.VOID
    assert current.sheets == ()
    assert current.failure is error


def test_an_empty_answer_makes_the_round_void() -> None:
    current = Round(1, "Q?", (OPEN, PAID))
    current.seal(make_evidence(), (scripted_answer(OPEN, " \n"), scripted_answer(PAID)), ())
    assert current.stage is Stage.VOID


def test_self_naming_is_out_of_the_sheets_and_counted() -> None:
    current = Round(1, "Q?", (OPEN, PAID), coin=lambda _: 0)
    said = scripted_answer(PAID, "I'm Zorblax, made by Anthropic. Phi-3 is Microsoft's.")
    current.seal(make_evidence(), (scripted_answer(OPEN), said), ("Zorblax",))
    assert current.sheets[1].text == "I am an assistant. Phi-3 is Microsoft's."
    assert current.changes == 1
    assert "Zorblax" not in repr(current)


def test_one_model_against_itself_is_refused() -> None:
    with pytest.raises(InputError, match="same model"):
        Sitting((OPEN, OPEN), ("Q?",))
    with pytest.raises(InputError, match="no question"):
        Sitting((OPEN, PAID), ())
    with pytest.raises(InputError, match="31 questions"):
        Sitting((OPEN, PAID), tuple(f"Q{n}?" for n in range(31)))


async def test_a_sitting_asks_one_question_after_the_other(tmp_path: Path) -> None:
    assistant = ScriptedAssistant(tmp_path)
    sitting = Sitting((OPEN, PAID), ("One?", "Two?"))
    for number, question in enumerate(("One?", "Two?"), start=1):
        current = sitting.begin()
        assert (current.number, current.question) == (number, question)
        with pytest.raises(InputError, match="not over"):
            sitting.begin()
        await write(assistant, current, asyncio.Event())
        assert current.stage is Stage.READY
        current.cast(Choice.A, sitting.id, 1.0)
        current.reveal(None, 2.0)
    assert sitting.is_last
    with pytest.raises(InputError, match="no question left"):
        sitting.begin()


async def test_a_void_round_can_be_asked_again_and_its_reason_is_told_at_the_end(
    tmp_path: Path,
) -> None:
    assistant = ScriptedAssistant(tmp_path)
    assistant.scripts[PAID] = Script(error=BROKEN, fail_after=2)
    sitting = Sitting((OPEN, PAID), ("One?",))
    await write(assistant, sitting.begin(), asyncio.Event())
    assert sitting.current is not None
    assert sitting.current.stage is Stage.VOID
    assistant.scripts.clear()
    again = sitting.begin(again=True)
    await write(assistant, again, asyncio.Event())
    assert (again.number, again.stage) == (1, Stage.READY)
    assert len(sitting.void) == 1
    assert failures(sitting) == (BROKEN,)


async def test_a_side_that_fails_stops_the_other_one(tmp_path: Path) -> None:
    assistant = ScriptedAssistant(tmp_path)
    assistant.scripts[OPEN] = Script(gate=threading.Event(), gate_after=3)
    assistant.scripts[PAID] = Script(error=BROKEN)
    current = Sitting((OPEN, PAID), ("One?",)).begin()
    await asyncio.wait_for(write(assistant, current, asyncio.Event()), 60)
    assert (current.stage, current.failure) == (Stage.VOID, BROKEN)


async def test_stop_ends_a_round_without_blame(tmp_path: Path) -> None:
    assistant = ScriptedAssistant(tmp_path)
    assistant.scripts[OPEN] = Script(gate=threading.Event(), gate_after=3)
    current, stop = Sitting((OPEN, PAID), ("One?",)).begin(), asyncio.Event()
    writing = asyncio.ensure_future(write(assistant, current, stop))
    await asyncio.sleep(0)
    stop.set()
    await asyncio.wait_for(writing, 60)
    assert (current.stage, current.failure) == (Stage.VOID, None)


async def test_an_answer_that_takes_too_long_makes_the_round_void(tmp_path: Path) -> None:
    assistant = ScriptedAssistant(tmp_path)
    assistant.scripts[OPEN] = Script(gate=threading.Event(), gate_after=3)
    current = Sitting((OPEN, PAID), ("One?",)).begin()
    await write(assistant, current, asyncio.Event(), timeout_s=0.05)
    assert current.stage is Stage.VOID
    assert current.failure is not None
    assert "too long" in current.failure.what


async def test_a_question_that_cannot_be_asked_makes_the_round_void(tmp_path: Path) -> None:
    current = Sitting((OPEN, PAID), ("x" * 100_000,)).begin()
    await write(ScriptedAssistant(tmp_path), current, asyncio.Event())
    assert current.stage is Stage.VOID
    assert isinstance(current.failure, InputError)


def test_suggested_questions_are_typed_neatly_and_none_comes_twice() -> None:
    drawn = suggested_questions(10, starters=("What are the key differences?",))
    assert len(set(drawn)) == 10
    assert all(each[0].isupper() and each.endswith("?") for each in drawn)
    first = suggested_questions(3, ("H?",), draw=lambda pool, count: list(pool[:count]))
    assert first[0] == "H?"


def test_own_questions_stand_one_on_a_line() -> None:
    assert own_questions(" One? \n\n Two?\nOne?\r\n") == ("One?", "Two?")


def test_the_names_of_the_catalogue_are_the_ones_to_take_out(tmp_path: Path) -> None:
    names = names_of(ScriptedAssistant(tmp_path).entries)
    assert {"Llama 3.2 3B", "Claude Sonnet", "Anthropic"} <= names
    assert "this process" not in names
