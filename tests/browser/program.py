"""The program over a home of its own, browsers that visit it, and what they see of the list."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import PATIENCE_MS
from tests.support.scripted_assistant import ScriptedAssistant
from ui.web.app import launch_page
from ui.web.visitor import COOKIE, owner_of

ROWS = ".history-list li"


@dataclass
class Request:
    """As far as it takes to know whose it is."""

    headers: dict[str, str]


class Program:
    """The program, which can be ended and started again, and browsers that visit it."""

    def __init__(self, browser: Browser, assistant: ScriptedAssistant) -> None:
        self.assistant = assistant
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self.url, self._close = launch_page(assistant)

    def start_again(self) -> None:
        """End the program and start it on the same home folder and port."""
        self._close()
        self.assistant = ScriptedAssistant(self.assistant.home)
        port = urlsplit(self.url).port or 0
        self.url, self._close = launch_page(self.assistant, port=port)

    def browser(self, **context: object) -> BrowserContext:
        """A browser of its own, with no cookie yet."""
        given = {"viewport": {"width": 1280, "height": 860}, **context}
        made = self._browser.new_context(**given)  # type: ignore[arg-type]
        self._contexts.append(made)
        return made

    def visit(self, context: BrowserContext | None = None, address: str = "") -> Page:
        """A page that has settled."""
        page = (context or self.browser()).new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(self.url + address)
        settled(page)
        return page

    def close(self) -> None:
        for context in self._contexts:
            context.close()
        self._close()


def settled(page: Page) -> None:
    page.wait_for_selector("#kind label:has-text('ready')")
    page.locator(f"{ROWS}, .history-none, .history-off").first.wait_for(state="attached")


def owner(page: Page) -> str:
    """Whose conversations this browser sees."""
    cookie = next(each for each in page.context.cookies() if each.get("name") == COOKIE)
    return owner_of(Request({"cookie": f"{COOKIE}={cookie.get('value')}"}))


def chat_of(page: Page) -> str:
    """The conversation that the address names."""
    found = re.search(r"[?&]chat=([\w-]+)", page.url)
    return found.group(1) if found else ""


def has_titles(page: Page, *titles: str) -> None:
    """Wait until these stand in the list, and no others."""
    expect(page.locator(f"{ROWS} .history-title")).to_have_text(titles)


def open_menu(page: Page, row: int = 0) -> None:
    page.locator(ROWS).nth(row).hover()
    page.locator(f"{ROWS} .history-more").nth(row).click()
