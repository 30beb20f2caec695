"""What a designer would look for: what is in view, what fingers reach, what axe-core finds."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Open, answered, ask, choose
from tests.support.scripted_assistant import ScriptedAssistant
from tests.support.scripted_objects import Script

QUESTION = "Who makes Phi-3?"
PHONE = {"width": 360, "height": 740}
# Controls inside a line of text are as high as the line.
SMALLER_THAN_A_FINGER = """() => [...document.querySelectorAll(
    "#tabs [role=tab], #head button, #kind label, .backend .wrap, #side button, #talk button, "
    + "#talk summary")]
  .filter((each) => each.checkVisibility() && !each.closest(".sr-only")
    && each.getBoundingClientRect().height > 1 && each.getBoundingClientRect().height < 43.5)
  .map((each) => `${each.textContent.trim()}: ${each.getBoundingClientRect().height}`)"""


def head_bottom(page: Page) -> float:
    """Where the part that stays at the top of the page ends."""
    box = page.locator("#choices").bounding_box()
    assert box is not None
    return box["y"] + box["height"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_chat_empty_or_with_both_sides(
    open_page: Open, scheme: str
) -> None:
    page = open_page(color_scheme=scheme)
    assert violations(page) == []
    choose(page, "Both")
    ask(page, QUESTION)
    answered(page)
    page.locator(".receipt > summary").first.click()
    page.locator(".checks > summary").first.click()
    assert violations(page) == []
    page.fill("#question textarea", "What does it cost?")
    page.click("#look")
    expect(page.locator(".preview")).to_have_count(1)
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.click("[data-keys]")
    assert violations(page, "#keys") == []


def test_axe_finds_nothing_on_a_phone(open_page: Open) -> None:
    page = open_page(viewport=PHONE)
    choose(page, "Both")
    ask(page, QUESTION)
    answered(page)
    assert violations(page) == []


@pytest.mark.parametrize("height", [500, 860])
def test_the_first_question_stays_below_the_head_however_fast_its_answer_comes(
    open_page: Open, height: int
) -> None:
    page = open_page(viewport={"width": 1280, "height": height})
    ask(page, QUESTION)
    answered(page)
    box = page.locator("#turn-1 .question").bounding_box()
    assert box is not None
    assert box["y"] >= head_bottom(page)


def test_the_button_for_the_other_side_is_read_as_words(open_page: Open) -> None:
    page = open_page()
    ask(page, QUESTION)
    answered(page)
    assert page.locator("[data-action=other]").inner_text() == "Ask Claude Sonnet too"


def test_on_a_phone_every_control_is_as_high_as_a_finger(open_page: Open) -> None:
    page = open_page(viewport=PHONE)
    choose(page, "Both")
    ask(page, QUESTION)
    answered(page)
    assert page.evaluate(SMALLER_THAN_A_FINGER) == []


def test_on_a_phone_the_question_box_is_at_hand_below_the_sources_too(open_page: Open) -> None:
    page = open_page(viewport=PHONE)
    ask(page, QUESTION)
    answered(page)
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    expect(page.locator("#ask")).to_be_in_viewport(ratio=1)
    page.wait_for_function(
        """() => {
            const last = [...document.querySelectorAll("#sources .passage")].at(-1);
            const composer = document.querySelector("#composer");
            return last.getBoundingClientRect().bottom <= composer.getBoundingClientRect().top;
        }"""
    )


def test_on_a_phone_where_a_question_goes_takes_three_lines_at_most(open_page: Open) -> None:
    page = open_page(viewport=PHONE)
    choose(page, "Both")
    lines = page.evaluate(
        "() => { const e = document.querySelector('.destination');"
        " return e.offsetHeight / parseFloat(getComputedStyle(e).lineHeight); }"
    )
    assert round(lines) <= 3


def test_the_list_of_conversations_keeps_its_column_from_the_first_question_on(
    open_page: Open,
) -> None:
    page = open_page()
    widths = [page.locator("#side").evaluate("e => e.offsetWidth")]
    ask(page, QUESTION)
    answered(page)
    widths.append(page.locator("#side").evaluate("e => e.offsetWidth"))
    assert widths == [272, 272]


def test_what_is_wide_in_an_answer_scrolls_by_itself_and_leaves_the_page_its_width(
    open_page: Open, assistant: ScriptedAssistant
) -> None:
    row = "| " + "verylongcellcontent | " * 11 + "last cell is unknown. |"
    rule = "|---" * 12 + "|"
    text = f"Unknown thing.\n\n```\n{'x' * 400} is unknown.\n```\n\n{row}\n{rule}\n{row}"
    assistant.scripts = {each.id: Script(text=text) for each in assistant.entries}
    page = open_page()
    ask(page, QUESTION)
    answered(page)
    assert page.locator(".answer-text pre .doubt, .answer-text table .doubt").count() > 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


# Which part of the ring around the element that has the focus lies beyond what cuts it off.
CUT_OFF = """() => {
  const of = document.activeElement, style = getComputedStyle(of), at = of.getBoundingClientRect();
  const out = parseFloat(style.outlineWidth) + parseFloat(style.outlineOffset) - 0.5;
  for (let box = of.parentElement; box; box = box.parentElement) {
    const { display, overflow } = getComputedStyle(box), edge = box.getBoundingClientRect();
    if (box === document.body || box === document.documentElement) continue;
    if (overflow === "visible" || display === "contents") continue;
    if (at.left - out < edge.left || at.right + out > edge.right) return box.id || box.className;
    if (box.scrollHeight <= box.clientHeight && (at.top - out < edge.top
      || at.bottom + out > edge.bottom)) return box.id || box.className;
  }
  return "";
}"""


def test_the_ring_around_what_has_the_focus_is_not_cut_off(open_page: Open) -> None:
    page = open_page()
    ask(page, QUESTION)
    answered(page)
    page.locator("#send").focus()
    for part in ("preview", "first source", "second source"):
        page.keyboard.press("Tab")
        assert page.evaluate(CUT_OFF) == "", part
    assert page.locator("#sources summary:focus-visible").count() == 1
    page.click("#tab-bill-button")
    expect(page.locator("#figure-people input")).to_be_visible()
    page.locator("#figure-people input").focus()
    for part in ("questions", "days", "the machine"):
        page.keyboard.press("Tab")
        assert page.evaluate(CUT_OFF) == "", part
    assert page.locator("#bill-more .label-wrap:focus-visible").count() == 1


def test_what_the_framework_calls_an_error_keeps_its_own_look(open_page: Open) -> None:
    page = open_page()
    padding = page.evaluate(
        """() => ["toast-title error", "error"].map((name) => {
          const made = document.createElement("div");
          made.className = name;
          document.querySelector(".gradio-container").append(made);
          return getComputedStyle(made).paddingLeft;
        })"""
    )
    assert padding == ["0px", "14px"]
