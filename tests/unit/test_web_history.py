"""What happens when the list of conversations is used, over a real store."""

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from assistant.conversations import Conversation, ConversationStore, open_store
from corpus.errors import ConfigError, CounterpointError, StoreError
from tests.support.kept import keep, name_only
from tests.support.scripted_assistant import ScriptedAssistant
from tests.support.scripted_objects import Script
from ui.web.history import PAGE_SIZE, History, Keeping, Shelf
from ui.web.session import Session
from ui.web.visitor import COOKIE, fresh_visitor, owner_of

LIST = "the list"


@dataclass
class Request:
    headers: dict[str, str]


@dataclass
class Talk:
    """As far as the list knows the chat."""

    shown: list[Conversation | str] = field(default_factory=list)

    async def new_chat(self, session: Session) -> dict[Any, Any]:
        session.clear()
        self.shown.append("")
        return {"chat": "new"}

    def not_opened(
        self, session: Session, _wanted: str, error: CounterpointError
    ) -> dict[Any, Any]:
        session.clear()
        self.shown.append(error.what)
        return {"chat": "new"}

    def tell_lost(self, session: Session) -> dict[Any, Any]:
        return self.not_opened(session, *session.lost) if session.lost else {}

    async def draw(self, _session: Session, conversation: Conversation) -> list[str]:
        return [turn.question for turn in conversation.turns]

    def open_conversation(
        self, session: Session, conversation: Conversation, drawn: list[str]
    ) -> dict[Any, Any]:
        assert drawn == [turn.question for turn in conversation.turns]
        session.clear()
        session.conversation_id = conversation.id
        session.turns = list(conversation.turns)
        self.shown.append(conversation)
        return {"chat": conversation.id}


@dataclass
class Page:
    """One page in one browser."""

    history: History
    talk: Talk
    visitor: str = field(default_factory=fresh_visitor)
    session: Session = field(default_factory=Session)
    shelf: Shelf = field(default_factory=Shelf)

    @property
    def request(self) -> Any:
        return Request({"cookie": f"{COOKIE}={self.visitor}"})

    @property
    def owner(self) -> str:
        return owner_of(self.request)

    async def visit(self, chat: str = "") -> list[dict[Any, Any]]:
        return await self.all_of(self.history.visit, chat=chat)

    async def open(self, chat: str) -> list[dict[Any, Any]]:
        return await self.all_of(self.history.open, id=chat)

    async def all_of(self, handler: Any, **detail: Any) -> list[dict[Any, Any]]:
        updates: AsyncIterator[dict[Any, Any]] = handler(*self.arguments(**detail))
        return [update async for update in updates]

    def arguments(self, **detail: Any) -> tuple[Any, ...]:
        return self.session, self.shelf, self.request, gr.EventData(None, detail)


def listed(update: dict[Any, Any]) -> str:
    return str(update[LIST].get("value", ""))


@pytest.fixture
def assistant(tmp_path: Path) -> ScriptedAssistant:
    return ScriptedAssistant(tmp_path)


@pytest.fixture
def store(assistant: ScriptedAssistant) -> ConversationStore:
    return open_store(assistant.settings)


@pytest.fixture
def page(store: ConversationStore) -> Page:
    talk = Talk()
    return Page(History(Keeping(store), LIST, talk), talk)  # type: ignore[arg-type]


async def test_a_visit_learns_whose_it_is_and_lists_what_is_theirs(
    page: Page, assistant: ScriptedAssistant
) -> None:
    await keep(assistant, page.owner, "Who makes Phi-3?")
    await keep(assistant, "somebody else", "A secret?")
    (update,) = await page.visit()
    assert page.session.owner == page.owner
    assert "Who makes Phi-3?" in listed(update)
    assert "secret" not in listed(update)


async def test_a_browser_without_the_cookie_is_told_so_and_keeps_nothing(page: Page) -> None:
    page.visitor = ""
    (update,) = await page.visit("anything")
    assert "keeps no cookie" in listed(update)
    assert page.session.owner == ""


async def test_an_address_opens_its_conversation(page: Page, assistant: ScriptedAssistant) -> None:
    made = await keep(assistant, page.owner, "Who makes Phi-3?")
    (update,) = await page.visit(made)
    assert update["chat"] == made
    assert f'href="/?chat={made}"' in listed(update)
    assert 'aria-current="page"' in listed(update)


@pytest.mark.parametrize("chat", ["unknown", "", "../../x", "a" * 10_000, "x\x00y"])
async def test_an_address_that_names_nothing_is_a_new_chat(page: Page, chat: str) -> None:
    updates = await page.visit(chat)
    assert "aria-current" not in listed(updates[0])
    if chat:
        assert "There is no such conversation." in str(page.talk.shown[0])


async def test_a_foreign_conversation_looks_like_none(
    page: Page, assistant: ScriptedAssistant
) -> None:
    foreign = await keep(assistant, "somebody else", "A secret?")
    await page.visit(foreign)
    await page.visit("unknown")
    assert page.talk.shown[0] == page.talk.shown[1]


async def test_another_browser_in_ones_session_can_do_nothing(
    page: Page, assistant: ScriptedAssistant, store: ConversationStore
) -> None:
    made = await keep(assistant, page.owner, "Who makes Phi-3?")
    await page.visit()
    mine, page.visitor = page.owner, fresh_visitor()
    assert await page.open(made) == []
    await page.history.rename(*page.arguments(id=made, title="Mine"))
    await page.history.delete(*page.arguments(id=made))
    await page.history.look(*page.arguments(search="x"))
    assert [each.title for each in store.list(mine)] == ["Who makes Phi-3?"]
    assert page.shelf.search == ""


