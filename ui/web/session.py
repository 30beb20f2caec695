"""One visitor's conversation, kept on the server; history is never taken from a browser."""

import asyncio
import time
from dataclasses import dataclass, field, replace
from typing import Literal

from assistant.backends.catalogue import KINDS, BackendEntry, Kind
from assistant.evidence import Evidence
from assistant.turns import Answer, Exchange, Turn
from corpus.errors import CounterpointError

Choice = Literal["open", "proprietary", "both"]
OTHER_KIND: dict[Kind, Kind] = {"open": "proprietary", "proprietary": "open"}
SIDES: dict[Choice, tuple[Kind, ...]] = {
    "open": ("open",),
    "proprietary": ("proprietary",),
    "both": KINDS,
}


@dataclass(slots=True)
class LiveAnswer:
    """An answer while it is being written.

    Attributes:
        entry: the backend.
        position: of the answer in its turn, from 0.
        text: what has arrived.
        step: what is being done, as a person reads it; empty while text arrives.
        answer: the whole of it, once it has ended.
        stop: set to stop it.
        started_s: when it began, on the monotonic clock.
    """

    entry: BackendEntry
    position: int = 0
    text: str = ""
    step: str = ""
    answer: Answer | None = None
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    started_s: float = field(default_factory=time.monotonic)


@dataclass(slots=True)
class LiveTurn:
    """A turn while at least one of its answers is being written.

    Attributes:
        number: of the turn, from 1.
        question: as it was asked.
        answers: those that are being written or have just ended; earlier ones are in the session.
        evidence: what was retrieved, once it is there.
        is_new: whether the turn began with these answers.
        is_stopped: whether everything in it was stopped.
        is_left: whether another conversation was begun or opened meanwhile.
    """

    number: int
    question: str
    answers: list[LiveAnswer]
    evidence: Evidence | None = None
    is_new: bool = True
    is_stopped: bool = False
    is_left: bool = False

    @property
    def ended(self) -> tuple[Answer, ...]:
        """The answers that have ended, by position."""
        return tuple(each.answer for each in self.answers if each.answer is not None)

    def stop(self, position: int | None = None) -> None:
        """Stop the answer at a position, or all of them; what has arrived is kept."""
        for each in self.answers:
            if position is None or each.position == position:
                each.stop.set()
        self.is_stopped = all(each.stop.is_set() for each in self.answers)


@dataclass(slots=True)
class Session:
    """A conversation and where it stands.

    Attributes:
        turns: turns that have evidence, oldest first, with the answers that have ended.
        live: the turn in which something is being written, if there is one.
        refused: a question that got no evidence, and why.
        given_back: a question that was stopped before it got any evidence.
        shown: number of the turn whose sources are shown; 0 before the first.
        choice: what the toggle was last seen at; None before it was.
        backends: the backend that was last chosen of each kind.
        owner: whose conversation it is, for the store; empty while that is not known.
        conversation_id: its id in the store; empty while nothing of it is kept.
        not_kept: why the conversation is not being kept, or None.
        address: a conversation that could not be read, which the page's address goes on naming, so
            that it is there after a reload.
        lost: a conversation that could not be read when its page came back, and why; None once the
            page was told.
        seen: the states that the browser was told last.
    """

    turns: list[Turn] = field(default_factory=list)
    live: LiveTurn | None = None
    refused: tuple[str, CounterpointError] | None = None
    given_back: str = ""
    shown: int = 0
    choice: Choice | None = None
    backends: dict[Kind, str] = field(default_factory=dict)
    owner: str = ""
    conversation_id: str = ""
    not_kept: CounterpointError | None = None
    address: str = ""
    lost: tuple[str, CounterpointError] | None = None
    seen: object = None

    def stop(self, position: int | None = None) -> None:
        """Stop what is being written; what has arrived is kept."""
        if self.live is not None:
            self.live.stop(position)

    def clear(self) -> None:
        """Begin anew, at once: what is being written stops by itself and is not shown."""
        self.stop()
        if self.live is not None:
            self.live.is_left = True
        self.live = None
        self.turns, self.refused, self.given_back, self.shown = [], None, "", 0
        self.conversation_id, self.not_kept = "", None
        self.address, self.lost = "", None

    def at_rest(self) -> "Session":
        """What is remembered of it while its page is closed: what the store does not hold."""
        is_kept = bool(self.conversation_id) and self.not_kept is None
        return Session(
            turns=[] if is_kept else list(self.turns),
            shown=0 if is_kept else self.shown,
            choice=self.choice,
            backends=dict(self.backends),
            owner=self.owner,
            conversation_id=self.conversation_id,
            not_kept=self.not_kept,
            address=self.address,
            lost=self.lost,
        )

    def turn(self, number: int) -> Turn | None:
        """A turn by its number, from 1."""
        return self.turns[number - 1] if 1 <= number <= len(self.turns) else None

    def history(self, number: int) -> list[Exchange]:
        """What was said before a turn, without the questions that nobody answered."""
        before = (turn.exchange for turn in self.turns[: number - 1])
        return [exchange for exchange in before if exchange.answer]

    def put_answers(self, live: LiveTurn, earlier: tuple[Answer, ...]) -> None:
        """Keep the answers of a running turn that have ended, behind the earlier ones."""
        turn = self.turns[live.number - 1]
        self.turns[live.number - 1] = replace(turn, answers=(*earlier, *live.ended))
