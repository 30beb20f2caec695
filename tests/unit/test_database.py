"""The database of the home: where it is, who may read it, what is said when it fails."""

import builtins
import multiprocessing
import sqlite3
import stat
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from assistant import database as database_module
from assistant.database import Database, open_database
from assistant.settings import ConversationSettings, Settings, load_settings
from corpus.errors import ConfigError, StoreError

TABLES = sa.MetaData()
NOTES = sa.Table("notes", TABLES, sa.Column("words", sa.Text, primary_key=True))


def write(database: Database, words: str) -> None:
    database.prepare("notes", 1, TABLES)
    with database.writing() as connection:
        connection.execute(sa.insert(NOTES).values(words=words))


def read(database: Database) -> list[str]:
    database.prepare("notes", 1, TABLES)
    with database.reading() as connection:
        return list(connection.scalars(sa.select(NOTES.c.words).order_by(NOTES.c.words)))


def settings_for(home: Path, url: str | None = None) -> Settings:
    given = {} if url is None else {"COUNTERPOINT_CONVERSATIONS__DATABASE_URL": url}
    return load_settings(home, environ=given)


def test_without_a_setting_it_is_one_file_in_the_home(home: Path) -> None:
    database = open_database(settings_for(home))
    assert not home.exists()
    write(database, "kept")
    path = home / "counterpoint.sqlite"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read(database) == ["kept"]
    with sqlite3.connect(path) as plain:
        assert plain.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    plain.close()
    database.close()


def test_the_connection_is_set_up_for_safety(tmp_path: Path) -> None:
    database = Database(sa.make_url(f"sqlite:///{tmp_path / 'a.sqlite'}"))
    with database.reading() as connection:
        values = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("foreign_keys", "synchronous", "busy_timeout", "secure_delete")
        }
    assert values == {"foreign_keys": 1, "synchronous": 1, "busy_timeout": 5000, "secure_delete": 1}
    database.close()


def test_the_same_address_gives_the_same_engine(home: Path, tmp_path: Path) -> None:
    database = open_database(settings_for(home))
    assert open_database(settings_for(home)) is database
    other = open_database(settings_for(home, f"sqlite:///{tmp_path / 'other.sqlite'}"))
    assert other is not database


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    database = Database(sa.make_url(f"sqlite:///{tmp_path / 'a.sqlite'}"))
    write(database, "first")
    with pytest.raises(KeyError), database.writing() as connection:
        connection.execute(sa.insert(NOTES).values(words="second"))
        raise KeyError
    assert read(database) == ["first"]
    database.close()


def test_parts_have_versions_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    database = Database(sa.make_url(f"sqlite:///{path}"))
    write(database, "kept")
    votes = sa.MetaData()
    sa.Table("votes", votes, sa.Column("id", sa.Integer, primary_key=True))
    database.prepare("votes", 3, votes)
    with sqlite3.connect(path) as plain:
        rows = plain.execute("SELECT part, version FROM schema_version ORDER BY part").fetchall()
    plain.close()
    assert rows == [("notes", 1), ("votes", 3)]
    database.close()


