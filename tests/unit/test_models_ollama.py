"""Having Ollama pull a model: progress, an end, and no cloud."""

import asyncio
import contextlib
from pathlib import Path

import pytest

from assistant.backends.errors import (
    BackendBusy,
    BackendUnreachable,
    BadReply,
    ModelMissing,
    StreamInterrupted,
)
from assistant.backends.ollama_models import installed_tags, is_cloud_tag, same_model
from assistant.models import PullProgress, find_model, list_models, pull_ollama
from assistant.settings import OllamaSettings, Settings, TimeoutSettings
from corpus.errors import ConfigError, CounterpointError, InputError
from tests.support.hub_server import OllamaServer

LAYERS: tuple[dict[str, object], ...] = (
    {"status": "pulling manifest"},
    {"status": "pulling aaa", "digest": "sha256:aaa", "total": 900},
    {"status": "pulling aaa", "digest": "sha256:aaa", "total": 900, "completed": 400},
    {"status": "pulling aaa", "digest": "sha256:aaa", "total": 900, "completed": 900},
    {"status": "pulling bbb", "digest": "sha256:bbb", "total": 100, "completed": 100},
    {"status": "verifying sha256 digest"},
    {"status": "writing manifest"},
)
SUCCESS: dict[str, object] = {"status": "success"}


def settings_for(home: Path, url: str) -> Settings:
    return Settings(
        home=home,
        ollama=OllamaSettings(base_url=url),
        timeouts=TimeoutSettings(connect_s=2, health_s=1),
    )


async def pull(name: str, settings: Settings) -> list[PullProgress]:
    return [step async for step in pull_ollama(name, settings)]


async def test_the_bytes_of_all_parts_are_added_up_to_the_end(home: Path) -> None:
    async with OllamaServer(lines=(*LAYERS, SUCCESS)) as server:
        steps = await pull("llama3.2:1b", settings_for(home, server.url))
    assert [(s.status, s.done_bytes, s.total_bytes) for s in steps] == [
        ("looking it up", None, None),
        ("downloading", 0, 900),
        ("downloading", 400, 900),
        ("downloading", 900, 900),
        ("downloading", 1000, 1000),
        ("checking", 1000, 1000),
        ("saving", 1000, 1000),
        ("done", 1000, 1000),
    ]
    assert [step.finished for step in steps] == [False] * 7 + [True]
    assert b'"llama3.2:1b"' in server.asked[0].body


async def test_no_key_of_the_environment_is_sent(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_API_KEY", "secret-of-the-user")
    async with OllamaServer(lines=(SUCCESS,)) as server:
        await pull("phi3", settings_for(home, server.url))
    assert "secret" not in str(server.asked[0].headers)


async def test_a_pull_that_ends_without_its_end_is_not_done(home: Path) -> None:
    async with OllamaServer(lines=LAYERS) as server:
        with pytest.raises(StreamInterrupted, match="broke off before phi3 was complete"):
            await pull("phi3", settings_for(home, server.url))


async def test_closing_the_iterator_ends_the_pull_upstream(home: Path) -> None:
    async with OllamaServer(lines=LAYERS, hang=True) as server:
        settings = settings_for(home, server.url)
        async with contextlib.aclosing(pull_ollama("phi3", settings)) as steps:
            first = await anext(steps)
            assert not server.left.is_set()
        await server.left.wait()
    assert not first.finished


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ({"error": "pull model manifest: file does not exist"}, ModelMissing),
        ({"error": "<b>max retries exceeded</b>"}, BackendBusy),
    ],
)
async def test_what_ollama_says_went_wrong_is_typed_and_not_repeated(
    home: Path, line: dict[str, object], error: type[CounterpointError]
) -> None:
    async with OllamaServer(lines=(*LAYERS, line)) as server:
        with pytest.raises(error) as caught:
            await pull("nosuch", settings_for(home, server.url))
    assert "<b>" not in str(caught.value)
    assert caught.value.cure


async def test_an_error_before_the_pull_is_typed(home: Path) -> None:
    async with OllamaServer(status="500 Internal Server Error") as server:
        with pytest.raises(BackendBusy) as caught:
            await pull("phi3", settings_for(home, server.url))
    assert "script" not in str(caught.value)


async def test_another_service_at_the_address_is_recognised(home: Path) -> None:
    async with OllamaServer(page=b"<html>Welcome</html>") as server:
        settings = settings_for(home, server.url)
        with pytest.raises(BadReply, match="is not Ollama"):
            await pull("phi3", settings)
        assert await asyncio.to_thread(installed_tags, settings) is None


async def test_an_ollama_that_does_not_run_is_unreachable(home: Path) -> None:
    async with OllamaServer() as server:
        url = server.url
    with pytest.raises(BackendUnreachable, match="does not run"):
        await pull("phi3", settings_for(home, url))
    assert installed_tags(settings_for(home, url)) is None


@pytest.mark.parametrize("name", ["gpt-oss:120b-cloud", "glm-4.6:cloud", "X:CLOUD"])
async def test_a_cloud_tag_is_refused_because_it_is_not_local(home: Path, name: str) -> None:
    async with OllamaServer(lines=(SUCCESS,)) as server:
        with pytest.raises(InputError, match="does not run on this machine"):
            await pull(name, settings_for(home, server.url))
    assert server.asked == []


@pytest.mark.parametrize("name", ["", "two words", "../up", "-x", "a\nb"])
async def test_what_is_no_name_is_not_sent(home: Path, name: str) -> None:
    async with OllamaServer(lines=(SUCCESS,)) as server:
        with pytest.raises(InputError, match="not a model's name"):
            await pull(name, settings_for(home, server.url))
    assert server.asked == []


async def test_an_ollama_beyond_this_machine_must_be_allowed(home: Path) -> None:
    with pytest.raises(ConfigError, match="beyond this machine"):
        await pull("phi3", settings_for(home, "http://192.0.2.1:11434"))


def test_names_without_a_tag_mean_the_latest() -> None:
    assert same_model("llama3.2", "llama3.2:latest")
    assert not same_model("llama3.2", "llama3.2:1b")
    assert is_cloud_tag("gpt-oss:20b-cloud")
    assert not is_cloud_tag("cloudy:7b")


async def test_the_list_says_what_ollama_has(home: Path) -> None:
    async with OllamaServer(tags=("llama3.2:latest", "gpt-oss:120b-cloud", "own:1b")) as server:
        settings = settings_for(home, server.url)
        choices = await asyncio.to_thread(list_models, settings)
        own = await asyncio.to_thread(find_model, "own:1b", settings)
    here = {choice.name: choice.installed for choice in choices if choice.via == "ollama"}
    assert here["llama3.2"] is True
    assert here["llama3.2:1b"] is False
    assert not any("cloud" in name for name in here)
    assert (own.via, own.installed, own.download_bytes) == ("ollama", True, None)