async def test_a_slow_opening_gives_way_to_a_later_one(
    page: Page, assistant: ScriptedAssistant
) -> None:
    one = await keep(assistant, page.owner, "One?")
    two = await keep(assistant, page.owner, "Two?")
    await page.visit()
    first = page.history.open(*page.arguments(id=one))
    waiting = asyncio.ensure_future(anext(first, None))
    await asyncio.sleep(0)
    await page.open(two)
    assert await waiting is None
    assert page.session.conversation_id == two
    assert len(page.talk.shown) == 1


async def test_an_answer_that_another_page_is_writing_is_followed_to_its_end(
    page: Page, assistant: ScriptedAssistant
) -> None:
    gate = threading.Event()
    assistant.scripts["reader"] = Script(gate=gate, gate_after=5)
    writing = asyncio.create_task(keep(assistant, page.owner, "Who makes Phi-3?"))
    store = open_store(assistant.settings)
    async with asyncio.timeout(5):
        while not (found := store.list(page.owner)):
            await asyncio.sleep(0.01)
        while not (turns := store.load(page.owner, found[0].id).turns) or not turns[0].answers:
            await asyncio.sleep(0.01)
    await page.visit()
    updates = page.history.open(*page.arguments(id=found[0].id))
    await anext(updates)
    gate.set()
    await writing
    rest = [update async for update in updates]
    assert rest
    last = page.talk.shown[-1]
    assert isinstance(last, Conversation)
    assert last.turns[0].answers[0].text.endswith("3.8 billion parameters [2].")


async def test_a_title_that_says_nothing_changes_nothing(
    page: Page, assistant: ScriptedAssistant, store: ConversationStore
) -> None:
    made = await keep(assistant, page.owner, "Who makes Phi-3?")
    await page.visit()
    await page.history.rename(*page.arguments(id=made, title="  \n "))
    assert store.list(page.owner)[0].title == "Who makes Phi-3?"
    update = await page.history.rename(*page.arguments(id=made, title="Makers"))
    assert "Makers" in listed(update)


async def test_deleting_the_open_conversation_begins_a_new_chat(
    page: Page, assistant: ScriptedAssistant, store: ConversationStore
) -> None:
    made = await keep(assistant, page.owner, "Who makes Phi-3?")
    await page.visit(made)
    update = await page.history.delete(*page.arguments(id=made))
    assert update["chat"] == "new"
    assert page.session.conversation_id == ""
    assert store.list(page.owner) == ()


async def test_deleting_what_is_gone_already_is_said_calmly(page: Page) -> None:
    await page.visit()
    update = await page.history.delete(*page.arguments(id="gone"))
    assert "There is no such conversation." in listed(update)


async def test_a_page_that_comes_back_hears_once_that_its_conversation_is_gone(page: Page) -> None:
    await page.visit()
    page.session.lost = ("x", StoreError("The disk is not there.", "Plug it in."))
    look = page.history.look
    assert (await look(*page.arguments()))["chat"] == "new"
    assert page.talk.shown == ["The disk is not there."]
    assert "chat" not in await look(*page.arguments())


async def test_the_list_is_sent_once_and_not_again_while_nothing_changes(
    page: Page, assistant: ScriptedAssistant
) -> None:
    await keep(assistant, page.owner, "Who makes Phi-3?")
    await page.visit()
    assert "value" not in (await page.history.refresh(page.session, page.shelf))[LIST]
    await keep(assistant, page.owner, "And Falcon?")
    assert "And Falcon?" in listed(await page.history.refresh(page.session, page.shelf))


async def test_nothing_is_listed_before_the_browser_has_said_who_it_is(page: Page) -> None:
    assert "value" not in (await page.history.refresh(page.session, page.shelf))[LIST]


async def test_more_are_shown_by_steps_and_a_search_begins_anew(
    page: Page, assistant: ScriptedAssistant
) -> None:
    name_only(assistant, page.owner, [f"Question {n}" for n in range(PAGE_SIZE + 5)])
    (update,) = await page.visit()
    assert listed(update).count("data-key") == PAGE_SIZE
    assert "Show more" in listed(update)
    update = await page.history.look(*page.arguments(more=True))
    assert listed(update).count("data-key") == PAGE_SIZE + 5
    assert "Show more" not in listed(update)
    update = await page.history.look(*page.arguments(search="question 5"))
    assert page.shelf.limit == PAGE_SIZE
    assert listed(update).count("data-key") == 6


@pytest.mark.parametrize(
    "detail", [{}, {"id": 5}, {"id": None, "title": []}, {"search": 3, "more": "yes"}]
)
async def test_what_the_page_never_sends_is_ignored(page: Page, detail: dict[str, Any]) -> None:
    await page.visit()
    before = page.shelf.search, page.shelf.limit
    assert await page.all_of(page.history.open, **detail) == []
    await page.history.rename(*page.arguments(**detail))
    await page.history.delete(*page.arguments(**detail))
    await page.history.look(*page.arguments(**detail))
    assert (page.shelf.search, page.shelf.limit) == before


async def test_a_store_that_could_not_be_opened_is_explained(page: Page) -> None:
    error = ConfigError("The driver is not installed.", "Install it.")
    page.history = History(Keeping(None, error), LIST, page.talk)  # type: ignore[arg-type]
    (update,) = await page.visit()
    assert "Conversations are not kept." in listed(update)
    assert "The driver is not installed. Install it." in listed(update)


async def test_a_file_that_is_no_database_is_explained_with_a_cure(
    page: Page, assistant: ScriptedAssistant
) -> None:
    (assistant.home / "counterpoint.sqlite").write_bytes(b"this is no database" * 100)
    (update,) = await page.visit()
    assert "Conversations are not kept." in listed(update)
    assert "counterpoint.sqlite" in listed(update)
