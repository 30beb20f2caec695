"""What somebody asks stands in no log and not on standard error, whatever happens to it."""

import logging
from pathlib import Path

import pytest

from corpus.errors import BackendError
from tests.faults.test_key_nowhere import Browser
from tests.support.scripted_assistant import ScriptedAssistant
from tests.support.scripted_objects import Script
from ui.web.app import launch_page

QUESTION = "Which of my zebracorn invoices is wrong?"
WORDS = ("zebracorn", "invoices is wrong")
ANSWER = "Your quaggafish account is empty."


class CrashingAssistant(ScriptedAssistant):
    """Raises what libraries raise: an error with the text in it."""

    async def ask_sides(self, question, *rest):  # type: ignore[no-untyped-def, override]
        if self.crashes:
            raise RuntimeError(f"cannot parse {question!r}")
        async for event in super().ask_sides(question, *rest):
            yield event

    crashes = False


def test_a_question_and_its_answer_are_in_no_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    assistant = CrashingAssistant(tmp_path)
    broken = BackendError("It broke off.", "Ask again.")
    assistant.scripts["reader"] = Script(ANSWER)
    assistant.scripts["claude-sonnet"] = Script(ANSWER, fail_after=2, error=broken)
    url, close = launch_page(assistant)
    try:
        browser = Browser(url)
        chosen = (None, "both", "reader", "claude-sonnet")
        browser.raises("history", "load", {"chat": ""})
        browser.raises("look", "click", None, QUESTION, *chosen)
        browser.raises("question", "submit", None, QUESTION, *chosen)
        assistant.crashes = True
        browser.raises("question", "submit", None, QUESTION, *chosen)
        browser.client.close()
    finally:
        close()
    assert "zebracorn" in browser.got
    assert "quaggafish" in browser.got
    said = "".join(capfd.readouterr()) + caplog.text
    # The crash is told by its place.
    assert "unexpected RuntimeError in the page" in said
    for words in (*WORDS, "quaggafish"):
        assert words not in said
