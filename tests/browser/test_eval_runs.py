"""A run begun from the page: the real program, its real reader, and the stand-in."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from assistant.settings import load_settings
from assistant.wiring import Assistant, open_assistant
from eval.runs.folder import RUNS, open_run
from eval.runs.listing import list_runs
from tests.browser.conftest import PATIENCE_MS, answered, ask
from tests.support.vendor_server import Script, VendorServer
from tests.support.wires import Counts, Reply
from ui.web.app import launch_page

pytestmark = [pytest.mark.model, pytest.mark.slow, pytest.mark.timeout(400)]

GPT = "gpt-6.2-sol"
QUICK = Script(Reply(("It is so ", "[1]."), Counts(1000, 50, cached=0)))
# A thousand words at ten a second: what is asked is in flight until it is stopped.
ENDLESS = Script(Reply(tuple(f"word{n} " for n in range(1000))), tokens_per_s=10)


@pytest.fixture(scope="module")
def server() -> Iterator[VendorServer]:
    with VendorServer() as running:
        yield running


@pytest.fixture(scope="module")
def program(
    built_home: Path, server: VendorServer, tmp_path_factory: pytest.TempPathFactory
) -> Assistant:
    """The program over a home of its own, with OpenAI's address on loopback, loaded once."""
    home = tmp_path_factory.mktemp("eval") / "home"
    shutil.copytree(built_home, home, ignore=shutil.ignore_patterns("runs", "*.sqlite*"))
    urls = {GPT: server.base_url("openai")}
    settings = load_settings(home, environ={}).model_copy(update={"base_urls": urls})
    assistant = open_assistant(settings)
    assistant.search("warm")
    return assistant


class Served:
    """One browser, and the program's page, which can be ended and served again."""

    def __init__(self, browser: Browser, program: Assistant) -> None:
        self.home = program.settings.home
        self._program = program
        self._context = browser.new_context(viewport={"width": 1280, "height": 860})
        self._url, self._end = launch_page(program)

    def visit(self) -> Page:
        """A new page with the tab open."""
        page = self._context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(self._url)
        page.wait_for_selector("#kind label:has-text('ready')")
        page.get_by_role("tab", name="Eval").click()
        return page

    def serve_again(self) -> None:
        """End the page with all that goes on in it, and serve it anew."""
        self._end()
        self._url, self._end = launch_page(self._program)

    def close(self) -> None:
        self._context.close()
        self._end()


@pytest.fixture
def served(
    browser: Browser, program: Assistant, server: VendorServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Served]:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    shutil.rmtree(program.settings.home / RUNS, ignore_errors=True)
    server.questions.clear()
    made = Served(browser, program)
    yield made
    made.close()


def choose(page: Page, place: str, label: str) -> None:
    page.click(f"#eval-{place} input")
    # The list of another choice may still be closing.
    page.locator(f"#eval-{place}").get_by_role("option", name=re.compile(label)).click()


def prepare(page: Page, first: str, second: str) -> None:
    # The models are looked at once: what is chosen before that would be chosen over.
    expect(page.locator("#eval-count")).to_contain_text(re.compile(r"All \d+"))
    choose(page, "first", first)
    choose(page, "second", second)
    page.get_by_role("radio", name="10", exact=True).check()
    page.get_by_role("button", name="See what it takes").click()
    expect(page.locator(".eval-estimate")).to_be_visible()


def test_a_run_against_the_stand_in_costs_nothing_and_ends_with_a_report(
    served: Served,
) -> None:
    page = served.visit()
    prepare(page, "Built-in reader", "Stand-in")
    estimate = page.locator(".eval-estimate")
    expect(estimate).to_contain_text("10 questions: 20 answers in all")
    expect(estimate).to_contain_text("costs nothing")
    expect(estimate).to_contain_text("No vendor's model")
    expect(page.locator("#eval-consent")).to_have_count(0)
    page.get_by_role("button", name="Begin the run").click()
    expect(page.locator("#eval-runs")).to_contain_text("20 of 20 answers")
    expect(page.locator("#eval-runs")).to_contain_text("complete")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name=re.compile("Open the report")).first.click()
    expect(opened.value.locator("body")).to_contain_text("Stand-in")
    (summary,) = list_runs(served.home)
    assert summary.is_whole


def test_a_paid_run_needs_consent_shows_its_progress_is_stopped_and_goes_on(
    served: Served, server: VendorServer
) -> None:
    server.play(QUICK, QUICK, QUICK, ENDLESS)
    page = served.visit()
    prepare(page, "Built-in reader", "GPT-6.2 Sol")
    expect(page.locator("#eval-consent")).to_contain_text("GPT-6.2 Sol may cost at most $")
    expect(page.locator("#eval-consent")).to_contain_text("sent to 127.0.0.1")
    page.get_by_role("button", name="Begin the run").click()
    expect(page.locator("#eval-problem")).to_contain_text("Tick the box first")
    assert server.questions == []
    page.get_by_label(re.compile("I agree that")).check()
    page.get_by_role("button", name="Begin the run").click()
    live = page.locator("#eval-live")
    expect(live).to_contain_text("13 of 20 answers")

    # The browser goes; the run does not.
    page.close()
    page = served.visit()
    expect(page.locator("#eval-live")).to_contain_text("13 of 20 answers")
    page.get_by_role("tab", name="Chat").click()
    ask(page, "Who makes Phi-3?")
    answered(page)
    expect(page.locator("#conversation .answer")).to_contain_text("Microsoft")
    page.get_by_role("tab", name="Eval").click()
    page.get_by_role("button", name="Stop the run").click()
    listed = page.locator("#eval-runs li").first
    expect(listed).to_contain_text("13 of 20 answers")
    expect(listed).to_contain_text("stopped, can go on")

    (summary,) = list_runs(served.home)
    folder = open_run(served.home, summary.id)
    before = {row.key: row.asked_at for row in folder.rows()}
    server.play(QUICK)
    listed.get_by_role("button", name=re.compile("Go on")).click()
    expect(page.locator("#eval-consent")).to_contain_text("7 answers missing")
    page.get_by_label(re.compile("I agree that")).check()
    page.get_by_role("button", name="Go on with the run").click()
    expect(page.locator("#eval-runs li").first).to_contain_text("20 of 20 answers")
    after = {row.key: row.asked_at for row in folder.rows()}
    assert {key: after[key] for key in before} == before


def test_a_run_whose_program_ended_is_stopped_in_the_next_one_and_goes_on(
    served: Served, server: VendorServer
) -> None:
    server.play(ENDLESS)
    page = served.visit()
    prepare(page, "Built-in reader", "GPT-6.2 Sol")
    page.get_by_label(re.compile("I agree that")).check()
    page.get_by_role("button", name="Begin the run").click()
    expect(page.locator("#eval-live")).to_contain_text("10 of 20 answers")
    page.close()
    served.serve_again()
    page = served.visit()
    listed = page.locator("#eval-runs li").first
    expect(listed).to_contain_text("10 of 20 answers")
    expect(listed).to_contain_text("stopped, can go on")
    server.play(QUICK)
    listed.get_by_role("button", name=re.compile("Go on")).click()
    page.get_by_label(re.compile("I agree that")).check()
    page.get_by_role("button", name="Go on with the run").click()
    expect(page.locator("#eval-runs li").first).to_contain_text("20 of 20 answers")
