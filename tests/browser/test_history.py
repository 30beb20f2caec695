"""Conversations in the browser: kept, found again, taken away, and nobody else's."""

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, expect

from assistant.conversations import ConversationStore, open_store
from assistant.conversations.tables import conversations
from corpus.errors import StoreError
from tests.browser.axe import violations
from tests.browser.conftest import Canary, answered, ask, choose
from tests.browser.program import ROWS, Program, chat_of, has_titles, open_menu, owner, settled
from tests.support.conversation_speed import fill
from tests.support.kept import keep_now, name_only
from tests.support.scripted_assistant import ScriptedAssistant
from tests.support.scripted_objects import ANSWER, Script

FIRST_WORDS = " ".join(ANSWER.split()[:4])


@pytest.fixture
def program(browser: Browser, assistant: ScriptedAssistant) -> Iterator[Program]:
    program = Program(browser, assistant)
    yield program
    program.close()


def test_what_was_asked_stands_in_the_list_and_in_the_address(program: Program) -> None:
    page = program.visit()
    expect(page.locator(".history-none")).to_contain_text("Nothing here yet")
    assert chat_of(page) == ""
    ask(page, "Who makes Phi-3?")
    answered(page)
    expect(page.locator(f"{ROWS} [aria-current=page]")).to_contain_text("Who makes Phi-3?")
    expect(page.locator(".history-list h2")).to_have_text("Today")
    assert chat_of(page)


def test_a_reload_brings_the_conversation_back(program: Program) -> None:
    page = program.visit()
    ask(page, "Who makes Phi-3?")
    answered(page)
    expect(page.locator(f"{ROWS} [aria-current=page]")).to_be_visible()
    chat = chat_of(page)
    page.reload()
    answered(page)
    expect(page.locator("#conversation .question")).to_contain_text("Who makes Phi-3?")
    expect(page.locator("#conversation .answer-text")).to_contain_text("Microsoft makes Phi-3")
    assert chat_of(page) == chat
    ask(page, "And what does it cost?")
    answered(page, 2)
    assert [turns for _, turns, _ in program.assistant.asked] == [0, 1]
    expect(page.locator(ROWS)).to_have_count(1)
    expect(page.locator(ROWS)).to_contain_text("2 questions")


