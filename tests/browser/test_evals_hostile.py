"""A run whose questions, models and documents attack: the tab and its report make no request."""

import re
from dataclasses import replace

from playwright.sync_api import expect

from eval.cases import Case, Earlier
from tests.browser.conftest import Canary, Open
from tests.browser.test_evals import open_eval
from tests.browser.test_nothing_leaves import FOREIGN, hover_and_open_everything, watch
from tests.support.eval_runs import READER, STAND_IN, make_run, save_run
from tests.support.payloads import payloads
from tests.support.scripted_assistant import ScriptedAssistant

# The tab's own forms have inputs and names; what a text of others brings has these.
BROUGHT = FOREIGN.replace("form,", "")


def save_hostile_run(assistant: ScriptedAssistant, said: str) -> str:
    """A run in which every text that is not ours is an attack."""
    entries = tuple(
        entry.model_copy(update={"label": f"{entry.id} {said}", "model": said, "licence": said})
        for entry in (READER, STAND_IN)
    )
    cases = tuple(
        Case(
            id=f"q-{number}",
            slice="lookup",
            question=f"{said} {number}",
            facts=((said,),),
            history=(Earlier(question=f"{said}???", answer=said),),
            cluster=f"c-{number}",
        )
        for number in range(3)
    )
    right = {"reader": [True] * 3, "stand-in": [False] * 3}
    run = make_run(cases=cases, entries=entries, right=right, run_id="20261129-050000-aaaa")
    rows = tuple(replace(row, answer=replace(row.answer, text=said)) for row in run.answers)
    plan = run.plan.model_copy(update={"machine": said, "cases_name": said})
    return save_run(replace(run, answers=rows, plan=plan), assistant.home).path.name


def test_a_hostile_run_makes_no_request_in_its_tab_card_and_report(
    open_page: Open, assistant: ScriptedAssistant, canary: Canary
) -> None:
    name = save_hostile_run(assistant, " ".join(payloads(canary.url)))
    page = open_page()
    acted = watch(page, canary)
    open_eval(page)
    row = page.locator(f"#eval-runs li[data-run='{name}']")
    row.get_by_role("button", name=re.compile("Decision card")).click()
    page.get_by_label("Quality, at least").fill("10")
    page.get_by_role("button", name="Who remains?").click()
    expect(page.locator("#eval-card-out article")).to_have_count(2)
    hover_and_open_everything(page)
    for place in ("#eval-runs", "#eval-card-out"):
        assert page.locator(f"{place} :is({BROUGHT})").count() == 0
    # The report itself, in the page's own origin.
    report = page.context.new_page()
    asked: list[str] = []
    report.on("request", lambda request: asked.append(request.url))
    address = f"{page.url.split('?')[0]}report/{name}.html"
    answer = report.goto(address)
    assert answer is not None
    assert answer.status == 200
    report.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    report.mouse.move(300, 300)
    report.wait_for_load_state("networkidle")
    inside = FOREIGN.replace("style,", "").replace("meta,", "")
    assert report.locator(f":is({inside})").count() == 0
    assert (canary.seen, acted, asked) == ([], [], [address])
