"""The chat as a person uses it."""

import threading

import pytest
from playwright.sync_api import expect

from assistant.backends.base import Health, HealthState
from corpus.errors import BackendError, KeyMissing
from tests.browser.conftest import Open, answered, ask, choose
from tests.support.scripted_assistant import ScriptedAssistant
from tests.support.scripted_objects import ANSWER, Script

WRONG_KEY = BackendError(
    "OpenAI did not accept the key.", "Check OPENAI_API_KEY, then start Counterpoint again."
)


def test_an_answer_streams_in_and_ends_with_citations_checks_and_a_receipt(
    open_page: Open, assistant: ScriptedAssistant
) -> None:
    gate = threading.Event()
    assistant.scripts["llama3.2-3b"] = Script(gate=gate, gate_after=12)
    page = open_page()
    ask(page, "Who makes Phi-3?")
    expect(page.locator(".is-live .answer-text")).to_contain_text("Microsoft makes Phi-3")
    expect(page.locator(".is-live .answer-text")).not_to_contain_text("3.8 billion")
    expect(page.locator("#sources")).to_contain_text("Note: Phi-3")
    gate.set()
    answered(page)
    card = page.locator("#conversation .answer")
    expect(card).to_contain_text("3.8 billion parameters")
    expect(card).to_contain_text("3 of 3 sentences supported")
    expect(card).to_contain_text("Lesson and vendor differ")
    expect(card).to_contain_text("stayed on this machine")
    assert page.locator("#conversation a.cite").all_inner_texts() == ["2", "1", "2"]
    assert page.input_value("#question textarea") == ""


def test_a_click_on_a_citation_opens_its_passage_at_the_marked_sentence(open_page: Open) -> None:
    page = open_page()
    ask(page, "Who makes Phi-3?")
    answered(page)
    passage = page.locator("#p1-1")
    assert passage.get_attribute("open") is None
    page.click("#conversation a.cite:text-is('1')")
    expect(passage).to_have_attribute("open", "")
    expect(passage).to_have_class("passage is-chosen")
    expect(passage.locator(".passage-text mark").first).to_be_in_viewport()
    assert page.evaluate("document.activeElement.closest('.passage')?.id") == "p1-1"
    page.click("#p1-1 a.back")
    assert page.evaluate("document.activeElement.className") == "cite"


def test_a_citation_of_an_earlier_turn_brings_its_sources_back(open_page: Open) -> None:
    page = open_page()
    for number in (1, 2):
        ask(page, f"Question {number}?")
        answered(page, number)
    expect(page.locator("#sources .sources")).to_have_attribute("data-turn", "2")
    page.click("#turn-1 a.cite >> nth=0")
    expect(page.locator("#p1-2")).to_have_attribute("open", "")
    expect(page.locator("#sources .sources")).to_have_attribute("data-turn", "1")


def test_stop_keeps_what_has_arrived_and_says_so(
    open_page: Open, assistant: ScriptedAssistant
) -> None:
    assistant.scripts["llama3.2-3b"] = Script(gate=threading.Event(), gate_after=4)
    page = open_page()
    ask(page, "Who makes Phi-3?")
    expect(page.locator(".is-live .answer-text")).to_contain_text("Microsoft makes Phi-3")
    page.click("#stop")
    answered(page)
    card = page.locator("#conversation .answer")
    expect(card).to_contain_text("Microsoft makes Phi-3")
    expect(card).to_contain_text("stopped by you")
    expect(page.locator("#send")).to_be_visible()


def test_a_missing_key_is_shown_with_its_cure_before_anything_is_asked(
    open_page: Open, assistant: ScriptedAssistant
) -> None:
    for backend_id in ("gpt-mini", "claude-sonnet"):
        assistant.healths[backend_id] = Health(HealthState.NO_KEY, "No key is set.", "Set it.")
    page = open_page()
    page.click("#kind label:has-text('Proprietary · no key')")
    panel = page.locator("#state-panel")
    expect(panel).to_contain_text("Claude Sonnet: no key.")
    expect(panel).to_contain_text("ANTHROPIC_API_KEY")
    assert page.locator("input[type=password]").count() == 0


def test_an_answer_that_failed_is_a_card_with_its_reason_and_can_be_asked_again(
    open_page: Open, assistant: ScriptedAssistant
) -> None:
    assistant.scripts["claude-sonnet"] = Script(
        error=KeyMissing("Claude Sonnet needs a key.", "Set ANTHROPIC_API_KEY.")
    )
    page = open_page()
    choose(page, "Proprietary")
    ask(page, "Who makes Phi-3?")
    answered(page)
    alert = page.locator("#conversation .answer [role=alert]")
    expect(alert).to_contain_text("Claude Sonnet needs a key. Set ANTHROPIC_API_KEY.")
    assistant.scripts.clear()
    page.click("#answer-1-0 [data-action=again]")
    expect(page.locator("#answer-1-1 .answer-text")).to_contain_text("Microsoft")
    expect(page.locator("#conversation .answer")).to_have_count(2)


