"""The blind taste test as a person uses it, by keyboard."""

import threading

import pytest
from playwright.sync_api import Page, expect

from assistant.backends.base import Health, HealthState
from corpus.errors import BackendError
from tests.browser.axe import violations
from tests.browser.conftest import Open
from tests.support.scripted_assistant import ScriptedAssistant
from tests.support.scripted_objects import COST_ANSWER, Script
from tests.support.taste import OPEN, PAID


@pytest.fixture
def assistant(assistant: ScriptedAssistant) -> ScriptedAssistant:
    said = f"I'm Claude, made by Anthropic. {COST_ANSWER}"
    assistant.scripts[PAID] = Script(text=said)
    return assistant


def open_taste(page: Page) -> None:
    page.get_by_role("tab", name="Taste test").click()
    expect(page.locator("#taste-first input")).to_have_value("Llama 3.2 3B · ready")


def start(page: Page, *questions: str) -> None:
    open_taste(page)
    page.get_by_role("radio", name="My own").check()
    page.get_by_label("Your questions").fill("\n".join(questions))
    page.click("#taste-start")


def stage(page: Page, name: str, number: int = 1) -> None:
    page.wait_for_selector(f"#taste-stage [data-stage='{name}'][data-round='{number}']")


def press(page: Page, key: str, then: str, number: int = 1) -> None:
    page.keyboard.press(key)
    stage(page, then, number)


