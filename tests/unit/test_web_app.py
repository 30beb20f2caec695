"""Putting the page together and serving it."""

import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from assistant.settings import ServerSettings, Settings
from corpus.errors import ConfigError
from tests.support.scripted_assistant import ScriptedAssistant
from ui.web.app import launch_page, serve
from ui.web.guards import MAX_BODY_BYTES
from ui.web.protocol import HEAD_WITHIN_S, MAX_HEAD_BYTES


def test_the_page_comes_up_before_anything_is_loaded_and_goes_when_it_is_told(
    tmp_path: Path,
) -> None:
    assistant = ScriptedAssistant(tmp_path)
    assistant.ready.clear()
    url, close = launch_page(assistant)
    assert httpx.get(url).status_code == 200
    close()
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_a_port_that_is_taken_is_said_to_be_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"port {port}"):
            serve(ScriptedAssistant(tmp_path), "127.0.0.1", port, open_browser=False)


def test_the_page_does_not_open_to_others_without_a_password(tmp_path: Path) -> None:
    assistant = ScriptedAssistant(tmp_path)
    for start in (serve, launch_page):
        with pytest.raises(ConfigError, match="PASSWORD"):
            start(assistant, "0.0.0.0", 0, False)  # type: ignore[operator]
    assert ServerSettings().password is None


def test_starting_the_page_imports_nothing_heavy() -> None:
    heavy = "torch,sentence_transformers,chromadb,langchain_core,openai,anthropic,ollama,xllamacpp"
    script = f"import sys, ui.web.app; print([m for m in {heavy!r}.split(',') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.strip() == "[]"


def test_the_limits_are_those_that_are_promised(tmp_path: Path) -> None:
    promised = " ".join((Path(__file__).parents[2] / "SECURITY.md").read_text("utf-8").split())
    settings = Settings(home=tmp_path)
    server = settings.server
    for limit in (
        f"a question has {settings.answering.max_question_chars:,} characters",
        f"a conversation {settings.answering.max_turns} turns",
        f"a head of {MAX_HEAD_BYTES // 1024} KB that comes within {HEAD_WITHIN_S:g} seconds",
        f"a body of {MAX_BODY_BYTES // 1024} KB",
        f"{server.concurrency} answers run at the same time (`server.concurrency`)",
        f"{server.queue} wait (`server.queue`)",
        f"asks {server.questions_per_minute} questions a minute",
    ):
        assert limit in promised
