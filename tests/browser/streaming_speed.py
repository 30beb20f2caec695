"""How fast the page is with a long conversation: ``python -m tests.browser.streaming_speed``.

Opens a kept conversation from the list, asks both sides in it and prints what it took, as JSON.
``--turns`` is its length before, ``--words`` that of each answer; ``--trace FILE`` keeps Chromium's
trace of the answers.
"""

import argparse
import json
import tempfile
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from playwright.sync_api import Page, sync_playwright

from assistant.conversations import open_store
from assistant.conversations.tables import conversations
from assistant.settings import prepare_process
from assistant.turns import Token, TurnEvent
from tests.browser.conftest import CHROMIUM, FLAGS, answered, ask, choose
from tests.support.conversation_speed import fill
from tests.support.scripted_assistant import ScriptedAssistant
from tests.support.scripted_objects import ANSWER, Script
from ui.web.app import launch_page
from ui.web.visitor import COOKIE, owner_of

LAST = "Finis."
# 200 words a second on each side, and a little for what the loop does between two of them.
PAUSE_S = 0.0047
WATCH = """() => {
  window.long = [];
  const keep = (list) => list.getEntries().forEach((each) => window.long.push(each.duration));
  new PerformanceObserver(keep).observe({ type: "longtask" });
}"""
AWAIT_LAST = """(last) => {
  const texts = document.querySelectorAll("#conversation .turn:last-child .answer-text");
  const ends = [...texts].filter((each) => each.textContent.slice(-200).includes(last));
  return ends.length === 2 && Date.now() / 1000;
}"""


@dataclass
class TimedAssistant(ScriptedAssistant):
    """Notes when its words went out."""

    spoken: list[float] = field(default_factory=list)

    async def _say(self, *given: Any) -> AsyncGenerator[TurnEvent, None]:
        async for event in super()._say(*given):
            if isinstance(event, Token):
                self.spoken.append(time.time())
            yield event


class Wire:
    """Counts the bytes that reach a page."""

    def __init__(self, page: Page) -> None:
        self._count = 0
        network = page.context.new_cdp_session(page)
        network.send("Network.enable")
        network.on("Network.dataReceived", self._take)

    def _take(self, event: dict[str, Any]) -> None:
        self._count += event["dataLength"]

    def kilobytes(self) -> int:
        """Kilobytes since the last call, before compression."""
        count, self._count = self._count, 0
        return count // 1000


def opened(page: Page, wire: Wire, chat: str, turns: int) -> dict[str, float]:
    """Open a kept conversation from the list; times in seconds."""
    wire.kilobytes()
    page.reload()
    page.wait_for_selector("#kind label:has-text('ready')")
    row = page.locator(f".history-list a[href*='{chat}']")
    row.wait_for()
    page.evaluate(WATCH)
    wire.kilobytes()
    began_s = time.perf_counter()
    row.click()
    answered(page, turns)
    taken_s = time.perf_counter() - began_s
    return {"open s": taken_s, "open kB": wire.kilobytes(), "open long tasks s": _long_s(page)}


def streamed(
    page: Page, wire: Wire, assistant: TimedAssistant, turns: int, words: int
) -> dict[str, float]:
    """Ask both sides; times in seconds, kilobytes before compression."""
    count = words // len(ANSWER.split())
    text = "\n\n".join([ANSWER, *[ANSWER] * (count - 1), LAST])
    assistant.scripts = {each.id: Script(text=text, pause_s=PAUSE_S) for each in assistant.entries}
    assistant.spoken = []
    choose(page, "Both")
    page.evaluate(WATCH)
    wire.kilobytes()
    before = page.context.new_cdp_session(page)
    before.send("Performance.enable")
    was = _spent(before)
    ask(page, "Who makes Phi-3?")
    there_s = page.wait_for_function(AWAIT_LAST, arg=LAST, polling=50, timeout=120_000).json_value()
    streaming_kb, streaming_long_s = wire.kilobytes(), _long_s(page)
    spent = {name: value - was[name] for name, value in _spent(before).items()}
    answered(page, turns + 1)
    ended_s = time.time()
    first_s, last_s = min(assistant.spoken), max(assistant.spoken)
    return {
        "words": len(assistant.spoken),
        "server words/s a side": len(assistant.spoken) / 2 / (last_s - first_s),
        "last word seen after s": there_s - last_s,
        "end seen after s": ended_s - last_s,
        "stream kB": streaming_kb,
        "end kB": wire.kilobytes(),
        "stream long tasks s": streaming_long_s,
        "end long tasks s": _long_s(page),
        **spent,
    }


def _long_s(page: Page) -> float:
    return float(page.evaluate("window.long.splice(0).reduce((a, b) => a + b, 0) / 1000"))


def _spent(session: Any) -> dict[str, float]:
    found = {
        each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]
    }
    names = ("TaskDuration", "ScriptDuration", "LayoutDuration", "RecalcStyleDuration")
    return {f"browser {name} s": found[name] for name in names}


def _owner(page: Page) -> str:
    """Whose conversations this browser sees."""
    cookie = next(each for each in page.context.cookies() if each.get("name") == COOKIE)
    return owner_of(SimpleNamespace(headers={"cookie": f"{COOKIE}={cookie.get('value')}"}))


def main() -> None:
    """Measure as the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=200)
    parser.add_argument("--words", type=int, default=5000)
    parser.add_argument("--trace", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home = Path(folder)
        assistant = TimedAssistant(home)
        url, close = launch_page(assistant)  # type: ignore[arg-type]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_context(viewport={"width": 1280, "height": 860}).new_page()
        page.set_default_timeout(20_000)
        page.goto(url)
        page.wait_for_selector(".history-none")
        store = open_store(assistant.settings)
        chat = fill(store, home, 1, given.turns, "long")
        with store.database.writing() as connection:
            connection.execute(sa.update(conversations).values(owner=_owner(page)))
        wire = Wire(page)
        figures = opened(page, wire, chat, given.turns)
        if given.trace:
            browser.start_tracing(page=page, path=given.trace)
        figures |= streamed(page, wire, assistant, given.turns, given.words)
        if given.trace:
            browser.stop_tracing()
        browser.close()
        close()
    print(json.dumps({name: round(each, 2) for name, each in figures.items()}, indent=1))  # noqa: T201


if __name__ == "__main__":
    prepare_process()
    main()
