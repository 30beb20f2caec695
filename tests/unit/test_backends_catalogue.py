from datetime import date
from pathlib import Path

import pytest

from assistant.backends.catalogue import BackendEntry, load_catalogue
from assistant.backends.registry import open_backend
from assistant.settings import Settings
from corpus.errors import ConfigError
from index.embedder import Embedder

SHIPPED = load_catalogue(Path("nowhere"))
OWN = """
[[backend]]
id = "my-gateway"
label = "Company gateway"
kind = "open"
adapter = "openai-compatible"
provider = "My company"
model = "large-1"
base_url = "https://llm.example.com/v1"
context_window_tokens = 32000
max_output_tokens = 2000
licence = "Apache-2.0"
weights_available = true
data = { training = "Not trained on.", retention = "Kept for 30 days." }
"""


def load(home: Path, text: str) -> dict[str, BackendEntry]:
    home.mkdir(parents=True)
    (home / "backends.toml").write_text(text, encoding="utf-8")
    return {entry.id: entry for entry in load_catalogue(home)}


def no_embedder() -> Embedder:
    raise AssertionError


def test_ids_are_unique_and_the_first_open_backend_needs_nothing() -> None:
    ids = [entry.id for entry in SHIPPED]
    assert len(ids) == len(set(ids))
    assert SHIPPED[0].adapter == "reader"


@pytest.mark.parametrize(
    ("system", "adapter"),
    [
        ("llama3.2", "ollama"),
        ("mistral", "ollama"),
        ("mixtral", "ollama"),
        ("falcon", "ollama"),
        ("phi3", "ollama"),
        ("gpt-4", "openai"),
        ("claude-opus-5-5", "anthropic"),
        ("gemini-2.5-pro", "google"),
        ("grok-4.7", "xai"),
        ("mistral-large-latest", "mistral"),
        ("gpt-oss:20b", "ollama"),
    ],
)
def test_each_system_of_the_lesson_has_an_entry(system: str, adapter: str) -> None:
    assert [e.adapter for e in SHIPPED if e.model == system] == [adapter]


@pytest.mark.parametrize("entry", SHIPPED, ids=lambda entry: entry.id)
def test_a_price_has_a_source_and_unknown_is_never_zero(entry: BackendEntry) -> None:
    price = entry.price
    if entry.kind == "open":
        assert price is None
        return
    for amount in (price and price.input, price and price.output, price and price.cached_input):
        assert amount is None or amount > 0
    if price is not None:
        assert price.source
        assert price.date or "undated" in price.source
        if price.date:
            assert date(2026, 1, 1) < date.fromisoformat(price.date) < date(2026, 11, 24)


@pytest.mark.parametrize("entry", SHIPPED, ids=lambda entry: entry.id)
def test_an_entry_is_complete(entry: BackendEntry) -> None:
    assert entry.about
    assert entry.licence
    assert entry.data.training.endswith(".")
    assert entry.data.retention.endswith(".")
    assert entry.max_output_tokens <= entry.context_window_tokens
    needs_key = entry.kind == "proprietary" and entry.adapter != "openai-compatible"
    assert (entry.key_variable is not None) == needs_key


@pytest.mark.parametrize("entry", SHIPPED, ids=lambda entry: entry.id)
def test_every_entry_opens(entry: BackendEntry, home: Path) -> None:
    backend = open_backend(entry, Settings(home=home), no_embedder)
    assert backend.entry is entry


def test_an_own_entry_is_added_at_the_end(home: Path) -> None:
    entries = load(home, OWN)
    assert list(entries)[-1] == "my-gateway"
    assert entries["my-gateway"].price is None


def test_an_own_entry_with_a_known_id_changes_single_fields(home: Path) -> None:
    entries = load(home, '[[backend]]\nid = "gpt-4"\nmodel = "gpt-4-turbo"\ndata = "unknown"\n')
    assert entries["gpt-4"].model == "gpt-4-turbo"
    assert entries["gpt-4"].label == "GPT-4"
    assert entries["gpt-4"].data.training.startswith("Not known")
    assert len(entries) == len(SHIPPED)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (OWN.replace('kind = "open"', 'kind = "closed"'), ("my-gateway", "kind")),
        (OWN.replace("32000", "0"), ("my-gateway", "context_window_tokens")),
        (OWN.replace("label =", "lable ="), ("my-gateway", "label")),
        (OWN.replace('{ training = "Not trained on.", ', "{ "), ("my-gateway", "data.training")),
        ('[[backend]]\nid = "gpt-4"\ndata = "nosuch"', ("gpt-4", "data", "nosuch")),
        ('[[backend]]\nlabel = "x"', ("number 1", "id")),
        ("[backend]\nid = 'x'", ("backend", "list")),
        ("[[backends]]\nid = 'x'", ("backends",)),
        ("id = ", ("TOML",)),
    ],
)
def test_an_invalid_file_names_the_entry_and_the_field(
    home: Path, text: str, named: tuple[str, ...]
) -> None:
    with pytest.raises(ConfigError) as caught:
        load(home, text)
    for word in named:
        assert word in caught.value.what
    assert caught.value.cure
