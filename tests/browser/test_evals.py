"""The tab with the eval over runs that are there already: list, report, decision card."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from assistant.backends.base import Health, HealthState
from eval.runs.folder import PROGRESS, RunFolder
from tests.browser.axe import violations
from tests.browser.conftest import Open
from tests.support.eval_runs import make_run, save_run
from tests.support.scripted_assistant import ScriptedAssistant

PHONE = {"width": 360, "height": 780}
WHOLE, PART = "20261124-050000-aaaa", "20261124-060000-bbbb"
# The library's own lists of choices, as in the taste test.
LISTS = ("aria-allowed-attr", "aria-required-children")
TOLD = """{"done": 3, "total": 12, "failed": 1, "seconds": 4.5, "cost": 0.02,
 "cost_at_least": false, "left_s": 9.0, "now": "asking", "at": "2026-11-24T05:00:00+00:00",
 "by_backend": {"stand-in": {"label": "Stand-in", "done": 3, "failed": 1, "total": 6,
 "stopped": "", "resting_s": 0.0}}}"""


@pytest.fixture
def runs(assistant: ScriptedAssistant) -> tuple[RunFolder, RunFolder]:
    """A whole run, and one that ended with its program."""
    whole = save_run(make_run(questions=6, run_id=WHOLE), assistant.home)
    part = save_run(make_run(questions=6, run_id=PART), assistant.home)
    rows = part.path / "rows.jsonl"
    rows.write_text("".join(rows.read_text("utf-8").splitlines(keepends=True)[:5]), "utf-8")
    return whole, part


def open_eval(page: Page) -> None:
    """Choose the tab, and wait until the runs are there."""
    page.get_by_role("tab", name="Eval").click()
    expect(page.locator("#eval-runs h3")).to_be_visible()


def test_before_the_first_run_the_tab_says_what_one_is_and_what_it_takes(open_page: Open) -> None:
    page = open_page()
    open_eval(page)
    expect(page.locator("#eval-intro")).to_contain_text("An eval asks a set of questions")
    expect(page.locator("#eval-runs")).to_contain_text("No run yet")
    expect(page.locator("#eval-runs")).to_contain_text("without a key and without money")
    expect(page.locator("#eval-second input")).to_have_value(re.compile("ready"))


@pytest.mark.usefixtures("runs")
def test_each_run_says_how_it_stands_and_what_can_be_done_with_it(open_page: Open) -> None:
    page = open_page()
    open_eval(page)
    listed = page.locator("#eval-runs li")
    expect(listed).to_have_count(2)
    part, whole = listed.all()
    expect(whole).to_contain_text("complete")
    expect(whole).to_contain_text("24 November 2026, 05:00 UTC · 6 questions")
    expect(whole).to_contain_text("12 of 12 answers · 1 failed")
    expect(whole.get_by_role("button", name="Go on")).to_have_count(0)
    expect(part).to_contain_text("stopped, can go on")
    expect(part).to_contain_text("5 of 12 answers")
    expect(part.get_by_role("button", name="Go on")).to_be_visible()


@pytest.mark.usefixtures("runs")
def test_the_report_opens_in_a_tab_of_its_own_and_is_saved_in_two_forms(open_page: Open) -> None:
    page = open_page()
    open_eval(page)
    whole = page.locator(f"[data-run='{WHOLE}']").first
    with page.context.expect_page() as opened:
        whole.get_by_role("link", name=re.compile("Open the report")).press("Enter")
    report = opened.value
    expect(report.locator("body")).to_contain_text("Built-in reader")
    assert report.url.endswith(f"/report/{WHOLE}.html")
    for name, form in (("Markdown", "md"), ("JSON", "json")):
        with page.expect_download() as download:
            whole.get_by_role("link", name=re.compile(name)).click()
        assert download.value.suggested_filename == f"counterpoint-run-{WHOLE}.{form}"


@pytest.mark.usefixtures("runs")
def test_the_decision_card_is_asked_for_by_keyboard(open_page: Open) -> None:
    page = open_page()
    open_eval(page)
    whole = page.locator(f"#eval-runs li[data-run='{WHOLE}']")
    whole.get_by_role("button", name=re.compile("Decision card")).press("Enter")
    page.wait_for_function("document.activeElement.textContent === 'Decision card'")
    page.get_by_label("Quality, at least").fill("")
    page.get_by_role("button", name="Who remains?").press("Enter")
    expect(page.locator("#eval-card-out")).to_contain_text("Set at least one limit")
    page.get_by_label("1,000 questions, at most").fill("1,50")
    page.get_by_role("button", name="Who remains?").press("Enter")
    expect(page.locator("#eval-card-out [role=alert]")).to_contain_text("Write it with a point")
    page.get_by_label("1,000 questions, at most").fill("")
    page.get_by_label("No data may leave this machine").check()
    page.get_by_role("button", name="Who remains?").press("Enter")
    kept = page.locator("#eval-card-out article")
    expect(kept).to_have_count(2)
    reader, stand_in = kept.all()
    expect(reader).to_contain_text("remains")
    expect(stand_in).to_contain_text("is out")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open the report with this card").click()
    assert "stays-here=yes" in opened.value.url
    expect(opened.value.locator("body")).to_contain_text("must stay on this machine")


def test_a_run_from_the_command_line_shows_its_progress_and_is_stopped_there(
    open_page: Open, runs: tuple[RunFolder, RunFolder]
) -> None:
    _, part = runs
    (part.path / PROGRESS).write_text(TOLD, encoding="utf-8")
    page = open_page()
    with part.appending():
        open_eval(page)
        live = page.locator("#eval-live")
        expect(live).to_contain_text("3 of 12 answers · 1 failed · $0.0200 so far")
        expect(live).to_contain_text("about 9 s left")
        expect(live).to_contain_text("stop it there with Ctrl+C")
        expect(live.get_by_role("progressbar")).to_have_attribute("value", "3")
        expect(page.locator("#eval-stop")).to_have_count(0)
        expect(page.locator("#eval-setup")).to_have_count(0)
    expect(page.locator("#eval-setup")).to_be_visible()
    expect(page.locator("#eval-runs li")).to_have_count(2)
    expect(page.locator("#eval-announcer")).to_contain_text("The run has ended.")


def test_a_wish_that_cannot_be_granted_is_told_at_once(
    open_page: Open, assistant: ScriptedAssistant
) -> None:
    missing = Health(HealthState.NO_KEY, "The key is not set.", "Set ANTHROPIC_API_KEY.")
    assistant.healths = {e.id: missing for e in assistant.entries if e.kind == "proprietary"}
    page = open_page()
    open_eval(page)
    expect(page.locator("#eval-second input")).to_have_value(re.compile("Stand-in"))
    page.get_by_label("Ceiling in US dollars").fill("much")
    page.get_by_role("button", name="See what it takes").click()
    problem = page.locator("#eval-plan [role=alert]")
    expect(problem).to_contain_text("The ceiling is no number")
    page.get_by_label("Ceiling in US dollars").fill("1.00")
    expect(problem).to_have_count(0)
    page.click("#eval-second input")
    page.get_by_role("option", name="Llama 3.2 3B").click()
    page.get_by_role("button", name="See what it takes").click()
    expect(problem).to_contain_text("two different backends")
    expect(page.locator("#eval-begin")).to_have_count(0)


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_has_nothing_against_the_tab(open_page: Open, scheme: str) -> None:
    page = open_page(color_scheme=scheme)
    open_eval(page)
    page.get_by_role("button", name=re.compile("A third side")).click()
    page.get_by_role("button", name=re.compile("Decision card")).last.click()
    page.get_by_label("Quality, at least").fill("80")
    page.get_by_role("button", name="Who remains?").click()
    expect(page.locator("#eval-card-out article")).to_have_count(2)
    assert violations(page, "#eval", off=LISTS) == []


@pytest.mark.usefixtures("runs")
def test_the_tab_fits_a_phone(open_page: Open) -> None:
    page = open_page(viewport=PHONE)
    open_eval(page)
    page.get_by_role("button", name=re.compile("A third side")).click()
    page.get_by_role("button", name=re.compile("Decision card")).last.click()
    page.get_by_role("button", name="Who remains?").click()
    expect(page.locator("#eval-card-out article")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    outside = page.locator("#eval :is(button, a, input, h3, h4)").evaluate_all(
        "all => all.filter(each => each.checkVisibility()"
        " && each.getBoundingClientRect().right > innerWidth).length"
    )
    assert outside == 0


def test_the_page_of_a_home_without_runs_makes_no_folder(
    open_page: Open, assistant: ScriptedAssistant
) -> None:
    open_eval(open_page())
    assert not Path(assistant.home / "runs").exists()
