"""An answer that nobody brought to its end says where its question went all the same."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from assistant.answering import Answering
from assistant.conversations import ConversationStore, Place, recorded
from assistant.conversations import recorder as recorder_module
from assistant.conversations.unfinished import (
    NOT_RECORDED,
    left_early,
    read_side,
    unfinished,
    writer_gone,
)
from assistant.database import Database
from assistant.settings import Settings
from assistant.turns import Answer, SideEvent, Token
from index.hash_embedder import HashEmbedder
from tests.contract.conftest import Reached
from tests.support.evidence import make_evidence
from tests.support.vendor_server import Script
from tests.support.wires import Reply

QUESTION = "Who makes Phi-3?"
LATER_S = 60.0


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ConversationStore]:
    monkeypatch.setattr(recorder_module, "WRITE_EVERY_S", 0.01)
    database = Database(sa.make_url(f"sqlite:///{tmp_path / 'kept.sqlite'}"))
    yield ConversationStore(database)
    database.close()


def kept(store: ConversationStore, place: Place, later_s: float = 0.0) -> tuple[Answer, ...]:
    looking = ConversationStore(store.database, clock=lambda: time.time() + later_s)
    turns = looking.load(place.owner, place.conversation).turns
    return turns[0].answers if turns else ()


@contextlib.asynccontextmanager
async def asked(
    reached: Reached, store: ConversationStore, place: Place, text: str
) -> AsyncIterator[None]:
    """A question whose answer has come as far as this and goes no further."""
    answering = Answering(Settings(home=Path()), HashEmbedder)
    sides = answering.answer_sides(
        make_evidence(question=QUESTION), [], [reached.backend], [asyncio.Event()]
    )
    events = recorded(sides, store, place, QUESTION, [reached.backend.entry])
    async with contextlib.aclosing(events):
        reading = asyncio.ensure_future(read(events, text))
        while [answer.text for answer in kept(store, place)] != [text]:
            await asyncio.sleep(0.01)
        while len(reached.server.questions) < 1:
            await asyncio.sleep(0.01)
        yield
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def read(events: AsyncIterator[SideEvent], text: str) -> None:
    said = ""
    async for each in events:
        if isinstance(each.event, Token):
            said += each.event.text
    raise AssertionError(f"it should stall after {text!r}, not end after {said!r}")


@pytest.mark.parametrize("adapter", ["ollama", "openai", "anthropic"])
async def test_a_killed_and_a_left_answer_name_the_host_they_were_sent_to(
    reach: Callable[..., Reached], store: ConversationStore, adapter: str
) -> None:
    reached = reach(adapter)
    reached.server.play(Script(reply=Reply(("One ", "two ", "three ")), stall_after=2))
    place = Place("me", store.create("me"), 1)
    async with asked(reached, store, place, "One two "):
        (killed,) = kept(store, place, LATER_S)
    (left,) = kept(store, place)
    assert [str(answer.error) for answer in (killed, left)] == [
        str(writer_gone()),
        str(left_early()),
    ]
    for answer in (killed, left):
        receipt = answer.receipt
        assert receipt.destination == reached.backend.destination
        assert receipt.destination.startswith("127.0.0.1:")
        assert receipt.kind == reached.backend.entry.kind
        # A vendor's model does not run here, whatever stands in between.
        assert receipt.stayed_local == (adapter == "ollama")


async def test_what_ollama_passed_on_is_kept_as_gone_to_where_its_reply_said(
    reach: Callable[..., Reached], store: ConversationStore
) -> None:
    reached = reach("ollama")
    reply = Reply(("One ", "two ", "three "), remote_host="https://ollama.com:443")
    reached.server.play(Script(reply=reply, stall_after=2))
    place = Place("me", store.create("me"), 1)
    async with asked(reached, store, place, "One two "):
        (killed,) = kept(store, place, LATER_S)
    (left,) = kept(store, place)
    for answer in (killed, left):
        assert (answer.receipt.destination, answer.receipt.kind) == (
            "ollama.com",
            "open, not local",
        )
        assert not answer.receipt.stayed_local


async def test_of_a_model_server_that_has_said_nothing_yet_it_is_not_claimed_that_all_stayed(
    reach: Callable[..., Reached], store: ConversationStore
) -> None:
    reached = reach("ollama")
    reached.server.play(Script(stall_after=0))
    place = Place("me", store.create("me"), 1)
    async with asked(reached, store, place, ""):
        (killed,) = kept(store, place, LATER_S)
    assert killed.receipt.destination == reached.backend.destination
    assert not killed.receipt.stayed_local


@pytest.mark.parametrize(
    ("kept_as", "told"),
    [
        ("api.example.com:8443", "api.example.com:8443"),
        ("[::1]:11434", "[::1]:11434"),
        ("", NOT_RECORDED),
        (None, NOT_RECORDED),
        (7, NOT_RECORDED),
        ("[::", NOT_RECORDED),
        ("a host\nof two lines", NOT_RECORDED),
        ("https://u:p@a.example/?k=v", NOT_RECORDED),
    ],
)
def test_what_was_kept_is_taken_for_a_host_only_where_it_is_one(kept_as: object, told: str) -> None:
    side = read_side({"backend": "x", "kind": "open", "destination": kept_as})
    answer = unfinished(side, "One", 1.0, make_evidence(), left_early())
    assert answer.receipt.destination == told
    assert answer.receipt.stayed_local == (told == "[::1]:11434")
