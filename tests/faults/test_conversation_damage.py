"""A database of conversations that something has spoilt: said, never touched, never the end."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from assistant.conversations import ConversationStore
from assistant.conversations.export import to_json, to_markdown
from assistant.database import Database
from corpus.errors import StoreError
from tests.contract.test_conversations import keep_turn, make_answer
from tests.support.children import in_a_child

QUESTION = "Who makes Phi-3?"


def opened(path: Path) -> ConversationStore:
    return ConversationStore(Database(sa.make_url(f"sqlite:///{path}")))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that was closed in good order: one file."""
    path = tmp_path_factory.mktemp("whole") / "kept.sqlite"
    store = opened(path)
    for number in range(3):
        conversation = store.create("me")
        for turn in range(1, 4):
            keep_turn(store, conversation, turn, f"{QUESTION} {number}.{turn}", make_answer())
    store.database.wipe_journal()
    store.database.close()
    return path


@pytest.fixture
def path(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(whole, tmp_path / "kept.sqlite"))


def everything(path: Path) -> list[str]:
    """All that a page shows of it, and one more question; the errors that came of it, as words."""
    store, said = opened(path), []

    def shown() -> None:
        for each in store.list("me"):
            conversation = store.load("me", each.id)
            assert to_json(conversation)
            assert to_markdown(conversation)
            keep_turn(store, each.id, 9, "And now?", make_answer())

    for step in (shown, lambda: store.list("me", "phi"), lambda: store.create("me")):
        try:
            step()
        except StoreError as error:
            assert error.cure
            said.append(error.what)
    store.database.close()
    return said


def test_a_whole_one_has_nothing_to_say(path: Path) -> None:
    assert everything(path) == []


def header(content: bytearray) -> None:
    content[:16] = bytes(16)


