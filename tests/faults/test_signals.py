"""Ctrl-C, and the system's wish that the program end, in the middle of an answer."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from assistant.conversations import open_store
from assistant.settings import Settings
from tests.faults.test_key_nowhere import Browser
from tests.support.vendor_server import Script, VendorServer
from tests.support.wires import Reply
from ui.web.visitor import owner_of

pytestmark = [pytest.mark.model, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
QUESTION = "Who makes Phi-3?"
BACKEND = "gpt-6.2-sol"
WORDS = tuple(f"word{number} " for number in range(1_000))
# Whoever waits for the backend, which has fallen silent, waits for half a minute.
ENDS_WITHIN_S = 20.0
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}


@pytest.fixture
def server() -> Iterator[VendorServer]:
    # So many words and then silence: what must be kept is known to the letter.
    with VendorServer((Script(Reply(WORDS), stall_after=40),)) as running:
        yield running


@pytest.fixture
def kept(built_home: Path, tmp_path: Path, server: VendorServer) -> Path:
    """A home with an index, whose proprietary backend is the loopback server."""
    home = tmp_path / "kept"
    shutil.copytree(built_home, home, ignore=shutil.ignore_patterns("open", "counterpoint.sqlite*"))
    (home / "settings.toml").write_text(
        f'[base_urls]\n"{BACKEND}" = "{server.base_url("openai")}"\n', encoding="utf-8"
    )
    return home


def start(home: Path, *arguments: str) -> "subprocess.Popen[str]":
    environment = {
        **os.environ,
        "OPENAI_API_KEY": "sk-not-a-key",
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
    }
    command = [sys.executable, "-m", "ui.cli.main", *arguments, "--home", str(home)]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def end(process: "subprocess.Popen[str]", number: signal.Signals) -> tuple[str, str]:
    """Send the signal; what was said from then on, in time and without a traceback."""
    began = time.monotonic()
    process.send_signal(number)
    try:
        out, err = process.communicate(timeout=ENDS_WITHIN_S)
    finally:
        process.kill()
    assert time.monotonic() - began < ENDS_WITHIN_S
    assert "Traceback" not in err
    return out, err


@pytest.mark.usefixtures("heeds_ctrl_c")
@pytest.mark.parametrize("number", CODES)
def test_ask_ends_with_what_had_arrived(
    server: VendorServer, kept: Path, number: signal.Signals
) -> None:
    process = start(kept, "ask", QUESTION, "--backend", BACKEND)
    assert process.stdout is not None
    said = ""
    while "word39 " not in said:
        said += (piece := process.stdout.read(1))
        assert piece, process.stderr.read()  # type: ignore[union-attr]
    out, _ = end(process, number)
    assert process.returncode == CODES[number]
    assert said.strip() == "".join(WORDS[:40]).strip()
    assert out == "\n(stopped)\n"
    assert server.wait_until_left()
    assert not list((kept / "index" / "open").glob(f"{process.pid}-*"))


@pytest.mark.usefixtures("heeds_ctrl_c")
def test_ask_for_json_still_gives_one_value_with_what_had_arrived(
    server: VendorServer, kept: Path
) -> None:
    process = start(kept, "ask", QUESTION, "--json", "--backend", BACKEND)
    wait_for_words(server)
    out, err = end(process, signal.SIGTERM)
    assert (process.returncode, err) == (143, "")
    (answer,) = json.loads(out)["answers"]
    assert answer["status"] == "stopped"
    assert "".join(WORDS[:40]).startswith(answer["text"])
    assert answer["error"] is None


@pytest.mark.usefixtures("heeds_ctrl_c")
def test_ask_does_not_stay_for_the_index_that_it_began_to_build(tmp_path: Path) -> None:
    process = start(tmp_path / "new", "ask", QUESTION, "--backend", "reader")
    assert process.stderr is not None
    while "embedding" not in (line := process.stderr.readline()):
        assert line, "it never began"
    end(process, signal.SIGINT)
    assert process.returncode == 130
    assert not list((tmp_path / "new" / "index").glob("generations/*"))


@pytest.mark.usefixtures("heeds_ctrl_c")
@pytest.mark.parametrize("number", CODES)
def test_the_page_ends_and_the_answer_is_kept_as_far_as_it_came(
    server: VendorServer, kept: Path, number: signal.Signals
) -> None:
    process = start(kept, "serve", "--port", "0", "--no-browser")
    assert process.stdout is not None
    found = re.search(r"http://\S+", process.stdout.readline())
    assert found is not None
    browser = Browser(found.group())
    asking = threading.Thread(target=ask_the_page, args=(browser,))
    asking.start()
    wait_for_words(server, browser)
    request = httpx.Request("GET", found.group())
    browser.client.cookies.set_cookie_header(request)
    end(process, number)
    asking.join()
    browser.client.close()
    assert process.returncode == 0
    store = open_store(Settings(home=kept))
    (talk,) = store.list(owner_of(request))
    (answer,) = store.load(owner_of(request), talk.id).turns[0].answers
    assert answer.text == "".join(WORDS[:40])
    assert answer.status == "interrupted"
    assert answer.error is not None
    assert answer.error.what == "The page was closed while this answer was being written."
    assert server.wait_until_left()
    assert not list((kept / "index" / "open").glob(f"{process.pid}-*"))


def ask_the_page(browser: Browser) -> None:
    with suppress(httpx.HTTPError):
        browser.raises("history", "load", {"chat": ""})
        browser.raises("question", "submit", None, QUESTION, None, "proprietary", "reader", BACKEND)


def wait_for_words(server: VendorServer, browser: Browser | None = None) -> None:
    """Until the backend was asked and, where a page can be watched, its last word is shown."""
    deadline_s = time.monotonic() + 90
    while time.monotonic() < deadline_s:
        if server.questions and (browser is None or "word39" in browser.got):
            return
        time.sleep(0.05)
    pytest.fail("the question never came to the backend")
