"""What holds for every test: its own home folder, a bare environment, no network but loopback."""

import os
import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from assistant.settings import load_settings, prepare_process
from tests.support.canary import CANARY, files_with

prepare_process()

hypothesis_settings.register_profile("dev", deadline=None, max_examples=50)
hypothesis_settings.register_profile("ci", deadline=None, max_examples=100, derandomize=True)
hypothesis_settings.load_profile("ci" if os.environ.get("CI") else "dev")

_KEY_VARIABLES = (
    "OPENAI_API_KEY",
    "ANTHROPIC_API_KEY",
    "GOOGLE_API_KEY",
    "GEMINI_API_KEY",
    "XAI_API_KEY",
    "MISTRAL_API_KEY",
    "OLLAMA_HOST",
)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test whose output or log holds a key has failed, whatever it was about."""
    report = yield
    where = [name for name, text in report.sections if CANARY in text]
    if report.passed and where:
        report.outcome = "failed"
        report.longrepr = f"a key stands in: {', '.join(where)} of {item.nodeid}"
    return report


@pytest.fixture(scope="session", autouse=True)
def no_key_is_written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """At the end no file that any test wrote holds a key."""
    yield
    assert list(files_with(CANARY, tmp_path_factory.getbasetemp())) == []


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home folder of the test's own; no key, no setting and no keyring of the machine."""
    folder = tmp_path / "home"
    for name in list(os.environ):
        if name.startswith("COUNTERPOINT_") or name in _KEY_VARIABLES:
            monkeypatch.delenv(name)
    monkeypatch.setenv("COUNTERPOINT_HOME", str(folder))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.fixture(scope="session")
def built_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with the index over the shipped documents, built once for all tests."""
    from assistant.knowledge import load_knowledge

    folder = tmp_path_factory.mktemp("built") / "home"
    load_knowledge(load_settings(folder, environ={}), lambda _: None)
    return folder


@pytest.fixture
def heeds_ctrl_c() -> Iterator[None]:
    """Ctrl-C interrupts, though what started the tests may have told its children to ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
