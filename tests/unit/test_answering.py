"""A turn from evidence to receipt, over a scripted backend."""

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import numpy as np
import pytest
from numpy.typing import NDArray

from assistant.answering import Answering, check_question
from assistant.backends.addresses import is_local
from assistant.backends.base import BackendRequest, Delta, StopReason, TextDelta
from assistant.backends.catalogue import DataPolicy
from assistant.backends.errors import (
    AuthRejected,
    BackendUnreachable,
    ContextOverflow,
    StreamInterrupted,
)
from assistant.records import answer_record
from assistant.settings import Settings, load_settings
from assistant.turns import (
    Answer,
    Checked,
    Failed,
    Finished,
    Retrieved,
    Status,
    Stopped,
    Token,
    TurnEvent,
    UsageReported,
)
from corpus.errors import InputError, KeyMissing
from index.hash_embedder import HashEmbedder
from tests.support.evidence import make_entry, make_evidence
from tests.support.scripted import ScriptedBackend, done

EMBEDDER = HashEmbedder()


@pytest.fixture
def settings() -> Settings:
    return load_settings()


async def run(
    settings: Settings, backend: ScriptedBackend, stop: asyncio.Event | None = None
) -> list[TurnEvent]:
    answering = Answering(settings, lambda: EMBEDDER)
    stream = answering.answer_from(make_evidence(), [], backend, stop or asyncio.Event())
    return [event async for event in stream]


def last_answer(events: list[TurnEvent]) -> Answer:
    event = events[-1]
    assert isinstance(event, Finished | Failed | Stopped)
    return event.answer


async def test_a_turn_sends_evidence_tokens_usage_checks_and_the_answer_in_this_order(
    settings: Settings,
) -> None:
    events = await run(settings, ScriptedBackend("Microsoft makes ", "Phi-3 [2].", done()))
    assert [type(e) for e in events] == [Retrieved, Token, Token, UsageReported, Checked, Finished]


async def test_the_answer_carries_text_citations_checks_and_receipt(settings: Settings) -> None:
    answer = last_answer(
        await run(settings, ScriptedBackend("Phi-3 is made by Microsoft [2].", done(400, 12)))
    )
    assert answer.text == "Phi-3 is made by Microsoft [2]."
    assert [(c.number, c.valid) for c in answer.citations] == [(2, True)]
    assert [(s.verdict, s.passage) for s in answer.sentences] == [("supported", 2)]
    assert (answer.receipt.usage.input_tokens, answer.receipt.usage.output_tokens) == (400, 12)
    assert answer.receipt.destination == "api.vendor.example"
    assert not answer.receipt.stayed_local
    assert answer.receipt.evidence_hash == make_evidence().hash


async def test_a_passage_that_the_model_was_not_shown_is_no_source_of_its_answer(
    settings: Settings,
) -> None:
    evidence = make_evidence(*(f"{word} " * 400 for word in ("first", "second", "third")))
    backend = ScriptedBackend("So [1]. And so [3].", done(), entry=make_entry(window=2000))
    stream = Answering(settings, lambda: EMBEDDER).answer_from(
        evidence, [], backend, asyncio.Event()
    )
    answer = last_answer([event async for event in stream])
    assert 3 in answer.receipt.passages_cut
    assert [(c.number, c.valid) for c in answer.citations] == [(1, True), (3, False)]


async def test_what_had_arrived_stays_when_a_stream_breaks_off(settings: Settings) -> None:
    broken = StreamInterrupted("The stream broke.", "Ask again.")
    answer = last_answer(await run(settings, ScriptedBackend("Microsoft ma", broken)))
    assert answer.text == "Microsoft ma"
    assert answer.status is Status.INTERRUPTED
    assert answer.error is broken


async def test_a_stream_without_its_end_marker_is_not_a_finished_answer(settings: Settings) -> None:
    answer = last_answer(await run(settings, ScriptedBackend("Looks complete.")))
    assert answer.status is Status.INTERRUPTED
    assert isinstance(answer.error, StreamInterrupted)


async def test_a_refused_key_fails_with_nothing_lost(settings: Settings) -> None:
    refused = AuthRejected("The key was refused.", "Set another.")
    answer = last_answer(await run(settings, ScriptedBackend(refused)))
    assert answer.status is Status.FAILED
    assert answer.error is refused


@pytest.mark.parametrize("reason", [StopReason.FILTER, StopReason.REFUSAL])
async def test_a_filtered_answer_is_never_shown_as_complete(
    settings: Settings, reason: StopReason
) -> None:
    end = done(stop_reason=reason)
    answer = last_answer(await run(settings, ScriptedBackend("Half", end)))
    assert answer.status is not Status.FINISHED


