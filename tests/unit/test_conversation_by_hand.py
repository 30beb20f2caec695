"""A database in which somebody wrote by hand: what is left can be read, shown and exported."""

import datetime
import json
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import sqlalchemy as sa

from assistant.conversations import ConversationStore, open_store
from assistant.conversations.export import to_json, to_markdown
from assistant.conversations.tables import answers, conversations, turns
from tests.support.kept import keep
from tests.support.scripted_assistant import ScriptedAssistant
from ui.web.render.history import history_list
from ui.web.render.share import to_html
from ui.web.render.sources import turn_sources
from ui.web.render.totals import totals
from ui.web.render.turns import turn_section

NAMES: Any = {"open": "one", "proprietary": "other"}


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> ConversationStore:
    assistant = ScriptedAssistant(tmp_path)
    await keep(assistant, "me", "Who makes Phi-3?")
    return open_store(assistant.settings)


def write(store: ConversationStore, column: sa.Column[Any], value: object) -> None:
    with store.database.writing() as connection:
        connection.execute(sa.update(column.table).values({column.name: value}))


def everything(store: ConversationStore) -> str:
    """All that is made of a conversation, as it leaves the server."""
    (kept,) = store.list("me")
    loaded = store.load("me", kept.id)
    shown = [
        history_list([kept], current="", now=datetime.datetime.now(datetime.UTC)),
        *(turn_section(n, turn, NAMES) for n, turn in enumerate(loaded.turns, start=1)),
        *(turn_sources(n, turn) for n, turn in enumerate(loaded.turns, start=1)),
        totals(loaded.turns),
        to_html(loaded),
        to_markdown(loaded),
        to_json(loaded),
    ]
    return "\n".join(shown).encode().decode()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (answers.c.record, "[" * 100_000),
        (answers.c.record, '{"form":1,"text":NaN}'),
        (answers.c.record, "\0"),
        (turns.c.evidence, "[" * 100_000),
        (turns.c.evidence, '{"form":1,"question":"\\ud800"}'),
        (conversations.c.updated_at, 1e300),
        (conversations.c.created_at, -1e300),
    ],
)
def test_what_cannot_be_read_does_not_take_the_rest_with_it(
    store: ConversationStore, column: sa.Column[Any], value: object
) -> None:
    write(store, column, value)
    assert "Who makes Phi-3?" in everything(store)


@pytest.mark.parametrize(
    "side",
    [
        *("", "[", "[]", "null", "{}", '{"window":"x"}', '{"window":null}', '{"window":1e999}'),
        *('{"label":"\\ud800"}', '{"window":-1,"kind":7,"local":"yes"}'),
    ],
)
@pytest.mark.parametrize("began", [0.0, float("inf"), -1e300])
def test_an_unfinished_answer_of_nobody_known_is_shown_with_its_text(
    store: ConversationStore, side: str, began: float
) -> None:
    write(store, answers.c.state, "left")
    write(store, answers.c.side, side)
    write(store, answers.c.started_at, began)
    assert "MIT licence" in everything(store)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("receipt", "context_window_tokens"), 0),
        (("receipt", "total_s"), 10**30),
        (("receipt", "money", "price_date"), "0000-99-99"),
        (("receipt", "retention_date"), "<b>"),
        (("citations",), [{"number": -1, "span": {"start": 9, "end": -3}, "valid": True}]),
        (("label",), "<img src=x onerror=alert(1)>"),
        (("receipt", "retention_source"), "javascript://x/%0aalert(1)"),
        (("receipt", "money", "price_source"), "https://a@b.example/ <script>"),
    ],
)
def test_values_that_the_program_never_writes_break_and_run_nothing(
    store: ConversationStore, path: tuple[str, ...], value: object
) -> None:
    with store.database.reading() as connection:
        record = json.loads(connection.scalar(sa.select(answers.c.record)) or "")
    place = record
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    write(store, answers.c.record, json.dumps(record))
    made = everything(store).split("A conversation with Counterpoint")[0]
    assert "MIT licence" in made
    assert not any(each in made for each in ("<img", "<script", 'href="javascript', "<b>"))
