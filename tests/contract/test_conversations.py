"""What a store of conversations keeps to, the same over SQLite and a real PostgreSQL server."""

import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from assistant.conversations import ConversationMissing, ConversationStore
from assistant.conversations.export import to_json, to_markdown
from assistant.database import Database
from assistant.evidence import Evidence
from assistant.turns import Answer, Status
from corpus.errors import InputError, StoreError, StoreUnreachable
from tests.support.postgres import RunningPostgres
from tests.support.scripted_assistant import ScriptedAssistant
from tests.support.scripted_objects import (
    ANSWER,
    Script,
    make_dispute,
    make_entries,
    make_passages,
    scripted_answer,
)

READER, _, _, CLAUDE, _ = make_entries()
EVIDENCE = Evidence("Who?", "Who makes Phi-3?", make_passages(), (make_dispute(),), True, 0.02)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'kept.sqlite'}"
    server: RunningPostgres = request.getfixturevalue("postgres")
    return server.make_database(f"kept-{uuid.uuid4().hex}")


@pytest.fixture
def store(url: str) -> Iterator[ConversationStore]:
    database = Database(sa.make_url(url))
    yield ConversationStore(database)
    database.close()


def make_answer(entry_id: str = "reader", text: str = ANSWER, **changes: object) -> Answer:
    stand_in = ScriptedAssistant(Path())
    script = Script(text=text, **changes)  # type: ignore[arg-type]
    entry = stand_in.entry(entry_id)
    return scripted_answer(
        entry, script, EVIDENCE, text, stopped=False, broke=script.error is not None
    )


def keep_turn(
    store: ConversationStore, conversation: str, number: int, question: str, *kept: Answer
) -> int:
    number = store.start_turn("me", conversation, number, question)
    store.keep_evidence("me", conversation, number, EVIDENCE)
    for position, answer in enumerate(kept):
        entry = CLAUDE if answer.backend == CLAUDE.id else READER
        at = store.start_answer("me", conversation, number, position, entry)
        store.end_answer("me", conversation, number, at, answer)
    return number


def test_a_conversation_is_loaded_as_it_was(store: ConversationStore) -> None:
    conversation = store.create("me")
    reader, claude = make_answer(), make_answer("claude-sonnet", "Microsoft does [2].")
    keep_turn(store, conversation, 1, "Who makes Phi-3?", reader, claude)
    keep_turn(store, conversation, 2, "And when?", reader)
    loaded = store.load("me", conversation)
    assert [turn.question for turn in loaded.turns] == ["Who makes Phi-3?", "And when?"]
    assert [turn.answers for turn in loaded.turns] == [(reader, claude), (reader,)]
    assert {turn.evidence for turn in loaded.turns} == {EVIDENCE}
    assert loaded.unanswered == ""
    assert loaded.title == "Who makes Phi-3?"


def test_a_conversation_without_a_question_is_not_listed(store: ConversationStore) -> None:
    conversation = store.create("me")
    assert store.list("me") == ()
    assert store.load("me", conversation).turns == ()


def test_the_list_has_the_last_used_first_and_counts_the_turns(url: str) -> None:
    times = iter(range(1000, 2000))
    store = ConversationStore(Database(sa.make_url(url)), clock=lambda: float(next(times)))
    first, second = store.create("me"), store.create("me")
    keep_turn(store, second, 1, "Second?", make_answer())
    keep_turn(store, first, 1, "First?", make_answer())
    keep_turn(store, first, 2, "First again?", make_answer())
    listed = store.list("me")
    assert [(summary.id, summary.title, summary.turns) for summary in listed] == [
        (first, "First?", 2),
        (second, "Second?", 1),
    ]
    assert listed[0].updated_at > listed[1].updated_at
    assert store.list("me", limit=1) == listed[:1]
    store.database.close()


@pytest.mark.parametrize("wanted", ["GRÖSSE", "größe", "Große Größe", "ΣΊΣΥΦΟΣ", "100%", "a_b"])
def test_a_search_finds_what_was_asked_whatever_the_capitals(
    store: ConversationStore, wanted: str
) -> None:
    conversation, other = store.create("me"), store.create("me")
    keep_turn(store, conversation, 1, "große Größe, σίσυφος, 100%, a_b?")
    keep_turn(store, other, 1, "Something else: 100 and aXb?")
    assert [summary.id for summary in store.list("me", wanted)] == [conversation]