async def test_stop_keeps_what_came_and_closes_the_stream(settings: Settings) -> None:
    stop, never = asyncio.Event(), asyncio.Event()
    backend = ScriptedBackend("So far", never, done())
    answering = Answering(settings, lambda: EMBEDDER)
    events: list[TurnEvent] = []
    async for event in answering.answer_from(make_evidence(), [], backend, stop):
        events.append(event)
        if isinstance(event, Token):
            stop.set()
    answer = last_answer(events)
    assert (answer.status, answer.text) == (Status.STOPPED, "So far")
    assert answer.receipt.money.amount is None
    assert backend.was_closed


class BrokenOnClosing(ScriptedBackend):
    """Its connection fails while it is being closed, and it may be asked once more."""

    async def stream(self, request: BackendRequest) -> AsyncGenerator[Delta, None]:
        try:
            async for delta in super().stream(request):
                yield delta
        except asyncio.CancelledError:
            raise BackendUnreachable("The connection broke.", "Ask again.") from None


@pytest.mark.parametrize("said", ["So far", ""])
async def test_a_connection_that_fails_while_it_is_closed_is_stopped_all_the_same(
    settings: Settings, said: str
) -> None:
    stop, never = asyncio.Event(), asyncio.Event()
    backend = BrokenOnClosing(*([said] if said else []), never, done())
    answering = Answering(settings, lambda: EMBEDDER)
    events: list[TurnEvent] = []

    async def stop_in_the_middle_of_reading() -> None:
        while not backend.requests:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        stop.set()

    async for event in answering.answer_from(make_evidence(), [], backend, stop):
        events.append(event)
        if isinstance(event, Token if said else Retrieved):
            stopping = asyncio.create_task(stop_in_the_middle_of_reading())
    await stopping
    answer = last_answer(events)
    assert (answer.status, answer.text, answer.error) == (Status.STOPPED, said, None)
    assert len(backend.requests) == 1


async def test_leaving_in_mid_answer_closes_the_stream(settings: Settings) -> None:
    backend = ScriptedBackend("So far", asyncio.Event(), done())
    answering = Answering(settings, lambda: EMBEDDER)
    events = answering.answer_from(make_evidence(), [], backend, asyncio.Event())
    async with aclosing(events):
        async for event in events:
            if isinstance(event, Token):
                break
    assert backend.was_closed


async def test_a_prompt_that_cannot_fit_never_reaches_the_backend(settings: Settings) -> None:
    backend = ScriptedBackend("never", done(), entry=make_entry(window=300))
    answer = last_answer(await run(settings, backend))
    assert isinstance(answer.error, ContextOverflow)
    assert (answer.status, answer.receipt.bytes_sent) == (Status.FAILED, 0)
    assert answer.receipt.passages_cut == (1, 2)
    assert backend.requests == []


async def test_a_local_address_that_passes_the_question_on_is_not_called_local(
    settings: Settings,
) -> None:
    backend = ScriptedBackend(
        "Hello.",
        done(remote_host="https://ollama.example:443"),
        entry=make_entry(kind="open"),
        destination="127.0.0.1:11434",
    )
    receipt = last_answer(await run(settings, backend)).receipt
    assert receipt.kind == "open, not local"
    assert not receipt.stayed_local
    assert receipt.energy_wh is None
    assert receipt.retention.startswith("What is kept where it was sent is not known.")


async def test_an_answer_that_broke_off_elsewhere_is_not_called_local_either(
    settings: Settings,
) -> None:
    passed_on = TextDelta("Hello,", remote_host="ollama.example")
    broken = StreamInterrupted("It broke off.", "Ask again.")
    for end in (broken, None):
        backend = ScriptedBackend(
            passed_on,
            *([end] if end else []),
            entry=make_entry(kind="open"),
            destination="127.0.0.1:11434",
        )
        answer = last_answer(await run(settings, backend))
        assert answer.status is Status.INTERRUPTED
        receipt = answer.receipt
        assert (receipt.kind, receipt.destination) == ("open, not local", "ollama.example")
        assert not receipt.stayed_local


async def test_a_backend_that_read_clearly_less_than_was_sent_is_noticed(
    settings: Settings,
) -> None:
    full = last_answer(await run(settings, ScriptedBackend("Yes.", done(400)))).receipt
    short = last_answer(await run(settings, ScriptedBackend("Yes.", done(50)))).receipt
    assert (full.context_shortfall, short.context_shortfall) == (False, True)


async def test_two_backends_over_the_same_evidence_have_the_same_hash_and_prompt(
    settings: Settings,
) -> None:
    one, two = ScriptedBackend("A.", done()), ScriptedBackend("B.", done())
    first, second = last_answer(await run(settings, one)), last_answer(await run(settings, two))
    assert first.receipt.evidence_hash == second.receipt.evidence_hash
    assert one.requests[0].messages == two.requests[0].messages


