"""Visitors ask and go, over real sockets: the server holds none of them, and loses nothing."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvicorn

from assistant.conversations import open_store
from eval.bench.chat.page import Page, read_page
from eval.bench.chat.script import question_of
from eval.bench.chat.visitor import Visitor, shown
from eval.bench.chat.wire import request
from tests.support.scripted_assistant import ScriptedAssistant
from tests.support.scripted_objects import ANSWER, Script
from ui.web.app import build_app
from ui.web.guards import Guards
from ui.web.held import Held
from ui.web.visitor import owner_of
from ui.web.visits import Visits

BACKEND = "claude-sonnet"
KEPT = 6
MANY = 12
AT_ONCE = 4


@dataclass
class Request:
    """As far as it takes to know whose it is."""

    headers: dict[str, str]


@dataclass
class Serving:
    """A page on a socket, and what the server holds for its sessions."""

    assistant: ScriptedAssistant
    port: int = 0
    made: list[Guards] = field(default_factory=list)

    def build(self) -> Guards:
        self.made.append(build_app(self.assistant, "127.0.0.1"))  # type: ignore[arg-type]
        self.visits.most_kept = KEPT
        return self.made[0]

    @property
    def visits(self) -> Visits:
        visits = self.made[0].visits
        assert visits is not None
        return visits

    @property
    def held(self) -> Held:
        held = self.visits.sessions
        assert isinstance(held, Held)
        return held

    def holds(self, session: str) -> bool:
        return session in self.held.page.state_holder.session_data

    def of_the_library(self) -> set[str]:
        """The sessions that stand in any table of the library's."""
        page = self.held.page
        queue = page._queue
        tables = (
            page.state_holder.session_data,
            page.state_holder.time_last_used,
            queue.pending_messages_per_session,
            queue.pending_event_ids_session,
            page.pending_streams,
            page.pending_diff_streams,
        )
        return {name for table in tables for name in table}

    async def page(self) -> Page:
        return await read_page(self.port, "")

    async def all_gone(self) -> None:
        """Wait until the server has seen that every page was closed, and every run is over."""
        async with asyncio.timeout(20):
            while self.visits.open or self.held.page._queue.event_ids_to_events:
                await request(self.port, "GET", "/gradio_api/app_id")


class Server(uvicorn.Server):
    """Says when it is up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    serving = Serving(ScriptedAssistant(tmp_path))
    config = uvicorn.Config(
        serving.build,
        factory=True,
        port=0,
        log_config=None,
        ws="none",
        timeout_graceful_shutdown=1,
    )
    server = Server(config)
    listener = config.bind_socket()
    serving.port = listener.getsockname()[1]
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    server.is_up.wait(20)
    yield serving
    server.should_exit = True
    thread.join()
    listener.close()


async def crowd(page: Page, *, asks: bool) -> set[str]:
    """Many visitors, a few at a time: each opens the page, may ask, and closes it."""
    places = asyncio.Semaphore(AT_ONCE)

    async def visit(chat: int) -> str:
        async with places:
            visitor = Visitor(page, BACKEND)
            await visitor.open()
            if asks:
                said = await visitor.ask(chat)
                assert ANSWER.split()[0] in shown(said, page).text
            await visitor.close()
            return visitor.session

    return set(await asyncio.gather(*(visit(chat) for chat in range(MANY))))


async def test_of_many_visitors_who_asked_and_left_the_library_holds_but_the_last(
    serving: Serving,
) -> None:
    page = await serving.page()
    came = await crowd(page, asks=True)
    await serving.all_gone()
    assert len(came) == MANY
    assert len(serving.of_the_library()) <= KEPT
    # The next visitors take the place of all who came before them.
    await crowd(page, asks=False)
    await serving.all_gone()
    assert not serving.of_the_library() & came


async def who_left_long_ago(serving: Serving) -> tuple[Page, Visitor]:
    """One who has asked and closed the page; so many came since that the session was let go of."""
    page = await serving.page()
    visitor = Visitor(page, BACKEND)
    await visitor.open()
    await visitor.ask(1)
    await visitor.close()
    await crowd(page, asks=False)
    await serving.all_gone()
    return page, visitor


async def test_a_page_that_was_closed_for_long_goes_on_in_its_conversation(
    serving: Serving,
) -> None:
    page, visitor = await who_left_long_ago(serving)
    assert not serving.holds(visitor.session)
    said = await visitor.ask(2)
    assert shown(said, page).is_ok
    assert [earlier for _, earlier, _ in serving.assistant.asked] == [0, 1]


async def test_a_page_whose_conversation_was_deleted_while_it_was_closed_is_told_and_asks_nothing(
    serving: Serving,
) -> None:
    page, visitor = await who_left_long_ago(serving)
    store = open_store(serving.assistant.settings)
    owner = owner_of(Request({"cookie": visitor.cookie}))
    store.delete(owner, store.list(owner, "", 1)[0].id)
    said = await visitor.ask(2)
    heard = b"".join(data for _, data in said.parts).decode()
    assert "There is no such conversation." in heard
    # The question may need what was said before it: it waits in the box.
    assert question_of(2) in heard
    assert len(serving.assistant.asked) == 1
    assert shown(await visitor.ask(2), page).is_ok
    assert [earlier for _, earlier, _ in serving.assistant.asked] == [0, 0]


async def test_who_leaves_in_the_middle_is_held_until_the_answer_is_over_and_finds_it_again(
    serving: Serving,
) -> None:
    gate = threading.Event()
    slow = Script(gate=gate)
    serving.assistant.scripts = {entry.id: slow for entry in serving.assistant.entries}
    page = await serving.page()
    visitor = Visitor(page, BACKEND)
    await visitor.open()
    asking = asyncio.create_task(visitor.ask(1))
    async with asyncio.timeout(20):
        while not serving.assistant.asked:
            await request(serving.port, "GET", "/gradio_api/app_id")
    asking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asking
    await visitor.close()
    await crowd(page, asks=False)
    gate.set()
    await serving.all_gone()
    await crowd(page, asks=False)
    await serving.all_gone()
    assert not serving.holds(visitor.session)
    said = await visitor.ask(2)
    assert shown(said, page).is_ok
    # What had come of the first answer was kept, so the second question has it before it.
    assert [earlier for _, earlier, _ in serving.assistant.asked] == [0, 1]
