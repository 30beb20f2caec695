"""With an open backend chosen, nothing leaves the machine: every connection is watched."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import pytest

from assistant.conversations import ConversationStore, Place, recorded
from assistant.conversations.export import to_json, to_markdown
from assistant.database import open_database
from assistant.settings import Settings
from assistant.turns import Finished, SideEvent, Status
from assistant.wiring import Assistant, open_assistant
from eval.taste.ballots import Choice
from eval.taste.sitting import Sitting, write
from eval.taste.votes import open_votes
from tests.support.vendor_server import VendorServer
from ui.web.render.share import to_html

pytestmark = pytest.mark.model

KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GOOGLE_API_KEY", "XAI_API_KEY", "MISTRAL_API_KEY")
TRAPS = {
    "HTTP_PROXY": "http://proxy.example:3128",
    "HTTPS_PROXY": "http://proxy.example:3128",
    "ALL_PROXY": "http://proxy.example:3128",
    "LANGSMITH_API_KEY": "ls-canary",
    "LANGCHAIN_API_KEY": "ls-canary",
}

watched: list[tuple[str, object]] | None = None


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if watched is not None and event in {"socket.connect", "socket.getaddrinfo", "socket.sendto"}:
        watched.append((event, arguments[1] if event != "socket.getaddrinfo" else arguments[:2]))


sys.addaudithook(_watch)  # it cannot be taken away again, so it listens only while asked to


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, object]]]:
    """Every connection and look-up of this process, with all vendors' keys and proxies set."""
    global watched  # noqa: PLW0603  the hook is the process's, not the test's
    for name in KEYS:
        monkeypatch.setenv(name, "sk-canary")
    for name, value in TRAPS.items():
        monkeypatch.setenv(name, value)
    watched = []
    yield watched
    watched = None


def ask(assistant: Assistant, backend: str) -> Finished:
    async def run() -> Finished:
        events = assistant.ask("Who makes Falcon?", (), backend, asyncio.Event())
        last = [event async for event in events][-1]
        assert isinstance(last, Finished)
        return last

    return asyncio.run(run())


def addresses(connections: list[tuple[str, object]]) -> set[object]:
    return {target for _, target in connections}


def test_ollama_chosen_means_connections_to_ollama_alone(
    connections: list[tuple[str, object]], built_home: Path
) -> None:
    with VendorServer() as server:
        urls = {"llama3.2": server.base_url("ollama")}
        assistant = open_assistant(Settings(home=built_home, base_urls=urls))
        answer = ask(assistant, "llama3.2").answer
        assert addresses(connections) == {("127.0.0.1", server.port)}
    assert answer.receipt.stayed_local
    assert len(server.questions) == 1


def test_the_built_in_reader_makes_no_connection_at_all(
    connections: list[tuple[str, object]], built_home: Path
) -> None:
    answer = ask(open_assistant(Settings(home=built_home)), "reader").answer
    assert connections == []
    assert answer.receipt.destination == "this process"


def test_smollm2_stays_on_the_loopback_address_it_listens_on(
    connections: list[tuple[str, object]], built_home: Path
) -> None:
    ask(open_assistant(Settings(home=built_home)), "smollm2")
    hosts = {str(target[0]) for target in addresses(connections) if isinstance(target, tuple)}
    assert hosts == {"127.0.0.1"}


def test_a_preview_of_both_sides_connects_to_nobody(
    connections: list[tuple[str, object]], built_home: Path
) -> None:
    assistant = open_assistant(Settings(home=built_home))
    shown = asyncio.run(assistant.preview("Who makes Falcon?", (), ["reader", "gpt-6.2-sol"]))
    assert connections == []
    assert "Falcon" in shown.messages[-1].content
    assert shown.sides[1].destination == "api.openai.com"


def test_a_conversation_that_is_kept_asked_again_and_given_away_stays_here(
    connections: list[tuple[str, object]], built_home: Path, tmp_path: Path
) -> None:
    assistant = open_assistant(Settings(home=built_home))
    store = ConversationStore(open_database(Settings(home=tmp_path)))
    made = store.create("me")
    question, asked = "Who makes Falcon?", ["reader", "reader"]
    stops = [asyncio.Event(), asyncio.Event()]

    async def keep(events: AsyncGenerator[SideEvent, None], position: int, number: int) -> None:
        entries = [assistant.entry("reader")] * number
        place = Place("me", made, 1, position)
        async for _ in recorded(events, store, place, question, entries):
            pass

    async def run() -> None:
        await keep(assistant.ask_sides(question, (), asked, stops), 0, 2)
        evidence = store.load("me", made).turns[0].evidence
        again = assistant.answer_sides(evidence, (), ["reader"], stops[:1], beside=["gpt-6.2-sol"])
        await keep(again, 2, 1)

    asyncio.run(run())
    kept = store.load("me", made)
    assert [answer.status for answer in kept.turns[0].answers] == [Status.FINISHED] * 3
    assert "Falcon" in to_html(kept) + to_markdown(kept) + to_json(kept)
    assert connections == []


def test_a_round_of_the_taste_test_between_open_models_stays_on_this_machine(
    connections: list[tuple[str, object]], built_home: Path, tmp_path: Path
) -> None:
    with VendorServer() as server:
        urls = {"llama3.2": server.base_url("ollama")}
        assistant = open_assistant(Settings(home=built_home, base_urls=urls))
        sitting = Sitting(("reader", "llama3.2"), ("Who makes Falcon?",))
        current = sitting.begin()
        asyncio.run(write(assistant, current, asyncio.Event()))
        current.cast(Choice.A, sitting.id, 1.0)
        current.reveal(None, 2.0)
        assert current.vote is not None
        open_votes(Settings(home=tmp_path)).keep("me", current.vote)
        assert addresses(connections) == {("127.0.0.1", server.port)}


def test_the_watch_hears_a_call_that_is_really_made(
    connections: list[tuple[str, object]], built_home: Path
) -> None:
    with VendorServer() as server:
        urls = {"gpt-6.2-sol": server.base_url("openai")}
        ask(open_assistant(Settings(home=built_home, base_urls=urls)), "gpt-6.2-sol")
        assert ("127.0.0.1", server.port) in addresses(connections)
