"""Downloading a model file: whole, checked, resumed, or not there at all."""

import contextlib
import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.backends.errors import (
    AuthRejected,
    BackendBusy,
    BackendUnreachable,
    BadReply,
    ModelMissing,
    RateLimited,
    StreamInterrupted,
)
from assistant.backends.pulling import PullProgress
from assistant.models import find_model, pull_hub, pulled_entries
from assistant.settings import HubSettings, Settings, TimeoutSettings
from corpus.errors import ConfigError, CounterpointError, DiskFull, InputError
from tests.support.gguf_bytes import gguf_bytes
from tests.support.hub_server import HubServer

NAME = "owner/Toy-GGUF/toy.gguf"
CONTENT = gguf_bytes(weights=bytes(range(256)) * 12_000)
MIB = 2**20


def settings_for(home: Path, url: str) -> Settings:
    return Settings(
        home=home,
        hub=HubSettings(base_url=url),
        timeouts=TimeoutSettings(between_tokens_s=2, connect_s=2, health_s=0.2),
    )


@contextlib.asynccontextmanager
async def hub(home: Path, server: HubServer) -> AsyncIterator[Settings]:
    async with server:
        yield settings_for(home, server.url)


async def pull(settings: Settings) -> list[PullProgress]:
    return [step async for step in pull_hub(find_model(NAME, settings), settings)]


def files(home: Path) -> set[str]:
    """The files in the models folder, without the lock."""
    return {p.name for p in (home / "models").iterdir() if p.suffix != ".lock"}


@pytest.mark.parametrize("redirect", [True, False])
async def test_a_file_is_downloaded_checked_and_offered_as_a_backend(
    home: Path, redirect: bool
) -> None:
    server = HubServer(content=CONTENT, redirect=redirect)
    async with hub(home, server) as settings:
        steps = await pull(settings)
    assert (home / "models" / "toy.gguf").read_bytes() == CONTENT
    assert files(home) == {"toy.gguf"}
    assert [step.status for step in steps][:2] == ["looking it up", "downloading"]
    assert steps[-1] == PullProgress("done", len(CONTENT), len(CONTENT), finished=True)
    done = [step.done_bytes for step in steps if step.status == "downloading"]
    assert done == sorted(done, key=lambda count: count or 0)
    assert len(done) >= 3
    (entry,) = pulled_entries(settings)
    assert (entry.id, entry.adapter, entry.model) == ("toy", "gguf", "toy.gguf")
    assert find_model(NAME, settings).installed


async def test_a_file_comes_into_the_models_folder_whatever_folders_its_name_has(
    home: Path,
) -> None:
    server = HubServer(content=CONTENT)
    async with hub(home, server) as settings:
        choice = replace(find_model(NAME, settings), file="../../toy.gguf")
        # Wherever the hub has it: what counts is where it would be put.
        with contextlib.suppress(CounterpointError):
            [step async for step in pull_hub(choice, settings)]
    inside = (home / "models").resolve()
    made = [path for path in home.parent.rglob("*") if path.is_file()]
    assert made
    assert [path for path in made if not path.resolve().is_relative_to(inside)] == []


async def test_a_file_that_is_here_is_not_downloaded_again(home: Path) -> None:
    server = HubServer(content=CONTENT)
    async with hub(home, server) as settings:
        await pull(settings)
        asked = len(server.asked)
        steps = await pull(settings)
    assert [step.status for step in steps] == ["already here"]
    assert steps[-1].finished
    assert len(server.asked) == asked


async def test_a_connection_that_breaks_is_taken_up_where_it_broke(home: Path) -> None:
    server = HubServer(content=CONTENT, drops=[MIB + 100_000, 300_000])
    async with hub(home, server) as settings:
        steps = await pull(settings)
    assert (home / "models" / "toy.gguf").read_bytes() == CONTENT
    assert [step.status for step in steps].count("connecting again") == 2
    assert len(server.ranges_asked) == 2
    assert steps[-1].finished


