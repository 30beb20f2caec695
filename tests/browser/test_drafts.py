"""What is typed and not sent is not lost."""

import threading

from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, answered, ask
from tests.support.scripted_assistant import ScriptedAssistant
from tests.support.scripted_objects import ANSWER, Script

BOX = "#question textarea"
NEXT = "And what does it cost?"


def come_back(page: Page) -> None:
    page.wait_for_selector("#kind label:has-text('ready')")
    page.wait_for_selector("#conversation .turn")


def test_a_reload_keeps_what_stands_in_the_box_and_sending_it_lets_it_go(open_page: Open) -> None:
    page = open_page()
    ask(page, "Who makes Phi-3?")
    answered(page)
    page.fill(BOX, NEXT)
    page.reload()
    come_back(page)
    expect(page.locator(BOX)).to_have_value(NEXT)
    page.press(BOX, "Enter")
    answered(page, 2)
    expect(page.locator("#turn-2 .question")).to_contain_text(NEXT)
    page.reload()
    come_back(page)
    expect(page.locator(BOX)).to_have_value("")


def test_what_is_typed_while_an_answer_from_another_page_is_on_its_way_stays(
    open_page: Open, assistant: ScriptedAssistant
) -> None:
    gate = threading.Event()
    assistant.scripts["llama3.2-3b"] = Script(ANSWER, gate=gate, gate_after=3)
    page = open_page()
    ask(page, "Who makes Phi-3?")
    expect(page.locator(".is-live .answer-text")).not_to_be_empty()
    page.wait_for_url("**/?chat=*")
    second = page.context.new_page()
    second.goto(page.url)
    come_back(second)
    second.fill(BOX, NEXT)
    gate.set()
    answered(page)
    expect(second.locator("#conversation .receipt")).to_contain_text("in, ")
    expect(second.locator("#conversation .state")).to_have_count(0)
    expect(second.locator(BOX)).to_have_value(NEXT)
