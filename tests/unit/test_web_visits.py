"""Sessions of closed pages are let go of, and those of open ones are not."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import gradio as gr
import httpx
import pytest
import pytest_asyncio
import sqlalchemy as sa

from assistant.conversations import Conversation, ConversationMissing, ConversationStore
from assistant.database import Database
from assistant.turns import Turn
from corpus.errors import DiskFull
from eval.taste.sitting import Sitting
from tests.support.evidence import make_evidence
from tests.support.scripted_assistant import ScriptedAssistant
from ui.web.app import build_app
from ui.web.guards import Guards
from ui.web.held import Held
from ui.web.session import Session
from ui.web.sittings import Tasting
from ui.web.visitor import COOKIE, fresh_visitor
from ui.web.visits import Visits

JOIN = "/gradio_api/queue/join"


@dataclass
class Table:
    """Notes what it is told; sessions that are busy stay."""

    gone: list[str] = field(default_factory=list)
    back: list[str] = field(default_factory=list)
    busy: set[str] = field(default_factory=set)

    def let_go(self, session: str) -> bool:
        if session in self.busy:
            return False
        self.gone.append(session)
        return True

    async def bring_back(self, session: str, owner: str) -> None:
        self.back.append(f"{owner}'s {session}")


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def come_and_go(visits: Visits, *names: str) -> None:
    for name in names:
        async with visits.request(name, "me"):
            pass


async def test_a_closed_page_is_kept_for_a_while_and_then_let_go_of(
    table: Table, clock: Clock
) -> None:
    visits = Visits(table, kept_s=60, clock=clock)
    await come_and_go(visits, "a")
    clock.now_s += 59
    visits.sweep()
    assert table.gone == []
    clock.now_s += 1
    visits.sweep()
    assert table.gone == ["a"]


async def test_each_request_begins_the_time_anew(table: Table, clock: Clock) -> None:
    visits = Visits(table, kept_s=60, clock=clock)
    await come_and_go(visits, "a", "b")
    clock.now_s += 40
    await come_and_go(visits, "a")
    clock.now_s += 40
    visits.sweep()
    assert table.gone == ["b"]


async def test_a_page_that_is_open_is_kept_however_long_it_is(table: Table, clock: Clock) -> None:
    visits = Visits(table, kept_s=60, most_kept=1, clock=clock)
    async with AsyncExitStack() as open_pages:
        await open_pages.enter_async_context(visits.request("heartbeat", "me"))
        await come_and_go(visits, "heartbeat", "a", "b")
        clock.now_s += 10_000
        visits.sweep()
        assert table.gone == ["a", "b"]
        assert visits.open == 1
    assert visits.open == 0


async def test_of_many_closed_pages_those_that_were_closed_first_go_at_once(
    table: Table, clock: Clock
) -> None:
    visits = Visits(table, kept_s=60, most_kept=2, clock=clock)
    await come_and_go(visits, "a", "b", "c", "d")
    assert table.gone == ["a", "b"]


async def test_what_is_busy_goes_later(table: Table, clock: Clock) -> None:
    table.busy.add("a")
    visits = Visits(table, kept_s=60, most_kept=2, clock=clock)
    await come_and_go(visits, "a", "b", "c")
    assert table.gone == ["b"]
    table.busy.clear()
    clock.now_s += 60
    visits.sweep()
    assert sorted(table.gone) == ["a", "b", "c"]


async def test_what_was_busy_goes_although_nobody_comes_any_more(table: Table) -> None:
    table.busy.update("ab")
    visits = Visits(table, most_kept=0, look_again_s=0)
    await come_and_go(visits, "a", "b")
    assert table.gone == []
    table.busy.clear()
    async with asyncio.timeout(5):
        while len(table.gone) < 2:
            await asyncio.sleep(0)


async def test_a_session_is_brought_back_before_its_request_is_answered(
    table: Table, clock: Clock
) -> None:
    visits = Visits(table, clock=clock)
    async with visits.request("a", "me"):
        assert table.back == ["me's a"]


@pytest_asyncio.fixture
async def app(tmp_path: Path) -> Guards:
    return build_app(ScriptedAssistant(tmp_path), "127.0.0.1")  # type: ignore[arg-type]


@pytest_asyncio.fixture
async def browser(app: Guards) -> AsyncIterator[httpx.AsyncClient]:
    """The application without its loop of events: what is sent waits."""
    cookies = {COOKIE: fresh_visitor()}
    transport = httpx.ASGITransport(app)
    base = "http://127.0.0.1:7860"
    async with httpx.AsyncClient(transport=transport, base_url=base, cookies=cookies) as client:
        yield client


async def test_a_session_whose_event_waits_is_held_and_one_without_leaves_nothing(
    app: Guards, browser: httpx.AsyncClient
) -> None:
    held = held_by(app)
    queue = held.page._queue
    sent = await browser.post(JOIN, json={"data": [None], "fn_index": 0, "session_hash": "s"})
    assert sent.status_code == 200
    assert not held.let_go("s")
    assert (held.whole, "s" in queue.pending_messages_per_session) == (1, True)
    await queue.clean_events(session_hash="s")
    assert held.let_go("s")
    assert held.whole == 0
    assert "s" not in queue.pending_messages_per_session
    assert "s" not in queue.pending_event_ids_session


async def test_of_a_session_that_was_let_go_of_the_choices_come_back(app: Guards) -> None:
    held = held_by(app)
    (number,) = states_of(held, Session)
    session = held.page.state_holder["s"][number]
    session.owner, session.choice, session.backends = "me", "both", {"open": "one"}
    assert held.let_go("s")
    await held.bring_back("s", "me")
    again = held.page.state_holder["s"][number]
    assert again is not session
    assert (again.owner, again.choice, again.backends) == ("me", "both", {"open": "one"})


async def test_to_another_nothing_comes_back(app: Guards) -> None:
    held = held_by(app)
    (number,) = states_of(held, Session)
    held.page.state_holder["s"][number].owner = "me"
    assert held.let_go("s")
    await held.bring_back("s", "another")
    assert held.page.state_holder["s"][number].owner == ""


async def test_what_the_store_does_not_hold_of_a_conversation_comes_back_too(app: Guards) -> None:
    held = held_by(app)
    (number,) = states_of(held, Session)
    session = held.page.state_holder["s"][number]
    session.owner, session.not_kept = "me", DiskFull("There is no room.", "Make some.")
    session.turns, session.shown = [Turn("Who makes Phi-3?", make_evidence(), ())], 1
    assert held.let_go("s")
    await held.bring_back("s", "me")
    again = held.page.state_holder["s"][number]
    assert [turn.question for turn in again.turns] == ["Who makes Phi-3?"]
    assert (again.shown, again.not_kept) == (1, session.not_kept)


async def test_a_blind_test_that_goes_on_comes_back_and_one_that_is_over_does_not(
    app: Guards,
) -> None:
    held = held_by(app)
    (number,), (test,) = states_of(held, Session), states_of(held, Tasting)
    for name, is_over in (("going", False), ("over", True)):
        held.page.state_holder[name][number].owner = "me"
        sitting = Sitting(("one", "another"), ("Who makes Phi-3?",), is_over=is_over)
        held.page.state_holder[name][test].sitting = sitting
        assert held.let_go(name)
        await held.bring_back(name, "me")
        again = held.page.state_holder[name][test]
        assert again.sitting is (None if is_over else sitting)


async def test_what_an_open_page_offers_to_choose_from_may_be_chosen_when_it_comes_back(
    app: Guards,
) -> None:
    held = held_by(app)
    (number,) = states_of(held, Session)
    state = held.page.state_holder["s"]
    state[number].owner = "me"
    slices = next(
        each
        for each, block in held.page.blocks.items()
        if getattr(block, "elem_id", None) == "eval-slices"
    )
    state[slices] = gr.CheckboxGroup([("Lookup (3)", "lookup")], render=False)
    assert held.let_go("s")
    await held.bring_back("s", "me")
    again = held.page.state_holder["s"]
    assert again[slices].preprocess(["lookup"]) == ["lookup"]
    # The others are those of every session.
    others = [each for each in held.page.blocks if each not in {slices, number}]
    assert all(again.blocks_config.blocks[each] is held.page.blocks[each] for each in others)


class SlowStore(ConversationStore):
    """Reads the conversation that is called slow only when it may."""

    def __init__(self, home: Path) -> None:
        super().__init__(Database(sa.make_url(f"sqlite:///{home / 'slow.sqlite'}")))
        self.may_read = threading.Event()

    def load(self, owner: str, conversation: str) -> Conversation:
        if conversation == "slow":
            self.may_read.wait()
        raise ConversationMissing


async def test_a_page_whose_conversation_is_read_slowly_keeps_no_other_waiting(
    app: Guards, tmp_path: Path
) -> None:
    store = SlowStore(tmp_path)
    held = Held(held_by(app).page, store)
    (number,) = states_of(held, Session)
    for name in ("slow", "fast"):
        session = held.page.state_holder[name][number]
        session.owner, session.conversation_id = "me", name
        assert held.let_go(name)
    slow = asyncio.create_task(held.bring_back("slow", "me"))
    await asyncio.sleep(0)
    await held.bring_back("fast", "me")
    assert (slow.done(), held.page.state_holder["fast"][number].owner) == (False, "me")
    store.may_read.set()
    await slow
    assert held.page.state_holder["slow"][number].owner == "me"


async def test_only_so_many_are_remembered(app: Guards) -> None:
    held = Held(held_by(app).page, None, most_at_rest=2)
    (number,) = states_of(held, Session)
    for name in "abc":
        held.page.state_holder[name][number].owner = name
        held.let_go(name)
    for name in "abc":
        await held.bring_back(name, name)
    owners = {name: held.page.state_holder[name][number].owner for name in "abc"}
    assert owners == {"a": "", "b": "b", "c": "c"}


async def test_a_new_session_holds_no_description_of_the_components(app: Guards) -> None:
    held = held_by(app)
    await held.bring_back("new", "me")
    state = held.page.state_holder.session_data["new"]
    assert state.config_values == {}
    assert state.blocks_config.blocks.keys() >= held.page.blocks.keys()
    begun = state
    await held.bring_back("new", "me")
    assert held.page.state_holder.session_data["new"] is begun


def states_of(held: Held, kind: type) -> list[int]:
    """The numbers of the states that hold such a thing."""
    blocks = held.page.blocks.items()
    return [number for number, each in blocks if isinstance(getattr(each, "value", None), kind)]


def held_by(app: Guards) -> Held:
    assert app.visits is not None
    held = app.visits.sessions
    assert isinstance(held, Held)
    return held
