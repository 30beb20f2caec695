from pathlib import Path

import pytest

from assistant.settings import Settings, load_settings
from assistant.vector_place import KEY_VARIABLE, home_place
from corpus.errors import ConfigError
from index.chroma_server import ChromaServer
from index.places import FolderPlace, ServerPlace


def settings_with(home: Path, **index: str) -> Settings:
    variables = {f"COUNTERPOINT_INDEX__{name.upper()}": text for name, text in index.items()}
    return load_settings(home, environ=variables)


def test_without_a_setting_the_vectors_stay_in_the_home_folder(home: Path) -> None:
    place = home_place(settings_with(home))
    assert isinstance(place, FolderPlace)
    assert place.address == ""


def test_an_address_is_the_only_setting_that_a_server_needs(home: Path) -> None:
    place = home_place(settings_with(home, chroma_url="http://127.0.0.1:8000/"))
    assert isinstance(place, ServerPlace)
    assert place.address == "http://127.0.0.1:8000 default_tenant/default_database"


def test_a_tenant_and_a_database_are_another_place(home: Path) -> None:
    place = home_place(
        settings_with(
            home, chroma_url="https://example.com", chroma_tenant="t", chroma_database="d"
        )
    )
    assert place.address == "https://example.com t/d"


@pytest.mark.parametrize(
    ("header", "sent"), [("x-chroma-token", "secret-1"), ("authorization", "Bearer secret-1")]
)
def test_the_key_comes_from_where_keys_are_kept(
    home: Path, monkeypatch: pytest.MonkeyPatch, header: str, sent: str
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "secret-1")
    settings = settings_with(home, chroma_url="https://example.com", chroma_key_header=header)
    place = home_place(settings)
    assert isinstance(place, ServerPlace)
    assert place._server.headers == {header: sent}
    assert "secret-1" not in repr(place._server)


@pytest.mark.parametrize(
    "url",
    [
        "localhost:8000", "ftp://127.0.0.1", "http://", "http://127.0.0.1:0", "http://h:x", "",
        "https://a b", "https://a.test/x y", "https://a.test\\b.test", "http://127.0.0.1:8000#",
        "http://[::1", " https://a.test",
    ],
)  # fmt: skip
def test_what_is_no_web_address_is_refused(home: Path, url: str) -> None:
    with pytest.raises(ConfigError, match="not a web address"):
        home_place(settings_with(home, chroma_url=url))


@pytest.mark.parametrize("url", ["https://u:p@example.com", "https://example.com?key=1"])
def test_an_address_that_could_hold_a_secret_is_refused_without_repeating_it(
    home: Path, url: str
) -> None:
    with pytest.raises(ConfigError, match="more than host and path") as caught:
        home_place(settings_with(home, chroma_url=url))
    assert url not in str(caught.value)


def test_a_server_elsewhere_needs_encryption_or_a_word_that_it_does_not(home: Path) -> None:
    with pytest.raises(ConfigError, match=r"not encrypted: example\.com"):
        home_place(settings_with(home, chroma_url="http://example.com:8000"))
    allowed = settings_with(home, chroma_url="http://example.com:8000", chroma_allow_remote="true")
    assert home_place(allowed).address.startswith("http://example.com:8000 ")
    assert home_place(settings_with(home, chroma_url="https://example.com")).address


@pytest.mark.parametrize(
    ("url", "may_use_one"),
    [
        *(("http://127.0.0.1:8000", False), ("http://localhost:8000", False)),
        *(("http://[::1]:8000", False), ("https://chroma.example", True)),
    ],
)
def test_no_proxy_stands_between_this_machine_and_itself(url: str, may_use_one: bool) -> None:
    with ChromaServer(url).session() as session:
        assert session.trust_env is may_use_one