def test_a_broken_stream_shows_its_partial_answer_and_the_error_in_our_words(
    open_page: Open, assistant: ScriptedAssistant
) -> None:
    assistant.scripts["llama3.2-3b"] = Script(error=WRONG_KEY, fail_after=3)
    page = open_page()
    ask(page, "Who makes Phi-3?")
    answered(page)
    card = page.locator("#conversation .answer")
    expect(card).to_contain_text("Microsoft makes Phi-3")
    expect(card).to_contain_text("broke off")
    expect(card).to_contain_text("OpenAI did not accept the key.")


def test_an_error_of_the_program_itself_shows_a_mark_and_nothing_else(
    open_page: Open, assistant: ScriptedAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "-".join(["sk", "secret", "0123456789"])

    def leak(_question: str) -> None:
        raise RuntimeError(secret)

    assistant.on_ask = leak  # type: ignore[assignment]
    page = open_page()
    ask(page, "Who makes Phi-3?")
    expect(page.locator("#conversation [role=alert]")).to_contain_text("Something unexpected")
    assert "RuntimeError" in caplog.text
    assert secret not in page.content() + caplog.text
    expect(page.locator("#send")).to_be_visible()


def test_the_toggle_flips_model_accent_and_destination(open_page: Open) -> None:
    page = open_page()
    accent = "getComputedStyle(document.querySelector('#send')).backgroundColor"
    expect(page.locator("#destination")).to_contain_text("stays on this machine")
    before = page.evaluate(accent)
    page.click("#kind label:has-text('Proprietary')")
    expect(page.locator("#destination")).to_contain_text("go to Anthropic")
    assert page.input_value("#backend-proprietary input") == "Claude Sonnet · ready"
    assert page.evaluate(accent) != before
    ask(page, "Who makes Phi-3?")
    answered(page)
    expect(page.locator("#conversation .answer .kind")).to_have_text("proprietary")
    expect(page.locator("#conversation .answer")).to_contain_text("api.vendor.example")


def test_a_starter_asks_itself_and_a_new_chat_brings_the_starters_back(open_page: Open) -> None:
    page = open_page()
    page.click("#starters button >> nth=1")
    answered(page)
    expect(page.locator("#conversation .question")).to_contain_text("advantages of open-source")
    expect(page.locator("#welcome")).to_have_count(0)
    page.click("[data-new] >> visible=true")
    expect(page.locator("#starters button")).to_have_count(4)
    expect(page.locator("#conversation .turn")).to_have_count(0)


def test_an_empty_question_is_refused_in_words(
    open_page: Open, assistant: ScriptedAssistant
) -> None:
    page = open_page()
    page.click("#send")
    expect(page.locator("#conversation [role=alert]")).to_contain_text("The question is empty.")
    assert assistant.asked == []


def test_shift_enter_makes_a_line_and_enter_sends(
    open_page: Open, assistant: ScriptedAssistant
) -> None:
    page = open_page()
    page.click("#question textarea")
    page.keyboard.type("One")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("Two?")
    page.keyboard.press("Enter")
    answered(page)
    assert assistant.asked[0][0] == "One\nTwo?"


def test_the_whole_flow_works_by_keyboard_alone(open_page: Open) -> None:
    page = open_page()

    def tab_to(selector: str, key: str = "Tab") -> None:
        for _ in range(60):
            if page.evaluate("s => document.activeElement.matches(s)", selector):
                return
            page.keyboard.press(key)
        raise AssertionError(f"the Tab key never reached {selector}")

    tab_to("#kind input", "Shift+Tab")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#destination")).to_contain_text("Anthropic")
    tab_to("#question textarea")
    page.keyboard.type("Who makes Phi-3?")
    page.keyboard.press("Enter")
    answered(page)
    tab_to("#conversation a.cite", "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#sources .passage[open]")).to_have_count(1)
    tab_to("#sources a.back")
    page.keyboard.press("Enter")
    tab_to("#conversation .checks summary")
    page.keyboard.press("Enter")
    expect(page.locator("#conversation .checks li").first).to_be_visible()


