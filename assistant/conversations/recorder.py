"""Writes a turn down while it runs, beside the stream and never in its way.

The stream hands every event to a recording and passes it on. The recording writes in a thread: the
question at once, the evidence and the ends as they come, and what the answers grew by every half
second. What cannot be written is tried again until the stream ends; the stream itself never fails
for it. Whoever watches is told by a callback, once when keeping begins to fail and once when it
works again.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from functools import partial
from typing import Final

from assistant.backends.catalogue import BackendEntry
from assistant.conversations.conversation import ConversationMissing, Place
from assistant.conversations.store import ConversationStore
from assistant.evidence import Evidence
from assistant.turns import Answer, Failed, Finished, Retrieved, SideEvent, Stopped, Token
from corpus.errors import CounterpointError

WRITE_EVERY_S: Final = 0.5
SIGN_OF_LIFE_EVERY_S: Final = 2.0
# How long a question waits to be written down before it is asked all the same.
LONGEST_START_S: Final = 1.0
LONGEST_END_S: Final = 2.0

# Turns that are being written down. The event loop alone does not keep a task from being collected.
_scribes: "Final[dict[asyncio.Task[None], _Recording]]" = {}

Warn = Callable[[CounterpointError | None], None]
"""Told on the event loop why a conversation is not being kept, and None when it is kept again."""


async def recorded(
    events: AsyncGenerator[SideEvent, None],
    store: ConversationStore,
    place: Place,
    question: str,
    entries: Sequence[BackendEntry],
    *,
    warn: Warn | None = None,
) -> AsyncGenerator[SideEvent, None]:
    """Pass the events of a turn on, unchanged, and keep the turn.

    Close it (``contextlib.aclosing``) when it is left early: answers that have no end then are
    kept as they are, and loaded as interrupted.

    Args:
        events: what ``ask_sides`` or ``answer_sides`` gives.
        store: where the conversation is kept.
        place: whose it is, and where the turn stands in it.
        question: as it was asked.
        entries: the backends that are asked, by side.
        warn: told when the turn cannot be written down. No error of the store is ever raised.
    """
    if not place.conversation:
        async with contextlib.aclosing(events):
            async for event in events:
                yield event
        return
    recording = _Recording(store, place, question, entries, warn or _say_nothing)
    scribe = asyncio.create_task(recording.write_regularly())
    _scribes[scribe] = recording
    scribe.add_done_callback(_scribes.pop)
    try:
        await recording.question_is_kept()
        async with contextlib.aclosing(events):
            async for event in events:
                recording.take(event)
                yield event
    finally:
        recording.close()
        # A database that hangs is not waited for: what is left is written when it comes free.
        await asyncio.wait({scribe}, timeout=LONGEST_END_S)


async def leave_all() -> None:
    """Before this loop ends: write down what has come of every turn, as one that was left.

    Waits for it, but not for a database that hangs.
    """
    loop = asyncio.get_running_loop()
    scribes = {scribe for scribe in _scribes if scribe.get_loop() is loop}
    for scribe in scribes:
        _scribes[scribe].close()
    if scribes:
        await asyncio.wait(scribes, timeout=LONGEST_END_S)


def _say_nothing(_error: CounterpointError | None) -> None:
    return


class _Recording:
    """What of one turn has still to be written, and what has been.

    Only ``_write`` runs in a thread, and only one at a time; the rest is the event loop's.
    """

    def __init__(
        self,
        store: ConversationStore,
        place: Place,
        question: str,
        entries: Sequence[BackendEntry],
        warn: Warn,
    ) -> None:
        self._store, self._place, self._entries, self._warn = store, place, entries, warn
        self._number = place.number
        self._positions: dict[int, int] = {}
        self._destinations: dict[int, str] = {}
        self._begun: set[int] = set()
        self._texts: dict[int, list[str]] = {}
        self._grown: set[int] = set()
        self._steps: deque[Callable[[], None]] = deque([partial(self._start, question)])
        self._wake = asyncio.Event()
        self._tried = asyncio.Event()
        self._closed = False
        self._failing = False
        self._gone = False

    async def question_is_kept(self) -> None:
        """Wait until the question is written down, or could not be, but not for long."""
        self._wake.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._tried.wait(), LONGEST_START_S)

    def take(self, side_event: SideEvent) -> None:
        """Note what an event says; returns at once."""
        side, event = side_event.side, side_event.event
        if isinstance(event, Retrieved):
            self._steps.append(partial(self._keep, event.evidence))
            self._destinations = dict(enumerate(event.destinations))
        for begun in range(len(self._entries)) if side is None else (side,):
            self._begin_answer(begun)
        match event:
            case Token(text, remote_host) if side in self._texts:
                self._texts[side].append(text)
                self._grown.add(side)
                # Before the text that tells it: what is kept never claims more than is known.
                if remote_host and remote_host != self._destinations.get(side):
                    self._destinations[side] = remote_host
                    self._steps.append(partial(self._move, side, remote_host))
            case Finished(answer) | Failed(answer) | Stopped(answer) if side is not None:
                self._texts.pop(side, None)
                self._grown.discard(side)
                self._steps.append(partial(self._end, side, answer))
                self._wake.set()
            case _:
                pass

    def close(self) -> None:
        """Leave what has no end as it is; what is not written yet is written once more."""
        for side, parts in self._texts.items():
            self._steps.append(partial(self._leave, side, "".join(parts)))
        self._texts.clear()
        self._grown.clear()
        self._closed = True
        self._wake.set()

    async def write_regularly(self) -> None:
        """Write until the recording is closed and all is written, or cannot be."""
        quiet_s = 0.0
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), WRITE_EVERY_S)
            self._wake.clear()
            last = self._closed
            quiet_s = 0.0 if self._grown or self._steps else quiet_s + WRITE_EVERY_S
            if quiet_s >= SIGN_OF_LIFE_EVERY_S:
                quiet_s = 0.0
                self._grown.update(self._texts)
            await self._write_what_is_due()
            if last or self._gone:
                return
            if not self._failing:
                # A turn that runs fast would otherwise write at every event that wakes it.
                continue
            await self._pause()

    async def _pause(self) -> None:
        """After a failure: the same wait, however much comes meanwhile."""
        deadline = asyncio.get_running_loop().time() + WRITE_EVERY_S
        while not self._closed and (left := deadline - asyncio.get_running_loop().time()) > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), left)
            self._wake.clear()
        self._wake.set()

    def _begin_answer(self, side: int) -> None:
        if side not in self._begun:
            self._begun.add(side)
            self._texts[side] = []
            destination = self._destinations.get(side, "")
            self._steps.append(partial(self._begin, side, destination))
            self._wake.set()

    async def _write_what_is_due(self) -> None:
        steps = list(self._steps)
        grown = {side: "".join(self._texts[side]) for side in self._grown}
        self._grown.clear()
        done, error = await asyncio.to_thread(self._write, steps, grown)
        for _ in range(done):
            self._steps.popleft()
        if error is not None:
            self._grown.update(side for side in grown if side in self._texts)
        self._gone = isinstance(error, ConversationMissing)
        if (error is not None) != self._failing:
            self._failing = error is not None
            self._warn(error)
        self._tried.set()

    def _write(
        self, steps: list[Callable[[], None]], grown: dict[int, str]
    ) -> tuple[int, CounterpointError | None]:
        done = 0
        try:
            for step in steps:
                step()
                done += 1
            for side, text in grown.items():
                if side in self._positions:
                    self._store.grow_answer(*self._spot(side), text)
        except CounterpointError as exc:
            return done, exc
        return done, None

    def _start(self, question: str) -> None:
        place = self._place
        self._number = self._store.start_turn(
            place.owner, place.conversation, place.number, question, place.position
        )

    def _keep(self, evidence: Evidence) -> None:
        place = self._place
        self._store.keep_evidence(place.owner, place.conversation, self._number, evidence)

    def _begin(self, side: int, destination: str) -> None:
        place = self._place
        self._positions[side] = self._store.start_answer(
            place.owner,
            place.conversation,
            self._number,
            place.position + side,
            self._entries[side],
            destination=destination,
        )

    def _move(self, side: int, destination: str) -> None:
        entry = self._entries[side]
        self._store.move_answer(*self._spot(side), entry=entry, destination=destination)

    def _end(self, side: int, answer: Answer) -> None:
        self._store.end_answer(*self._spot(side), answer)

    def _leave(self, side: int, text: str) -> None:
        self._store.leave_answer(*self._spot(side), text)

    def _spot(self, side: int) -> tuple[str, str, int, int]:
        place = self._place
        return place.owner, place.conversation, self._number, self._positions[side]