@pytest.mark.parametrize("pattern", ["%", "_", "/", "\\", "p%i", "' OR ''='", "[a-z]", "*", "("])
def test_a_search_takes_every_character_as_it_is(store: ConversationStore, pattern: str) -> None:
    keep_turn(store, store.create("me"), 1, "Plain words")
    assert store.list("me", pattern) == ()


def test_a_search_looks_at_titles_questions_and_answers(store: ConversationStore) -> None:
    named, asked, said, grown = (store.create("me") for _ in range(4))
    for conversation in (named, asked, said, grown):
        keep_turn(store, conversation, 1, "What?")
    store.rename("me", named, "The walrus")
    keep_turn(store, asked, 2, "Is it a Walrus?")
    keep_turn(store, said, 2, "Which?", make_answer(text="A walrus, I think."))
    number = store.start_turn("me", grown, 2, "And then?")
    position = store.start_answer("me", grown, number, 0, READER)
    store.grow_answer("me", grown, number, position, "walrus as far as it c")
    found = {summary.id for summary in store.list("me", "WALRUS")}
    assert found == {named, asked, said, grown}


def test_owners_never_see_each_others_conversations(store: ConversationStore) -> None:
    mine = store.create("me")
    keep_turn(store, mine, 1, "What is secret?", make_answer())
    before = store.load("me", mine)
    assert store.list("you") == ()
    assert store.list("you", "secret") == ()
    for attempt in _attempts(store, "you", mine) + _attempts(store, "me", "no-such-id"):
        with pytest.raises(ConversationMissing, match="There is no such conversation"):
            attempt()
    assert store.load("me", mine) == before
    assert store.list("me")[0].title == "What is secret?"


def _attempts(
    store: ConversationStore, owner: str, conversation: str
) -> list[Callable[[], object]]:
    return [
        lambda: store.load(owner, conversation),
        lambda: store.rename(owner, conversation, "Mine now"),
        lambda: store.delete(owner, conversation),
        lambda: store.start_turn(owner, conversation, 1, "What is secret?"),
        lambda: store.keep_evidence(owner, conversation, 1, EVIDENCE),
        lambda: store.start_answer(owner, conversation, 1, 0, READER),
        lambda: store.grow_answer(owner, conversation, 1, 0, "Forged"),
        lambda: store.end_answer(owner, conversation, 1, 0, make_answer()),
        lambda: store.leave_answer(owner, conversation, 1, 0, "Forged"),
        lambda: to_json(store.load(owner, conversation)),
        lambda: to_markdown(store.load(owner, conversation)),
    ]


def test_a_deleted_conversation_is_gone_with_all_that_was_said(store: ConversationStore) -> None:
    gone, kept = store.create("me"), store.create("me")
    keep_turn(store, gone, 1, "Gone?", make_answer())
    keep_turn(store, kept, 1, "Kept?", make_answer())
    store.delete("me", gone)
    assert [summary.id for summary in store.list("me")] == [kept]
    with pytest.raises(ConversationMissing):
        store.load("me", gone)
    with store.database.reading() as connection:
        for table in ("turns", "answers"):
            left = connection.execute(sa.text(f"SELECT conversation FROM {table}")).scalars()
            assert set(left) == {kept}


def test_nothing_of_a_deleted_conversation_stays_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "kept.sqlite"
    store = ConversationStore(Database(sa.make_url(f"sqlite:///{path}")))
    gone = store.create("me")
    for number in range(1, 6):
        keep_turn(store, gone, number, f"Canary question {number}?", make_answer(text="Canary!"))
    files = [path, path.with_name("kept.sqlite-wal")]
    assert any(b"anary" in file.read_bytes() for file in files)
    store.delete("me", gone)
    assert not any(b"anary" in file.read_bytes() for file in files)
    store.database.close()


