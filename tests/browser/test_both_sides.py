"""Both sides at once, as a person uses them."""

import threading

from playwright.sync_api import Page, expect

from corpus.errors import KeyMissing
from tests.browser.conftest import Open, answered, ask, choose
from tests.support.scripted_assistant import ScriptedAssistant
from tests.support.scripted_objects import ANSWER, COST_ANSWER, Script

QUESTION = "Who makes Phi-3?"
OPEN, PROPRIETARY = "#answer-1-0", "#answer-1-1"


def left_and_right(page: Page, one: str, other: str) -> bool:
    boxes = [page.locator(each).bounding_box() for each in (one, other)]
    assert boxes[0] is not None
    assert boxes[1] is not None
    return boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]


def test_one_question_streams_into_two_columns_and_both_show_the_same_evidence(
    open_page: Open, assistant: ScriptedAssistant
) -> None:
    gate = threading.Event()
    assistant.scripts["llama3.2-3b"] = Script(ANSWER, gate=gate, gate_after=6)
    assistant.scripts["claude-sonnet"] = Script(COST_ANSWER, gate=gate, gate_after=8)
    page = open_page()
    choose(page, "Both")
    expect(page.locator("#backend-open")).to_be_visible()
    expect(page.locator("#backend-proprietary")).to_be_visible()
    expect(page.locator("#destination")).to_contain_text("Llama 3.2 3B answers on this machine.")
    expect(page.locator("#destination")).to_contain_text("go to Anthropic")
    ask(page, QUESTION)
    expect(page.locator(f"{OPEN}.is-live .answer-text")).to_contain_text("Microsoft makes Phi-3")
    expect(page.locator(f"{PROPRIETARY}.is-live .answer-text")).to_contain_text("The two differ")
    assert left_and_right(page, OPEN, PROPRIETARY)
    gate.set()
    answered(page)
    assert left_and_right(page, OPEN, PROPRIETARY)
    expect(page.locator("#announcer")).to_contain_text("Answer by Claude Sonnet finished.")
    hashes = page.locator("#conversation .receipt code").evaluate_all(
        "all => all.filter(e => e.title).map(e => e.title)"
    )
    assert len(hashes) >= 2
    assert {hashes.count(each) % 2 for each in set(hashes)} == {0}
    assert page.locator("#conversation .totals").inner_text().count("1 answer") == 2


def test_the_side_that_is_done_shows_its_receipt_while_the_other_still_writes(
    open_page: Open, assistant: ScriptedAssistant
) -> None:
    gate = threading.Event()
    assistant.scripts["llama3.2-3b"] = Script(ANSWER, gate=gate, gate_after=6)
    page = open_page()
    choose(page, "Both")
    ask(page, QUESTION)
    expect(page.locator(PROPRIETARY)).to_contain_text("3 of 3 sentences supported")
    expect(page.locator(f"{OPEN}.is-live .answer-text")).to_contain_text("Microsoft makes Phi-3")
    expect(page.locator(f"{PROPRIETARY} [data-action=again]")).to_be_disabled()
    gate.set()
    answered(page)
    expect(page.locator(f"{PROPRIETARY} [data-action=again]")).to_be_enabled()


def test_the_failure_of_one_side_stays_in_its_column(
    open_page: Open, assistant: ScriptedAssistant
) -> None:
    assistant.scripts["claude-sonnet"] = Script(
        error=KeyMissing("Claude Sonnet needs a key.", "Set ANTHROPIC_API_KEY.")
    )
    page = open_page()
    choose(page, "Both")
    ask(page, QUESTION)
    answered(page)
    expect(page.locator(OPEN)).to_contain_text("3 of 3 sentences supported")
    expect(page.locator(f"{PROPRIETARY} [role=alert]")).to_contain_text("needs a key")
    assert page.locator(f"{OPEN} [role=alert]").count() == 0


def test_one_side_is_stopped_alone(open_page: Open, assistant: ScriptedAssistant) -> None:
    gate = threading.Event()
    for backend_id in ("llama3.2-3b", "claude-sonnet"):
        assistant.scripts[backend_id] = Script(ANSWER, gate=gate, gate_after=6)
    page = open_page()
    choose(page, "Both")
    ask(page, QUESTION)
    expect(page.locator(f"{OPEN} .answer-text")).to_contain_text("Microsoft makes Phi-3")
    page.click(f"{OPEN} [data-action=stop]")
    expect(page.locator(OPEN)).to_contain_text("stopped by you")
    expect(page.locator(f"{PROPRIETARY}.is-live")).to_have_count(1)
    gate.set()
    answered(page)
    expect(page.locator(PROPRIETARY)).to_contain_text("3.8 billion parameters")


def test_the_other_side_of_any_question_is_asked_later_over_the_same_evidence(
    open_page: Open, assistant: ScriptedAssistant
) -> None:
    page = open_page()
    for number in (1, 2):
        ask(page, f"Question {number}?")
        answered(page, number)
    page.click("#answer-1-0 [data-action=other]")
    expect(page.locator("#answer-1-1")).to_contain_text("3 of 3 sentences supported")
    answered(page, 2)
    assert left_and_right(page, OPEN, PROPRIETARY)
    assert assistant.asked[-1] == ("Question 1?", 0, "claude-sonnet")
    assert page.locator("#turn-1 [data-action=other]").count() == 0
    assert page.locator("#turn-2 [data-action=other]").count() == 1