def test_a_newer_part_is_refused_and_the_file_is_left_byte_for_byte(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    database = Database(sa.make_url(f"sqlite:///{path}"))
    database.prepare("notes", 2, TABLES)
    database.close()
    before = path.read_bytes()
    older = Database(sa.make_url(f"sqlite:///{path}"))
    with pytest.raises(StoreError, match="newer version of the program"):
        older.prepare("notes", 1, TABLES)
    older.close()
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused_and_left(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    path.write_bytes(b"\x00garbage\xff" * 500)
    database = Database(sa.make_url(f"sqlite:///{path}"))
    for _ in range(2):
        with pytest.raises(StoreError, match="is damaged, or it is no database"):
            read(database)
    assert path.read_bytes() == b"\x00garbage\xff" * 500
    assert list(tmp_path.iterdir()) == [path]


def test_a_damaged_file_that_is_replaced_by_a_backup_is_used_without_a_restart(
    tmp_path: Path,
) -> None:
    path, backup = tmp_path / "a.sqlite", tmp_path / "backup.sqlite"
    before = Database(sa.make_url(f"sqlite:///{backup}"))
    write(before, "of the backup")
    before.close()
    database = Database(sa.make_url(f"sqlite:///{path}"))
    path.write_bytes(b"garbage " * 500)
    with pytest.raises(StoreError, match="is damaged"):
        read(database)
    path.rename(tmp_path / "damaged")
    write(database, "of a new one")
    assert read(database) == ["of a new one"]
    database.engine.pool.dispose()
    backup.replace(path)
    assert read(database) == ["of the backup"]
    path.unlink()
    assert read(database) == []
    database.close()


def test_a_page_that_was_overwritten_is_told_as_damage(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    database = Database(sa.make_url(f"sqlite:///{path}"))
    for number in range(300):
        write(database, f"{number} " + "words " * 50)
    database.close()
    content = bytearray(path.read_bytes())
    content[8192 : len(content) - 4096] = b"\x5a" * (len(content) - 12288)
    path.write_bytes(content)
    with pytest.raises(StoreError, match="is damaged"):
        read(Database(sa.make_url(f"sqlite:///{path}")))


def test_a_database_that_is_in_use_is_told_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "BUSY_TIMEOUT_S", 0)
    path = tmp_path / "a.sqlite"
    database = Database(sa.make_url(f"sqlite:///{path}"))
    write(database, "kept")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="is being used by another program"):
        write(database, "more")
    assert read(database) == ["kept"]
    other.execute("ROLLBACK")
    other.close()
    write(database, "more")
    database.close()


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("I am in the way.")
    database = Database(sa.make_url(f"sqlite:///{tmp_path / 'file' / 'a.sqlite'}"))
    with pytest.raises(StoreError, match="cannot be opened"):
        read(database)


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "postgresql+psycopg://u:canary-1@host:port/x",
        "nosuch://u:canary-1@host/x",
        "://",
    ],
)
def test_an_address_that_is_none_is_refused_without_its_password(home: Path, url: str) -> None:
    with pytest.raises(ConfigError, match="database_url is not an address") as caught:
        open_database(settings_for(home, url))
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused(home: Path, url: str) -> None:
    with pytest.raises(ConfigError, match="would keep nothing"):
        open_database(settings_for(home, url))


def test_a_missing_driver_is_named_with_the_extra_that_brings_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without_psycopg(name: str, *rest: object) -> object:
        if name.split(".", maxsplit=1)[0] == "psycopg":
            raise ModuleNotFoundError(name)
        return real(name, *rest)  # type: ignore[arg-type]

    for name in [name for name in sys.modules if name.split(".")[0] == "psycopg"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", without_psycopg)
    url = "postgresql+psycopg://user:canary-1@127.0.0.1/name"
    with pytest.raises(ConfigError, match=r"counterpoint\[postgres\]") as caught:
        open_database(settings_for(home, url))
    assert "canary" not in str(caught.value)


def test_the_password_shows_in_no_settings(home: Path) -> None:
    settings = settings_for(home, "postgresql+psycopg://user:canary-1@host/name")
    assert "canary" not in repr(settings)
    assert isinstance(settings.conversations, ConversationSettings)


def test_what_is_kept_is_in_no_error(tmp_path: Path) -> None:
    database = Database(sa.make_url(f"sqlite:///{tmp_path / 'a.sqlite'}"))
    write(database, "canary words")
    with pytest.raises(StoreError) as caught:
        write(database, "canary words")
    assert "canary" not in str(caught.value)
    assert "canary" not in str(caught.value.__cause__)
    database.close()


def test_a_forked_child_has_connections_of_its_own(home: Path) -> None:
    database = open_database(settings_for(home))
    write(database, "parent")
    context = multiprocessing.get_context("fork")
    child = context.Process(target=write, args=(database, "child"))
    with database.reading():
        child.start()
        child.join(60)
    assert child.exitcode == 0
    assert read(database) == ["child", "parent"]
    database.close()
