from pathlib import Path

import pytest

from assistant.backends.addresses import (
    base_url_of,
    destination_for,
    destination_of,
    is_loopback,
    policy_at,
    runs_here,
)
from assistant.backends.catalogue import BackendEntry, DataPolicy
from assistant.settings import OllamaSettings, Settings
from corpus.errors import ConfigError
from tests.support.evidence import make_entry

HOME = Path("home")


def entry(**changes: object) -> BackendEntry:
    return make_entry().model_copy(update=changes)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:1", True),
        ("http://127.9.9.9", True),
        ("http://[::1]:11434/x", True),
        ("http://localhost", True),
        ("127.0.0.1:80", True),
        ("http://localhost.example", False),
        ("http://127.0.0.1.example", False),
        ("http://10.0.0.1", False),
        ("http://0.0.0.0", False),
        ("this process", False),
    ],
)
def test_this_machine_is_told_from_others(url: str, expected: bool) -> None:
    assert is_loopback(url) is expected


@pytest.mark.parametrize(
    "url",
    [
        "http://api.vendor.example/v1",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "ftp://vendor.example",
        "api.vendor.example",
        "https://",
        "https://user:pass@vendor.example",
        "https://user@vendor.example",
        "https://vendor.example/v1?key=x",
        "https://vendor.example:99999",
        "https://169.254.169.254/v1",
        "https://[fe80::1]/v1",
        "https://[::ffff:169.254.169.254]/v1",
        "https://0.0.0.0/v1",
        "https://[::]/v1",
        "https://224.0.0.1/v1",
        "http://127.0.0.1@vendor.example/v1",
        "http://127.0.0.1\\@vendor.example/v1",
        "http://127.0.0.1\t.vendor.example/v1",
        "http://localhost.vendor.example/v1",
        "http://2130706433/v1",
        "http://0x7f.1/v1",
        "http://127.1/v1",
        "http://[::ffff:10.0.0.1]/v1",
        "https://vendor.example /v1",
        "https://vendor.example/v1#@127.0.0.1",
        "javascript:alert(1)",
        "unix:///var/run/docker.sock",
        "//vendor.example/v1",
    ],
)
def test_an_address_that_would_leak_or_makes_no_sense_is_refused(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        base_url_of(entry(base_url=url), Settings(home=HOME))
    assert "pass" not in caught.value.what


def test_the_setting_wins_over_the_catalogue_and_that_over_the_default() -> None:
    given = Settings(home=HOME, base_urls={"scripted": "https://gateway.example/v1/"})
    assert base_url_of(entry(base_url="https://a.example"), given) == "https://gateway.example/v1"
    plain = Settings(home=HOME)
    assert base_url_of(entry(base_url="https://a.example"), plain) == "https://a.example"
    assert base_url_of(entry(), plain) == "https://api.openai.com/v1"


def test_a_template_without_an_address_says_where_to_set_it() -> None:
    with pytest.raises(ConfigError, match="no address yet") as caught:
        base_url_of(entry(adapter="openai-compatible"), Settings(home=HOME))
    assert "settings.toml" in caught.value.cure


def test_ollama_is_where_the_settings_say() -> None:
    settings = Settings(home=HOME, ollama=OllamaSettings(base_url="http://127.0.0.1:7/ollama"))
    url = base_url_of(entry(adapter="ollama"), settings)
    assert destination_of(url) == "127.0.0.1:7"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://api.x.ai/v1", "api.x.ai"),
        ("http://[::1]:8000/v1", "[::1]:8000"),
        ("http://127.0.0.1:8000", "127.0.0.1:8000"),
    ],
)
def test_the_destination_is_host_and_port(url: str, expected: str) -> None:
    assert destination_of(url) == expected


def test_only_an_open_model_on_this_machine_runs_here() -> None:
    assert runs_here(entry(kind="open"), "127.0.0.1:1")
    assert not runs_here(entry(kind="open"), "gpu.example")
    assert not runs_here(entry(kind="proprietary"), "127.0.0.1:1")


TERMS = DataPolicy(training="Not trained on.", retention="30 days.", source="terms")
HERE = DataPolicy(training="Nothing is trained on.", retention="Nothing leaves this machine.")


@pytest.mark.parametrize(
    ("given", "base_urls", "expected"),
    [
        ({"adapter": "reader", "kind": "open"}, {}, "this process"),
        ({}, {}, "api.openai.com"),
        ({}, {"scripted": "https://gateway.example:8443/v1"}, "gateway.example:8443"),
        ({"adapter": "openai-compatible"}, {}, ""),
        ({}, {"scripted": "http://gateway.example/v1"}, ""),
    ],
)
def test_where_a_prompt_would_go_is_known_before_it_goes(
    given: dict[str, str], base_urls: dict[str, str], expected: str
) -> None:
    settings = Settings(home=HOME, base_urls=base_urls)
    assert destination_for(entry(**given), settings) == expected


def test_a_vendors_terms_speak_for_its_own_host() -> None:
    vendor = entry(data=TERMS, provider="Vendor")
    assert policy_at(vendor, "api.openai.com") == TERMS
    own = entry(adapter="openai-compatible", data=TERMS, base_url="https://llm.company.example/v1")
    assert policy_at(own, "llm.company.example") == TERMS


def test_behind_a_gateway_nobody_knows_what_the_gateway_keeps() -> None:
    told = policy_at(entry(data=TERMS, provider="Vendor"), "gateway.example")
    assert told.words == (
        "What is kept where it was sent is not known. Vendor itself: Not trained on. 30 days."
    )
    assert told.source == "terms"


@pytest.mark.parametrize("adapter", ["ollama", "gguf", "reader"])
def test_what_holds_for_this_machine_is_not_said_of_another(adapter: str) -> None:
    local = entry(adapter=adapter, kind="open", data=HERE)
    assert policy_at(local, "127.0.0.1:11434") == policy_at(local, "this process") == HERE
    elsewhere = policy_at(local, "ollama.com")
    assert elsewhere.words == "What is kept where it was sent is not known."
    assert (elsewhere.source, elsewhere.date) == ("", None)