def test_the_button_names_whoever_is_chosen_on_the_other_side_now(open_page: Open) -> None:
    page = open_page()
    ask(page, QUESTION)
    answered(page)
    other = page.locator("#answer-1-0 [data-action=other]")
    expect(other).to_have_text("Ask Claude Sonnet too")
    choose(page, "Both")
    page.click("#backend-proprietary input")
    page.click("text=GPT mini · ready")
    expect(other).to_have_text("Ask GPT mini too")
    other.click()
    expect(page.locator("#answer-1-1 h3")).to_have_text("GPT mini")


def test_versions_of_a_side_stand_in_order_and_none_is_lost(open_page: Open) -> None:
    page = open_page()
    choose(page, "Both")
    ask(page, QUESTION)
    answered(page)
    page.click(f"{OPEN} [data-action=again]")
    expect(page.locator("#answer-1-2")).to_contain_text("version 2")
    answered(page)
    side = page.locator("#turn-1-open .answer")
    assert side.evaluate_all("all => all.map(e => e.id)") == ["answer-1-0", "answer-1-2"]
    expect(page.locator(OPEN)).to_contain_text("version 1")
    expect(page.locator("#turn-1-proprietary .version")).to_have_count(0)


def test_on_a_phone_the_two_sides_are_tabs(open_page: Open) -> None:
    page = open_page(viewport={"width": 360, "height": 740})
    choose(page, "Both")
    ask(page, QUESTION)
    answered(page)
    expect(page.locator(OPEN)).to_be_visible()
    expect(page.locator(PROPRIETARY)).to_be_hidden()
    tab = page.locator("[role=tab][data-side-tab=proprietary]")
    tab.click()
    expect(tab).to_have_attribute("aria-selected", "true")
    expect(page.locator(PROPRIETARY)).to_be_visible()
    expect(page.locator(OPEN)).to_be_hidden()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(OPEN)).to_be_visible()
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


def test_a_question_is_edited_and_asked_as_a_new_turn(
    open_page: Open, assistant: ScriptedAssistant
) -> None:
    page = open_page()
    ask(page, "Who <makes> Phi-3?")
    answered(page)
    page.click("#turn-1 [data-action=edit]")
    box = page.locator("#question textarea")
    expect(box).to_have_value("Who <makes> Phi-3?")
    expect(box).to_be_focused()
    page.keyboard.type(" And when?")
    page.keyboard.press("Enter")
    answered(page, 2)
    assert [question for question, _, _ in assistant.asked] == [
        "Who <makes> Phi-3?",
        "Who <makes> Phi-3? And when?",
    ]


def test_what_would_be_sent_is_seen_before_and_nothing_is(
    open_page: Open, assistant: ScriptedAssistant
) -> None:
    page = open_page()
    choose(page, "Both")
    page.fill("#question textarea", "I am jane.doe@example.org. What does it cost?")
    page.click("#look")
    panel = page.locator(".preview")
    expect(panel).to_contain_text("api.vendor.example")
    expect(panel).to_contain_text("on this machine")
    expect(panel.locator("mark.personal")).to_contain_text("jane.doe@example.org")
    expect(panel.locator(".messages")).to_contain_text("Usually free to use")
    assert assistant.asked == []
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(page.locator("#look")).to_be_focused()
    page.click("#look")
    expect(panel).to_have_count(1)
    page.click("#send")
    answered(page)
    expect(panel).to_have_count(0)


def test_a_question_of_another_tab_is_asked_of_both_sides_in_the_chat(
    open_page: Open, assistant: ScriptedAssistant
) -> None:
    page = open_page()
    page.evaluate(
        """() => document.body.insertAdjacentHTML("beforeend",
            "<button id='elsewhere' data-ask='Is Phi-3 open?'>Ask both sides</button>")"""
    )
    page.click("#tab-lesson-button")
    page.evaluate("document.getElementById('elsewhere').click()")
    answered(page)
    expect(page.locator("#tab-chat-button")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#kind input[value=both]")).to_be_checked()
    assert sorted(assistant.asked) == [
        ("Is Phi-3 open?", 0, "claude-sonnet"),
        ("Is Phi-3 open?", 0, "llama3.2-3b"),
    ]


def test_keys_do_what_the_list_of_keys_says_and_nothing_while_typing(
    open_page: Open, assistant: ScriptedAssistant
) -> None:
    assistant.scripts["claude-sonnet"] = Script(gate=threading.Event(), gate_after=4)
    page = open_page()
    box = page.locator("#question textarea")
    box.focus()
    page.keyboard.type("b/?n")
    expect(box).to_have_value("b/?n")
    box.fill("")
    box.evaluate("e => e.blur()")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("p")
    expect(page.locator("#destination")).to_contain_text("go to Anthropic")
    page.keyboard.press("b")
    expect(page.locator("#destination .to")).to_have_count(2)
    page.keyboard.press("/")
    expect(box).to_be_focused()
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator(f"{PROPRIETARY} .answer-text")).to_contain_text("Microsoft makes Phi-3")
    page.keyboard.press("Escape")
    answered(page)
    expect(page.locator(PROPRIETARY)).to_contain_text("stopped by you")
    box.evaluate("e => e.blur()")
    page.keyboard.press("n")
    expect(page.locator("#conversation .turn")).to_have_count(0)
