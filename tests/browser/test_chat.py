"""The chat as a person uses it."""

import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from assistant.backends.base import Health, HealthState
from corpus.errors import BackendError, KeyMissing
from tests.browser.conftest import Open, answered, ask
from tests.support.scripted_assistant import ANSWER, COST_ANSWER, Script, ScriptedAssistant

WRONG_KEY = BackendError(
    "OpenAI did not accept the key.", "Check OPENAI_API_KEY, then start Counterpoint again."
)


def words(page: Page, selector: str) -> str:
    return page.locator(selector).inner_text()


def test_an_answer_streams_in_and_ends_with_citations_checks_and_a_receipt(
    open_page: Open, assistant: ScriptedAssistant
) -> None:
    gate = threading.Event()
    assistant.scripts["llama3.2-3b"] = Script(gate=gate, gate_after=12)
    page = open_page()
    ask(page, "Who makes Phi-3?")
    expect(page.locator("#live .answer-text")).to_contain_text("Microsoft makes Phi-3")
    expect(page.locator("#live .answer-text")).not_to_contain_text("3.8 billion")
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
    expect(page.locator("#live .answer-text")).to_contain_text("Microsoft makes Phi-3")
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


def test_a_question_that_was_never_sent_stays_in_the_box(
    open_page: Open, assistant: ScriptedAssistant
) -> None:
    assistant.scripts["claude-sonnet"] = Script(
        error=KeyMissing("Claude Sonnet needs a key.", "Set ANTHROPIC_API_KEY.")
    )
    page = open_page()
    page.click("#kind label:has-text('Proprietary')")
    expect(page.locator("#destination")).to_contain_text("Anthropic")
    ask(page, "Who makes Phi-3?")
    alert = page.locator("#conversation [role=alert]")
    expect(alert).to_contain_text("Claude Sonnet needs a key. Set ANTHROPIC_API_KEY.")
    assert page.input_value("#question textarea") == "Who makes Phi-3?"
    page.click("#kind label:has-text('Open')")
    page.click("#send")
    expect(page.locator("#conversation .answer")).to_contain_text("Microsoft")
    assert page.locator("#conversation [role=alert]").count() == 0


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


def test_the_other_side_answers_beside_the_first_over_the_same_evidence(
    open_page: Open, assistant: ScriptedAssistant
) -> None:
    assistant.scripts["claude-sonnet"] = Script(COST_ANSWER)
    page = open_page()
    ask(page, "Who makes Phi-3?")
    answered(page)
    page.click("text=Ask Claude Sonnet too")
    expect(page.locator("#conversation .answer")).to_have_count(2)
    left, right = (page.locator("#conversation .answer").nth(n).bounding_box() for n in (0, 1))
    assert left is not None
    assert right is not None
    assert left["x"] + left["width"] <= right["x"]
    hashes = page.locator("#conversation .receipt code").evaluate_all(
        "all => all.map(e => e.title)"
    )
    assert len(set(hashes)) == 1
    assert assistant.asked[1] == ("Who makes Phi-3?", 0, "claude-sonnet")


def test_a_starter_asks_itself_and_a_new_chat_brings_the_starters_back(open_page: Open) -> None:
    page = open_page()
    page.click("#starters button >> nth=1")
    answered(page)
    expect(page.locator("#conversation .question")).to_contain_text("advantages of open-source")
    expect(page.locator("#welcome")).to_have_count(0)
    page.click("#new-chat")
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
    for key, button in (
        ("Tab", "#send"),
        ("Tab", "#stop"),
        ("Shift+Tab", "#after button >> nth=0"),
    ):
        page.keyboard.press(key)
        if button.startswith("#after"):
            page.keyboard.press(key)
        expect(page.locator(button)).to_be_focused()
        page.keyboard.press("Enter")
        expect(box).to_be_focused()
        expect(page.locator("#stop" if button != "#stop" else "#send")).to_be_visible()


def test_why_a_question_was_refused_is_in_view_however_long_it_was(
    open_page: Open, assistant: ScriptedAssistant
) -> None:
    page = open_page()
    for turn in (1, 2):
        ask(page, "Who makes Phi-3?")
        answered(page, turn)
    ask(page, "long " * 1000)
    alert = page.locator("#conversation [role=alert]")
    expect(alert).to_be_in_viewport(ratio=1)
    composer = page.locator("#composer").bounding_box()
    shown = alert.bounding_box()
    assert composer is not None
    assert shown is not None
    assert shown["y"] + shown["height"] <= composer["y"]


def test_a_new_chat_in_mid_answer_can_be_asked_at_once(
    open_page: Open, assistant: ScriptedAssistant
) -> None:
    assistant.scripts["llama3.2-3b"] = Script(gate=threading.Event(), gate_after=4)
    page = open_page()
    ask(page, "Who makes Phi-3?")
    expect(page.locator("#live .answer-text")).to_contain_text("Microsoft makes Phi-3")
    assistant.scripts.clear()
    page.click("#new-chat")
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


def test_questions_wait_while_the_index_is_loading(
    open_page: Open, assistant: ScriptedAssistant
) -> None:
    assistant.ready.clear()
    page = open_page()
    expect(page.locator("#readiness")).to_contain_text("opening the index")
    ask(page, "Who makes Phi-3?")
    expect(page.locator("#live")).to_contain_text("Loading the index")
    assistant.ready.set()
    answered(page)
    expect(page.locator("#readiness .readiness")).to_have_count(0)


@dataclass(frozen=True)
class Step:
    status: str
    done_bytes: int | None = None
    total_bytes: int | None = None


