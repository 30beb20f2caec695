"""The real program with a stand-in for a vendor, to look at and to photograph.

The open side is the built-in reader. The other side speaks a vendor's format from this machine
and says what is written here: its name, price and address say so, and no vendor is credited with
an answer that it never gave.
"""

import contextlib
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from assistant.settings import load_settings
from assistant.wiring import open_assistant
from tests.browser.conftest import FLAGS
from tests.support.vendor_server import Script, VendorServer
from tests.support.wires import Counts, Reply
from ui.web.app import launch_page

QUESTION = "Who makes Phi-3, and is it proprietary?"
_NAME = "Stand-in model"
_BACKENDS = """
[[backend]]
id = "stand-in"
label = "{name}"
kind = "proprietary"
adapter = "openai-compatible"
provider = "a stand-in here"
model = "stand-in-1"
context_window_tokens = 32768
max_output_tokens = 1024
licence = "none"
weights_available = false
data = "stand-in"
key_variable = "STAND_IN_KEY"
base_url = "{url}"

[backend.price]
input = 2.0
output = 10.0
date = "2026-11-24"
source = "made up for the pictures"

[policies.stand-in]
training = "Nothing is trained on."
retention = "A stand-in keeps nothing."
source = "made up for the pictures"
date = "2026-11-24"
"""
# What the stand-in says to a question; the numbers are those of the passages that it gets.
WRITTEN = {
    QUESTION: (
        "Microsoft makes Phi-3; Inflection AI does not make it [1].\n\n"
        "Phi-3 has open weights under the MIT licence [5]. The lesson lists Phi-3 as proprietary "
        "[5].\n\n"
        "It was the most popular small model of its year."
    ),
    "How many parameters does Mixtral 8x7B have?": (
        "Mixtral 8x7B has 46.7B parameters in total [1]. Only 12.9B of them are active per token "
        "[2], and that is the figure that the lesson gives [7]."
    ),
    "May I use Llama in a commercial product?": (
        "Yes: the Llama licence allows commercial use from Llama 2 on [1]. A company with more "
        "than 700 million monthly users has to ask Meta for a separate permission [1]."
    ),
}


@contextlib.contextmanager
def staged(home: Path) -> Iterator[tuple[str, VendorServer]]:
    """Serve the page from a home folder that holds an index or gets one.

    Returns:
        Its address, and the stand-in, which says nothing yet: see ``say``.
    """
    with VendorServer() as server:
        url = server.base_url("openai-compatible")
        home.joinpath("backends.toml").write_text(_BACKENDS.format(name=_NAME, url=url))
        home.joinpath(".env").write_text("STAND_IN_KEY=for-the-pictures\n")
        assistant = open_assistant(load_settings(home, {}))
        assistant.search("warm")
        address, close = launch_page(assistant)
        try:
            yield address, server
        finally:
            close()


def say(server: VendorServer, *answers: str, tokens_per_s: float | None = None) -> None:
    """Let the stand-in answer the next questions with these words, cut as a model cuts them."""
    server.questions.clear()
    server.play(*(Script(_reply(words), tokens_per_s=tokens_per_s) for words in answers))


def _reply(words: str) -> Reply:
    pieces = tuple(re.findall(r"\S+\s*", words))
    return Reply(pieces, counts=Counts(input=1900, output=round(len(pieces) * 1.4), cached=0))


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """The browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()


def visit(
    browser: Browser, url: str, width: int, height: int, *, dark: bool = False, scale: float = 1
) -> Page:
    """Open the page as a new visitor; it stands still when this returns."""
    page = browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        device_scale_factor=scale,
        reduced_motion="reduce",
        has_touch=width < 500,
    )
    page.set_default_timeout(20_000)
    page.goto(url)
    page.wait_for_selector("#kind label:has-text('ready')")
    page.wait_for_selector(".history [data-list]", state="attached")
    return page
