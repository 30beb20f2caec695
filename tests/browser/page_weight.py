"""What the page weighs and when it can be used: ``python -m tests.browser.page_weight``.

The real program serves it from an empty home folder. Bytes are counted as they come over the
wire, and times from the moment that a new browser asks for the page; ``again`` is its second visit.
"""

import json
import tempfile
import time
from pathlib import Path

from playwright.sync_api import BrowserContext

from assistant.settings import prepare_process
from tests.browser.stage import chromium, staged

_PAINTED = """() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime / 1000"""


def weigh(context: BrowserContext, url: str) -> dict[str, float]:
    """Open the page and type a letter: bytes, requests, and seconds until each was possible."""
    page = context.new_page()
    came: list[float] = []
    asked: list[str] = []
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.loadingFinished", lambda event: came.append(event["encodedDataLength"]))
    network.on("Network.requestWillBeSent", lambda event: asked.append(event["requestId"]))
    began_s = time.perf_counter()
    page.goto(url)
    page.fill("#question textarea", "x")
    typed_s = time.perf_counter() - began_s
    page.wait_for_selector("#kind label:has-text('ready')")
    known_s = time.perf_counter() - began_s
    figures = {
        "kB": sum(came) / 1000,
        "requests": len(asked),
        "first paint s": page.evaluate(_PAINTED),
        "typed s": typed_s,
        "states known s": known_s,
    }
    page.close()
    return {name: round(value, 2) for name, value in figures.items()}


def main() -> None:
    """Weigh the page as a new browser and as one that was there before."""
    with (
        tempfile.TemporaryDirectory() as home,
        staged(Path(home)) as (url, _),
        chromium() as browser,
    ):
        context = browser.new_context(viewport={"width": 1280, "height": 860})
        found = {visit: weigh(context, url) for visit in ("first", "again")}
        print(json.dumps(found, indent=1))  # noqa: T201


if __name__ == "__main__":
    prepare_process()
    main()
