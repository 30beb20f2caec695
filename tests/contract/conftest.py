"""One loopback server and one backend per adapter, the same for every contract test."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from assistant.backends.base import Backend, BackendRequest, Delta, Done, Message, TextDelta
from assistant.backends.catalogue import BackendEntry, DataPolicy
from assistant.backends.registry import open_backend
from assistant.settings import Settings, TimeoutSettings
from tests.support.canary import CANARY
from tests.support.evidence import make_evidence
from tests.support.postgres import RunningPostgres, postgres_programs
from tests.support.vendor_server import VendorServer
from tests.support.wires import WireName

SECRET = f"sk-{CANARY}-4f1d"
KEY_VARIABLES = {
    "openai": "OPENAI_API_KEY",
    "anthropic": "ANTHROPIC_API_KEY",
    "google": "GOOGLE_API_KEY",
    "xai": "XAI_API_KEY",
    "mistral": "MISTRAL_API_KEY",
}
ADAPTERS = ("ollama", "openai", "anthropic", "google", "xai", "mistral", "openai-compatible")
VENDORS = tuple(KEY_VARIABLES)
# For what does come: longer than any test waits for the end of something else.
PATIENT = TimeoutSettings(
    connect_s=60, first_token_local_s=60, first_token_vendor_s=60, between_tokens_s=60
)
# A call that gave up for another limit than that of these took longer; a busy machine does not.
SOON_S = 6.0
# For what never comes.
IMPATIENT = TimeoutSettings(
    connect_s=0.5, first_token_local_s=0.3, first_token_vendor_s=0.3, between_tokens_s=0.3
)
# For what comes at first and then no more: the first of it may take its time.
IMPATIENT_LATER = PATIENT.model_copy(update={"between_tokens_s": 1.0})


class Reached(NamedTuple):
    """A backend and the server behind it."""

    backend: Backend
    server: VendorServer
    wire: WireName


def entry_of(adapter: str, **changes: object) -> BackendEntry:
    """An entry for an adapter."""
    fields: dict[str, object] = {
        "id": f"test-{adapter}",
        "label": f"Test {adapter}",
        "kind": "open" if adapter == "ollama" else "proprietary",
        "adapter": adapter,
        "provider": "The vendor",
        "model": "llama3.2" if adapter == "ollama" else "stand-in-1",
        "context_window_tokens": 8000,
        "max_output_tokens": 500,
        "licence": "none (closed)",
        "weights_available": False,
        "data": DataPolicy(training="Unknown.", retention="Unknown."),
        "key_variable": KEY_VARIABLES.get(adapter),
    }
    return BackendEntry.model_validate(fields | changes)


def ask(text: str = "Who makes Phi-3?", tokens: int = 60) -> BackendRequest:
    """A request with all roles in it."""
    return BackendRequest(
        messages=(
            Message("system", "Answer from the passages."),
            Message("user", "Who makes Grok?"),
            Message("assistant", "xAI."),
            Message("user", text),
        ),
        evidence=make_evidence(),
        max_output_tokens=200,
        context_window_tokens=8000,
        prompt_tokens_estimate=tokens,
    )


async def collect(backend: Backend) -> tuple[str, Done]:
    """The whole answer and its end marker."""
    deltas: list[Delta] = [delta async for delta in backend.stream(ask())]
    assert isinstance(deltas[-1], Done)
    assert all(isinstance(delta, TextDelta) for delta in deltas[:-1])
    return "".join(d.text for d in deltas if isinstance(d, TextDelta)), deltas[-1]


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


@pytest.fixture
def server() -> Iterator[VendorServer]:
    with VendorServer() as running:
        yield running


@pytest.fixture
def reach(
    server: VendorServer, home: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Reached]:
    """Opens a backend of an adapter over the server, with the vendor's key set."""

    def open_one(
        adapter: str, timeouts: TimeoutSettings = PATIENT, url: str | None = None, **changes: object
    ) -> Reached:
        if variable := KEY_VARIABLES.get(adapter):
            monkeypatch.setenv(variable, SECRET)
        entry = entry_of(adapter, **changes)
        urls = {entry.id: url or server.base_url(adapter)}
        settings = Settings(home=home, base_urls=urls, timeouts=timeouts)
        wire: WireName = "openai" if adapter == "openai-compatible" else adapter  # type: ignore[assignment]
        return Reached(open_backend(entry, settings, _no_embedder), server, wire)

    return open_one


@pytest.fixture(params=ADAPTERS)
def adapter(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def reached(adapter: str, reach: Callable[..., Reached]) -> Reached:
    return reach(adapter)


def _no_embedder() -> None:
    raise AssertionError("a language model needs no embedder")


@pytest.fixture(scope="session")
def postgres() -> Iterator[RunningPostgres]:
    programs = postgres_programs()
    if programs is None:
        pytest.skip("PostgreSQL's server is not installed")
    pytest.importorskip("psycopg", reason="the driver for PostgreSQL is not installed")
    server = RunningPostgres(programs)
    try:
        server.start()
        yield server
    finally:
        server.remove()