def test_a_new_title_is_kept_on_one_line(store: ConversationStore) -> None:
    conversation = store.create("me")
    keep_turn(store, conversation, 1, "First?")
    store.rename("me", conversation, "  A better\n title\x00 ")
    assert store.load("me", conversation).title == "A better title\N{REPLACEMENT CHARACTER}"
    keep_turn(store, conversation, 2, "Second?")
    assert store.list("me")[0].title.startswith("A better title")
    with pytest.raises(InputError, match="empty"):
        store.rename("me", conversation, " \n ")


def test_a_long_question_makes_a_title_that_ends_at_a_word(store: ConversationStore) -> None:
    conversation = store.create("me")
    keep_turn(store, conversation, 1, "What are the advantages of open-source models, and " * 5)
    title = store.list("me")[0].title
    assert title == "What are the advantages of open-source models, and What are…"


def test_answers_are_never_written_over(store: ConversationStore) -> None:
    conversation = store.create("me")
    first, second = make_answer(text="One."), make_answer(text="Two.")
    keep_turn(store, conversation, 1, "Which?", first)
    position = store.start_answer("me", conversation, 1, 0, READER)
    assert position == 1
    store.end_answer("me", conversation, 1, position, second)
    store.end_answer("me", conversation, 1, position, make_answer(text="Three."))
    store.grow_answer("me", conversation, 1, position, "Four.")
    store.leave_answer("me", conversation, 1, position, "Five.")
    assert store.load("me", conversation).turns[0].answers == (first, second)
    # Nor is it found by what came too late.
    assert store.list("me", "three") == store.list("me", "four") == store.list("me", "five") == ()


def test_an_answer_that_was_left_is_not_written_over_by_what_comes_late(
    store: ConversationStore,
) -> None:
    conversation = store.create("me")
    keep_turn(store, conversation, 1, "Which?")
    position = store.start_answer("me", conversation, 1, 0, READER)
    store.leave_answer("me", conversation, 1, position, "Half of")
    store.grow_answer("me", conversation, 1, position, "Half")
    assert store.load("me", conversation).turns[0].answers[0].text == "Half of"


def test_the_same_question_with_a_further_position_is_a_version(store: ConversationStore) -> None:
    conversation = store.create("me")
    keep_turn(store, conversation, 1, "Which?", make_answer())
    assert store.start_turn("me", conversation, 1, "Which?", position=1) == 1
    assert store.start_turn("me", conversation, 1, "Which?") == 2


def test_a_number_that_another_window_took_is_left_to_it(store: ConversationStore) -> None:
    conversation = store.create("me")
    here = keep_turn(store, conversation, 1, "Asked here?", make_answer(text="Here."))
    there = keep_turn(store, conversation, 1, "Asked there?", make_answer(text="There."))
    assert (here, there) == (1, 2)
    assert store.start_turn("me", conversation, 1, "Asked there?", position=1) == 2
    turns = store.load("me", conversation).turns
    assert [(turn.question, turn.answers[0].text) for turn in turns] == [
        ("Asked here?", "Here."),
        ("Asked there?", "There."),
    ]


def test_a_question_that_got_no_evidence_is_unanswered_until_the_next(
    store: ConversationStore,
) -> None:
    conversation = store.create("me")
    keep_turn(store, conversation, 1, "First?", make_answer())
    store.start_turn("me", conversation, 2, "Lost?")
    loaded = store.load("me", conversation)
    assert (len(loaded.turns), loaded.unanswered) == (1, "Lost?")
    assert store.start_turn("me", conversation, 2, "Lost?") == 2
    assert keep_turn(store, conversation, 2, "Next?", make_answer()) == 3
    loaded = store.load("me", conversation)
    assert ([turn.question for turn in loaded.turns], loaded.unanswered) == (
        ["First?", "Next?"],
        "",
    )


