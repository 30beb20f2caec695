"""The settings tree and where keys come from."""

from pathlib import Path

import pytest

from assistant.settings import load_settings, read_key
from corpus.errors import ConfigError


def test_without_anything_the_page_listens_on_this_machine_only(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, environ={})
    assert settings.server.host == "127.0.0.1"
    assert settings.home == tmp_path


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("[server]\nport = 1234\nqueue = 5\n")
    settings = load_settings(tmp_path, environ={"COUNTERPOINT_SERVER__PORT": "4321"})
    assert (settings.server.port, settings.server.queue) == (4321, 5)


@pytest.mark.parametrize(
    "environ",
    [
        {"COUNTERPOINT_SERVRE__PORT": "1"},
        {"COUNTERPOINT_SERVER__PORT": "99999"},
        {"COUNTERPOINT_SERVER__PORT": "many"},
        {"COUNTERPOINT_SERVER": "x"},
    ],
)
def test_a_setting_that_is_not_ours_or_not_valid_is_named(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    with pytest.raises(ConfigError, match="serv"):
        load_settings(tmp_path, environ=environ)


def test_a_damaged_settings_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("port = = 1")
    with pytest.raises(ConfigError, match=r"settings\.toml"):
        load_settings(tmp_path, environ={})


def test_a_password_never_shows_in_the_settings_text(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, environ={"COUNTERPOINT_SERVER__PASSWORD": "hunter2-canary"})
    assert "hunter2-canary" not in repr(settings)


def test_a_key_comes_from_the_environment_before_the_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("OPENAI_API_KEY=from-file\n")
    found = read_key("OPENAI_API_KEY", tmp_path, environ={"OPENAI_API_KEY": "from-environment"})
    assert found is not None
    assert found.get_secret_value() == "from-environment"


def test_a_key_in_a_dotenv_file_is_found(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("OPENAI_API_KEY=from-file\n")
    found = read_key("OPENAI_API_KEY", tmp_path, environ={})
    assert found is not None
    assert found.get_secret_value() == "from-file"


@pytest.mark.parametrize("value", ["", "   "])
def test_an_empty_key_is_no_key(tmp_path: Path, value: str) -> None:
    assert read_key("OPENAI_API_KEY", tmp_path, environ={"OPENAI_API_KEY": value}) is None


@pytest.mark.parametrize("named", ["~no-such-user-here/x", "file", "file/below"])
def test_a_home_that_cannot_be_a_folder_is_named(tmp_path: Path, named: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="home"):
        load_settings(Path(named), environ={})


def test_the_settings_of_a_home_below_the_users_own_are_read_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "settings.toml").write_text("[server]\nqueue = 5\n")
    assert load_settings(Path("~/here"), environ={}).server.queue == 5


@pytest.mark.parametrize("value", ["nan", "inf"])
def test_a_number_without_end_is_no_setting(tmp_path: Path, value: str) -> None:
    with pytest.raises(ConfigError, match="watts"):
        load_settings(tmp_path, environ={"COUNTERPOINT_ENERGY__WATTS": value})


def test_a_damaged_dotenv_file_is_read_as_far_as_it_goes_and_quietly(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / ".env").write_text("===\nOPENAI_API_KEY\nXAI_API_KEY=a${HOME}b\n")
    found = read_key("XAI_API_KEY", tmp_path, environ={})
    assert found is not None
    assert found.get_secret_value() == "a${HOME}b"
    assert read_key("OPENAI_API_KEY", tmp_path, environ={}) is None
    assert caplog.records == []


def test_a_key_is_found_although_the_working_folder_has_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, gone = tmp_path / "home", tmp_path / "gone"
    home.mkdir()
    gone.mkdir()
    (home / ".env").write_text("OPENAI_API_KEY=from-file\n")
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert read_key("OPENAI_API_KEY", home, environ={}) is not None


@pytest.mark.parametrize("text", ["a = " + "9" * 5_000, "a = " + "[" * 3_000, "b = {a=" * 2_000])
def test_a_settings_file_without_end_is_named_and_not_the_end_of_the_program(
    tmp_path: Path, text: str
) -> None:
    (tmp_path / "settings.toml").write_text(text)
    with pytest.raises(ConfigError, match=r"settings\.toml cannot be read"):
        load_settings(tmp_path, environ={})
