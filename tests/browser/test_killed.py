"""The program is killed in the middle of an answer: no warning, no clean-up, as by a power cut."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PATIENCE_MS, ask
from tests.support.vendor_server import Script, VendorServer
from tests.support.wires import Reply

pytestmark = [pytest.mark.model, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
WORDS_PER_S = 25
QUESTION = "Who makes Phi-3, and is it proprietary?"
MAY_BE_LOST_S = 1


@pytest.fixture
def server() -> Iterator[VendorServer]:
    words = tuple(f"word{number} " for number in range(1_000))
    with VendorServer((Script(Reply(words), tokens_per_s=WORDS_PER_S),)) as running:
        yield running


@pytest.fixture
def home(built_home: Path, tmp_path: Path, server: VendorServer) -> Path:
    home = tmp_path / "home"
    shutil.copytree(built_home, home, ignore=shutil.ignore_patterns("counterpoint.sqlite*"))
    (home / "settings.toml").write_text(
        f'[base_urls]\n"gpt-6.2-sol" = "{server.base_url("openai")}"\n', encoding="utf-8"
    )
    return home


@contextmanager
def serving(home: Path, port: int = 0) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The real program in a process of its own, and its address."""
    command = [sys.executable, "-m", "ui.cli.main", "--home", str(home), "serve"]
    command += ["--port", str(port), "--no-browser"]
    environment = {**os.environ, "OPENAI_API_KEY": "sk-not-a-key", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found is not None
            yield found.group(), process
        finally:
            process.kill()


def last_word(page: Page) -> int:
    """The number of the last word of the answer that stands on the page."""
    found = re.findall(r"word(\d+)", page.locator("#conversation").inner_text())
    return int(found[-1]) if found else -1


def test_a_killed_program_has_kept_the_question_and_all_but_the_last_second(
    browser: Browser, home: Path
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    with serving(home) as (url, process):
        page.goto(url)
        page.wait_for_selector("#kind label:has-text('ready')")
        page.click("#kind label:has-text('Proprietary')")
        page.click("#backend-proprietary input")
        page.click("[role=option]:has-text('GPT-6.2 Sol')")
        ask(page, QUESTION)
        expect(page.locator("#conversation")).to_contain_text("word80 ")
        page.wait_for_function("location.search.includes('chat=')")
        seen = last_word(page)
        process.send_signal(signal.SIGKILL)
        process.wait()
    address = page.url
    page.close()
    with serving(home, urlsplit(url).port or 0) as (again, _):
        assert again == url
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(address)
        expect(page.locator("#conversation .question")).to_contain_text(QUESTION)
        expect(page.locator("#conversation .answer")).to_contain_text("word0 word1 word2 ")
        expect(page.locator("#conversation .answer")).to_contain_text(
            "The program ended while this answer was being written."
        )
        assert last_word(page) >= seen - MAY_BE_LOST_S * WORDS_PER_S
        expect(page.locator(".history-list li")).to_have_count(1)
    context.close()