def test_a_model_that_is_missing_is_pulled_with_progress(
    open_page: Open, assistant: ScriptedAssistant
) -> None:
    missing = Health(HealthState.MODEL_MISSING, "Ollama has no such model yet.", "Pull it.")
    assistant.healths["llama3.2-3b"] = missing
    arrived, pulled = threading.Event(), []

    async def pull(name: str) -> AsyncIterator[Step]:
        import asyncio

        pulled.append(name)
        yield Step("downloading", 500_000_000, 2_000_000_000)
        while not arrived.is_set():
            await asyncio.sleep(0.01)
        assistant.healths.pop("llama3.2-3b")
        yield Step("done", 2_000_000_000, 2_000_000_000)

    page = open_page(pull=pull)
    page.click("#backend-open input")
    page.click("text=Llama 3.2 3B · model not pulled")
    expect(page.locator("#state-panel")).to_contain_text("Download: 2.0 GB, memory: 4 GB")
    page.click("text=Pull Llama 3.2 3B (2.0 GB)")
    expect(page.locator("#pull-progress")).to_contain_text("500.0 MB of 2.0 GB (25%)")
    arrived.set()
    expect(page.locator("#backend-open input")).to_have_value("Llama 3.2 3B · ready")
    assert pulled == ["llama3.2:3b"]
    expect(page.locator("#state-panel .state-panel")).to_have_count(0)


def test_a_pull_can_be_cancelled(open_page: Open, assistant: ScriptedAssistant) -> None:
    assistant.healths["llama3.2-3b"] = Health(HealthState.MODEL_MISSING, "Not there yet.", "Pull.")
    closed = threading.Event()

    async def pull(_name: str) -> AsyncIterator[Step]:
        import asyncio

        try:
            yield Step("downloading", 1, 2)
            await asyncio.Event().wait()
        finally:
            closed.set()

    page = open_page(pull=pull)
    page.click("#backend-open input")
    page.click("text=Llama 3.2 3B · model not pulled")
    page.click("text=Pull Llama 3.2 3B (2.0 GB)")
    page.click("#pull >> text=Cancel")
    expect(page.locator("#pull-progress")).to_contain_text("Stopped.")
    assert closed.wait(5)


def test_two_visitors_do_not_see_each_other(open_page: Open, assistant: ScriptedAssistant) -> None:
    one = open_page()
    two = one.context.browser.new_context().new_page()  # type: ignore[union-attr]
    two.goto(one.url)
    two.wait_for_selector("#question textarea")
    ask(one, "A question of the first?")
    answered(one)
    expect(two.locator("#conversation .turn")).to_have_count(0)
    ask(two, "A question of the second?")
    answered(two)
    assert "of the first" not in words(two, "#conversation")
    assert [turns for _, turns, _ in assistant.asked] == [0, 0]
    two.context.close()


def test_the_theme_follows_the_system_until_it_is_switched_and_is_remembered(
    open_page: Open,
) -> None:
    page = open_page(color_scheme="dark")
    theme = "document.documentElement.dataset.theme + document.body.classList.contains('dark')"
    assert page.evaluate(theme) == "darktrue"
    page.click(".theme-switch")
    assert page.evaluate(theme) == "lightfalse"
    page.reload()
    page.wait_for_selector("#question textarea")
    assert page.evaluate(theme) == "lightfalse"


def test_at_phone_width_nothing_runs_over_the_edge(open_page: Open) -> None:
    page = open_page(viewport={"width": 360, "height": 740})
    wide = "document.documentElement.scrollWidth > window.innerWidth"
    assert not page.evaluate(wide)
    ask(page, "Who makes Phi-3?")
    answered(page)
    page.click("#conversation a.cite >> nth=0")
    expect(page.locator("#p1-2 .passage-text mark").first).to_be_in_viewport()
    for summary in page.locator("#conversation summary").all():
        summary.click()
    assert not page.evaluate(wide)


def test_every_control_has_a_name_and_every_image_of_state_has_words(open_page: Open) -> None:
    page = open_page()
    ask(page, "Who makes Phi-3?")
    answered(page)
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('button, a, input, textarea, summary')]
            .filter((e) => e.offsetParent && !e.textContent.trim()
                && !e.getAttribute('aria-label') && !e.labels?.length && !e.title)
            .map((e) => e.outerHTML.slice(0, 80))"""
    )
    assert nameless == []
    assert page.locator("[role=radiogroup]").get_attribute("aria-label") == "Kind of model"
    for badge in page.locator("#conversation .kind").all():
        assert badge.inner_text() in {"open", "proprietary"}
    assert "3 of 3 sentences supported" in words(page, "#announcer")


def test_with_reduced_motion_nothing_moves(open_page: Open, assistant: ScriptedAssistant) -> None:
    assistant.ready.clear()
    page = open_page(reduced_motion="reduce")
    ask(page, "Who makes Phi-3?")
    pulse = page.locator("#live .pulse")
    expect(pulse).to_be_visible()
    assert pulse.evaluate("e => getComputedStyle(e).animationName") == "none"
    assistant.ready.set()
    answered(page)


def test_the_page_is_updated_far_less_often_than_words_come(
    open_page: Open, assistant: ScriptedAssistant
) -> None:
    assistant.scripts["llama3.2-3b"] = Script(ANSWER * 12, pause_s=0.002)
    page = open_page()
    page.evaluate(
        """() => {
            window.times = [];
            new MutationObserver(() => window.times.push(performance.now()))
              .observe(document.querySelector('#live'),
                {childList: true, subtree: true, characterData: true});
        }"""
    )
    ask(page, "Who makes Phi-3?")
    answered(page)
    updates = page.evaluate("window.times.length")
    # The exact rate is tested on the batches themselves, with a clock that does not run.
    assert 5 < updates < len((ANSWER * 12).split()) / 4
