"""The use case: retrieve once, ask a backend, check what it said, write the receipt."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field

from assistant.backends.base import Backend, Done, StopReason, TextDelta
from assistant.backends.catalogue import BackendEntry
from assistant.backends.errors import (
    BackendUnreachable,
    ContentFiltered,
    ContextOverflow,
    StreamInterrupted,
)
from assistant.backends.retry import stream_with_retry
from assistant.checks.support import check_sentences
from assistant.citations import parse_citations
from assistant.disputes import touched_disputes
from assistant.evidence import Evidence
from assistant.plans import plan_sides
from assistant.prompt import PromptPlan, empty_plan, estimate_tokens
from assistant.receipts import Meter, Outcome, search_host_of, write_receipt
from assistant.settings import Settings
from assistant.sides import merge_sides, only_side, prepared
from assistant.stopping import Arrived, until_stopped
from assistant.turns import (
    Answer,
    Checked,
    Exchange,
    Failed,
    Finished,
    Retrieved,
    SentenceCheck,
    SideEvent,
    Status,
    Stopped,
    Token,
    TurnEvent,
    UsageReported,
    Waiting,
)
from corpus.errors import BackendError, ConfigError, CounterpointError, InputError
from corpus.text import clean_text
from index.embedder import Embedder

_INCOMPLETE = {StopReason.FILTER, StopReason.REFUSAL}
_NOTHING_SENT = (ConfigError, BackendUnreachable)


@dataclass(slots=True)
class _Progress:
    """What has come of one answer so far, and how many requests were made for it."""

    meter: Meter
    pieces: list[str] = field(default_factory=list)
    done: Done | None = None
    error: CounterpointError | None = None
    requests: int = 0
    stopped: bool = False
    remote_host: str | None = None

    @property
    def text(self) -> str:
        return "".join(self.pieces)


@dataclass(frozen=True, slots=True)
class Answering:
    """Answers questions over evidence.

    Attributes:
        settings: the settings.
        embedder: for the sentence check and token counts.
        clock: seconds, monotonic.
    """

    settings: Settings
    embedder: Callable[[], Embedder]
    clock: Callable[[], float] = time.perf_counter

    async def answer_sides(
        self,
        evidence: Evidence,
        history: Sequence[Exchange],
        backends: Sequence[Backend],
        stops: Sequence[asyncio.Event],
        beside: Sequence[BackendEntry] = (),
    ) -> AsyncGenerator[SideEvent, None]:
        """Ask backends over evidence that is already there, all at the same time.

        Yields ``Retrieved`` once, for all. Then each side yields ``Waiting``, ``Token``,
        ``UsageReported`` and ``Checked`` as they come, and one of ``Finished``, ``Failed`` or
        ``Stopped`` at the end, with everything that had arrived. Whatever happens to one side, the
        others go on. Setting a side's stop closes its request upstream; closing the iterator
        closes all of them.

        Args:
            evidence: the same for all sides.
            history: earlier turns, the same for all sides.
            backends: who is asked.
            stops: one for each of ``backends``.
            beside: backends that the new answers stand beside: they get what fits these too.
        """
        destinations = tuple(backend.destination for backend in backends)
        yield SideEvent(None, Retrieved(evidence, destinations))
        # Imports and prompt first, for all: neither is billed to a model, and all start together.
        entries = [backend.entry for backend in backends]
        plans, ready = await asyncio.gather(
            asyncio.to_thread(plan_sides, evidence, history, entries, self.embedder, beside),
            asyncio.gather(*(prepared(backend) for backend in backends)),
        )
        sides = [
            self._answer(evidence, plan, backend, stop)
            for plan, backend, stop in zip(plans, ready, stops, strict=True)
        ]
        async with contextlib.aclosing(merge_sides(sides)) as events:
            async for event in events:
                yield event

    def answer_from(
        self, evidence: Evidence, history: Sequence[Exchange], backend: Backend, stop: asyncio.Event
    ) -> AsyncGenerator[TurnEvent, None]:
        """``answer_sides`` with one side, without its place."""
        return only_side(self.answer_sides(evidence, history, [backend], [stop]))

    async def _answer(
        self,
        evidence: Evidence,
        planned: PromptPlan | ContextOverflow,
        backend: Backend,
        stop: asyncio.Event,
    ) -> AsyncGenerator[TurnEvent, None]:
        progress = _Progress(Meter(self.clock))
        if isinstance(planned, ContextOverflow):
            plan = empty_plan(evidence, backend.entry)
            progress.error = planned
        else:
            plan = planned
            async with contextlib.aclosing(self._stream(plan, backend, stop, progress)) as events:
                async for event in events:
                    yield event
        if progress.done is not None:
            yield UsageReported(progress.done.usage)
        answer = await asyncio.to_thread(self._finish, plan, backend, progress)
        yield Checked(answer.citations, answer.sentences)
        match answer.status:
            case Status.FINISHED:
                yield Finished(answer)
            case Status.STOPPED:
                yield Stopped(answer)
            case _:
                yield Failed(answer)

    async def _stream(
        self, plan: PromptPlan, backend: Backend, stop: asyncio.Event, progress: _Progress
    ) -> AsyncGenerator[TurnEvent, None]:
        arrived: Arrived = asyncio.Queue()

        def on_try() -> None:
            progress.requests += 1

        def on_wait(wait_s: float, error: BackendError) -> None:
            if stop.is_set():
                # It failed while it was being closed: nobody waits for another try.
                raise asyncio.CancelledError
            progress.requests -= isinstance(error, _NOTHING_SENT)
            arrived.put_nowait(Waiting(wait_s, error.what))

        deltas = stream_with_retry(
            backend, plan.request, self.settings.timeouts, on_try=on_try, on_wait=on_wait
        )
        try:
            async with contextlib.aclosing(until_stopped(deltas, arrived, stop)) as events:
                async for event in events:
                    match event:
                        case TextDelta(raw, remote_host):
                            progress.remote_host = remote_host or progress.remote_host
                            # Half a surrogate pair can be neither stored nor sent.
                            text = raw.encode(errors="replace").decode()
                            progress.meter.mark_text()
                            progress.pieces.append(text)
                            yield Token(text, progress.remote_host)
                        case Done():
                            progress.done = event
                            progress.remote_host = event.remote_host or progress.remote_host
                        case Waiting():
                            yield event
            progress.stopped = stop.is_set() and progress.done is None
        except CounterpointError as exc:
            progress.error = exc
        finally:
            progress.meter.mark_end()

    def _finish(self, plan: PromptPlan, backend: Backend, progress: _Progress) -> Answer:
        evidence, text = plan.request.evidence, progress.text
        error = progress.error or _what_ended_early(progress, backend.entry.label)
        requests = progress.requests - isinstance(error, _NOTHING_SENT)
        count_tokens: Callable[[str], int] = estimate_tokens
        sentences: tuple[SentenceCheck, ...] = ()
        try:
            embedder = self.embedder()
            count_tokens = embedder.count_tokens
            sentences = check_sentences(text, evidence, plan.passages_sent, embedder)
        except CounterpointError as exc:
            # An answer that could not be checked is still what the model said.
            error = error or exc
        return Answer(
            backend=backend.entry.id,
            label=backend.entry.label,
            kind=backend.entry.kind,
            text=text,
            citations=parse_citations(text, plan.passages_sent),
            sentences=sentences,
            disputes=touched_disputes(text, evidence),
            receipt=write_receipt(
                backend,
                plan,
                progress.meter,
                Outcome(text, progress.done, requests, progress.remote_host),
                watts=self.settings.energy.watts,
                search_host=search_host_of(self.settings.index),
                count_tokens=count_tokens,
            ),
            status=_status(error, text, stopped=progress.stopped),
            error=error,
        )


def _what_ended_early(progress: _Progress, label: str) -> CounterpointError | None:
    """The error of a stream that raised none and yet is no complete answer."""
    if progress.stopped:
        return None
    if progress.done is None:
        return StreamInterrupted(f"{label} broke off before the end of its answer.", "Ask again.")
    if progress.done.stop_reason in _INCOMPLETE:
        return ContentFiltered(
            f"{label} withheld the rest of this answer.",
            "Rephrase the question or ask the other side.",
        )
    return None


def _status(error: CounterpointError | None, text: str, *, stopped: bool) -> Status:
    if stopped:
        return Status.STOPPED
    if error is None:
        return Status.FINISHED
    return Status.INTERRUPTED if text and isinstance(error, BackendError) else Status.FAILED


def check_question(question: str, turns: int, settings: Settings) -> str:
    """The question without surrounding white space and without characters that nobody can see.

    Raises:
        InputError: it is empty or too long, or the conversation is.
    """
    limits = settings.answering
    if len(question.strip()) > limits.max_question_chars:
        raise InputError(
            f"The question has {len(question):,} characters; at most "
            f"{limits.max_question_chars:,} are taken.",
            "Shorten it.",
        )
    text = clean_text(question).text.strip()
    if not text:
        raise InputError("The question is empty.", "Type a question.")
    if turns >= limits.max_turns:
        raise InputError(
            f"This conversation has {turns:,} turns, the most that are kept.",
            "Start a new conversation.",
        )
    return text
