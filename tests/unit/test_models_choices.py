"""The open models that could run here, and the ones that do."""

from pathlib import Path

import pytest

from assistant.backends.catalogue import load_catalogue
from assistant.backends.gguf import GgufBackend, model_path
from assistant.models import choices, find_model, hub_models, list_models, pulled_entries
from assistant.models.choices import memory_for, memory_of_this_machine
from assistant.models.pulled import backend_id
from assistant.settings import EmbeddedSettings, OllamaSettings, Settings
from corpus.errors import InputError
from tests.support.gguf_bytes import gguf_bytes


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings(home=home, ollama=OllamaSettings(base_url="http://127.0.0.1:9"))


def put(settings: Settings, name: str, content: bytes) -> Path:
    path = settings.home / "models" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_every_way_to_an_open_model_is_listed_with_its_licence(settings: Settings) -> None:
    listed = list_models(settings)
    assert {choice.via for choice in listed} == {"package", "ollama", "hub"}
    assert len({choice.name for choice in listed}) == len(listed)
    assert all(choice.licence and choice.about and choice.source for choice in listed)


def test_nobody_knows_what_ollama_has_when_it_does_not_run(settings: Settings) -> None:
    assert {c.installed for c in list_models(settings) if c.via == "ollama"} == {None}


def test_the_hub_list_names_whole_files_with_sizes(settings: Settings) -> None:
    for choice in hub_models(settings):
        assert choice.repo.count("/") == 1
        assert choice.file.endswith(".gguf")
        assert choice.download_bytes is not None
        assert 10**8 < choice.download_bytes < 10**10
        assert choice.installed is False
    sizes = [choice.download_bytes for choice in hub_models(settings)]
    assert sizes == sorted(sizes, key=lambda size: size or 0)


def test_no_two_backends_share_an_id(settings: Settings) -> None:
    files = {backend_id(choice.file) for choice in hub_models(settings)}
    assert len(files) == len(hub_models(settings))
    assert files.isdisjoint(entry.id for entry in load_catalogue(settings.home))


def test_sizes_in_the_catalogue_become_bytes(settings: Settings) -> None:
    llama = find_model("llama3.2", settings)
    assert llama.download_bytes == 2_000_000_000
    assert llama.memory_bytes == memory_for(2_000_000_000)
    assert find_model("mixtral", settings).memory_bytes is None


@pytest.mark.parametrize(("memory", "fits"), [(64 * 10**9, True), (2 * 10**9, False), (None, None)])
def test_a_model_is_compared_with_the_memory_of_the_machine(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, memory: int | None, fits: bool | None
) -> None:
    monkeypatch.setattr(choices, "memory_of_this_machine", lambda: memory)
    assert find_model("phi-3-mini-gguf", settings).fits is fits


def test_this_machine_says_how_much_memory_it_has() -> None:
    memory = memory_of_this_machine()
    assert memory is None or memory > 10**8


def test_a_file_of_the_hub_can_be_named_directly(settings: Settings) -> None:
    choice = find_model("someone/Some-GGUF/sub/some-q4.gguf", settings)
    assert (choice.via, choice.repo, choice.file) == (
        "hub",
        "someone/Some-GGUF",
        "sub/some-q4.gguf",
    )
    assert (choice.download_bytes, choice.fits) == (None, None)


@pytest.mark.parametrize(
    "name", ["", "two words", "a/../b/c.gguf", "file.gguf", "https://x/y.gguf"]
)
def test_what_is_no_name_is_refused(settings: Settings, name: str) -> None:
    with pytest.raises(InputError, match="not the name of a model"):
        find_model(name, settings)


def test_a_file_in_the_models_folder_is_a_backend_with_its_own_limits(settings: Settings) -> None:
    path = put(settings, "My Model_Q4.gguf", gguf_bytes(licence="mit", context_tokens=131_072))
    (entry,) = pulled_entries(settings)
    assert (entry.id, entry.label) == ("my-model-q4", "My Model_Q4")
    assert (entry.kind, entry.adapter, entry.licence) == ("open", "gguf", "mit")
    assert (entry.context_window_tokens, entry.max_output_tokens) == (8192, 1024)
    assert entry.price is None
    assert model_path(entry, settings) == path
    assert GgufBackend(entry, settings).destination == "this process"
    assert [c.name for c in list_models(settings) if c.via == "file"] == ["My Model_Q4.gguf"]


def test_a_file_of_the_hub_goes_by_the_name_of_the_list(settings: Settings) -> None:
    put(settings, "Phi-3-mini-4k-instruct-q4.gguf", gguf_bytes(context_tokens=4096))
    (entry,) = pulled_entries(settings)
    assert (entry.label, entry.licence) == ("Phi-3 mini, 4-bit file", "MIT")
    assert entry.context_window_tokens == 4096
    assert find_model("phi-3-mini-gguf", settings).installed is True


def test_files_that_hold_no_language_model_are_left_out(settings: Settings) -> None:
    put(settings, "cut.gguf", gguf_bytes()[:200])
    put(settings, "page.gguf", b"<html>")
    put(
        settings,
        "vision.gguf",
        gguf_bytes().replace(b"llama.context_length", b"llama.context_width_"),
    )
    put(settings, "big-00002-of-00003.gguf", gguf_bytes())
    put(settings, "toy.gguf.part", gguf_bytes())
    assert pulled_entries(settings) == ()


def test_the_users_own_file_is_a_backend_wherever_it_is(tmp_path: Path, settings: Settings) -> None:
    own = tmp_path / "elsewhere.gguf"
    own.write_bytes(gguf_bytes())
    with_own = settings.model_copy(update={"embedded": EmbeddedSettings(gguf_path=own)})
    (entry,) = pulled_entries(with_own)
    assert (entry.id, entry.model) == ("elsewhere", "elsewhere.gguf")
    assert model_path(entry, with_own) == own
