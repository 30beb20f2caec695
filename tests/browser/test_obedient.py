"""A model that does all that documents tell it to: page, citations and exports leak nothing."""

import re
from pathlib import Path

import httpx
import pytest
from markdown_it import MarkdownIt
from playwright.sync_api import Browser, Page

from assistant.conversations import open_store
from eval.injection.attacks import Attack, load_attacks, smuggled
from tests.browser.conftest import Canary, Open, answered, ask, choose
from tests.browser.test_nothing_leaves import (
    FOREIGN,
    assert_inert,
    hover_and_open_everything,
    watch,
)
from tests.support.kept import keep_now
from tests.support.scripted_assistant import ScriptedAssistant
from tests.support.scripted_objects import Script
from ui.web.app import launch_page
from ui.web.visitor import owner_of

HALVES = (0, 1)


def obey(assistant: ScriptedAssistant, attacks: tuple[Attack, ...]) -> None:
    """Let every backend say what the documents want, and repeat how they want it."""
    assistant.passages = tuple(smuggled(each, n) for n, each in enumerate(attacks, start=1))
    said = [f"{each.says} [{n}]\n\n{each.text}" for n, each in enumerate(attacks, start=1)]
    for entry in assistant.entries:
        assistant.scripts[entry.id] = Script("\n\n".join(said))


def assert_no_false_citation(page: Page) -> None:
    """Chips lead to passages of this turn alone."""
    shown = page.locator("#sources [id^='p1-']").count()
    targets = page.locator("#conversation a[href^='#p']").evaluate_all(
        "(links) => links.map((link) => link.getAttribute('href'))"
    )
    numbers = {int(found[1]) for each in targets if (found := re.fullmatch(r"#p1-(\d+)", each))}
    assert numbers
    assert max(numbers) <= shown
    assert not numbers & {42, 77}


@pytest.mark.parametrize("half", HALVES)
def test_what_an_obedient_model_repeats_stays_words_on_the_page(
    open_page: Open, assistant: ScriptedAssistant, canary: Canary, half: int
) -> None:
    attacks = load_attacks(canary.url)[half::2]
    assert len(attacks) >= 30
    obey(assistant, attacks)
    page = open_page()
    acted = watch(page, canary)
    choose(page, "Both")
    ask(page, "\n".join(each.text for each in attacks if each.position == "question")[:3900])
    answered(page)
    hover_and_open_everything(page)
    for place in ("#conversation", "#sources"):
        assert_inert(page, place)
    assert_no_false_citation(page)
    links = page.locator("#conversation .answer-text a, #conversation .words a")
    foreign = links.evaluate_all("(all) => all.map((a) => a.href)")
    assert [each for each in foreign if canary.url in each] == []
    assert (canary.seen, acted) == ([], [])


def test_what_an_obedient_model_repeats_does_nothing_in_an_export(
    browser: Browser, assistant: ScriptedAssistant, canary: Canary, tmp_path: Path
) -> None:
    obey(assistant, load_attacks(canary.url)[:40])
    url, close = launch_page(assistant)
    try:
        with httpx.Client(base_url=url, trust_env=False) as client:
            client.get("/")
            request = httpx.Request("GET", url)
            client.cookies.set_cookie_header(request)
            owner = owner_of(request)
            (kept,) = keep_now(assistant, owner, "Who makes Phi-3?")
            open_store(assistant.settings).rename(owner, kept, load_attacks(canary.url)[13].text)
            page = browser.new_page()
            for form in ("json", "html", "md"):
                exported = client.get(f"/export/{kept}.{form}")
                assert exported.status_code == 200
                assert "sandbox" in exported.headers["content-security-policy"]
                assert exported.headers["content-disposition"].startswith("attachment")
                assert canary.url in exported.text
                name = f"opened.{'json' if form == 'json' else 'html'}"
                file = tmp_path / name
                file.write_text(rendered(exported.text) if form == "md" else exported.text)
                page.goto(file.as_uri())
                page.mouse.move(300, 300)
                page.evaluate("document.querySelectorAll('details').forEach((d) => d.open = true)")
                inside = FOREIGN.replace("style,", "").replace("meta,", "")
                assert page.locator(f":is({inside})").count() == 0
            page.close()
    finally:
        close()
    assert canary.seen == []


def rendered(markdown: str) -> str:
    """As a viewer of Markdown shows it that lets all markup through."""
    return str(MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown))
