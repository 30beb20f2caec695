"""Tables of an older program under this one: backed up, brought on, or left as they were."""

import os
import resource
import signal
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from assistant.database import Database
from corpus.errors import StoreError
from tests.support.children import in_a_child

OLD, NEW = sa.MetaData(), sa.MetaData()
sa.Table("notes", OLD, sa.Column("words", sa.Text, primary_key=True))
NOTES = sa.Table(
    "notes",
    NEW,
    sa.Column("words", sa.Text, primary_key=True),
    sa.Column("length", sa.Integer, nullable=False, server_default="0"),
)
KEPT = [(f"note {number} " + "word " * 40, 0) for number in range(50)]


def lengthen(connection: sa.Connection) -> None:
    connection.execute(sa.text("ALTER TABLE notes ADD COLUMN length INTEGER NOT NULL DEFAULT 0"))
    connection.execute(sa.text("UPDATE notes SET length = length(words)"))


def break_down(connection: sa.Connection) -> None:
    lengthen(connection)
    connection.execute(sa.text("SELECT no_such_column FROM notes"))


def die(connection: sa.Connection) -> None:
    lengthen(connection)
    os.kill(os.getpid(), signal.SIGKILL)


def nothing(_: sa.Connection) -> None:
    return


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database of an older program, with a journal that was never brought into the file."""
    path = tmp_path / "kept.sqlite"

    def make() -> None:
        database = Database(sa.make_url(f"sqlite:///{path}"))
        database.prepare("notes", 1, OLD)
        with database.writing() as connection:
            for words, _ in KEPT:
                connection.execute(sa.text("INSERT INTO notes VALUES (:words)"), {"words": words})
        os.kill(os.getpid(), signal.SIGKILL)

    assert in_a_child(make) == f"signal {signal.SIGKILL}"
    assert path.with_name("kept.sqlite-wal").stat().st_size > 10_000
    return path


def opened(path: Path) -> Database:
    return Database(sa.make_url(f"sqlite:///{path}"))


def rows(path: Path, columns: str = "words, length") -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as plain:
        assert plain.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return plain.execute(f"SELECT {columns} FROM notes ORDER BY rowid").fetchall()


def version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as plain:
        (found,) = plain.execute("SELECT version FROM schema_version").fetchone()
        return int(found)


def backups(path: Path) -> list[Path]:
    return sorted(path.parent.glob("*.backup"))


OLD_ROWS = [(words,) for words, _ in KEPT]
NEW_ROWS = [(words, len(words)) for words, _ in KEPT]


def test_older_tables_are_brought_on_and_the_backup_is_what_they_were(path: Path) -> None:
    database = opened(path)
    database.prepare("notes", 2, NEW, {1: lengthen})
    database.close()
    assert (rows(path), version(path)) == (NEW_ROWS, 2)
    (backup,) = backups(path)
    assert backup.name == "kept.sqlite.notes-1.backup"
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert (rows(backup, "words"), version(backup)) == (OLD_ROWS, 1)


def test_several_versions_are_brought_on_step_by_step_with_one_backup(path: Path) -> None:
    seen: list[str] = []
    steps = {
        1: lambda connection: (lengthen(connection), seen.append("1"))[0],
        2: lambda _: seen.append("2"),
        3: lambda _: seen.append("3"),
    }
    database = opened(path)
    database.prepare("notes", 4, NEW, steps)
    database.prepare("notes", 4, NEW, steps)
    database.close()
    assert seen == ["1", "2", "3"]
    assert (rows(path), version(path), len(backups(path))) == (NEW_ROWS, 4, 1)


def test_an_earlier_backup_is_never_written_over(path: Path) -> None:
    earlier = path.with_name("kept.sqlite.notes-1.backup")
    earlier.write_text("an earlier one")
    database = opened(path)
    database.prepare("notes", 2, NEW, {1: nothing})
    database.close()
    assert earlier.read_text() == "an earlier one"
    assert [backup.name for backup in backups(path)] == [
        "kept.sqlite.notes-1.2.backup",
        "kept.sqlite.notes-1.backup",
    ]


def test_a_step_that_fails_leaves_everything_as_it_was(path: Path) -> None:
    for _ in range(2):
        database = opened(path)
        with pytest.raises(StoreError):
            database.prepare("notes", 2, NEW, {1: break_down})
        database.close()
        assert (rows(path, "words"), version(path)) == (OLD_ROWS, 1)
    database = opened(path)
    database.prepare("notes", 2, NEW, {1: lengthen})
    database.close()
    assert rows(path) == NEW_ROWS


def test_a_kill_in_the_middle_leaves_the_older_tables_and_the_next_start_goes_on(
    path: Path,
) -> None:
    killed = in_a_child(lambda: opened(path).prepare("notes", 2, NEW, {1: die}))
    assert killed == f"signal {signal.SIGKILL}"
    assert (rows(path, "words"), version(path)) == (OLD_ROWS, 1)
    database = opened(path)
    database.prepare("notes", 2, NEW, {1: lengthen})
    database.close()
    assert (rows(path), version(path)) == (NEW_ROWS, 2)


def test_without_room_for_the_backup_nothing_is_changed(path: Path) -> None:
    before = path.read_bytes()

    def migrate() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (8_192, 8_192))
        opened(path).prepare("notes", 2, NEW, {1: lengthen})

    assert in_a_child(migrate) in {"DiskFull", "StoreError"}
    assert backups(path) == []
    assert [file.name for file in path.parent.iterdir() if file.name.startswith(".")] == []
    assert path.read_bytes() == before
    assert (rows(path, "words"), version(path)) == (OLD_ROWS, 1)


def test_a_version_that_no_step_starts_from_is_refused_and_left(path: Path) -> None:
    database = opened(path)
    with pytest.raises(StoreError, match="too old"):
        database.prepare("notes", 3, NEW, {2: nothing})
    database.close()
    assert (rows(path, "words"), version(path), backups(path)) == (OLD_ROWS, 1, [])


def test_programs_that_start_at_the_same_time_bring_it_on_once(path: Path) -> None:
    children = []
    for _ in range(4):
        child = os.fork()
        if child == 0:
            try:
                opened(path).prepare("notes", 2, NEW, {1: lengthen})
            except BaseException:  # noqa: BLE001 - a child of a test must not go on as pytest
                os._exit(1)
            os._exit(0)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4
    assert (rows(path), version(path), len(backups(path))) == (NEW_ROWS, 2, 1)
