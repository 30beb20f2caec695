"""A round whose page was closed while it was written is asked again when it is gone on with."""

import asyncio
import threading
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from assistant.settings import ServerSettings
from tests.support.scripted_assistant import ScriptedAssistant
from tests.support.scripted_objects import Script
from tests.support.taste import OPEN, PAID
from ui.web.sittings import Tasting, Unfinished
from ui.web.taste_setup import OWN_QUESTIONS, Tab, TasteSetup
from ui.web.tasting import Tasters
from ui.web.visitor import COOKIE, fresh_visitor


@dataclass
class Request:
    headers: dict[str, str]


PARTS = ("tasting unfinished setup first second count source own state start earlier stage "
         "announcer").split()  # fmt: skip


@dataclass
class Test:
    """The callbacks, and the visitor that uses them."""

    __test__ = False
    tasters: Tasters
    assistant: ScriptedAssistant
    request: Any

    def start(self, tasting: Tasting) -> AsyncGenerator[dict[Any, Any], None]:
        how = (3, OWN_QUESTIONS, "One?\nTwo?")
        return self.tasters.start(self.request, tasting, OPEN, PAID, *how)

    async def act(self, tasting: Tasting, action: str) -> list[dict[Any, Any]]:
        event = gr.EventData(None, {"action": action})
        return [update async for update in self.tasters.act(tasting, event, self.request)]


@pytest.fixture
def test(tmp_path: Path) -> Test:
    assistant = ScriptedAssistant(tmp_path)
    server = ServerSettings(questions_per_minute=2)
    assistant.settings = assistant.settings.model_copy(update={"server": server})
    tab, unfinished = Tab(*PARTS), Unfinished()
    setup = TasteSetup(assistant, tab, unfinished)
    request = Request({"cookie": f"{COOKIE}={fresh_visitor()}"})
    return Test(Tasters(assistant, tab, setup, unfinished), assistant, request)


async def begin_and_close(test: Test) -> Tasting:
    tasting = Tasting()
    page = test.start(tasting)
    await anext(page)
    await page.aclose()
    assert tasting.sitting is not None and tasting.sitting.is_broken_off
    return tasting


async def test_it_is_asked_again_and_goes_on(test: Test) -> None:
    await begin_and_close(test)
    mine = Tasting()
    updates = await test.act(mine, "resume")
    assert "Which answer is better?" in str(updates[-1]["stage"])
    assert mine.sitting is not None
    assert [each.number for each in mine.sitting.rounds] == [1, 1]


async def test_a_round_that_is_being_written_is_waited_for_and_nobody_is_asked_twice(
    test: Test,
) -> None:
    gate = threading.Event()
    test.assistant.scripts[PAID] = Script(gate=gate)
    old, new = Tasting(), Tasting()

    async def begin() -> list[dict[Any, Any]]:
        return [update async for update in test.start(old)]

    first = asyncio.create_task(begin())
    async with asyncio.timeout(20):
        while len(test.assistant.asked) < 2:
            await asyncio.sleep(0)
        second = asyncio.create_task(test.act(new, "resume"))
        while new.sitting is None:
            await asyncio.sleep(0)
        (again,) = await test.act(new, "resume")
        assert "stage" not in again
        (stopped,) = await test.act(Tasting(old.sitting, page=old.page), "stop")
        assert "goes on in another window" in str(stopped["state"])
        gate.set()
        assert "Which answer is better?" in str((await second)[-1]["stage"])
        assert "goes on in another window" in str((await first)[-1]["state"])
    assert len(test.assistant.asked) == 2


async def test_to_ask_again_counts_as_a_question(test: Test) -> None:
    for _ in range(2):
        await begin_and_close(test)
    (update,) = await test.act(Tasting(), "resume")
    assert "2 questions within a minute" in str(update["state"])


async def test_a_visitor_whose_test_is_over_is_offered_none(test: Test) -> None:
    tasting = await begin_and_close(test)
    await test.act(tasting, "new")
    (update,) = await test.act(Tasting(), "resume")
    assert "not remembered" in str(update["state"])
