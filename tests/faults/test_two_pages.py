"""Two processes of the program over one home, each visitor kept to one of them, as a proxy does."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from eval.bench.chat import load
from eval.bench.chat.page import read_page
from eval.bench.chat.program import paced_backend, page_server
from eval.bench.chat.script import mark_of, question_of
from eval.bench.chat.wire import request

CHATS = range(1, 13)
TOKENS = 40


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shared-home")


@pytest.fixture(scope="module")
def setting(home: Path) -> Iterator[load.Setting]:
    with (
        paced_backend(first_token_s=0.05, tokens_per_s=200, tokens=TOKENS) as backend,
        (home / "log").open("w") as log,
        page_server(home, backend, {}, log) as one,
        page_server(home, backend, {}, log) as two,
    ):
        page = asyncio.run(read_page(one.port, ""))
        yield load.Setting(page, one, backend, TOKENS, lambda *_: None, beside=(two,))


def rows(home: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(home / "counterpoint.sqlite")) as database:
        return database.execute(query).fetchall()


def conversation_of(home: Path, chat: int) -> str:
    asked = rows(home, "SELECT question, conversation FROM turns")
    return str(dict(asked)[question_of(chat)])


def test_questions_to_both_at_once_are_answered_right_and_all_are_kept(
    setting: load.Setting, home: Path
) -> None:
    found = asyncio.run(load.together(setting, CHATS))
    assert (found["right"], found["mixed_up"], found["broken"]) == (len(CHATS), 0, 0)
    assert {question for (question,) in rows(home, "SELECT question FROM turns")} == {
        question_of(chat) for chat in CHATS
    }
    assert {state for (state,) in rows(home, "SELECT state FROM answers")} == {"ended"}


def test_a_visitor_who_comes_to_the_other_process_finds_the_conversation_there(
    setting: load.Setting, home: Path
) -> None:
    (other,) = setting.beside

    async def asked_here_read_there() -> tuple[str, int]:
        visitor = setting.visitor(0)
        await visitor.open()
        await visitor.ask(77)
        await visitor.close()
        path = f"/export/{conversation_of(home, 77)}.md"
        mine = await request(other.port, "GET", path, headers={"cookie": visitor.cookie})
        another = await request(other.port, "GET", path)
        return mine.body.decode(), another.status

    markdown, status_for_another = asyncio.run(asked_here_read_there())
    assert f"Point 1 of {mark_of(77)}" in markdown
    assert status_for_another == 404
