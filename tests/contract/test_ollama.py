"""What holds for Ollama alone."""

from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.backends.base import BackendRequest, HealthState, Message, TextDelta
from assistant.backends.errors import StreamInterrupted
from assistant.backends.ollama import window_of
from assistant.backends.registry import open_backend
from assistant.settings import OllamaSettings, Settings
from corpus.errors import ConfigError
from tests.contract.conftest import Reached, ask, collect, entry_of
from tests.support.evidence import make_evidence
from tests.support.vendor_server import Script, VendorServer
from tests.support.wires import Reply


@pytest.fixture
def ollama(reach: Callable[..., Reached]) -> Reached:
    return reach("ollama")


def request_of(prompt_tokens: int, window: int = 16000) -> BackendRequest:
    return BackendRequest((Message("user", "x"),), make_evidence(), 500, window, prompt_tokens)


@pytest.mark.parametrize(
    ("prompt_tokens", "window", "expected"),
    [(10, 16000, 4096), (3596, 16000, 4096), (3597, 16000, 8192), (3000, 2048, 2048)],
)
def test_the_window_holds_prompt_and_answer_in_steps_and_never_passes_the_models(
    prompt_tokens: int, window: int, expected: int
) -> None:
    assert window_of(request_of(prompt_tokens, window)) == expected


async def test_the_window_is_always_set_and_nothing_may_be_cut(ollama: Reached) -> None:
    await collect(ollama.backend)
    body = ollama.server.questions[0].body
    assert body["options"]["num_ctx"] == 4096
    assert body["options"]["num_predict"] == 200
    assert (body["truncate"], body["shift"]) == (False, False)


async def test_a_reply_from_elsewhere_is_labelled(ollama: Reached) -> None:
    ollama.server.play(Script(reply=Reply(("a",), remote_host="https://ollama.com:443")))
    _, done = await collect(ollama.backend)
    assert done.remote_host == "ollama.com"


async def test_a_reply_from_elsewhere_is_labelled_although_it_breaks_off(ollama: Reached) -> None:
    reply = Reply(("a ", "b ", "c "), remote_host="https://ollama.com:443")
    ollama.server.play(Script(reply=reply, drop_after=2))
    pieces: list[TextDelta] = []
    with pytest.raises(StreamInterrupted):
        async for delta in ollama.backend.stream(ask()):
            assert isinstance(delta, TextDelta)
            pieces.append(delta)
    assert {piece.remote_host for piece in pieces} == {"ollama.com"}


async def test_a_local_reply_has_no_remote_host_and_says_how_long_loading_took(
    ollama: Reached,
) -> None:
    _, done = await collect(ollama.backend)
    assert done.remote_host is None
    assert done.usage.load_s == 0.25


async def test_health_knows_ready(ollama: Reached) -> None:
    health = await ollama.backend.health()
    assert health.state is HealthState.READY
    assert "0.30.0" in health.detail
    assert [r.method for r in ollama.server.requests] == ["GET", "GET"]


async def test_health_names_the_command_for_a_model_that_is_missing(
    reach: Callable[..., Reached],
) -> None:
    health = await reach("ollama", model="gemma3").backend.health()
    assert health.state is HealthState.MODEL_MISSING
    assert health.cure == "Run: ollama pull gemma3"
    assert "llama3.2:latest" in health.detail


async def test_health_names_the_command_when_ollama_does_not_run(
    reach: Callable[..., Reached],
) -> None:
    health = await reach("ollama", url="http://127.0.0.1:9").backend.health()
    assert health.state is HealthState.NOT_RUNNING
    assert "ollama serve" in health.cure


async def test_health_tells_that_a_model_runs_in_the_cloud(home: Path) -> None:
    remote = {"name": "big:latest", "remote_host": "https://ollama.com:443"}
    with VendorServer(models=(remote,)) as server:
        settings = Settings(home=home, ollama=OllamaSettings(base_url=server.base_url("ollama")))
        backend = open_backend(entry_of("ollama", model="big"), settings, lambda: None)  # type: ignore[arg-type,return-value]
        assert "elsewhere" in (await backend.health()).detail


async def test_an_address_beyond_this_machine_is_refused_until_it_is_allowed(home: Path) -> None:
    far = "http://ollama.example:11434"
    refused = Settings(home=home, ollama=OllamaSettings(base_url=far))
    backend = open_backend(entry_of("ollama"), refused, lambda: None)  # type: ignore[arg-type,return-value]
    with pytest.raises(ConfigError, match="beyond this machine"):
        await anext(aiter(backend.stream(ask())))
    assert "allow_remote" in (await backend.health()).cure
    allowed = Settings(home=home, ollama=OllamaSettings(base_url=far, allow_remote=True))
    backend = open_backend(entry_of("ollama"), allowed, lambda: None)  # type: ignore[arg-type,return-value]
    assert backend.destination == "ollama.example:11434"


@pytest.mark.parametrize("model", ["gpt-oss:120b-cloud", "qwen3:cloud"])
def test_a_cloud_model_is_not_an_open_backend(model: str, home: Path) -> None:
    with pytest.raises(ConfigError, match="does not run on this machine"):
        open_backend(entry_of("ollama", model=model), Settings(home=home), lambda: None)  # type: ignore[arg-type,return-value]