def test_a_whole_test_goes_by_keyboard_and_ends_with_a_result(open_page: Open) -> None:
    page = open_page()
    start(page, "Who makes Phi-3?", "What does an API cost?")
    stage(page, "ready")
    sheets = page.locator("#taste-stage .sheets")
    expect(sheets).not_to_contain_text("Claude")
    expect(sheets).to_contain_text("I am an assistant.")
    expect(page.locator("#taste-stage .receipt")).to_have_count(0)
    press(page, "1", "voted")
    expect(page.locator("#taste-stage .sheets")).not_to_contain_text("Claude")
    press(page, "3", "revealed")
    expect(page.locator("#taste-stage .sheet-name")).to_have_count(2)
    expect(page.locator("#taste-stage .receipt")).to_have_count(2)
    expect(page.locator("#taste-stage .told")).to_contain_text("You voted for A.")
    press(page, "2", "done")
    expect(page.locator("#taste-stage .told")).to_contain_text("you would take B")
    page.keyboard.press("Enter")
    stage(page, "ready", 2)
    expect(page.locator("#taste-stage .question")).to_have_text("What does an API cost?")
    press(page, "4", "voted", 2)
    press(page, "1", "revealed", 2)
    press(page, "4", "done", 2)
    page.keyboard.press("Enter")
    result = page.locator("#taste-stage .taste-result")
    expect(result).to_contain_text("of 1 for the open side")
    expect(result).to_contain_text("1 “both bad” takes no side")
    expect(result).to_contain_text("You changed your mind in 1 of 2 rounds")
    expect(result.locator("svg")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Votes as CSV").click()
    assert download.value.suggested_filename == "counterpoint-taste-votes.csv"
    assert "Who makes Phi-3?" in download.value.path().read_text(encoding="utf-8")


def test_the_focus_goes_to_what_is_asked_next(open_page: Open) -> None:
    page = open_page()
    start(page, "Who makes Phi-3?")
    stage(page, "ready")
    focused = "document.activeElement.textContent"
    page.wait_for_function(f"{focused}.includes('Which answer is better?')")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    stage(page, "voted")
    page.wait_for_function(f"{focused}.includes('Before you see the names')")


def test_a_key_that_is_typed_into_a_box_does_not_vote(open_page: Open) -> None:
    page = open_page()
    start(page, "Who makes Phi-3?")
    stage(page, "ready")
    page.get_by_role("tab", name="Chat").click()
    page.fill("#question textarea", "")
    page.locator("#question textarea").press("1")
    assert page.input_value("#question textarea") == "1"
    page.get_by_role("tab", name="Taste test").click()
    stage(page, "ready")


def test_a_citation_opens_its_source_below_the_answers(open_page: Open) -> None:
    page = open_page()
    start(page, "Who makes Phi-3?")
    stage(page, "ready")
    source = page.locator("#taste-source-3")
    assert source.get_attribute("open") is None
    page.locator("#taste-stage a.cite:text-is('3')").first.click()
    expect(source).to_have_attribute("open", "")
    expect(source.locator("summary")).to_be_focused()


def test_a_model_without_a_key_is_named_with_its_cure_before_the_start(
    open_page: Open, assistant: ScriptedAssistant
) -> None:
    missing = Health(HealthState.NO_KEY, "The key is not set.", "Set ANTHROPIC_API_KEY.")
    assistant.healths = {PAID: missing, "gpt-mini": missing}
    page = open_page()
    open_taste(page)
    expect(page.locator("#taste-state")).to_contain_text("no key")
    expect(page.locator("#taste-state")).to_contain_text("any two models that are ready")
    page.click("#taste-start")
    expect(page.locator("#taste-state")).to_contain_text("_KEY")
    expect(page.locator("#taste-start")).to_be_visible()
    assert assistant.asked == []


def test_two_open_models_are_told_apart_by_name(open_page: Open) -> None:
    page = open_page()
    open_taste(page)
    page.click("#taste-second input")
    page.get_by_role("option", name="SmolLM2").click()
    expect(page.locator("#taste-state")).to_contain_text("Both of these are open")
    page.click("#taste-start")
    stage(page, "ready")
    press(page, "1", "voted")
    expect(page.locator("#taste-stage .ballot h3")).to_contain_text("which one is Llama 3.2 3B?")


def test_stop_makes_the_round_void_and_the_test_goes_on(
    open_page: Open, assistant: ScriptedAssistant
) -> None:
    assistant.scripts[OPEN] = Script(gate=threading.Event(), gate_after=2)
    page = open_page()
    start(page, "One?", "Two?")
    stage(page, "writing")
    page.get_by_role("button", name="Stop").last.click()
    stage(page, "void")
    assistant.scripts.pop(OPEN)
    press(page, "1", "ready")
    press(page, "3", "voted")
    press(page, "3", "revealed")
    page.get_by_role("button", name="Skip").click()
    stage(page, "ready", 2)


def test_a_key_that_is_refused_is_told_with_the_result_and_not_before(
    open_page: Open, assistant: ScriptedAssistant
) -> None:
    refused = BackendError("Anthropic did not accept the key.", "Check ANTHROPIC_API_KEY.")
    assistant.scripts[PAID] = Script(error=refused)
    page = open_page()
    start(page, "One?")
    stage(page, "void")
    expect(page.locator("#taste-stage")).not_to_contain_text("Anthropic")
    page.keyboard.press("2")
    expect(page.locator("#taste-stage .taste-result")).to_contain_text("did not accept the key")


def test_votes_are_there_after_a_reload_and_can_be_deleted(open_page: Open) -> None:
    page = open_page()
    start(page, "One?")
    stage(page, "ready")
    press(page, "1", "voted")
    press(page, "1", "revealed")
    page.reload()
    page.wait_for_selector("#question textarea")
    open_taste(page)
    earlier = page.locator("#taste-earlier")
    expect(earlier).to_contain_text("1 vote")
    earlier.get_by_role("button", name="Delete my votes").click()
    expect(earlier).to_contain_text("1 vote")
    earlier.get_by_role("button", name="Really delete them?").click()
    expect(earlier).not_to_contain_text("1 vote")


def test_a_test_goes_on_after_a_reload_where_it_stood(open_page: Open) -> None:
    page = open_page()
    start(page, "One?", "Two?")
    stage(page, "ready")
    press(page, "1", "voted")
    page.reload()
    page.wait_for_selector("#question textarea")
    open_taste(page)
    offer = page.locator("#taste-unfinished")
    expect(offer).to_contain_text("Llama 3.2 3B and Claude Sonnet is not over: round 1 of 2.")
    assert violations(page) == []
    offer.get_by_role("button", name="Go on with it").click()
    stage(page, "voted")
    expect(page.locator("#taste-setup")).to_be_hidden()
    press(page, "3", "revealed")
    expect(page.locator("#taste-stage .told")).to_contain_text("You voted for A.")
    press(page, "1", "done")
    press(page, "Enter", "ready", 2)


# The corner of a table that a model wrote may be empty.
MODELS_OWN = ["empty-table-header"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_stage_passes_axe(open_page: Open, scheme: str) -> None:
    page = open_page(color_scheme=scheme, reduced_motion="reduce")
    open_taste(page)
    assert violations(page, "#taste", off=MODELS_OWN) == []
    start(page, "Who makes Phi-3?")
    stage(page, "ready")
    assert violations(page, "#taste", off=MODELS_OWN) == []
    press(page, "1", "voted")
    assert violations(page, "#taste", off=MODELS_OWN) == []
    press(page, "1", "revealed")
    assert violations(page, "#taste", off=MODELS_OWN) == []
    press(page, "2", "done")
    page.keyboard.press("Enter")
    page.wait_for_selector("#taste-stage .taste-result")
    page.locator(".taste-rounds summary").click()
    assert violations(page, "#taste", off=MODELS_OWN) == []
    page.get_by_role("button", name="New test").click()
    page.locator(".taste-pair summary").click()
    assert violations(page, "#taste", off=MODELS_OWN) == []


def test_on_a_phone_the_answers_stand_below_each_other(open_page: Open) -> None:
    page = open_page(viewport={"width": 360, "height": 760})
    page.get_by_role("tab", name="Taste test").click()
    page.click("#taste-start")
    stage(page, "ready")
    boxes = [sheet.bounding_box() for sheet in page.locator("#taste-stage .sheet").all()]
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert boxes[1]["y"] >= boxes[0]["y"] + boxes[0]["height"]
    assert boxes[0]["x"] >= 0
    assert boxes[0]["x"] + boxes[0]["width"] <= 360
