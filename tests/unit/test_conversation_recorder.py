"""Turns are written down beside the stream, and the stream never fails for it."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator, Iterator, Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa

from assistant.conversations import (
    Conversation,
    ConversationMissing,
    ConversationStore,
    Place,
    recorded,
)
from assistant.conversations import recorder as recorder_module
from assistant.database import Database
from assistant.turns import Finished, Retrieved, SideEvent, Status, Token
from corpus.errors import CounterpointError, InputError, StoreError
from tests.support.scripted_assistant import ScriptedAssistant
from tests.support.scripted_objects import ANSWER, Script

BOTH = ("reader", "claude-sonnet")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ConversationStore]:
    database = Database(sa.make_url(f"sqlite:///{tmp_path / 'kept.sqlite'}"))
    yield ConversationStore(database)
    database.close()


@pytest.fixture
def assistant(home: Path) -> ScriptedAssistant:
    return ScriptedAssistant(home)


def ask(
    assistant: ScriptedAssistant, question: str = "Who makes Phi-3?", sides: Sequence[str] = BOTH
) -> AsyncGenerator[SideEvent, None]:
    return assistant.ask_sides(question, [], sides, [asyncio.Event() for _ in sides])


def record(
    assistant: ScriptedAssistant,
    store: ConversationStore,
    place: Place,
    question: str = "Who makes Phi-3?",
    said: list[CounterpointError | None] | None = None,
) -> AsyncGenerator[SideEvent, None]:
    entries = [assistant.entry(side) for side in BOTH]
    events = ask(assistant, question)
    told = [] if said is None else said
    return recorded(events, store, place, question, entries, warn=told.append)


def kept(store: ConversationStore, place: Place) -> Conversation:
    return store.load(place.owner, place.conversation)


async def test_events_are_passed_on_unchanged_and_the_turn_is_kept_whole(
    assistant: ScriptedAssistant, store: ConversationStore
) -> None:
    place = Place("me", store.create("me"), 1)
    plain = [event async for event in ask(assistant)]
    said: list[CounterpointError | None] = []
    passed = [event async for event in record(assistant, store, place, said=said)]
    assert len(passed) == len(plain)
    assert passed[0] == plain[0]
    ends = {each.side: each.event.answer for each in passed if isinstance(each.event, Finished)}
    turn = kept(store, place).turns[0]
    assert turn.answers == (ends[0], ends[1])
    assert turn.evidence == passed[0].event.evidence  # type: ignore[union-attr]
    assert said == []


async def test_the_question_is_written_before_anything_is_retrieved(
    assistant: ScriptedAssistant, store: ConversationStore
) -> None:
    place = Place("me", store.create("me"), 1)
    seen: list[str] = []

    def look(_question: str) -> None:
        seen.append(kept(store, place).unanswered)

    assistant.on_ask = look
    await anext(events := record(assistant, store, place))
    await events.aclose()
    assert seen == ["Who makes Phi-3?"]


async def test_what_the_answers_grew_by_is_written_while_they_grow(
    assistant: ScriptedAssistant, store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_module, "WRITE_EVERY_S", 0.01)
    gates = {side: threading.Event() for side in BOTH}
    assistant.scripts = {side: Script(gate=gates[side], gate_after=6) for side in BOTH}
    place = Place("me", store.create("me"), 1)
    texts = ["", ""]
    async for each in record(assistant, store, place):
        if isinstance(each.event, Token) and each.side is not None:
            texts[each.side] += each.event.text
        if all(text == "Microsoft makes Phi-3 and publishes " for text in texts):
            while [a.text for a in _answers(store, place)] != texts:
                await asyncio.sleep(0.005)
            assert {a.status for a in _answers(store, place)} == {Status.INTERRUPTED}
            texts = ["reached", "reached"]
            for gate in gates.values():
                gate.set()
    assert [answer.text for answer in _answers(store, place)] == [ANSWER, ANSWER]


def _answers(store: ConversationStore, place: Place) -> tuple[object, ...]:
    turns = kept(store, place).turns
    return turns[0].answers if turns else ()


async def test_an_answer_grows_in_the_database_at_most_twice_a_second(
    assistant: ScriptedAssistant, store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    grown: list[str] = []
    real = store.grow_answer

    def count(owner: str, conversation: str, number: int, position: int, text: str) -> None:
        grown.append(text)
        real(owner, conversation, number, position, text)

    monkeypatch.setattr(store, "grow_answer", count)
    assistant.scripts = {side: Script(text="word " * 300, pause_s=0.004) for side in BOTH}
    place = Place("me", store.create("me"), 1)
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    async for _ in record(assistant, store, place):
        pass
    writes_s = 1 + (loop.time() - began_s) / recorder_module.WRITE_EVERY_S
    # The first write of both comes with what wakes the writer: their beginning.
    assert 2 <= len(grown) <= 2 * (writes_s + 1)


async def test_an_answer_that_waits_gives_a_sign_of_life(
    assistant: ScriptedAssistant, store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_module, "WRITE_EVERY_S", 0.01)
    monkeypatch.setattr(recorder_module, "SIGN_OF_LIFE_EVERY_S", 0.02)
    gate = threading.Event()
    assistant.scripts = {side: Script(gate=gate) for side in BOTH}
    signs: list[str] = []
    real = store.grow_answer

    def count(owner: str, conversation: str, number: int, position: int, text: str) -> None:
        real(owner, conversation, number, position, text)
        if text == "Microsoft makes Phi-3 and ":
            signs.append(text)
        if len(signs) == 6:
            gate.set()

    monkeypatch.setattr(store, "grow_answer", count)
    place = Place("me", store.create("me"), 1)
    async for _ in record(assistant, store, place):
        pass
    assert len(signs) >= 6


async def test_a_side_that_goes_on_is_not_hurt_by_one_that_failed(
    assistant: ScriptedAssistant, store: ConversationStore
) -> None:
    assistant.scripts = {"claude-sonnet": Script(error=InputError("No.", "Ask otherwise."))}
    place = Place("me", store.create("me"), 1)
    async for _ in record(assistant, store, place):
        pass
    reader, claude = kept(store, place).turns[0].answers
    assert (reader.status, reader.text) == (Status.FINISHED, ANSWER)
    assert claude.status is Status.FAILED
    assert claude.error is not None
    assert (claude.error.what, claude.error.cure) == ("No.", "Ask otherwise.")


async def test_versions_are_put_beside_the_answers_that_are_there(
    assistant: ScriptedAssistant, store: ConversationStore
) -> None:
    place = Place("me", store.create("me"), 1)
    async for event in record(assistant, store, place):
        if isinstance(event.event, Retrieved):
            evidence = event.event.evidence
    again = assistant.answer_sides(evidence, [], ["gpt-mini"], [asyncio.Event()])
    further = Place("me", place.conversation, 1, position=2)
    entries = [assistant.entry("gpt-mini")]
    async for _ in recorded(again, store, further, "Who makes Phi-3?", entries):
        pass
    (turn,) = kept(store, place).turns
    assert [answer.backend for answer in turn.answers] == [*BOTH, "gpt-mini"]


async def test_answers_that_are_left_early_are_kept_as_they_are(
    assistant: ScriptedAssistant, store: ConversationStore
) -> None:
    place = Place("me", store.create("me"), 1)
    texts = ["", ""]
    async with contextlib.aclosing(record(assistant, store, place)) as events:
        async for each in events:
            if isinstance(each.event, Token) and each.side is not None:
                texts[each.side] += each.event.text
            if min(map(len, texts)) > 20:
                break
    answers = kept(store, place).turns[0].answers
    assert [answer.text for answer in answers] == texts
    for answer in answers:
        assert answer.status is Status.INTERRUPTED
        assert answer.error is not None
        assert answer.error.what == "The page was closed while this answer was being written."


async def test_a_cancelled_stream_leaves_what_had_arrived(
    assistant: ScriptedAssistant, store: ConversationStore
) -> None:
    assistant.scripts = {side: Script(gate=threading.Event()) for side in BOTH}
    place = Place("me", store.create("me"), 1)
    tokens = 0
    waiting = asyncio.Event()

    async def follow() -> None:
        nonlocal tokens
        async with contextlib.aclosing(record(assistant, store, place)) as events:
            async for each in events:
                tokens += isinstance(each.event, Token)
                if tokens == 8:
                    waiting.set()

    task = asyncio.create_task(follow())
    await waiting.wait()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    texts = [answer.text for answer in kept(store, place).turns[0].answers]
    assert texts == ["Microsoft makes Phi-3 and "] * 2


async def test_a_question_that_cannot_be_asked_raises_as_before_and_is_unanswered(
    assistant: ScriptedAssistant, store: ConversationStore
) -> None:
    assistant.on_ask = lambda _question: StoreError("The index is damaged.", "Rebuild it.")
    place = Place("me", store.create("me"), 1)
    with pytest.raises(StoreError, match="index is damaged"):
        async for _ in record(assistant, store, place):
            pass
    loaded = kept(store, place)
    assert (loaded.turns, loaded.unanswered) == ((), "Who makes Phi-3?")


async def test_without_a_conversation_nothing_is_written(
    assistant: ScriptedAssistant, store: ConversationStore
) -> None:
    passed = [event async for event in record(assistant, store, Place("me", "", 1))]
    assert isinstance(passed[0].event, Retrieved)
    assert store.list("me") == ()


async def test_a_database_that_is_damaged_stops_no_answer_and_is_told_once(
    assistant: ScriptedAssistant, tmp_path: Path
) -> None:
    path = tmp_path / "damaged.sqlite"
    path.write_bytes(b"This is no database. " * 100)
    store = ConversationStore(Database(sa.make_url(f"sqlite:///{path}")))
    said: list[CounterpointError | None] = []
    place = Place("me", "some-id", 1)
    passed = [event async for event in record(assistant, store, place, said=said)]
    ends = [each.event.answer.text for each in passed if isinstance(each.event, Finished)]
    assert ends == [ANSWER, ANSWER]
    (told,) = said
    assert told is not None
    assert told.what == f"{path} is damaged, or it is no database."
    assert path.read_bytes() == b"This is no database. " * 100


async def test_what_could_not_be_written_for_a_while_is_written_after_it(
    assistant: ScriptedAssistant, store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_module, "WRITE_EVERY_S", 0.01)
    place = Place("me", store.create("me"), 1)
    real, refused = store.keep_evidence, []

    def refuse_twice(*given: object) -> None:
        if len(refused) < 2:
            refused.append(given)
            raise StoreError("The disk is full.", "Make room.")
        real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "keep_evidence", refuse_twice)
    gate = threading.Event()
    assistant.scripts = {side: Script(gate=gate) for side in BOTH}
    said: list[CounterpointError | None] = []

    def told(error: CounterpointError | None) -> None:
        said.append(error)
        if error is None:
            gate.set()

    entries = [assistant.entry(side) for side in BOTH]
    events = recorded(ask(assistant), store, place, "Who makes Phi-3?", entries, warn=told)
    async for _ in events:
        pass
    assert [str(error) for error in said] == ["The disk is full. Make room.", "None"]
    assert [answer.text for answer in kept(store, place).turns[0].answers] == [ANSWER, ANSWER]


async def test_a_conversation_that_is_deleted_meanwhile_stops_no_answer(
    assistant: ScriptedAssistant, store: ConversationStore
) -> None:
    place = Place("me", store.create("me"), 1)
    said: list[CounterpointError | None] = []
    passed = []
    async for event in record(assistant, store, place, said=said):
        if isinstance(event.event, Retrieved):
            store.delete("me", place.conversation)
        passed.append(event)
    assert sum(isinstance(event.event, Finished) for event in passed) == 2
    assert [type(error) for error in said] == [ConversationMissing]


async def test_a_database_that_hangs_does_not_hold_the_stream_up(
    assistant: ScriptedAssistant, store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_module, "LONGEST_START_S", 0.02)
    place = Place("me", store.create("me"), 1)
    free, real = threading.Event(), store.start_turn

    def hang(*given: object) -> int:
        free.wait(10)
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "start_turn", hang)
    ends = 0
    async for each in record(assistant, store, place):
        ends += isinstance(each.event, Finished)
        if ends == 2:
            free.set()
    assert [answer.text for answer in kept(store, place).turns[0].answers] == [ANSWER, ANSWER]
