"""A conversation that was given away, opened as a file in a real browser."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request

from tests.browser.axe import violations
from tests.browser.conftest import Canary
from tests.unit.test_conversation_export import both_sides, make_answer, make_conversation
from ui.web.render.share import to_html


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, color_scheme=request.param
    )
    yield context.new_page()
    context.close()


def opened(page: Page, html: str, folder: Path) -> Page:
    file = folder / "shared.html"
    file.write_text(html, encoding="utf-8")
    page.goto(file.as_uri())
    return page


def test_both_sides_stand_side_by_side_in_its_own_style(page: Page, tmp_path: Path) -> None:
    opened(page, to_html(both_sides()), tmp_path)
    boxes = [each.bounding_box() for each in page.locator("article").all()]
    assert len(boxes) == 2
    left, right = boxes
    assert left is not None
    assert right is not None
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] < right["x"]


def test_it_fits_a_phone(page: Page, tmp_path: Path) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    opened(page, to_html(both_sides()), tmp_path)
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_a_citation_opens_its_passage(page: Page, tmp_path: Path) -> None:
    opened(page, to_html(both_sides()), tmp_path)
    assert page.locator("#p1-2").get_attribute("open") is None
    page.locator("article").nth(1).locator("a.cite").click()
    page.locator("#p1-2").scroll_into_view_if_needed()
    assert page.evaluate("document.querySelector(':target').id") == "p1-2"


def test_axe_has_nothing_against_it(page: Page, tmp_path: Path) -> None:
    opened(page, to_html(both_sides()), tmp_path)
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    # What a model writes has the headings that it has; each side has its own differences.
    off = ("heading-order", "empty-table-header", "landmark-unique")
    assert violations(page, off=off) == []


def test_it_asks_for_nothing_whatever_was_said_in_it(
    page: Page, tmp_path: Path, canary: Canary
) -> None:
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    page.on("request", note)
    attack = (
        f"<script>fetch('{canary.url}/script')</script> ![x]({canary.url}/image.png) "
        f"<img src='{canary.url}/img'> <link rel=stylesheet href='{canary.url}/css'> "
        f"<style>body {{ background: url({canary.url}/background) }}</style>"
    )
    said = make_conversation(make_answer("reader", attack))
    opened(page, to_html(replace(said, title=attack)), tmp_path)
    page.wait_for_load_state("networkidle")
    assert asked == [(tmp_path / "shared.html").as_uri()]
    assert canary.seen == []