def test_the_keyboard_keeps_its_place_when_its_button_goes_away(
    open_page: Open, assistant: ScriptedAssistant
) -> None:
    assistant.scripts["llama3.2-3b"] = Script(gate=threading.Event(), gate_after=4)
    page = open_page()
    box = page.locator("#question textarea")
    box.fill("Who makes Phi-3?")

    def use(button: str, after: str) -> None:
        page.keyboard.press("Tab")
        expect(page.locator(button)).to_be_focused()
        page.keyboard.press("Enter")
        expect(box).to_be_focused()
        expect(page.locator(after)).to_be_visible()

    use("#send", "#stop")
    # A question that is stopped before its answer has begun would go back into the box.
    expect(page.locator(".is-live .answer-text")).to_contain_text("Microsoft makes Phi-3")
    use("#stop", "#send")
    answered(page)
    again = page.locator("#answer-1-0 [data-action=again]")
    again.focus()
    assistant.scripts.clear()
    page.keyboard.press("Enter")
    expect(page.locator("#answer-1-1")).to_contain_text("3 of 3")
    assert page.evaluate("document.activeElement !== document.body")


def test_why_a_question_was_refused_is_in_view_however_long_it_was(
    open_page: Open, assistant: ScriptedAssistant
) -> None:
    page = open_page()
    for turn in (1, 2):
        ask(page, "Who makes Phi-3?")
        answered(page, turn)
    ask(page, "long " * 1000)
    page.wait_for_function(
        """() => {
            const alert = document.querySelector("#conversation [role=alert]");
            const composer = document.querySelector("#composer").getBoundingClientRect();
            return alert && alert.getBoundingClientRect().bottom <= composer.top;
        }"""
    )
    expect(page.locator("#conversation [role=alert]")).to_be_in_viewport(ratio=1)


def test_a_new_chat_in_mid_answer_can_be_asked_at_once(
    open_page: Open, assistant: ScriptedAssistant
) -> None:
    assistant.scripts["llama3.2-3b"] = Script(gate=threading.Event(), gate_after=4)
    page = open_page()
    ask(page, "Who makes Phi-3?")
    expect(page.locator(".is-live .answer-text")).to_contain_text("Microsoft makes Phi-3")
    assistant.scripts.clear()
    page.click("[data-new] >> visible=true")
    page.click("#starters button >> nth=1")
    answered(page)
    expect(page.locator("#conversation .question")).to_contain_text("advantages of open-source")
    expect(page.locator("#send")).to_be_visible()


def test_folds_that_were_opened_stay_open_when_the_next_answer_comes(open_page: Open) -> None:
    page = open_page()
    ask(page, "One?")
    answered(page)
    page.click("#turn-1 .receipt summary")
    ask(page, "Two?")
    answered(page, 2)
    expect(page.locator("#turn-1 .receipt")).to_have_attribute("open", "")
    assert page.locator("#turn-2 .receipt").get_attribute("open") is None


def test_the_page_follows_an_answer_and_keeps_its_question_in_view(
    open_page: Open, assistant: ScriptedAssistant
) -> None:
    page = open_page()
    ask(page, "One?")
    answered(page)
    assistant.scripts["llama3.2-3b"] = Script(f"{ANSWER}\n\n" * 20)
    ask(page, "Two?")
    answered(page, 2)
    expect(page.locator("#turn-2 .question")).to_be_in_viewport()
    expect(page.locator("#turn-1 .question")).not_to_be_in_viewport()


# What a busy browser does: of updates that come close together it sees the last one alone.
SEES_ONLY_ENDS = """
  let chat;
  Object.defineProperty(window, "counterpointChat", {
    get: () => chat,
    set: (made) => {
      const { conversation } = made;
      made.conversation = (element, trigger, props, watch) => conversation(element, trigger, props,
        (name, seen) => watch(name, () => { if (!props.value.writing) seen(); }));
      chat = made;
    },
  });
"""


def test_a_browser_that_sees_an_answer_only_when_it_has_ended_does_what_begins_with_it(
    open_page: Open, assistant: ScriptedAssistant
) -> None:
    page = open_page()
    page.add_init_script(SEES_ONLY_ENDS)
    page.reload()
    page.wait_for_selector("#kind label:has-text('ready')")
    ask(page, "One?")
    answered(page)
    assistant.scripts["llama3.2-3b"] = Script(f"{ANSWER}\n\n" * 20)
    page.fill("#question textarea", "Two?")
    page.click("#look")
    expect(page.locator(".preview")).to_have_count(1)
    page.press("#question textarea", "Enter")
    answered(page, 2)
    expect(page.locator("#question textarea")).to_have_value("")
    expect(page.locator(".preview")).to_have_count(0)
    expect(page.locator("#turn-2 .question")).to_be_in_viewport()
    expect(page.locator("#turn-1 .question")).not_to_be_in_viewport()
