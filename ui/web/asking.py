"""Asking in a session: a question, or a question once more, and what comes back as it comes."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assistant.answering import check_question
from assistant.turns import (
    Answer,
    Checked,
    Failed,
    Finished,
    Retrieved,
    SideEvent,
    Stopped,
    Token,
    Turn,
    UsageReported,
    Waiting,
)
from corpus.errors import CounterpointError, InputError
from ui.web.pace import Pace
from ui.web.session import LiveAnswer, LiveTurn, Session
from ui.web.stream import Tempo, batched

if TYPE_CHECKING:
    from assistant.conversations import ConversationStore
    from assistant.wiring import Assistant

_PATIENCE_S = 2


@dataclass(frozen=True, slots=True)
class Desk:
    """Who answers, and where it is kept.

    Attributes:
        assistant: who answers.
        store: keeps conversations; None keeps none.
        pace: how often one browser may ask; None sets no limit.
        tempo: how often running answers are shown.
    """

    assistant: "Assistant"
    store: "ConversationStore | None" = None
    pace: Pace | None = None
    tempo: Tempo = field(default_factory=Tempo)


async def ask(
    desk: Desk, session: Session, question: str, backend_ids: Sequence[str]
) -> AsyncGenerator[LiveTurn, None]:
    """Ask a question; yields the turn as its answers grow, then the session holds it.

    A question that gets no evidence is kept in ``session.refused`` with the reason. An answer that
    fails later is an answer of its turn. While something is being written nothing is asked.
    """
    if session.live is not None:
        return
    session.refused, session.given_back = None, ""
    number = len(session.turns) + 1
    try:
        count(desk, session)
        entries = [desk.assistant.entry(backend_id) for backend_id in backend_ids]
    except CounterpointError as exc:
        session.refused = (question, exc)
        return
    answers = [LiveAnswer(entry, position) for position, entry in enumerate(entries)]
    live = LiveTurn(number, question, answers)
    stops = [each.stop for each in answers]
    events = desk.assistant.ask_sides(question, session.history(number), backend_ids, stops)
    async with contextlib.aclosing(_follow(desk, session, live, events)) as steps:
        async for step in steps:
            yield step


async def ask_again(
    desk: Desk, session: Session, number: int, backend_id: str
) -> AsyncGenerator[LiveTurn, None]:
    """Answer the question of a turn once more, over its evidence; earlier answers stay."""
    turn = session.turn(number)
    if session.live is not None or turn is None:
        return
    session.refused, session.given_back = None, ""
    try:
        count(desk, session)
        answer = LiveAnswer(desk.assistant.entry(backend_id), len(turn.answers))
        live = LiveTurn(number, turn.question, [answer], turn.evidence, is_new=False)
        beside = [each.backend for each in turn.answers if each.kind != answer.entry.kind][-1:]
        events = desk.assistant.answer_sides(
            turn.evidence,
            session.history(number),
            [backend_id],
            [answer.stop],
            beside=_known(desk.assistant, beside),
        )
    except CounterpointError as exc:
        session.refused = ("", exc)
        return
    async with contextlib.aclosing(_follow(desk, session, live, events)) as steps:
        async for step in steps:
            yield step


def count(desk: Desk, session: Session) -> None:
    """Count a question, or whatever else searches the sources, against its browser's limit.

    Raises:
        InputError: it was one too many within a minute.
    """
    if desk.pace is not None:
        desk.pace.take(session.owner)


def _known(assistant: "Assistant", backend_ids: Sequence[str]) -> list[str]:
    """Those that are in the catalogue still; a kept conversation may name others."""
    catalogue = {entry.id for entry in assistant.entries}
    return [backend_id for backend_id in backend_ids if backend_id in catalogue]


async def _follow(
    desk: Desk, session: Session, live: LiveTurn, events: AsyncGenerator[SideEvent, None]
) -> AsyncGenerator[LiveTurn, None]:
    turn = session.turn(live.number)
    earlier = turn.answers if turn is not None else ()
    error: CounterpointError | None = None
    session.live, session.shown = live, live.number
    for each in live.answers:
        each.step = _loading_step(desk.assistant) or (
            f"Waiting for {each.entry.label}" if live.evidence else "Searching the sources"
        )
    try:
        yield live
        kept = await _kept(desk, session, live, events)
        batches = batched(kept, interval_s=desk.tempo.interval_s, is_urgent=_first_words())
        with desk.tempo.joined():
            async with contextlib.aclosing(batches):
                async for batch in batches:
                    if session.live is not live:
                        break
                    for event in batch:
                        _take(session, live, event, earlier)
                    if live.is_stopped and live.evidence is None:
                        break
                    if not batch:
                        _tell_time(live, desk.assistant)
                    yield live
    except CounterpointError as exc:
        error = exc
    finally:
        await events.aclose()
        if session.live is live:
            session.live = None
            _settle(session, live, error)


def _first_words() -> Callable[[SideEvent], bool]:
    """Tells the first words of each side, which nobody should wait for any longer."""
    begun: set[int | None] = set()

    def are_first(event: SideEvent) -> bool:
        if not isinstance(event.event, Token) or event.side in begun:
            return False
        begun.add(event.side)
        return True

    return are_first


def _settle(session: Session, live: LiveTurn, error: CounterpointError | None) -> None:
    if live.evidence is None:
        session.shown = min(session.shown, len(session.turns))
        session.given_back = live.question if error is None else ""
    if error is not None:
        session.refused = (live.question if live.evidence is None else "", error)


async def _kept(
    desk: Desk, session: Session, live: LiveTurn, events: AsyncGenerator[SideEvent, None]
) -> AsyncGenerator[SideEvent, None]:
    """The events, written down on their way; as they are where nothing can be kept."""
    if desk.store is None or not session.owner or not _is_taken(desk.assistant, live.question):
        return events
    from assistant.conversations import Place, recorded

    if not session.conversation_id:
        try:
            made = await asyncio.to_thread(desk.store.create, session.owner)
        except CounterpointError as exc:
            session.not_kept = exc
            return events
        if session.live is not live:
            return events
        session.conversation_id = made

    def warn(error: CounterpointError | None) -> None:
        if session.live is live:
            session.not_kept = error

    place = Place(session.owner, session.conversation_id, live.number, live.answers[0].position)
    entries = [each.entry for each in live.answers]
    return recorded(events, desk.store, place, live.question.strip(), entries, warn=warn)


def _is_taken(assistant: "Assistant", question: str) -> bool:
    """Whether a question is one at all, and no longer than may be: no other is written down."""
    try:
        check_question(question, 0, assistant.settings)
    except InputError:
        return False
    return True


def _take(session: Session, live: LiveTurn, event: SideEvent, earlier: tuple[Answer, ...]) -> None:
    sides = live.answers if event.side is None else [live.answers[event.side]]
    for side in sides:
        match event.event:
            case Retrieved(evidence):
                live.evidence = evidence
                side.step = f"Waiting for {side.entry.label}"
                if session.turn(live.number) is None:
                    session.turns.append(Turn(live.question, evidence, ()))
            case Waiting(wait_s, reason):
                side.step = f"{reason} Trying again in {wait_s:.0f} s"
            case Token(text):
                side.text += text
                side.step = ""
            case UsageReported():
                side.step = "Checking each sentence"
            case Checked():
                pass
            case Finished(answer) | Failed(answer) | Stopped(answer):
                side.answer, side.step = answer, ""
                session.put_answers(live, earlier)


def _tell_time(
    live: LiveTurn, assistant: "Assistant", clock: Callable[[], float] = time.monotonic
) -> None:
    for each in live.answers:
        elapsed_s = int(clock() - each.started_s)
        if live.evidence is None:
            each.step = _loading_step(assistant) or "Searching the sources"
        elif elapsed_s >= _PATIENCE_S and each.step.startswith("Waiting"):
            each.step = f"Waiting for {each.entry.label}, {elapsed_s} s"


def _loading_step(assistant: "Assistant") -> str:
    readiness = assistant.readiness()
    return "" if readiness.ready else f"Loading the index ({readiness.step})"
