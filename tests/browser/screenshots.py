"""Makes the pictures of the README: ``python -m tests.browser.screenshots [FOLDER]``.

The real program answers one question with the built-in reader, in a home folder of its own.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from assistant.settings import load_settings, prepare_process
from assistant.wiring import open_assistant
from ui.web.app import launch_page

QUESTION = "Who makes Phi-3, and is it proprietary?"
SIZES = {"light": (1280, 900), "dark": (1280, 900), "phone": (390, 844)}
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def main() -> None:
    """Start the page, ask, take the pictures."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/images")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        assistant = open_assistant(load_settings(Path(home)))
        assistant.start()
        url, close = launch_page(assistant)
        try:
            _take(url, folder)
        finally:
            close()


def _take(url: str, folder: Path) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        for name, (width, height) in SIZES.items():
            scheme = "dark" if name == "dark" else "light"
            page = browser.new_page(
                viewport={"width": width, "height": height},
                color_scheme=scheme,
                device_scale_factor=1.5 if name != "phone" else 2,
            )
            page.goto(url)
            _ask(page)
            page.screenshot(path=folder / f"chat-{name}.png")
            page.close()
        browser.close()


def _ask(page: Page) -> None:
    page.get_by_role("button", name=QUESTION).click()
    # The index is built at the first question of a new home folder.
    page.get_by_text("stayed on this machine").first.wait_for(timeout=180_000)
    page.evaluate("window.scrollTo(0, 0)")


if __name__ == "__main__":
    prepare_process()
    main()