def test_the_address_comes_with_the_answer_however_slow_the_list_is(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = program.visit()
    is_left, listing = threading.Event(), ConversationStore.list

    def slow(*given: Any) -> Any:
        is_left.wait(10)
        return listing(*given)

    monkeypatch.setattr(ConversationStore, "list", slow)
    ask(page, "Who makes Phi-3?")
    answered(page)
    assert chat_of(page)
    is_left.set()
    page.reload()
    answered(page)


def test_a_reload_chooses_again_who_was_asked_last(program: Program) -> None:
    page = program.visit()
    choose(page, "Both")
    ask(page, "Who makes Phi-3?")
    expect(page.locator("#conversation .answer")).to_have_count(2)
    page.wait_for_function("location.search.includes('chat=')")
    page.reload()
    expect(page.locator("#kind input[value=both]")).to_be_checked()
    expect(page.locator("#conversation .answer")).to_have_count(2)


def test_a_reload_in_mid_answer_keeps_what_had_arrived(program: Program) -> None:
    script = Script(gate=threading.Event(), gate_after=5)
    program.assistant.scripts = {each.id: script for each in program.assistant.entries}
    page = program.visit()
    ask(page, "Who makes Phi-3?")
    expect(page.locator("#conversation")).to_contain_text(FIRST_WORDS)
    page.wait_for_function("location.search.includes('chat=')")
    page.reload()
    expect(page.locator("#conversation .question")).to_contain_text("Who makes Phi-3?")
    expect(page.locator("#conversation")).to_contain_text(FIRST_WORDS)
    expect(page.locator("#conversation")).to_contain_text("closed while")


def test_a_restart_of_the_program_loses_nothing(program: Program) -> None:
    page = program.visit()
    ask(page, "Who makes Phi-3?")
    answered(page)
    expect(page.locator(ROWS)).to_have_count(1)
    program.start_again()
    page.reload()
    answered(page)
    expect(page.locator("#conversation .answer-text")).to_contain_text("Microsoft makes Phi-3")
    has_titles(page, "Who makes Phi-3?")


def test_two_browsers_never_see_each_others(program: Program) -> None:
    one = program.visit()
    ask(one, "A secret of the first browser?")
    answered(one)
    expect(one.locator(ROWS)).to_have_count(1)
    chat = chat_of(one)
    two = program.visit(address=f"?chat={chat}")
    expect(two.locator(".history-missing")).to_contain_text("There is no such conversation.")
    assert chat_of(two) == ""
    expect(two.locator(".history-none")).to_contain_text("Nothing here yet")
    assert "secret" not in two.content()
    for form in ("md", "json", "html"):
        address = f"{program.url}export/{chat}.{form}"
        foreign = two.context.request.get(address)
        assert (foreign.status, foreign.text()) == (404, "There is no such conversation.")
        assert one.context.request.get(address).ok
    two.fill("[data-search]", "secret")
    expect(two.locator(".history-none")).to_contain_text("Nothing found")


def test_an_unknown_address_is_a_new_chat_with_a_calm_line(program: Program) -> None:
    page = program.visit(address="?chat=nothing-of-the-kind")
    expect(page.locator(".history-missing")).to_contain_text("This is a new chat.")
    expect(page.locator("#greeting")).to_be_visible()
    page.wait_for_function("!location.search.includes('chat=')")
    ask(page, "Who makes Phi-3?")
    answered(page)
    expect(page.locator(".history-missing")).to_have_count(0)


def test_a_conversation_that_cannot_be_read_now_is_there_again_after_a_reload(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = program.visit()
    ask(page, "Who makes Phi-3?")
    answered(page)

    def fails(*_given: Any) -> Any:
        raise StoreError("The disk of the conversations is not there.", "Plug it in.")

    with monkeypatch.context() as patch:
        patch.setattr(ConversationStore, "load", fails)
        page.reload()
        expect(page.locator(".history-missing")).to_contain_text("is not there. Plug it in. Then")
    page.reload()
    answered(page)
    expect(page.locator(".history-missing")).to_have_count(0)


def test_a_conversation_is_opened_by_a_click_and_left_by_new_chat(program: Program) -> None:
    context = program.browser()
    page = program.visit(context)
    ids = keep_now(program.assistant, owner(page), "Who makes Phi-3?", "What does an API cost?")
    page.reload()
    settled(page)
    page.locator(ROWS).nth(1).click()
    expect(page.locator("#conversation .question")).to_have_text(re.compile("Who makes Phi-3"))
    page.wait_for_function("id => location.search === '?chat=' + id", arg=ids[0])
    page.locator(ROWS).nth(0).click()
    expect(page.locator("#conversation .question")).to_have_text(re.compile("an API cost"))
    expect(page.locator(f"{ROWS} [aria-current=page]")).to_contain_text("What does an API cost?")
    page.locator(".history-panel [data-new]").click()
    expect(page.locator("#greeting")).to_be_visible()
    expect(page.locator("[aria-current=page]")).to_have_count(0)
    page.wait_for_function("location.search === ''")


def test_opening_another_conversation_stops_the_answer_and_keeps_it(program: Program) -> None:
    page = program.visit()
    keep_now(program.assistant, owner(page), "What does an API cost?")
    script = Script(gate=threading.Event(), gate_after=5)
    program.assistant.scripts = {each.id: script for each in program.assistant.entries}
    ask(page, "Who makes Phi-3?")
    expect(page.locator("#conversation")).to_contain_text(FIRST_WORDS)
    expect(page.locator(ROWS)).to_have_count(2)
    page.locator(ROWS, has_text="API cost").click()
    expect(page.locator("#conversation .question")).to_have_text(re.compile("an API cost"))
    expect(page.locator("#stop")).to_be_hidden()
    page.locator(ROWS, has_text="Phi-3").click()
    expect(page.locator("#conversation .question")).to_have_text(re.compile("Who makes Phi-3"))
    expect(page.locator("#conversation .answer")).to_contain_text(FIRST_WORDS)
    expect(page.locator("#conversation .answer .state")).to_be_visible()


def test_a_list_that_comes_anew_leaves_the_focus_where_it_was(program: Program) -> None:
    gate = threading.Event()
    page = program.visit()
    keep_now(program.assistant, owner(page), "What does an API cost?")
    page.reload()
    settled(page)
    script = Script(gate=gate, gate_after=5)
    program.assistant.scripts = {each.id: script for each in program.assistant.entries}
    ask(page, "Who makes Phi-3?")
    expect(page.locator("#conversation")).to_contain_text(FIRST_WORDS)
    expect(page.locator(ROWS)).to_have_count(2)
    page.locator(f"{ROWS} a", has_text="API cost").focus()
    page.keyboard.press("Shift")
    gate.set()
    answered(page)
    expect(page.locator(f"{ROWS} a:focus")).to_contain_text("API cost")
    page.locator("[data-search]").focus()
    page.keyboard.type("cost")
    expect(page.locator(ROWS)).to_have_count(1)
    expect(page.locator("[data-search]:focus")).to_have_value("cost")


def test_a_title_is_changed_in_place_by_the_keyboard_alone(program: Program) -> None:
    page = program.visit()
    keep_now(program.assistant, owner(page), "Who makes Phi-3?")
    page.reload()
    settled(page)
    page.locator(f"{ROWS} .history-more").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator(".history-rename")).to_be_focused()
    page.keyboard.type("Nobody wants this")
    page.keyboard.press("Escape")
    has_titles(page, "Who makes Phi-3?")
    expect(page.locator(f"{ROWS} > a")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.keyboard.type("<b>Makers</b> & more")
    page.keyboard.press("Enter")
    has_titles(page, "<b>Makers</b> & more")
    # The page shows it before the server has it.
    store = open_store(program.assistant.settings)
    while store.list(owner(page))[0].title != "<b>Makers</b> & more":
        page.wait_for_timeout(20)
    page.reload()
    settled(page)
    has_titles(page, "<b>Makers</b> & more")


def test_words_of_titles_questions_and_answers_are_found(program: Program) -> None:
    page = program.visit()
    keep_now(program.assistant, owner(page), "Who makes Phi-3?", "What does an API cost?")
    page.reload()
    settled(page)
    page.fill("[data-search]", "PHI-3?")
    expect(page.locator(ROWS)).to_have_count(1)
    page.fill("[data-search]", "inflection ai as its maker")
    expect(page.locator(ROWS)).to_have_count(2)
    page.fill("[data-search]", "<i>zebra")
    expect(page.locator(".history-none")).to_contain_text("Nothing found for <i>zebra")
    page.fill("[data-search]", "")
    expect(page.locator(ROWS)).to_have_count(2)


def test_a_conversation_is_deleted_only_after_a_second_look(program: Program) -> None:
    page = program.visit()
    keep_now(program.assistant, owner(page), "Who makes Phi-3?", "What does an API cost?")
    page.reload()
    settled(page)
    page.locator(ROWS).nth(0).click()
    page.wait_for_function("location.search.includes('chat=')")
    open_menu(page)
    page.click("[data-delete]")
    expect(page.locator("#history-confirm")).to_contain_text("What does an API cost?")
    page.keyboard.press("Escape")
    expect(page.locator(ROWS)).to_have_count(2)
    open_menu(page)
    page.click("[data-delete]")
    page.click("[data-answer=yes]")
    expect(page.locator(ROWS)).to_have_count(1)
    expect(page.locator("#greeting")).to_be_visible()
    page.wait_for_function("location.search === ''")
    page.reload()
    settled(page)
    has_titles(page, "Who makes Phi-3?")


def test_the_three_exports_are_files_that_can_be_read(program: Program, tmp_path: Path) -> None:
    page = program.visit()
    ask(page, "Who makes Phi-3?")
    answered(page)
    expect(page.locator(ROWS)).to_have_count(1)
    texts = {}
    for form in ("md", "json", "html"):
        open_menu(page)
        with page.expect_download() as waiting:
            page.click(f"[data-export={form}]")
        assert waiting.value.suggested_filename == f"counterpoint-Who-makes-Phi-3.{form}"
        waiting.value.save_as(tmp_path / form)
        texts[form] = (tmp_path / form).read_text(encoding="utf-8")
    assert "Microsoft makes Phi-3" in texts["md"]
    assert "Who makes Phi-3?" in json.dumps(json.loads(texts["json"]))
    shared = page.context.new_page()
    seen: list[str] = []
    shared.on("request", lambda request: seen.append(request.url))
    shared.goto((tmp_path / "html").rename(tmp_path / "shared.html").as_uri())
    expect(shared.locator("body")).to_contain_text("Microsoft makes Phi-3")
    assert len(seen) == 1


def test_many_conversations_come_page_by_page(program: Program) -> None:
    page = program.visit()
    name_only(program.assistant, owner(page), [f"Question {n}" for n in range(1_000)])
    page.reload()
    settled(page)
    expect(page.locator(ROWS)).to_have_count(50)
    page.click("[data-more]")
    expect(page.locator(ROWS)).to_have_count(150)
    page.fill("[data-search]", "Question 777")
    expect(page.locator(ROWS)).to_have_count(1)


def test_on_a_narrow_screen_the_list_is_a_drawer(program: Program) -> None:
    context = program.browser(viewport={"width": 360, "height": 740})
    page = program.visit(context)
    keep_now(program.assistant, owner(page), "Who makes Phi-3, " + "and why, " * 20)
    page.reload()
    settled(page)
    expect(page.locator(".history-panel")).to_be_hidden()
    page.click(".history-open")
    expect(page.locator("[data-search]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".history-panel")).to_be_hidden()
    expect(page.locator(".history-open")).to_be_focused()
    page.click(".history-open")
    page.locator(f"{ROWS} > a").click()
    expect(page.locator("#conversation .question")).to_be_visible()
    expect(page.locator(".history-panel")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_titles_are_inert_and_keep_their_own_direction(program: Program) -> None:
    page = program.visit()
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    arabic = "من صنع Phi-3؟"
    keep_now(program.assistant, owner(page), "<img src=x onerror=alert(1)>", arabic)
    page.reload()
    settled(page)
    has_titles(page, arabic, "<img src=x onerror=alert(1)>")
    assert page.locator(f"{ROWS} img").count() == 0
    directions = page.locator(f"{ROWS} .history-title").evaluate_all(
        "each => each.map((one) => getComputedStyle(one).direction)"
    )
    assert directions == ["rtl", "ltr"]


@pytest.mark.parametrize("colour", ["light", "dark"])
def test_axe_has_nothing_against_the_list(program: Program, colour: str) -> None:
    page = program.visit(program.browser(color_scheme=colour))
    keep_now(program.assistant, owner(page), "Who makes Phi-3?", "What does an API cost?")
    page.reload()
    settled(page)
    page.locator(ROWS).nth(0).click()
    page.wait_for_function("location.search.includes('chat=')")
    assert violations(page, "#side") == []
    open_menu(page, 1)
    assert violations(page, "#history-menu") == []
    page.click("[data-delete]")
    assert violations(page, "#history-confirm") == []


def test_a_store_that_cannot_be_used_is_explained_and_the_chat_works(
    browser: Browser, assistant: ScriptedAssistant
) -> None:
    (assistant.home / "counterpoint.sqlite").write_bytes(b"this is no database" * 100)
    program = Program(browser, assistant)
    page = program.visit()
    expect(page.locator(".history-off")).to_contain_text("Conversations are not kept.")
    expect(page.locator(".history-off")).to_contain_text("counterpoint.sqlite")
    ask(page, "Who makes Phi-3?")
    answered(page)
    expect(page.locator("#conversation .answer-text")).to_contain_text("Microsoft makes Phi-3")
    program.close()


def test_a_link_on_another_site_leads_to_ones_own_conversations(
    program: Program, canary: Canary
) -> None:
    """A strict cookie stays away from such a visit; the page must not take it for a new one."""
    page = program.visit()
    keep_now(program.assistant, owner(page), "Who makes Phi-3?")
    before = owner(page)
    elsewhere = canary.url.replace("127.0.0.1", "localhost")
    page.goto(elsewhere)
    page.evaluate("address => { location.href = address; }", program.url)
    settled(page)
    has_titles(page, "Who makes Phi-3?")
    assert owner(page) == before


def test_the_keys_for_questions_reach_theirs_in_a_long_conversation(program: Program) -> None:
    page = program.visit()
    store = open_store(program.assistant.settings)
    chat = fill(store, program.assistant.home, 1, 30, "long")
    with store.database.writing() as connection:
        connection.execute(sa.update(conversations).values(owner=owner(page)))
    page.goto(f"{program.url}?chat={chat}")
    answered(page, 30)
    page.evaluate("document.activeElement.blur()")
    for number in (30, 29, 28, 27, 26):
        page.keyboard.press("k")
        expect(page.locator(f"#turn-{number}")).to_be_focused()
        page.wait_for_function(
            "n => Math.abs(document.getElementById(`turn-${n}`).getBoundingClientRect().top - 105)"
            " < 16",
            arg=number,
        )
