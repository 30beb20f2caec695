"""One visitor's conversation, kept on the server; history is never taken from a browser."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assistant.backends.catalogue import BackendEntry, Kind
from assistant.evidence import Evidence
from assistant.turns import (
    Answer,
    Checked,
    Failed,
    Finished,
    Retrieved,
    Stopped,
    Token,
    Turn,
    TurnEvent,
    UsageReported,
    Waiting,
)
from corpus.errors import CounterpointError
from ui.web.stream import batched

if TYPE_CHECKING:
    from assistant.wiring import Assistant

OTHER_KIND: dict[Kind, Kind] = {"open": "proprietary", "proprietary": "open"}


@dataclass(slots=True)
class Live:
    """An answer while it is being written.

    Attributes:
        number: of the turn it belongs to.
        question: as it was asked.
        entry: the backend.
        evidence: what was retrieved, once it is there.
        text: what has arrived.
        step: what is being done, as a person reads it; empty while text arrives.
        is_again: whether the turn already has an answer.
        stop: set to stop it.
        started_s: when it began, on the monotonic clock.
    """

    number: int
    question: str
    entry: BackendEntry
    evidence: Evidence | None = None
    text: str = ""
    step: str = ""
    is_again: bool = False
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    started_s: float = field(default_factory=time.monotonic)


@dataclass(slots=True)
class Session:
    """A conversation and where it stands.

    Attributes:
        turns: finished turns, oldest first.
        live: the answer that is being written, if one is.
        refused: a question that got no answer at all, and why.
        shown: number of the turn whose sources are shown; 0 before the first.
        kind: what the toggle was last seen at; None before it was.
        backends: the backend that was last chosen of each kind.
        seen: the states that the browser was told last.
    """

    turns: list[Turn] = field(default_factory=list)
    live: Live | None = None
    refused: tuple[str, CounterpointError] | None = None
    shown: int = 0
    kind: Kind | None = None
    backends: dict[Kind, str] = field(default_factory=dict)
    seen: object = None

    def stop(self) -> None:
        """Stop what is being written; what has arrived is kept."""
        if self.live is not None:
            self.live.stop.set()

    def clear(self) -> None:
        """Begin anew, at once: what is being written stops by itself and is kept nowhere."""
        self.stop()
        self.live = None
        self.turns, self.refused, self.shown = [], None, 0

    def turn(self, number: int) -> Turn | None:
        """A finished turn by its number, from 1."""
        return self.turns[number - 1] if 1 <= number <= len(self.turns) else None


async def ask(
    assistant: "Assistant", session: Session, question: str, backend_id: str
) -> AsyncGenerator[Live, None]:
    """Ask a question in a session; yields the answer as it grows, then the session holds it.

    A question that gets no answer at all is kept in ``session.refused`` with the reason. While
    another answer is being written nothing is asked.
    """
    if session.live is not None:
        return
    session.refused = None
    try:
        live = Live(len(session.turns) + 1, question, assistant.entry(backend_id))
    except CounterpointError as exc:
        session.refused = (question, exc)
        return
    history = [turn.exchange for turn in session.turns]
    events = assistant.ask(question, history, backend_id, live.stop)
    async with contextlib.aclosing(_follow(session, live, events, assistant)) as lives:
        async for step in lives:
            yield step


async def ask_again(
    assistant: "Assistant", session: Session, backend_id: str
) -> AsyncGenerator[Live, None]:
    """Answer the last question once more over the same evidence; earlier answers stay."""
    if session.live is not None or not session.turns:
        return
    session.refused = None
    last, number = session.turns[-1], len(session.turns)
    try:
        live = Live(
            number, last.question, assistant.entry(backend_id), last.evidence, is_again=True
        )
        history = [turn.exchange for turn in session.turns[:-1]]
        events = assistant.answer_from(last.evidence, history, backend_id, live.stop)
    except CounterpointError as exc:
        session.refused = ("", exc)
        return
    async with contextlib.aclosing(_follow(session, live, events, assistant)) as lives:
        async for step in lives:
            yield step


async def _follow(
    session: Session, live: Live, events: AsyncIterator[TurnEvent], assistant: "Assistant"
) -> AsyncGenerator[Live, None]:
    answer: Answer | None = None
    error: CounterpointError | None = None
    session.live = live
    try:
        live.step = _loading_step(assistant) or "Searching the sources"
        yield live
        async with contextlib.aclosing(batched(events)) as batches:
            async for batch in batches:
                for event in batch:
                    answer = _take(live, event) or answer
                if session.live is not live:
                    break
                if live.stop.is_set() and live.evidence is None:
                    break
                if not batch and not live.text:
                    _tell_time(live, assistant)
                yield live
    except CounterpointError as exc:
        error = exc
    finally:
        if session.live is live:
            session.live = None
            _settle(session, live, answer, error)


def _settle(
    session: Session, live: Live, answer: Answer | None, error: CounterpointError | None
) -> None:
    """Keep what came: an answer in its turn, or the question with the reason why there is none."""
    if answer is not None and (answer.text or answer.error is None) and live.evidence is not None:
        if live.is_again:
            last = session.turns[-1]
            session.turns[-1] = Turn(last.question, last.evidence, (*last.answers, answer))
        else:
            session.turns.append(Turn(live.question, live.evidence, (answer,)))
        session.shown = live.number
        return
    error = error or (answer.error if answer is not None else None)
    if error is not None:
        session.refused = ("" if live.is_again else live.question, error)


def _take(live: Live, event: TurnEvent) -> Answer | None:
    match event:
        case Retrieved(evidence):
            live.evidence = evidence
            live.step = f"Waiting for {live.entry.label}"
        case Waiting(wait_s, reason):
            live.step = f"{reason} Trying again in {wait_s:.0f} s"
        case Token(text):
            live.text += text
            live.step = ""
        case UsageReported():
            live.step = "Checking each sentence"
        case Checked():
            pass
        case Finished(answer) | Failed(answer) | Stopped(answer):
            return answer
    return None


def _tell_time(
    live: Live, assistant: "Assistant", clock: Callable[[], float] = time.monotonic
) -> None:
    elapsed_s = int(clock() - live.started_s)
    if live.evidence is None:
        live.step = _loading_step(assistant) or "Searching the sources"
    elif elapsed_s >= 2 and live.step.startswith("Waiting"):
        live.step = f"Waiting for {live.entry.label}, {elapsed_s} s"


def _loading_step(assistant: "Assistant") -> str:
    readiness = assistant.readiness()
    return "" if readiness.ready else f"Loading the index ({readiness.step})"
