"""Several backends answer the same question at the same time, each on its own."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any

import pytest

from assistant.answering import Answering
from assistant.backends.base import BackendRequest, Delta, StopReason
from assistant.backends.catalogue import BackendEntry
from assistant.backends.errors import (
    AuthRejected,
    BackendBusy,
    BackendUnreachable,
    ContextOverflow,
    StreamInterrupted,
)
from assistant.backends.gguf import PACKAGED_MODEL
from assistant.settings import Settings, load_settings
from assistant.sides import UnopenedBackend, merge_sides
from assistant.turns import (
    Answer,
    Exchange,
    Failed,
    Finished,
    Retrieved,
    SideEvent,
    Status,
    Stopped,
    Token,
    TurnEvent,
)
from corpus.errors import ConfigError, CounterpointError, KeyMissing, StoreError
from index.hash_embedder import HashEmbedder
from tests.support.evidence import make_entry, make_evidence
from tests.support.scripted import ScriptedBackend, done

EMBEDDER = HashEmbedder()
HISTORY = [Exchange("Who makes Grok?", "xAI does [1].")]


@pytest.fixture
def settings() -> Settings:
    return load_settings()


def entry_of(backend_id: str, **changes: object) -> BackendEntry:
    return make_entry().model_copy(update={"id": backend_id, "label": backend_id, **changes})


def side(
    *script: object, backend_id: str = "one", window: int = 8000, **changes: object
) -> ScriptedBackend:
    entry = entry_of(backend_id, context_window_tokens=window, **changes)
    return ScriptedBackend(*script, entry=entry)  # type: ignore[arg-type]


async def run(
    settings: Settings,
    *backends: ScriptedBackend | UnopenedBackend,
    history: Sequence[Exchange] = (),
    beside: Sequence[BackendEntry] = (),
    texts: Sequence[str] = (),
) -> list[SideEvent]:
    answering = Answering(settings, lambda: EMBEDDER)
    stops = [asyncio.Event() for _ in backends]
    evidence = make_evidence(*texts)
    events = answering.answer_sides(evidence, history, backends, stops, beside)
    return [event async for event in events]


def answers_of(events: Sequence[SideEvent]) -> dict[int | None, Answer]:
    return {
        event.side: event.event.answer
        for event in events
        if isinstance(event.event, Finished | Failed | Stopped)
    }


async def test_the_evidence_comes_once_and_every_side_ends_once(settings: Settings) -> None:
    events = await run(settings, side("A [1].", done()), side("B [2].", done()))
    assert [e.side for e in events if isinstance(e.event, Retrieved)] == [None]
    ends = [e.side for e in events if isinstance(e.event, Finished)]
    assert sorted(ends, key=str) == [0, 1]


async def test_the_words_of_both_sides_come_as_they_arrive(settings: Settings) -> None:
    gate = asyncio.Event()
    slow = side("Slow", gate, " end", done())
    quick = side("Quick", " end", done(), backend_id="two")
    answering = Answering(settings, lambda: EMBEDDER)
    events: list[SideEvent] = []
    stops = [asyncio.Event(), asyncio.Event()]
    async for event in answering.answer_sides(make_evidence(), [], [slow, quick], stops):
        events.append(event)
        if event.side == 1 and isinstance(event.event, Finished):
            gate.set()
    words = [(e.side, e.event.text) for e in events if isinstance(e.event, Token)]
    assert words[-1] == (0, " end")
    assert words.index((1, " end")) < words.index((0, " end"))


async def test_both_sides_are_sent_the_same_bytes_and_their_receipts_say_so(
    settings: Settings,
) -> None:
    one, two = side("A.", done()), side("B.", done(), backend_id="two", window=100_000)
    answers = answers_of(await run(settings, one, two, history=HISTORY))
    assert one.requests[0].messages == two.requests[0].messages
    assert one.requests[0].max_output_tokens == two.requests[0].max_output_tokens
    hashes = {answer.receipt.prompt_hash for answer in answers.values()}
    assert len(hashes) == 1
    assert len(hashes.pop()) == 64
    assert answers[0].receipt.evidence_hash == answers[1].receipt.evidence_hash


async def test_a_smaller_window_cuts_the_prompt_of_both_and_is_named(settings: Settings) -> None:
    small = side("A.", done(), window=1200, max_output_tokens=300)
    large = side("B.", done(), backend_id="large", window=100_000)
    texts = ["word " * 200, "word " * 200, "word " * 200]
    answers = answers_of(await run(settings, small, large, texts=texts))
    assert small.requests[0].messages == large.requests[0].messages
    assert [a.receipt.fitted_to for a in answers.values()] == ["one", "one"]
    assert answers[0].receipt.passages_cut == answers[1].receipt.passages_cut != ()
    windows = {a.receipt.context_window_tokens for a in answers.values()}
    assert windows == {1200, 100_000}


async def test_nothing_is_said_of_fitting_when_nothing_was_cut(settings: Settings) -> None:
    small = side("A.", done(), window=4000)
    answers = answers_of(await run(settings, small, side("B.", done(), backend_id="two")))
    assert {a.receipt.fitted_to for a in answers.values()} == {""}


async def test_one_sides_failure_leaves_the_other_whole(settings: Settings) -> None:
    refused = AuthRejected("The key was refused.", "Set another.")
    answers = answers_of(
        await run(settings, side(refused), side("Fine [1].", done(), backend_id="two"))
    )
    assert (answers[0].status, answers[0].error) == (Status.FAILED, refused)
    assert (answers[1].status, answers[1].text) == (Status.FINISHED, "Fine [1].")


async def test_a_side_that_cannot_even_be_opened_is_a_failed_answer_of_its_own(
    settings: Settings,
) -> None:
    missing = KeyMissing("No key.", "Set one.")
    unopened = UnopenedBackend(entry_of("closed"), missing)
    answers = answers_of(await run(settings, unopened, side("Fine.", done())))
    assert (answers[0].backend, answers[0].error) == ("closed", missing)
    assert (answers[0].receipt.bytes_sent, answers[0].receipt.prompt_hash) == (0, "")
    assert answers[1].status is Status.FINISHED


async def test_a_side_that_cannot_be_prepared_is_a_failed_answer_of_its_own(
    settings: Settings,
) -> None:
    class Unprepared(ScriptedBackend):
        """Its library is missing."""

        async def prepare(self) -> None:
            raise ConfigError("Its library is missing.", "Install it.")

    answers = answers_of(
        await run(settings, Unprepared("A.", done()), side("B.", done(), backend_id="two"))
    )
    assert isinstance(answers[0].error, ConfigError)
    assert answers[1].status is Status.FINISHED


async def test_a_side_that_nothing_fits_into_is_left_out_and_the_other_is_not_cut_for_it(
    settings: Settings,
) -> None:
    tiny, large = side("never", window=300), side("B.", done(), backend_id="two")
    answers = answers_of(await run(settings, tiny, large))
    assert isinstance(answers[0].error, ContextOverflow)
    assert tiny.requests == []
    assert answers[1].status is Status.FINISHED
    assert (answers[1].receipt.passages_cut, answers[1].receipt.fitted_to) == ((), "")


async def test_when_nothing_fits_into_either_nothing_is_sent_and_each_says_so(
    settings: Settings,
) -> None:
    one, two = side("never", window=300), side("never", backend_id="two", window=310)
    answers = answers_of(await run(settings, one, two))
    assert all(isinstance(a.error, ContextOverflow) for a in answers.values())
    assert {a.receipt.bytes_sent for a in answers.values()} == {0}
    assert {a.receipt.money.amount for a in answers.values()} == {0.0}
    assert one.requests == two.requests == []
    assert "one has room" in str(answers[0].error)
    assert "two has room" in str(answers[1].error)


async def test_stopping_one_side_keeps_what_it_said_and_lets_the_other_end(
    settings: Settings,
) -> None:
    stops = [asyncio.Event(), asyncio.Event()]
    endless = side("So far", asyncio.Event(), done())
    gate = asyncio.Event()
    other = side("All", gate, " of it.", done(), backend_id="two")
    answering = Answering(settings, lambda: EMBEDDER)
    events: list[SideEvent] = []
    async for event in answering.answer_sides(make_evidence(), [], [endless, other], stops):
        events.append(event)
        if event.side == 0 and isinstance(event.event, Token):
            stops[0].set()
        if event.side == 0 and isinstance(event.event, Stopped):
            gate.set()
    answers = answers_of(events)
    assert (answers[0].status, answers[0].text) == (Status.STOPPED, "So far")
    assert (answers[1].status, answers[1].text) == (Status.FINISHED, "All of it.")
    assert endless.was_closed


async def test_leaving_closes_every_side(settings: Settings) -> None:
    one = side("So far", asyncio.Event(), done())
    two = side("So far", asyncio.Event(), done(), backend_id="two")
    answering = Answering(settings, lambda: EMBEDDER)
    stops = [asyncio.Event(), asyncio.Event()]
    heard: set[int | None] = set()
    async with aclosing(answering.answer_sides(make_evidence(), [], [one, two], stops)) as events:
        async for event in events:
            if isinstance(event.event, Token):
                heard.add(event.side)
            if heard == {0, 1}:
                break
    assert one.was_closed
    assert two.was_closed


@pytest.mark.parametrize("last", [BackendBusy("Busy.", "Wait."), BackendUnreachable("Gone.", ".")])
async def test_every_try_that_took_the_prompt_away_counts_in_the_bytes_that_left(
    settings: Settings, last: CounterpointError
) -> None:
    busy = BackendBusy("Busy.", "Wait.", retry_after_s=0)
    once, thrice = side("All.", done()), side()
    tries = iter([busy, busy, last])

    async def stream(request: BackendRequest) -> AsyncGenerator[Delta, None]:
        thrice.requests.append(request)
        if (error := next(tries, None)) is not None:
            raise error
        yield done()

    thrice.stream = stream  # type: ignore[method-assign]
    answers = answers_of(await run(settings, once, thrice))
    sent = 2 if isinstance(last, BackendUnreachable) else 3
    assert len(thrice.requests) == 3
    assert answers[1].receipt.bytes_sent == sent * answers[0].receipt.bytes_sent
    assert answers[1].receipt.prompt_hash == answers[0].receipt.prompt_hash


async def test_a_side_stopped_before_it_began_sends_nothing(settings: Settings) -> None:
    backend = side("never", done())
    answering = Answering(settings, lambda: EMBEDDER)
    stop = asyncio.Event()
    stop.set()
    events = [e async for e in answering.answer_sides(make_evidence(), [], [backend], [stop])]
    receipt = answers_of(events)[0].receipt
    assert backend.requests == []
    assert (receipt.bytes_sent, receipt.prompt_hash, receipt.money.amount) == (0, "", 0.0)


async def test_the_small_packaged_model_beside_another_gets_the_usual_prompt(
    settings: Settings,
) -> None:
    tiny = side("A.", done(), adapter="gguf", model=PACKAGED_MODEL, kind="open")
    other = side("B.", done(), backend_id="two")
    await run(settings, tiny, other)
    assert tiny.requests[0].messages == other.requests[0].messages


async def test_the_small_packaged_model_alone_or_beside_the_reader_gets_its_own_prompt(
    settings: Settings,
) -> None:
    tiny: dict[str, Any] = {"adapter": "gguf", "model": PACKAGED_MODEL, "kind": "open"}
    alone, beside = side("A.", done(), **tiny), side("A.", done(), **tiny)
    reader = side("B.", done(), backend_id="reader", adapter="reader", kind="open")
    await run(settings, alone)
    answers = answers_of(await run(settings, beside, reader))
    assert alone.requests[0].messages == beside.requests[0].messages
    assert alone.requests[0].max_output_tokens < 500
    assert answers[0].receipt.prompt_hash
    assert answers[1].receipt.prompt_hash == ""


async def test_the_reader_reads_every_passage_whatever_the_window_beside_it(
    settings: Settings,
) -> None:
    reader = side("B.", done(), backend_id="reader", adapter="reader", kind="open")
    small = side("A.", done(), window=1200, max_output_tokens=300)
    texts = ["word " * 200, "word " * 200, "word " * 200]
    answers = answers_of(await run(settings, reader, small, texts=texts))
    assert answers[0].receipt.passages_sent == (1, 2, 3)
    assert answers[0].receipt.fitted_to == ""
    assert answers[1].receipt.passages_cut
    assert answers[1].receipt.fitted_to == ""


async def test_an_answer_made_anew_gets_the_prompt_of_the_one_it_stands_beside(
    settings: Settings,
) -> None:
    texts = ["word " * 200, "word " * 200, "word " * 200]
    small = side("A.", done(), window=1200, max_output_tokens=300)
    large = side("B.", done(), backend_id="large", window=100_000)
    again = side("B again.", done(), backend_id="large", window=100_000)
    both = answers_of(await run(settings, small, large, texts=texts))
    anew = answers_of(await run(settings, again, texts=texts, beside=[small.entry]))
    assert anew[0].receipt.prompt_hash == both[1].receipt.prompt_hash


async def test_an_answer_that_cannot_be_checked_is_kept_and_says_why(settings: Settings) -> None:
    def broken() -> HashEmbedder:
        raise StoreError("The index is gone.", "Build it again.")

    answering = Answering(settings, broken)
    backend = side("Fine [1].", done())
    events = answering.answer_sides(make_evidence(), [], [backend], [asyncio.Event()])
    answer = answers_of([event async for event in events])[0]
    assert (answer.text, answer.sentences) == ("Fine [1].", ())
    assert isinstance(answer.error, StoreError)


async def test_a_broken_stream_and_a_withheld_answer_beside_each_other_are_told_apart(
    settings: Settings,
) -> None:
    broken = side("So far", StreamInterrupted("It broke.", "Ask again."))
    withheld = side("Half", done(stop_reason=StopReason.FILTER), backend_id="two")
    answers = answers_of(await run(settings, broken, withheld))
    assert "broke" in str(answers[0].error)
    assert "withheld" in str(answers[1].error)


async def test_a_fault_of_this_program_in_one_side_is_raised_after_the_others_have_ended() -> None:
    async def faulty() -> AsyncGenerator[TurnEvent, None]:
        yield Token("a")
        raise ZeroDivisionError

    async def sound() -> AsyncGenerator[TurnEvent, None]:
        for word in ("b", "c"):
            await asyncio.sleep(0)
            yield Token(word)

    heard: list[TurnEvent] = []
    with pytest.raises(ZeroDivisionError):
        async for event in merge_sides([faulty(), sound()]):
            heard.append(event.event)
    assert Token("c") in heard