async def test_a_connection_that_brings_nothing_is_an_error_that_keeps_the_part(
    home: Path,
) -> None:
    server = HubServer(content=CONTENT, drops=[MIB, 0, 0])
    async with hub(home, server) as settings:
        with pytest.raises(StreamInterrupted, match="broke off after 1 MB"):
            await pull(settings)
        assert files(home) == {"toy.gguf.part", "toy.gguf.part.json"}
        server.drops.clear()
        await pull(settings)
    assert server.ranges_asked[-1] == f"bytes={MIB}-"
    assert (home / "models" / "toy.gguf").read_bytes() == CONTENT


async def test_cancelling_keeps_the_part_and_the_next_pull_goes_on_from_there(home: Path) -> None:
    server = HubServer(content=CONTENT, hang_after=MIB + 5)
    async with hub(home, server) as settings:
        async with contextlib.aclosing(pull_hub(find_model(NAME, settings), settings)) as steps:
            async for step in steps:
                if (step.done_bytes or 0) >= MIB:
                    break
        await server.left.wait()
        assert (home / "models" / "toy.gguf.part").stat().st_size >= MIB
        assert not (home / "models" / "toy.gguf").exists()
        server.hang_after = None
        await pull(settings)
    assert server.ranges_asked == [f"bytes={MIB + 5}-"]
    assert (home / "models" / "toy.gguf").read_bytes() == CONTENT


async def test_a_hub_that_falls_silent_is_an_error(home: Path) -> None:
    server = HubServer(content=CONTENT, hang_after=0)
    async with hub(home, server) as settings:
        quick = settings.model_copy(update={"timeouts": TimeoutSettings(between_tokens_s=0.05)})
        with pytest.raises(BackendUnreachable):
            await pull(quick)


async def test_a_damaged_download_is_thrown_away(home: Path) -> None:
    server = HubServer(content=CONTENT, damage=True)
    async with hub(home, server) as settings:
        with pytest.raises(BadReply, match="thrown away"):
            await pull(settings)
        assert files(home) == set()
        assert pulled_entries(settings) == ()
        server.damage = False
        assert (await pull(settings))[-1].finished


async def test_a_part_of_another_version_is_not_gone_on_with(home: Path) -> None:
    server = HubServer(content=CONTENT[::-1], drops=[MIB, 0])
    async with hub(home, server) as settings:
        with pytest.raises(StreamInterrupted):
            await pull(settings)
        server.drops.clear()
        server.content = CONTENT
        await pull(settings)
    assert (home / "models" / "toy.gguf").read_bytes() == CONTENT


async def test_a_server_that_ignores_ranges_makes_it_begin_again(home: Path) -> None:
    server = HubServer(content=CONTENT, ranges=False, drops=[MIB])
    async with hub(home, server) as settings:
        await pull(settings)
    assert len(server.ranges_asked) == 1
    assert (home / "models" / "toy.gguf").read_bytes() == CONTENT


async def test_without_a_checksum_the_server_compares_the_version_and_it_is_said(
    home: Path,
) -> None:
    server = HubServer(content=CONTENT, checksum="none", drops=[MIB])
    async with hub(home, server) as settings:
        steps = await pull(settings)
    assert "was not checked" in steps[-1].status
    resumed = [asked for asked in server.asked if "range" in asked.headers]
    assert resumed[-1].headers["if-range"] == server.etag
    assert (home / "models" / "toy.gguf").read_bytes() == CONTENT


async def test_a_new_version_without_a_checksum_begins_again(home: Path) -> None:
    server = HubServer(content=CONTENT[::-1], checksum="none", drops=[MIB, 0], etag='"old"')
    async with hub(home, server) as settings:
        with pytest.raises(StreamInterrupted):
            await pull(settings)
        server.drops.clear()
        server.content, server.etag = CONTENT, '"new"'
        await pull(settings)
    assert (home / "models" / "toy.gguf").read_bytes() == CONTENT


