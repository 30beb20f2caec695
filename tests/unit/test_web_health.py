"""States of backends as the page words them."""

import asyncio
from pathlib import Path

from assistant.backends.base import Health, HealthState
from corpus.errors import ConfigError, KeyMissing
from tests.support.scripted_assistant import ScriptedAssistant
from tests.support.scripted_objects import READY, make_entries
from ui.web.health import backend_choices, kind_choices, look, look_at_all


async def test_every_backend_is_looked_at(tmp_path: Path) -> None:
    assistant = ScriptedAssistant(tmp_path)
    states = await look_at_all(assistant)
    assert set(states) == {entry.id for entry in assistant.entries}


async def test_a_backend_that_does_not_answer_holds_nothing_up(tmp_path: Path) -> None:
    class Hanging(ScriptedAssistant):
        async def health(self, backend_id: str, *, max_age_s: float = 5.0) -> Health:
            await asyncio.Event().wait()
            return READY

    assistant = Hanging(tmp_path)
    timeouts = assistant.settings.timeouts.model_copy(update={"health_s": -0.99})
    assistant.settings = assistant.settings.model_copy(update={"timeouts": timeouts})
    health = await look(assistant, assistant.entry("reader"))
    assert health.state is HealthState.UNKNOWN


async def test_errors_become_states(tmp_path: Path) -> None:
    class Failing(ScriptedAssistant):
        async def health(self, backend_id: str, *, max_age_s: float = 5.0) -> Health:
            if backend_id == "gpt-mini":
                raise KeyMissing("No key is set.", "Set it.")
            raise ConfigError("A setting is wrong.", "Mend it.")

    assistant = Failing(tmp_path)
    no_key = await look(assistant, assistant.entry("gpt-mini"))
    assert (no_key.state, no_key.cure) == (HealthState.NO_KEY, "Set it.")
    assert (await look(assistant, assistant.entry("reader"))).state is HealthState.UNKNOWN


def test_choices_carry_the_state_in_words() -> None:
    entries = make_entries()
    states = {"gpt-mini": Health(HealthState.NO_KEY, ""), "claude-sonnet": READY}
    assert backend_choices(entries, "proprietary", states) == [
        ("Claude Sonnet · ready", "claude-sonnet"),
        ("GPT mini · no key", "gpt-mini"),
    ]
    assert backend_choices(entries, "open", {})[0] == ("Built-in reader · checking", "reader")


def test_the_toggle_shows_the_best_state_of_each_kind() -> None:
    states = {
        "llama3.2-3b": Health(HealthState.NOT_RUNNING, ""),
        "gpt-mini": Health(HealthState.NO_KEY, ""),
        "claude-sonnet": READY,
    }
    assert kind_choices(make_entries(), states) == [
        ("Open · not running", "open"),
        ("Proprietary · ready", "proprietary"),
        ("Both", "both"),
    ]
