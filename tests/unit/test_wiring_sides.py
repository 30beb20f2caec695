"""The real assistant asks several backends at the same time, over the real index."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from assistant.settings import Settings, load_settings
from assistant.turns import Answer, Failed, Finished, Retrieved, SideEvent
from assistant.wiring import Assistant, open_assistant
from corpus.errors import ConfigError, InputError
from tests.support.evidence import make_evidence

pytestmark = pytest.mark.model

PHI = "Who makes Phi-3 and is it proprietary?"


@pytest.fixture(scope="module")
def assistant(built_home: Path) -> Assistant:
    """With one more backend, which contradicts itself: "open", and in somebody's cloud."""
    usual = open_assistant(load_settings(built_home, environ={}))
    cloud = usual.entry("llama3.2").model_copy(update={"id": "cloud", "model": "llama:70b-cloud"})
    return Assistant(Settings(home=built_home), (*usual.entries, cloud))


async def ends(
    events: AsyncGenerator[SideEvent, None],
) -> tuple[list[SideEvent], dict[int, Answer]]:
    seen = [event async for event in events]
    answers = {
        event.side: event.event.answer
        for event in seen
        if event.side is not None and isinstance(event.event, Finished | Failed)
    }
    return seen, answers


async def test_a_backend_that_cannot_be_opened_fails_alone(assistant: Assistant) -> None:
    stops = [asyncio.Event(), asyncio.Event()]
    seen, answers = await ends(assistant.ask_sides(PHI, (), ["cloud", "reader"], stops))
    assert isinstance(seen[0].event, Retrieved)
    assert [event.side for event in seen].count(None) == 1
    assert isinstance(answers[0].error, ConfigError)
    assert answers[0].receipt.bytes_sent == 0
    assert "Microsoft" in answers[1].text
    assert answers[0].receipt.evidence_hash == answers[1].receipt.evidence_hash


async def test_the_other_side_is_asked_over_the_evidence_that_is_there(
    assistant: Assistant,
) -> None:
    evidence = await assistant.retrieve(PHI)
    seen, answers = await ends(assistant.answer_sides(evidence, (), ["reader"], [asyncio.Event()]))
    assert seen[0] == SideEvent(None, Retrieved(evidence, ("this process",)))
    assert answers[0].receipt.evidence_hash == evidence.hash


async def test_a_question_that_cannot_be_taken_reaches_nobody(assistant: Assistant) -> None:
    with pytest.raises(InputError):
        await anext(assistant.ask_sides("  ", (), ["reader"], [asyncio.Event()]))


async def test_a_backend_of_no_such_name_is_said_before_anything_is_searched(
    assistant: Assistant,
) -> None:
    with pytest.raises(ConfigError, match="nobody"):
        await anext(assistant.ask_sides(PHI, (), ["nobody"], [asyncio.Event()]))
    with pytest.raises(ConfigError, match="nobody"):
        assistant.answer_sides(make_evidence(), (), ["nobody"], [asyncio.Event()])


async def test_one_side_is_the_same_question_without_its_place(assistant: Assistant) -> None:
    events = [event async for event in assistant.ask(PHI, (), "reader", asyncio.Event())]
    assert isinstance(events[0], Retrieved)
    assert isinstance(events[-1], Finished)


async def test_a_preview_names_every_side_and_why_one_of_them_is_sent_nothing(
    assistant: Assistant,
) -> None:
    preview = await assistant.preview(PHI, (), ["cloud", "claude-sonnet", "reader"])
    cloud, claude, reader = preview.sides
    assert isinstance(cloud.error, ConfigError)
    assert (claude.destination, claude.error) == ("api.anthropic.com", None)
    assert claude.prompt_hash == preview.prompt_hash
    assert (reader.bytes_sent, reader.stays_local) == (0, True)
    assert preview.search_host is None


async def test_the_same_question_twice_makes_the_same_prompt(assistant: Assistant) -> None:
    one, two = [await assistant.preview(PHI, (), ["claude-sonnet"]) for _ in range(2)]
    assert one.messages == two.messages
    assert one.evidence.hash == two.evidence.hash
