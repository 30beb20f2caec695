"""Every wire and a prompt that the model could not read whole: said, and never silent."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.answering import Answering
from assistant.backends.errors import ContextOverflow
from assistant.settings import Settings
from assistant.turns import Answer, Exchange, Failed, Finished
from index.hash_embedder import HashEmbedder
from tests.contract.conftest import Reached
from tests.support.evidence import make_evidence
from tests.support.vendor_server import USUAL, Script
from tests.support.wires import Counts, Reply

EMBEDDER = HashEmbedder()
LONG = [Exchange(f"Question {n}, and many words beside it?", "Words. " * 60) for n in range(30)]


async def answer_of(reached: Reached, home: Path, history: list[Exchange]) -> Answer:
    answering = Answering(Settings(home=home), lambda: EMBEDDER)
    events = answering.answer_from(make_evidence(), history, reached.backend, asyncio.Event())
    (end,) = [event async for event in events if isinstance(event, Finished | Failed)]
    return end.answer


@pytest.mark.parametrize(("counted", "is_short"), [(5, True), (5_000, False)])
async def test_a_count_far_below_what_was_sent_marks_the_answer(
    reached: Reached, home: Path, counted: int, is_short: bool
) -> None:
    counts = Counts(input=counted, output=7, cached=0)
    reached.server.play(Script(reply=Reply(USUAL.pieces, counts)))
    answer = await answer_of(reached, home, [])
    assert answer.error is None
    assert answer.receipt.context_shortfall is is_short


async def test_a_long_conversation_is_cut_to_the_window_and_what_was_cut_is_listed(
    adapter: str, reach: Callable[..., Reached], home: Path
) -> None:
    reached = reach(adapter, context_window_tokens=3_000)
    answer = await answer_of(reached, home, LONG)
    assert answer.error is None
    assert answer.receipt.turns_cut > 0
    sent = str(reached.server.questions[0].body)
    assert "Question 0," not in sent
    assert "Question 29," in sent


async def test_a_prompt_that_no_cut_makes_fit_is_never_sent(
    adapter: str, reach: Callable[..., Reached], home: Path
) -> None:
    reached = reach(adapter, context_window_tokens=300)
    answer = await answer_of(reached, home, [])
    assert isinstance(answer.error, ContextOverflow)
    assert answer.receipt.bytes_sent == 0
    assert reached.server.requests == []
