"""Makes the pictures of the README: ``python -m tests.browser.screenshots [FOLDER]``.

The real program answers: its built-in reader on one side, and on the other a stand-in that is
named as one (see ``stage``). Nothing in the pictures was painted or put together by hand.
"""

import io
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Locator, Page

from assistant.settings import prepare_process
from tests.browser.conftest import answered, ask, choose
from tests.browser.stage import QUESTION, WRITTEN, chromium, say, staged, visit
from tests.support.vendor_server import VendorServer

_RUN_WITHIN_MS = 300_000
TALL, WIDE, SMALL, PHONE = (1440, 1300), (1280, 860), (1280, 780), (390, 844)


@dataclass(frozen=True, slots=True)
class Studio:
    """Where pictures are taken.

    Attributes:
        browser: the browser.
        url: the page.
        server: the stand-in.
        folder: where the pictures go.
    """

    browser: Browser
    url: str
    server: VendorServer
    folder: Path

    @contextmanager
    def visit(
        self, size: tuple[int, int], *, dark: bool = False, scale: float = 1.5
    ) -> Iterator[Page]:
        """A new visitor's page."""
        page = visit(self.browser, self.url, *size, dark=dark, scale=scale)
        yield page
        page.context.close()

    def take(self, of: Page | Locator, name: str) -> None:
        """Take a picture and write it with as few colours as are seen."""
        page = of if isinstance(of, Page) else of.page
        page.evaluate("document.fonts.ready")
        page.mouse.move(0, 0)
        shot = Image.open(io.BytesIO(of.screenshot(animations="disabled", caret="hide")))
        few = shot.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        path = self.folder / f"{name}.png"
        few.save(path, optimize=True)
        print(f"{path} {path.stat().st_size // 1000} kB", flush=True)  # noqa: T201


def main() -> None:
    """Start the page, and take the pictures one after the other."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/images")
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as home,
        staged(Path(home)) as (url, server),
        chromium() as browser,
    ):
        studio = Studio(browser, url, server, folder)
        for picture in (chat, both_sides, lesson, taste, evaluation, bill):
            picture(studio)


def chat(studio: Studio) -> None:
    """The answers of both sides in both themes, and on a phone."""
    for name, size in {"light": TALL, "dark": TALL, "phone": PHONE}.items():
        with studio.visit(size, dark=name == "dark", scale=2 if size is PHONE else 1.25) as page:
            _ask_both(studio, page)
            if size is PHONE:
                page.click("[data-side-tab=proprietary]")
            studio.take(page, f"chat-{name}")


def both_sides(studio: Studio) -> None:
    """One question on both sides: asked, being written, finished, with its receipts."""
    with studio.visit(SMALL, scale=1) as page:
        choose(page, "Both")
        page.fill("#question textarea", QUESTION)
        studio.take(page, "both-1-asked")
        say(studio.server, WRITTEN[QUESTION], tokens_per_s=6)
        page.press("#question textarea", "Enter")
        page.locator(".kind-open .answer-text p").first.wait_for()
        page.locator(".is-live .answer-text", has_text="under the MIT").wait_for()
        studio.take(page, "both-2-streaming")
        answered(page)
        studio.take(page, "both-3-finished")
        for line in page.locator(".receipt > summary").all():
            line.click()
        page.locator(".answer.kind-proprietary .receipt > summary").scroll_into_view_if_needed()
        page.evaluate(
            "scrollBy(0, document.querySelector('.kind-proprietary .receipt')"
            ".getBoundingClientRect().top - 120)"
        )
        studio.take(page, "both-4-receipts")


def lesson(studio: Studio) -> None:
    """The lesson with a claim's evidence open."""
    with studio.visit(WIDE) as page:
        page.click("#tab-lesson-button")
        place = page.locator("#lesson [data-open~='claim-14']").first
        place.click()
        page.locator("#lesson .evidence").wait_for()
        studio.take(page, "lesson")


def taste(studio: Studio) -> None:
    """The taste test before a vote, after it, and its result."""
    with studio.visit(WIDE) as page:
        say(studio.server, *WRITTEN.values())
        page.click("#tab-taste-button")
        page.get_by_role("radio", name="My own").check()
        page.get_by_label("Your questions").fill("\n".join(WRITTEN))
        page.click("#taste-start")
        for number, vote in enumerate("131", start=1):
            _reach(page, "ready", number)
            if number == 1:
                studio.take(page, "taste-before")
            page.keyboard.press(vote)
            _reach(page, "voted", number)
            page.keyboard.press("3")
            _reach(page, "revealed", number)
            if number == 1:
                studio.take(page, "taste-after")
            page.keyboard.press(vote)
            _reach(page, "done", number)
            page.keyboard.press("Enter")
        page.locator("[data-stage='result']").wait_for()
        studio.take(page, "taste-result")


def evaluation(studio: Studio) -> None:
    """A run of the reader against the stand-in of the eval, and its decision card."""
    with studio.visit((1280, 1240), scale=1.25) as page:
        page.click("#tab-eval-button")
        page.locator("#eval-count", has_text=re.compile(r"All \d")).wait_for()
        page.click("#eval-estimate")
        page.locator(".eval-estimate").wait_for(timeout=_RUN_WITHIN_MS)
        page.click("#eval-begin")
        page.locator("#eval-runs .is-whole").wait_for(timeout=_RUN_WITHIN_MS)
        page.locator("[data-eval='card']").click()
        page.locator("[data-eval-focus]").wait_for(timeout=_RUN_WITHIN_MS)
        page.get_by_label("No data may leave this machine").check()
        page.click("#eval-decide")
        page.locator("#eval-card-out article").first.wait_for()
        page.evaluate("scrollTo(0, 0)")
        studio.take(page, "eval")


def bill(studio: Studio) -> None:
    """The bill of a conversation, with its plot."""
    with studio.visit(WIDE) as page:
        _ask_both(studio, page)
        page.click("#tab-bill-button")
        plot = page.locator("#plot-plan")
        plot.wait_for()
        page.evaluate(
            "scrollTo(0, document.querySelector('#bill-plan').getBoundingClientRect().top - 64)"
        )
        studio.take(page, "bill")


def _ask_both(studio: Studio, page: Page) -> None:
    choose(page, "Both")
    say(studio.server, WRITTEN[QUESTION], tokens_per_s=40)
    ask(page, QUESTION)
    answered(page)


def _reach(page: Page, stage: str, number: int) -> None:
    page.wait_for_selector(f"#taste-stage [data-stage='{stage}'][data-round='{number}']")


if __name__ == "__main__":
    prepare_process()
    main()
