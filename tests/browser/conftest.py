"""The page in a real Chromium, with the scripted assistant behind it."""

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.scripted_assistant import ScriptedAssistant
from ui.web.app import launch_page

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Only what hangs is given up: a machine that has other work to do takes its time.
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker("browser")
            # Gradio's own statistics use what pandas has deprecated.
            item.add_marker(pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning"))


# Not for the session: while Playwright runs, its loop keeps asynchronous tests from theirs.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Canary:
    """A server that nobody must call.

    Attributes:
        url: its address.
        seen: what was asked of it.
    """

    url: str
    seen: list[str] = field(default_factory=list)


@pytest.fixture
def canary() -> Iterator[Canary]:
    canary = Canary("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            canary.seen.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_HEAD = do_OPTIONS = do_GET  # noqa: N815 - names that the library gives

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        canary.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield canary
        server.shutdown()
        thread.join()


@pytest.fixture
def assistant(tmp_path: Path) -> ScriptedAssistant:
    return ScriptedAssistant(tmp_path)


Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, assistant: ScriptedAssistant) -> Iterator[Open]:
    """Serve the page and open it; ``pull`` goes to the page, the rest to the browser."""
    closers: list[Callable[[], None]] = []

    def open_one(*, pull: Any = None, **context: Any) -> Page:
        url, close = launch_page(assistant, pull=pull)
        closers.append(close)
        visit = (
            browser.new_context(viewport={"width": 1280, "height": 860}, **context)
            if ("viewport" not in context)
            else browser.new_context(**context)
        )
        closers.append(visit.close)
        page = visit.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(url)
        page.wait_for_selector("#question textarea")
        # The states have come: from here on nothing moves by itself.
        page.wait_for_selector("#kind label:has-text('ready')")
        return page

    yield open_one
    for close in reversed(closers):
        close()


def ask(page: Page, question: str) -> None:
    """Type a question and press Enter."""
    page.fill("#question textarea", question)
    page.press("#question textarea", "Enter")


def choose(page: Page, kind: str) -> None:
    """Flip the toggle, and wait until the page says where the question goes."""
    page.click(f"#kind label:has-text('{kind}')")
    sides = 2 if kind == "Both" else 0
    expect(page.locator("#destination .to")).to_have_count(sides)


def answered(page: Page, turns: int = 1) -> None:
    """Wait until that many turns are finished."""
    page.wait_for_function(
        "n => document.querySelectorAll('#conversation .turn').length === n"
        " && !document.querySelector('#conversation .is-live')"
        " && !document.documentElement.classList.contains('is-writing')",
        arg=turns,
    )


def words(page: Page, selector: str) -> str:
    """What a person reads there."""
    return page.locator(selector).inner_text()
