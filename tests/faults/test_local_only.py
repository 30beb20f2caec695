"""With an open backend chosen, nothing leaves the machine: every connection is watched."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.settings import Settings
from assistant.turns import Finished
from assistant.wiring import Assistant, open_assistant
from tests.support.vendor_server import VendorServer

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


def test_the_watch_hears_a_call_that_is_really_made(
    connections: list[tuple[str, object]], built_home: Path
) -> None:
    with VendorServer() as server:
        urls = {"gpt-6.2-sol": server.base_url("openai")}
        ask(open_assistant(Settings(home=built_home, base_urls=urls)), "gpt-6.2-sol")
        assert ("127.0.0.1", server.port) in addresses(connections)
