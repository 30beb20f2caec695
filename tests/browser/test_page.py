"""The page around the chat: loading, models, visitors, themes, sizes."""

import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from assistant.backends.base import Health, HealthState
from tests.browser.conftest import Open, answered, ask, words
from tests.support.scripted_assistant import ScriptedAssistant
from tests.support.scripted_objects import ANSWER, Script
from ui.web.stream import INTERVAL_S


def test_questions_wait_while_the_index_is_loading(
    open_page: Open, assistant: ScriptedAssistant
) -> None:
    assistant.ready.clear()
    page = open_page()
    expect(page.locator("#readiness")).to_contain_text("opening the index")
    ask(page, "Who makes Phi-3?")
    expect(page.locator(".is-live")).to_contain_text("Loading the index")
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
    assert closed.wait(30)


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


@pytest.mark.parametrize("width", [320, 360])
def test_on_a_phone_every_tab_is_in_one_row_and_the_chosen_one_is_in_view(
    open_page: Open, width: int
) -> None:
    page = open_page(viewport={"width": width, "height": 740})
    tabs = page.locator("#tabs [role=tab]")
    names = [each.inner_text() for each in tabs.all()]
    assert {"Chat", "The lesson, checked", "Taste test", "Bill"} <= set(names)
    assert len({each.bounding_box()["y"] for each in tabs.all()}) == 1  # type: ignore[index]
    for each in (*reversed(tabs.all()), *tabs.all()):
        each.evaluate("tab => tab.click()")
        expect(each).to_be_in_viewport(ratio=0.95)
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


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
    expect(page.locator("#announcer")).to_contain_text("3 of 3 sentences supported")


def test_with_reduced_motion_nothing_moves(open_page: Open, assistant: ScriptedAssistant) -> None:
    assistant.ready.clear()
    page = open_page(reduced_motion="reduce")
    ask(page, "Who makes Phi-3?")
    pulse = page.locator(".is-live .pulse")
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
              .observe(document.querySelector('#conversation'),
                {childList: true, subtree: true, characterData: true});
        }"""
    )
    ask(page, "Who makes Phi-3?")
    answered(page)
    updates, spent_s = page.evaluate("[times.length, (times.at(-1) - times[0]) / 1000]")
    # The exact rate is tested on the batches themselves, with a clock that does not run.
    assert 1 < updates < 2 * spent_s / INTERVAL_S + 10