@pytest.mark.parametrize("question", ["", "  \n ", "x" * 4001])
def test_an_empty_or_endless_question_is_refused(settings: Settings, question: str) -> None:
    with pytest.raises(InputError):
        check_question(question, 0, settings)


def test_a_question_is_asked_without_what_nobody_can_see_in_it(settings: Settings) -> None:
    typed = " Who\u200b makes\x00 Phi-3?\U000e0041\u202e "
    assert check_question(typed, 0, settings) == "Who makes Phi-3?"


def test_a_conversation_has_a_longest_length(settings: Settings) -> None:
    with pytest.raises(InputError, match="turns"):
        check_question("Hello?", settings.answering.max_turns, settings)


async def test_the_time_of_our_own_checks_is_not_billed_to_the_model(settings: Settings) -> None:
    class Slow(HashEmbedder):
        """Takes an hour to compare meanings."""

        hours = 0

        def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
            self.hours += 1
            return super().encode(texts)

    embedder = Slow()
    answering = Answering(settings, lambda: embedder, clock=lambda: embedder.hours * 3600.0)
    backend = ScriptedBackend("The company behind it is a large one [2].", done())
    events = answering.answer_from(make_evidence(), [], backend, asyncio.Event())
    answer = last_answer([event async for event in events])
    assert embedder.hours > 0
    assert answer.receipt.total_s == 0


async def test_half_a_character_from_a_model_ends_no_answer(settings: Settings) -> None:
    answer = last_answer(await run(settings, ScriptedBackend("Phi-3 \ud83d is", done())))
    assert answer.status is Status.FINISHED
    assert answer.text == "Phi-3 ? is"


async def test_what_was_never_sent_costs_nothing(settings: Settings) -> None:
    missing = KeyMissing("No key.", "Set one.")
    receipt = last_answer(await run(settings, ScriptedBackend(missing))).receipt
    assert (receipt.bytes_sent, receipt.money.amount) == (0, 0.0)


async def test_a_gateway_on_this_machine_does_not_keep_a_vendors_model_here(
    settings: Settings,
) -> None:
    backend = ScriptedBackend("Hello.", done(), destination="127.0.0.1:4000")
    receipt = last_answer(await run(settings, backend)).receipt
    assert not receipt.stayed_local
    assert receipt.energy_wh is None


@pytest.mark.parametrize(
    ("destination", "local"),
    [
        ("this process", True),
        ("127.0.0.1:11434", True),
        ("[::1]:11434", True),
        ("localhost:1", True),
        ("127.evil.example", False),
        ("localhost.evil.example:80", False),
    ],
)
def test_only_this_machine_is_local(destination: str, local: bool) -> None:
    assert is_local(destination) is local


async def test_the_receipt_says_where_and_when_the_retention_note_was_read(
    settings: Settings,
) -> None:
    entry = make_entry().model_copy(
        update={
            "data": DataPolicy(
                training="Not.", retention="30 days.", source="the terms", date="2026-10-01"
            )
        }
    )
    backend = ScriptedBackend("Yes.", done(), entry=entry)
    receipt = last_answer(await run(settings, backend)).receipt
    assert (receipt.retention_source, receipt.retention_date) == ("the terms", "2026-10-01")


async def test_an_energy_estimate_names_the_power_that_it_assumes(settings: Settings) -> None:
    here = ScriptedBackend(
        "Yes.", done(), entry=make_entry(kind="open"), destination="this process"
    )
    local = last_answer(await run(settings, here)).receipt
    vendor = last_answer(await run(settings, ScriptedBackend("Yes.", done()))).receipt
    assert (local.watts, vendor.watts) == (settings.energy.watts, None)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        (None, None),
        ("http://127.0.0.1:8000", None),
        ("http://localhost:8000", None),
        ("https://chroma.example:8443/base", "chroma.example:8443"),
    ],
)
async def test_a_search_on_another_machine_is_on_the_receipt(
    settings: Settings, url: str | None, host: str | None
) -> None:
    index = settings.index.model_copy(update={"chroma_url": url})
    elsewhere = settings.model_copy(update={"index": index})
    here = ScriptedBackend(
        "Yes.", done(), entry=make_entry(kind="open"), destination="this process"
    )
    receipt = last_answer(await run(elsewhere, here)).receipt
    assert receipt.search_host == host
    assert receipt.stayed_local


async def test_a_receipt_is_the_same_after_a_script_has_read_it(settings: Settings) -> None:
    answer = last_answer(await run(settings, ScriptedBackend("Phi-3 [2].", done())))
    record = json.loads(json.dumps(answer_record(answer)))["receipt"]
    for name in ("prompt_hash", "fitted_to", "retention_source", "retention_date", "search_host"):
        assert record[name] == getattr(answer.receipt, name)
    assert record["money"]["price_date"] is None
    assert record["usage"]["input_tokens"] == 400
    assert (record["watts"], record["stop_reason"]) == (None, "end")