async def test_a_part_that_is_complete_is_only_checked(home: Path) -> None:
    server = HubServer(content=CONTENT)
    async with hub(home, server) as settings:
        await pull(settings)
        folder = home / "models"
        (folder / "toy.gguf").rename(folder / "toy.gguf.part")
        version = server_checksum(server)
        (folder / "toy.gguf.part.json").write_text(json.dumps({"version": version}))
        steps = await pull(settings)
    assert steps[-1].finished
    assert files(home) == {"toy.gguf"}
    assert server.ranges_asked == [f"bytes={len(CONTENT)}-"]


def server_checksum(server: HubServer) -> str:
    import hashlib

    return hashlib.sha256(server.content).hexdigest()


async def test_a_file_that_is_no_model_is_not_kept(home: Path) -> None:
    server = HubServer(content=b"not a model at all " * 5_000)
    async with hub(home, server) as settings:
        with pytest.raises(ConfigError, match="not a GGUF file"):
            await pull(settings)
    assert files(home) == set()


async def test_too_little_room_is_told_before_the_first_byte(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage("/")._replace(free=150_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    async with hub(home, HubServer(content=CONTENT)) as settings:
        with pytest.raises(DiskFull, match=r"0\.2 GB are free|0\.1 GB are free"):
            await pull(settings)
    assert files(home) == set()


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ("401 Unauthorized", AuthRejected),
        ("403 Forbidden", AuthRejected),
        ("404 Not Found", ModelMissing),
        ("429 Too Many Requests", RateLimited),
        ("503 Service Unavailable", BackendBusy),
        ("204 No Content", BadReply),
    ],
)
async def test_a_refusal_of_the_hub_is_typed(
    home: Path, status: str, error: type[CounterpointError]
) -> None:
    async with hub(home, HubServer(content=CONTENT, status=status)) as settings:
        with pytest.raises(error) as caught:
            await pull(settings)
    assert caught.value.cure


@pytest.mark.parametrize(
    "location", ["http://models.example.com/x", "ftp://127.0.0.1/x", "file:///etc/passwd", "//[x"]
)
async def test_a_redirect_to_an_open_address_is_not_followed(home: Path, location: str) -> None:
    async with hub(home, HubServer(content=CONTENT, location=location)) as settings:
        with pytest.raises(ConfigError, match="not encrypted"):
            await pull(settings)


async def test_a_ring_of_redirects_ends(home: Path) -> None:
    server = HubServer(content=CONTENT, location="/owner/Toy-GGUF/resolve/main/toy.gguf")
    async with hub(home, server) as settings:
        with pytest.raises(BadReply, match="one address to the next"):
            await pull(settings)
    assert len(server.asked) == 6


@pytest.mark.parametrize("url", ["http://hub.example.com", "nonsense", "https://user@hub.example"])
async def test_a_hub_address_that_is_not_safe_is_refused(home: Path, url: str) -> None:
    with pytest.raises(ConfigError, match="not encrypted"):
        await pull(settings_for(home, url))


async def test_a_hub_that_is_not_there_is_unreachable(home: Path) -> None:
    async with HubServer(content=CONTENT) as server:
        url = server.url
    with pytest.raises(BackendUnreachable):
        await pull(settings_for(home, url))


async def test_two_downloads_of_one_file_do_not_mix(home: Path) -> None:
    server = HubServer(content=CONTENT, hang_after=MIB)
    async with hub(home, server) as settings:
        choice = find_model(NAME, settings)
        async with contextlib.aclosing(pull_hub(choice, settings)) as first:
            await anext(first)
            with pytest.raises(ConfigError, match="being downloaded already"):
                await pull(settings)


async def test_a_folder_that_cannot_be_written_is_named(home: Path) -> None:
    home.mkdir()
    (home / "models").write_text("a file in the way")
    async with hub(home, HubServer(content=CONTENT)) as settings:
        with pytest.raises(ConfigError, match="cannot be written"):
            await pull(settings)


async def test_a_model_of_ollama_is_not_asked_of_the_hub(home: Path) -> None:
    settings = settings_for(home, "http://127.0.0.1:9")
    with pytest.raises(InputError, match="not a model of the hub"):
        [step async for step in pull_hub(find_model("llama3.2", settings), settings)]
