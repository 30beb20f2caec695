"""The lesson, checked, in a real Chromium."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Open, answered, ask

TAB = "The lesson, checked"
NOTE_WHAT_THE_BUTTON_SAYS = """() => {
  const button = document.querySelector("[data-copy-claim='claim-01']");
  window.said = [];
  new MutationObserver(() => said.push(button.textContent)).observe(button, {childList: true});
}"""


def open_lesson(page: Page) -> Page:
    page.get_by_role("tab", name=TAB).click()
    page.wait_for_selector("#lesson .lesson-text")
    return page


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.dataset.card ?? document.activeElement.id"))


def test_the_text_is_sent_when_the_tab_is_opened_and_not_before(open_page: Open) -> None:
    page = open_page()
    assert page.locator("#lesson .lesson-text").count() == 0
    open_lesson(page)
    expect(page.locator(".lesson-sum")).to_contain_text("61 claims checked")
    expect(page.locator("#lesson h3")).to_contain_text("Open Source vs Proprietary")
    # Coming back costs nothing: what was open stays open.
    page.locator("[data-open~='claim-23']").click()
    page.get_by_role("tab", name="Chat").click()
    open_lesson(page)
    expect(page.locator("[data-card='claim-23']")).to_have_count(1)


def test_evidence_opens_and_closes_by_keyboard_and_the_focus_returns(open_page: Open) -> None:
    page = open_lesson(open_page())
    button = page.locator("[data-open~='claim-47']")
    button.focus()
    page.keyboard.press("Enter")
    card = page.locator("[data-card='claim-47']")
    expect(card).to_be_visible()
    expect(card).to_contain_text("No vendor document bears this out")
    expect(card).to_contain_text("December 2022")
    assert focused(page) == "claim-47"
    expect(button).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Tab")
    link = page.evaluate("document.activeElement.href")
    assert link.startswith("https://")
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(button).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "false")


def test_a_click_on_the_marked_words_opens_all_claims_of_the_place(open_page: Open) -> None:
    page = open_lesson(open_page(reduced_motion="reduce"))
    page.locator("#claim-14").click()
    cards = page.locator("#evidence [data-card]")
    expect(cards).to_have_count(4)
    expect(cards.nth(1)).to_contain_text("Microsoft makes Phi-3")
    mark = page.locator("mark.claim.is-open").first.bounding_box()
    panel = page.locator("#evidence").bounding_box()
    assert mark and panel
    assert panel["x"] > mark["x"] + mark["width"]
    assert abs(panel["y"] - mark["y"]) < 60
    page.locator("#evidence").get_by_role("button", name=re.compile("^Close")).click()
    expect(cards).to_have_count(0)


def test_both_sides_can_be_asked_about_a_claim(open_page: Open) -> None:
    page = open_lesson(open_page())
    page.locator("[data-open~='claim-37']").click()
    page.locator("[data-card='claim-37']").get_by_role("button", name="Ask both sides").click()
    expect(page.get_by_role("tab", name="Chat")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#conversation .question").first).to_contain_text(
        "Is it true, as the lesson says, that Mixtral has 12.9B parameters?"
    )


def test_verdicts_and_systems_filter_what_is_marked(open_page: Open) -> None:
    page = open_lesson(open_page())
    status = page.locator("#lesson [role=status]")
    wrong = page.locator("[data-filter=verdict][data-value=wrong]")
    wrong.focus()
    page.keyboard.press("Space")
    expect(wrong).to_have_attribute("aria-pressed", "true")
    expect(status).to_have_text("20 of 61 claims are marked.")
    assert set(page.locator(".claim-button:visible").evaluate_all(
        "found => found.map((each) => each.dataset.verdict)"
    )) == {"wrong"}  # fmt: skip
    page.locator("[data-filter=system][data-value=grok]").click()
    expect(status).to_have_text("2 of 61 claims are marked.")
    page.keyboard.press("j")
    expect(page.locator("#evidence [data-card]")).to_have_count(2)
    page.get_by_role("button", name="Mark all").click()
    expect(status).to_have_text("All 61 claims are marked.")
    expect(page.locator("#evidence")).to_be_hidden()


def test_j_and_k_step_from_place_to_place_and_round_the_end(open_page: Open) -> None:
    page = open_lesson(open_page())
    page.locator("#lesson h2").click()
    page.keyboard.press("j")
    assert focused(page) == "claim-01"
    page.keyboard.press("j")
    assert focused(page) == "claim-02"
    page.keyboard.press("k")
    page.keyboard.press("k")
    assert focused(page) == "claim-60"
    page.get_by_role("tab", name="Chat").click()
    page.fill("#question textarea", "")
    page.locator("#question textarea").press_sequentially("jjk")
    expect(page.locator("#question textarea")).to_have_value("jjk")


@pytest.mark.parametrize("width", [1280, 360])
def test_a_callout_in_the_chat_leads_to_its_place_in_the_lesson(
    open_page: Open, width: int
) -> None:
    page = open_page(viewport={"width": width, "height": 740})
    ask(page, "Who makes Phi-3?")
    answered(page)
    page.wait_for_selector(".dispute a[data-claim]")
    assert violations(page, ".disputes") == []
    page.locator(".dispute a[data-claim]").first.click()
    expect(page.get_by_role("tab", name=TAB)).to_have_attribute("aria-selected", "true")
    expect(page.locator("[data-card='claim-14']")).to_be_visible()
    expect(page.locator("#claim-14")).to_be_in_viewport()
    assert focused(page) == "claim-14"
    expect(page.locator("#evidence [data-card]").first).to_have_attribute("data-card", "claim-14")


def test_an_address_with_a_claim_opens_it(open_page: Open) -> None:
    page = open_page()
    address = page.url
    page.goto("about:blank")
    page.goto(f"{address}#claim-14-2")
    expect(page.locator("#evidence [data-card]").first).to_have_attribute("data-card", "claim-14")
    expect(page.locator("#claim-14-2")).to_be_in_viewport()
    page.locator("[data-card='claim-14'] .card-places a").first.click()
    expect(page.locator("#claim-14")).to_be_in_viewport()


def test_a_claim_s_link_can_be_copied(open_page: Open) -> None:
    page = open_lesson(open_page(permissions=["clipboard-read", "clipboard-write"]))
    page.locator("[data-open~='claim-01']").click()
    # The button says it for a moment only.
    page.evaluate(NOTE_WHAT_THE_BUTTON_SAYS)
    page.get_by_role("button", name="Copy link").click()
    page.wait_for_function("said.includes('Copied')")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.url.split("#")[0] + "#claim-01"


@pytest.mark.parametrize("claim", ["claim-14", "claim-23"])
def test_on_a_phone_the_evidence_stands_below_and_nothing_runs_over(
    open_page: Open, claim: str
) -> None:
    page = open_page(viewport={"width": 360, "height": 740}, reduced_motion="reduce")
    open_lesson(page)
    wide = "document.documentElement.scrollWidth > window.innerWidth"
    assert not page.evaluate(wide)
    page.locator(f"[data-open~='{claim}']").first.click()
    mark = page.locator(f"#{claim}").bounding_box()
    panel = page.locator("#evidence").bounding_box()
    assert mark and panel
    assert 0 < panel["y"] - mark["y"] < 160
    assert panel["width"] > 250
    assert not page.evaluate(wide)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_has_nothing_against_the_tab(open_page: Open, scheme: str, width: int) -> None:
    page = open_lesson(open_page(color_scheme=scheme, viewport={"width": width, "height": 800}))
    page.locator("[data-filter=verdict][data-value=wrong]").click()
    page.locator("[data-open~='claim-21']").click()
    assert violations(page, "#lesson") == []
    page.get_by_role("button", name="Mark all").click()
    assert violations(page, "#lesson") == []
