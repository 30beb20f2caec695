"""The report of a run, opened as a file in a real browser."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from eval.report.build import build_report
from eval.report.card import Limits, card
from eval.report.html import to_html
from tests.browser.axe import violations
from tests.browser.conftest import Canary
from tests.support.eval_answers import READER, STAND_IN
from tests.support.eval_plain_metrics import METRICS
from tests.support.eval_runs import make_run
from tests.support.payloads import payloads
from tests.unit.test_eval_report_html import hostile_report

OPEN_ALL = "document.querySelectorAll('details').forEach(each => each.open = true)"


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, color_scheme=request.param
    )
    yield context.new_page()
    context.close()


@cache
def whole_report() -> str:
    third = STAND_IN.model_copy(update={"id": "third", "label": "Third", "kind": "open"})
    run = make_run(questions=24, entries=(READER, STAND_IN, third), modes=("own", "oracle"))
    report = build_report(run, METRICS)
    return to_html(report, card(report, Limits(quality=0.8, stays_here=True)))


def opened(page: Page, html: str, folder: Path) -> Page:
    file = folder / "report.html"
    file.write_text(html, encoding="utf-8")
    page.goto(file.as_uri())
    page.evaluate(OPEN_ALL)
    return page


def test_axe_has_nothing_against_it(page: Page, tmp_path: Path) -> None:
    opened(page, whole_report(), tmp_path)
    assert violations(page) == []


@pytest.mark.parametrize("width", [400, 1280])
def test_nothing_stands_out_to_the_side(page: Page, tmp_path: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    opened(page, whole_report(), tmp_path)
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_on_paper_it_is_dark_on_light_whatever_the_screen(page: Page, tmp_path: Path) -> None:
    opened(page, whole_report(), tmp_path)
    page.emulate_media(media="print")
    ink, paper = page.evaluate(
        "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
    )
    assert (ink, paper) == ("rgb(28, 32, 37)", "rgb(250, 249, 246)")


def test_its_style_is_let_in_by_its_own_policy(page: Page, tmp_path: Path) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    opened(page, whole_report(), tmp_path)
    assert said == []
    assert page.locator(".plots").first.evaluate("each => getComputedStyle(each).display") == "grid"


def test_answers_stand_side_by_side_where_there_is_room(page: Page, tmp_path: Path) -> None:
    opened(page, whole_report(), tmp_path)
    boxes = [each.bounding_box() for each in page.locator("#turn-1 article").all()]
    assert len({box["y"] for box in boxes if box}) == 1
    assert len({box["x"] for box in boxes if box}) == 3


def test_it_asks_for_nothing_whatever_was_said_in_it(
    page: Page, tmp_path: Path, canary: Canary
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    opened(page, to_html(hostile_report("\n\n".join(payloads(canary.url)))), tmp_path)
    page.wait_for_load_state("networkidle")
    assert asked == [(tmp_path / "report.html").as_uri()]
    assert canary.seen == []