def test_an_answer_that_is_being_written_is_interrupted_and_says_whether_it_may_go_on(
    url: str,
) -> None:
    now = [1000.0]
    store = ConversationStore(Database(sa.make_url(url)), clock=lambda: now[0])
    conversation = store.create("me")
    number = store.start_turn("me", conversation, 1, "Slow?")
    store.keep_evidence("me", conversation, number, EVIDENCE)
    position = store.start_answer("me", conversation, number, 0, CLAUDE)
    now[0] += 3
    store.grow_answer("me", conversation, number, position, "As far as [2]")

    def loaded() -> Answer:
        return store.load("me", conversation).turns[0].answers[0]

    alive = loaded()
    now[0] += 60
    gone = loaded()
    assert (alive.status, alive.text) == (gone.status, gone.text)
    assert (gone.status, gone.text) == (Status.INTERRUPTED, "As far as [2]")
    assert [(citation.number, citation.valid) for citation in gone.citations] == [(2, True)]
    assert alive.error is not None
    assert gone.error is not None
    assert "still being written" in alive.error.what
    assert gone.error.what == "The program ended while this answer was being written."
    assert (gone.label, gone.kind, gone.receipt.total_s) == (CLAUDE.label, "proprietary", 3)
    assert gone.receipt.money.amount is None
    store.end_answer("me", conversation, number, position, make_answer("claude-sonnet"))
    assert loaded().status is Status.FINISHED
    store.database.close()


def test_text_that_no_database_takes_is_kept_as_near_as_can_be(store: ConversationStore) -> None:
    conversation = store.create("me")
    odd = "a\x00b \ud83d c \U0001f600"
    answer = make_answer(text=f"Odd: {odd}")
    keep_turn(store, conversation, 1, odd, answer)
    turn = store.load("me", conversation).turns[0]
    assert turn.question == "a\ufffdb \ufffd c \U0001f600"
    assert turn.answers[0].text == "Odd: a\x00b \ufffd c \U0001f600"
    assert len(turn.answers[0].text) == len(answer.text)
    assert [summary.id for summary in store.list("me", "\U0001f600")] == [conversation]


def test_many_threads_write_at_the_same_time_and_nothing_is_lost(store: ConversationStore) -> None:
    conversation = store.create("me")
    keep_turn(store, conversation, 1, "All at once?")
    ready = threading.Barrier(4)

    def one_side(side: int) -> None:
        ready.wait()
        for round_ in range(5):
            at = store.start_answer("me", conversation, 1, side, READER)
            store.grow_answer("me", conversation, 1, at, f"{side} {round_} gr")
            text = f"{side} {round_} grown"
            store.end_answer("me", conversation, 1, at, make_answer(text=text))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one_side, range(4)))
    said = {answer.text for answer in store.load("me", conversation).turns[0].answers}
    assert said == {f"{side} {round_} grown" for side in range(4) for round_ in range(5)}


def test_a_database_of_a_newer_program_is_refused_and_left_as_it_is(url: str) -> None:
    database = Database(sa.make_url(url))
    keep_turn(store := ConversationStore(database), store.create("me"), 1, "Kept?")
    with database.writing() as connection:
        connection.execute(sa.text("UPDATE schema_version SET version = 99"))
    newer = Database(sa.make_url(url))
    for attempt in (ConversationStore(newer).create, ConversationStore(newer).list):
        with pytest.raises(StoreError, match="newer version of the program"):
            attempt("me")
    assert len(store.list("me")) == 1
    database.close()
    newer.close()


def test_a_server_that_is_gone_is_told_and_found_again(postgres: RunningPostgres) -> None:
    database = Database(sa.make_url(postgres.make_database("restarted")))
    store = ConversationStore(database)
    conversation = store.create("me")
    keep_turn(store, conversation, 1, "Before?", make_answer())
    postgres.stop()
    with pytest.raises(StoreUnreachable, match="does not answer") as caught:
        store.list("me")
    assert postgres.password not in str(caught.value)
    assert "127.0.0.1" in caught.value.what
    postgres.start()
    assert store.load("me", conversation).turns[0].answers[0].text == ANSWER
    database.close()


def test_a_wrong_password_is_told_without_it(postgres: RunningPostgres) -> None:
    database = Database(sa.make_url(postgres.url(password="canary-wrong-1")))
    with pytest.raises(StoreError, match="does not let the program in") as caught:
        ConversationStore(database).list("me")
    assert "canary" not in str(caught.value)
    database.close()
