"""The assistant as it is put together; nothing is loaded."""

from pathlib import Path

import pytest

from assistant.backends.base import Health, HealthState
from assistant.settings import load_settings
from assistant.wiring import Assistant, open_assistant
from corpus.errors import ConfigError

READY = Health(HealthState.READY, "ready")
DOWN = Health(HealthState.NOT_RUNNING, "not running", "start it")


@pytest.fixture
def assistant(home: Path) -> Assistant:
    return open_assistant(load_settings(home))


def test_without_anything_better_the_reader_answers(assistant: Assistant) -> None:
    assert assistant.best_of("open", {"llama3.2": DOWN, "smollm2": READY}) == "reader"


def test_a_model_that_ollama_has_goes_before_the_reader(assistant: Assistant) -> None:
    assert assistant.best_of("open", {"llama3.2": DOWN, "mistral": READY}) == "mistral"


def test_a_vendor_with_a_key_goes_before_the_first_of_the_list(assistant: Assistant) -> None:
    states = {"gpt-6.2-sol": DOWN, "grok": READY}
    assert assistant.best_of("proprietary", states) == "grok"


def test_the_users_own_choice_goes_before_all(home: Path) -> None:
    environ = {"COUNTERPOINT_DEFAULT_BACKEND": "smollm2"}
    assistant = open_assistant(load_settings(home, environ=environ))
    assert assistant.best_of("open", {"llama3.2": READY}) == "smollm2"


def test_a_default_that_does_not_exist_is_named_with_the_ones_that_do(home: Path) -> None:
    settings = load_settings(home, environ={"COUNTERPOINT_DEFAULT_BACKEND": "nobody"})
    with pytest.raises(ConfigError, match="nobody"):
        open_assistant(settings)


async def test_with_no_ollama_running_the_best_that_is_ready_is_the_reader(
    assistant: Assistant,
) -> None:
    assert await assistant.best_ready("open") == "reader"
    assert (await assistant.health("reader")).ready
