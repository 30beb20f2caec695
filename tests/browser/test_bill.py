"""The bill in a real browser: it follows the conversation and what is typed."""

from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Open, answered, ask
from tests.support.scripted_assistant import ScriptedAssistant

PHONE = {"width": 360, "height": 780}


def open_bill(page: Page) -> None:
    """Choose the tab, and wait for its plots."""
    page.get_by_role("tab", name="Bill").click()
    expect(page.locator("#plot-elsewhere")).to_be_visible()
    expect(page.locator("#plot-plan")).to_be_visible()


def test_before_the_first_question_the_bill_is_an_example(open_page: Open) -> None:
    page = open_page()
    open_bill(page)
    expect(page.locator("#bill-actual")).to_contain_text("Nothing has been asked yet")
    expect(page.locator("#bill-plan")).to_contain_text("typical for this program")


def test_the_bill_follows_the_conversation(open_page: Open) -> None:
    page = open_page()
    ask(page, "Who makes Phi-3?")
    answered(page)
    open_bill(page)
    expect(page.locator("#bill-actual")).to_contain_text("812")
    expect(page.locator("#bill-actual .example")).to_have_count(0)
    expect(page.locator("#bill-plan")).to_contain_text("the mean over 1 question")


def test_the_plot_follows_what_is_typed(open_page: Open) -> None:
    page = open_page()
    open_bill(page)
    before = page.locator("#plot-plan polyline").first.get_attribute("points")
    page.get_by_label("People", exact=True).fill("300")
    expect(page.locator("#bill-plan")).to_contain_text("180,000: 300 people × 10 a day × 60 days.")
    assert page.locator("#plot-plan polyline").first.get_attribute("points") != before


def test_the_assumptions_about_the_machine_change_the_electricity(open_page: Open) -> None:
    page = open_page()
    open_bill(page)
    expect(page.locator("#plot-elsewhere")).to_contain_text("$0.0017 est.")
    page.get_by_role("button", name="The machine, its electricity, and why").click()
    page.get_by_label("Its power while it answers (W)").fill("700")
    expect(page.locator("#plot-elsewhere")).to_contain_text("$0.0035 est.")


def test_a_figure_that_cannot_be_is_told_and_the_last_plot_stays(open_page: Open) -> None:
    page = open_page()
    open_bill(page)
    page.get_by_label("People", exact=True).fill("-4")
    alert = page.locator("#bill-wrong [role=alert]")
    expect(alert).to_contain_text("People: put a number from 1 to 100,000.")
    expect(page.locator("#bill-plan")).to_contain_text("30 people")
    page.get_by_label("People", exact=True).fill("4")
    expect(page.locator("#bill-plan")).to_contain_text("4 people")
    expect(alert).to_have_count(0)


def test_a_comma_where_only_a_decimal_can_be_meant_is_a_point(open_page: Open) -> None:
    page = open_page()
    open_bill(page)
    page.locator("#bill-more button").first.click()
    figure = page.locator("#figure-lifetime-years input")
    figure.fill("")
    figure.press_sequentially("1,5")
    expect(figure).to_have_value("1.5")
    expect(page.locator("#bill-plan")).to_contain_text("its share of 270 days of use")


def test_the_bill_fits_a_phone(open_page: Open) -> None:
    page = open_page(viewport=PHONE)
    open_bill(page)
    page.get_by_role("button", name="The machine, its electricity, and why").click()
    for fold in page.locator("#bill .fold > summary").all():
        fold.click()
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]
    sizes = page.locator("#bill .plot text").evaluate_all(
        "all => all.map(each => each.getBoundingClientRect().height)"
    )
    assert min(sizes) >= 12
    outside = page.locator("#bill .plot text").evaluate_all(
        "all => all.filter(each => each.getBoundingClientRect().right > innerWidth).length"
    )
    assert outside == 0


def test_a_bar_is_as_long_on_the_page_as_its_value(
    open_page: Open, assistant: ScriptedAssistant
) -> None:
    price = assistant.entry("gpt-mini").price
    assert price is not None
    double = price.model_copy(update={"input": 6.0, "output": 30.0})
    assistant.entries = (
        *assistant.entries[:4],
        assistant.entry("gpt-mini").model_copy(update={"price": double}),
    )
    page = open_page()
    open_bill(page)
    widths = page.locator("#plot-elsewhere .plot-fill:not([width='10'])").evaluate_all(
        "all => all.map(each => each.getBoundingClientRect().width)"
    )
    _own, single, doubled = widths
    assert abs(doubled - 2 * single) < 1


def test_axe_has_nothing_against_the_bill_in_either_theme(open_page: Open) -> None:
    for scheme in ("light", "dark"):
        page = open_page(color_scheme=scheme)
        ask(page, "Who makes Phi-3?")
        answered(page)
        page.locator("#conversation .receipt > summary").first.click()
        assert violations(page, "#conversation .receipt") == []
        open_bill(page)
        page.get_by_role("button", name="The machine, its electricity, and why").click()
        for fold in page.locator("#bill .fold > summary").all():
            fold.click()
        assert violations(page, "#bill") == []
