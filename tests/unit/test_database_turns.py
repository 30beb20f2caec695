"""Writers of one process go one after the other, and nobody is kept out for good."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from assistant import database as module
from assistant.database import Database


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(sa.make_url(f"sqlite:///{tmp_path / 'a.sqlite'}"))


def test_of_many_writers_none_finds_another_at_it(database: Database) -> None:
    # Without patience SQLite refuses whoever comes while another writes.
    sa.event.listen(
        database.engine, "connect", lambda made, _: made.execute("PRAGMA busy_timeout = 0")
    )
    with database.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE t (n INTEGER)")

    def write(number: int) -> None:
        with database.writing() as connection:
            connection.exec_driver_sql(f"INSERT INTO t VALUES ({number})")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(80)))
    with database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM t").scalar() == 80


def test_who_waits_in_vain_for_the_turn_asks_the_database_all_the_same(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUSY_TIMEOUT_S", 0.05)
    begun, done = threading.Event(), threading.Event()

    def stay() -> None:
        with database._in_turn():
            begun.set()
            done.wait(10)

    staying = threading.Thread(target=stay)
    staying.start()
    begun.wait(10)
    with database.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE t (n INTEGER)")
    done.set()
    staying.join()