def cut_within_a_page(content: bytearray) -> None:
    del content[len(content) * 2 // 3 + 100 :]


def cut_within_the_header(content: bytearray) -> None:
    del content[60:]


def noise(content: bytearray) -> None:
    content[:] = os.urandom(len(content))


def schema(content: bytearray) -> None:
    content[100:4096] = b"\xff" * 3996


@pytest.mark.parametrize(
    "damage", [header, cut_within_a_page, cut_within_the_header, noise, schema]
)
def test_damage_is_named_and_the_file_is_left_for_a_rescue(
    path: Path, damage: Callable[[bytearray], None]
) -> None:
    content = bytearray(path.read_bytes())
    damage(content)
    path.write_bytes(content)
    store = opened(path)
    for attempt in (lambda: store.list("me"), lambda: store.create("me")):
        with pytest.raises(StoreError, match="damaged"):
            attempt()
    store.database.close()
    assert path.read_bytes() == bytes(content)


def test_damage_at_many_places_never_ends_the_process_or_in_a_foreign_error(
    whole: Path, tmp_path: Path
) -> None:
    content = whole.read_bytes()
    count, said = 48, 0
    for number in range(count):
        spoilt = bytearray(content)
        start = len(content) * number // count
        spoilt[start : start + 64] = bytes(byte ^ 0xA5 for byte in spoilt[start : start + 64])
        path = tmp_path / f"{number}.sqlite"
        path.write_bytes(spoilt)
        outcome = in_a_child(lambda path=path: len(everything(path)))
        assert outcome in {"0", "1", "2", "3"}, (start, outcome)
        said += int(outcome) > 0
        path.unlink()
    assert said >= 3


def test_bytes_that_are_no_text_cost_their_own_place_only(path: Path) -> None:
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("UPDATE turns SET question = CAST(x'50ff68c3' AS TEXT) WHERE number = 2")
        plain.execute("UPDATE answers SET text = CAST(x'41ff' AS TEXT) WHERE number = 2")
        plain.commit()
    assert everything(path) == []
    store = opened(path)
    turns = store.load("me", store.list("me")[0].id).turns
    assert turns[1].question == "P\ufffdh\ufffd"
    assert turns[0].question.startswith(QUESTION)
    store.database.close()


@pytest.mark.parametrize("value", ["soon", b"\xff", -1e300, 2**62, None])
@pytest.mark.parametrize(
    "column", ["conversations.updated_at", "answers.beat_at", "turns.asked_at"]
)
def test_a_time_that_is_none_takes_nothing_with_it(path: Path, column: str, value: object) -> None:
    table, name = column.split(".")
    with closing(sqlite3.connect(path)) as plain:
        try:
            plain.execute(f"UPDATE {table} SET {name} = ?", (value,))
        except sqlite3.IntegrityError:
            assert value is None
        plain.commit()
    assert everything(path) == []
    store = opened(path)
    assert len(store.list("me")) == 3
    store.database.close()


@pytest.mark.parametrize("number", ["first", -5, 2**62, b"\x00"])
def test_a_turn_whose_number_is_none_can_be_read_and_gets_no_further_turn(
    path: Path, number: object
) -> None:
    store = opened(path)
    (first, *_) = store.list("me")
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("PRAGMA foreign_keys = OFF")
        change = "UPDATE turns SET number = ? WHERE number = 3 AND conversation = ?"
        plain.execute(change, (number, first.id))
        plain.commit()
    questions = [turn.question for turn in store.load("me", first.id).turns]
    assert len([question for question in questions if question.startswith(QUESTION)]) >= 2
    if number != -5:
        with pytest.raises(StoreError, match="nothing can be added"):
            store.start_turn("me", first.id, 4, "One more?")
    assert keep_turn(store, store.list("me")[1].id, 4, "One more?", make_answer()) == 4
    store.database.close()


def test_a_version_that_is_none_is_damage(path: Path) -> None:
    for version in ("two", b"\x01", 1.5):
        with closing(sqlite3.connect(path)) as plain:
            plain.execute("UPDATE schema_version SET version = ?", (version,))
            plain.commit()
        store = opened(path)
        with pytest.raises(StoreError, match="damaged"):
            store.list("me")
        store.database.close()


def test_a_version_older_than_any_is_refused_at_once(path: Path) -> None:
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("UPDATE schema_version SET version = ?", (-(2**63),))
        plain.commit()
    store = opened(path)
    with pytest.raises(StoreError, match="too old"):
        store.list("me")
    store.database.close()


@pytest.mark.parametrize("table", ["turns", "answers", "conversations"])
def test_a_table_that_is_gone_is_told_in_our_own_words(path: Path, table: str) -> None:
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("PRAGMA foreign_keys = OFF")
        plain.execute(f"DROP TABLE {table}")
        plain.commit()
    assert everything(path)


@pytest.mark.parametrize("name", ["-wal", "-shm"])
def test_a_journal_that_is_noise_or_was_taken_away_loses_no_more_than_itself(
    path: Path, name: str
) -> None:
    def more() -> str:
        store = opened(path)
        keep_turn(store, store.list("me")[0].id, 9, "In the journal?", make_answer())
        path.with_name("copy.sqlite").write_bytes(path.read_bytes())
        for end in ("-wal", "-shm"):
            shutil.copy(f"{path}{end}", f"{path.with_name('copy.sqlite')}{end}")
        return "copied"

    assert in_a_child(more) == "copied"
    copy = path.with_name("copy.sqlite")
    beside = Path(f"{copy}{name}")
    beside.write_bytes(os.urandom(beside.stat().st_size))
    assert everything(copy) == []
    beside.unlink(missing_ok=True)
    store = opened(copy)
    assert len(store.list("me")) == 3
    store.database.close()


def test_a_newer_database_is_left_with_its_journal(path: Path) -> None:
    """Refused while a newer program has it open, and not a byte of it is changed."""
    newer = sqlite3.connect(path)
    newer.execute("PRAGMA journal_mode = WAL")
    newer.execute("UPDATE schema_version SET version = 99")
    newer.commit()
    files = [path, Path(f"{path}-wal")]
    before = [file.read_bytes() for file in files]
    assert len(before[1]) > 0
    store = opened(path)
    for attempt in (lambda: store.list("me"), lambda: store.create("me")):
        with pytest.raises(StoreError, match="newer version of the program"):
            attempt()
    store.database.close()
    assert [file.read_bytes() for file in files] == before
    newer.close()


def test_an_empty_file_is_a_new_database(tmp_path: Path) -> None:
    path = tmp_path / "kept.sqlite"
    path.touch()
    store = opened(path)
    assert store.list("me") == ()
    keep_turn(store, store.create("me"), 1, QUESTION, make_answer())
    assert len(store.list("me")) == 1
    store.database.close()
