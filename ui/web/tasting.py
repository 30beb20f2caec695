"""What the taste test does when it is used: a few lines each over the rounds of eval.taste."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant.answering import check_question
from assistant.markup.elements import EMPTY, SafeHtml, join
from corpus.errors import InputError, StoreError
from eval.taste import summary as counting
from eval.taste.ballots import Choice, Guess
from eval.taste.rounds import Round, Stage
from eval.taste.sitting import (
    ROUND_COUNTS,
    TIMEOUT_S,
    Sitting,
    failures,
    own_questions,
    suggested_questions,
    write,
)
from eval.taste.votes import OPEN_FOR_S
from ui.web.components import detail, show
from ui.web.pace import Pace
from ui.web.render import notices
from ui.web.render import taste as draw
from ui.web.render.answers import error_box
from ui.web.render.taste_result import result
from ui.web.sittings import Tasting, Unfinished
from ui.web.taste_setup import OWN_QUESTIONS, Tab, TasteSetup, is_ready
from ui.web.visitor import known_owner, owner_of

if TYPE_CHECKING:
    from assistant.wiring import Assistant

Updates = dict[Any, Any]
_HEARTBEAT_S = 1.0


class Tasters:
    """The callbacks of a test that goes on.

    Args:
        assistant: who answers.
        tab: the tab's components.
        setup: what is chosen before a test.
        unfinished: tests that are not over.
    """

    def __init__(
        self, assistant: "Assistant", tab: Tab, setup: TasteSetup, unfinished: Unfinished
    ) -> None:
        self._assistant = assistant
        self._tab = tab
        self._setup = setup
        self._unfinished = unfinished
        server = assistant.settings.server
        self._slots = asyncio.Semaphore(server.concurrency)
        self._pace = Pace(server.questions_per_minute)

    async def start(
        self, request: gr.Request, tasting: Tasting, first: str, second: str, *how: Any
    ) -> AsyncIterator[Updates]:
        """Begin a test with its first round."""
        count, source, own = how
        states = await self._setup.states_of(first, second)
        problem = self._setup.state_of(first, second, states)
        if first == second or any(not is_ready(state) for state in states.values()):
            yield {self._tab.state: show(problem)}
            return
        wanted = count if count in ROUND_COUNTS else ROUND_COUNTS[0]
        if source == OWN_QUESTIONS:
            questions = own_questions(own or "")
        else:
            questions = suggested_questions(wanted, self._assistant.starter_questions())
        try:
            self._pace.take(known_owner(request))
            for question in questions:
                check_question(question, 0, self._assistant.settings)
            tasting.sitting = Sitting((first, second), questions)
            tasting.sitting.begin()
            self._unfinished.take(known_owner(request), tasting)
        except InputError as exc:
            tasting.sitting = None
            yield {self._tab.state: show(error_box(exc))}
            return
        written = self._write(tasting, known_owner(request))
        async with contextlib.aclosing(written) as updates:
            async for update in updates:
                yield {self._tab.setup: gr.update(visible=False), **update}

    async def act(
        self, tasting: Tasting, event: gr.EventData, request: gr.Request
    ) -> AsyncIterator[Updates]:
        """Do what a button of the round says; what does not fit its stage is not done."""
        action, owner = str(detail(event).get("action")), known_owner(request)
        if action in {"new", "forget"}:
            mine = owner or owner_of(request)
            yield await self._begin_anew(tasting, mine, forget=action == "forget")
            return
        doing = self._resume if action == "resume" else self._in_round
        async with contextlib.aclosing(doing(tasting, owner, event)) as updates:
            async for update in updates:
                yield update

    async def _in_round(
        self, tasting: Tasting, owner: str, event: gr.EventData
    ) -> AsyncGenerator[Updates, None]:
        data = detail(event)
        action, value = str(data.get("action")), str(data.get("value"))
        sitting = self._here(tasting, owner)
        if sitting is None:
            yield self._gone(tasting, owner)
            return
        if action == "stop":
            sitting.stop.set()
            yield {self._tab.announcer: gr.skip()}
            return
        if data.get("round") != _mark(sitting):
            yield {self._tab.announcer: gr.skip()}
            return
        try:
            if action in {"next", "again"} and self._goes_on(sitting, action):
                self._pace.take(owner)
                sitting.begin(again=action == "again")
                async with contextlib.aclosing(self._write(tasting, owner)) as updates:
                    async for update in updates:
                        yield update
                return
            await self._vote(tasting, owner, action, value)
        except (InputError, ValueError):
            yield {self._tab.announcer: gr.skip()}
            return
        if action == "end" or (action == "next" and sitting.is_between):
            yield await self._result(tasting, owner)
        else:
            yield self._shown(tasting)

    async def _resume(
        self, tasting: Tasting, owner: str, _event: gr.EventData
    ) -> AsyncGenerator[Updates, None]:
        """Go on with the test that an earlier page of this visitor showed."""
        sitting = self._unfinished.of(owner)
        current = sitting.current if sitting else None
        if sitting is None or current is None:
            yield self._gone(tasting, owner)
            return
        if tasting.sitting is sitting and not self._unfinished.is_elsewhere(owner, tasting):
            yield {self._tab.announcer: gr.skip()}
            return
        if sitting.is_broken_off:
            try:
                self._pace.take(owner)
            except InputError as exc:
                yield {self._tab.state: show(error_box(exc))}
                return
            current.give_up()
            sitting.begin(again=True)
        tasting.sitting, tasting.unkept = sitting, None
        self._unfinished.take(owner, tasting)
        hidden = {self._tab.setup: gr.update(visible=False)}
        if current.stage is Stage.VOTED and _may_be_known(current):
            current.reveal(None, time.time())
            await self._keep(tasting, owner, current)
        if current is sitting.current and current.stage is not Stage.WRITING:
            yield {**hidden, **self._shown(tasting)}
            return
        # Another page may be waiting for the same answers; they are written once.
        async with contextlib.aclosing(self._write(tasting, owner)) as updates:
            async for update in updates:
                yield {**hidden, **update}

    def _here(self, tasting: Tasting, owner: str) -> Sitting | None:
        """The test that goes on, and does so on this page."""
        sitting = tasting.sitting
        is_left = sitting is None or sitting.is_over
        return None if is_left or self._unfinished.is_elsewhere(owner, tasting) else sitting

    @staticmethod
    def _goes_on(sitting: Sitting, action: str) -> bool:
        return action == "again" or not sitting.is_last

    async def _vote(self, tasting: Tasting, owner: str, action: str, value: str) -> None:
        current = tasting.sitting.current if tasting.sitting else None
        if current is None or tasting.sitting is None:
            return
        now_s = time.time()
        match action:
            case "vote":
                current.cast(Choice(value), tasting.sitting.id, now_s)
            case "guess":
                current.reveal(None if _may_be_known(current) else Guess(value), now_s)
            case "vote-again":
                current.cast_again(Choice(value), now_s)
            case "end" if current.stage is Stage.VOTED:
                current.reveal(None, now_s)
            case _:
                return
        await self._keep(tasting, owner, current)

    async def _keep(self, tasting: Tasting, owner: str, current: Round) -> None:
        tasting.unkept = None
        if current.vote is None:
            return
        try:
            await asyncio.to_thread(self._setup.store().keep, owner, current.vote)
        except StoreError as exc:
            tasting.unkept = exc

    async def _write(self, tasting: Tasting, owner: str) -> AsyncGenerator[Updates, None]:
        """Write the round, unless that is being done, and wait for its end."""
        sitting = tasting.sitting
        current = sitting.current if sitting else None
        if sitting is None or current is None:
            return
        if sitting.is_broken_off:
            sitting.stop = asyncio.Event()
            sitting.writing = asyncio.create_task(self._written(current, sitting.stop))
        begun, task = time.monotonic(), sitting.writing
        if task is None:
            return
        count = len(sitting.questions)
        try:
            yield {
                **self._stage(draw.writing(current, count, 0)),
                self._tab.announcer: show(
                    notices.announcement(f"Round {current.number}. Both answers are being written.")
                ),
            }
            while not task.done():
                await asyncio.wait({task}, timeout=_HEARTBEAT_S)
                if not task.done():
                    elapsed_s = int(time.monotonic() - begun)
                    yield self._stage(draw.writing(current, count, elapsed_s))
            if not task.cancelled():
                task.result()
        finally:
            if not self._unfinished.is_elsewhere(owner, tasting):
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        if tasting.sitting is sitting:
            is_here = self._here(tasting, owner) is not None
            yield self._shown(tasting) if is_here else self._gone(tasting, owner)

    async def _written(self, current: Round, stop: asyncio.Event) -> None:
        async with self._slots:
            await write(self._assistant, current, stop, timeout_s=TIMEOUT_S)

    def _shown(self, tasting: Tasting) -> Updates:
        """The round as it stands."""
        sitting = tasting.sitting
        current = sitting.current if sitting else None
        if sitting is None or current is None:
            return {self._tab.announcer: gr.skip()}
        count, subject = len(sitting.questions), self._subject(sitting)
        match current.stage:
            case Stage.READY:
                markup, said = draw.ready(current, count), "Both answers are there. Vote."
            case Stage.VOTED:
                markup, said = draw.voted(current, count, subject), f"Which one is {subject}?"
            case Stage.REVEALED | Stage.DONE:
                markup = draw.revealed(current, count, subject, is_last=sitting.is_last)
                said = "Names and receipts are shown."
            case Stage.VOID:
                markup = draw.void(current, count, is_last=sitting.is_last)
                said = "This round does not count."
            case _:
                return {self._tab.announcer: gr.skip()}
        if tasting.unkept is not None:
            markup = join([draw.kept_not(tasting.unkept), markup])
        return {
            **self._stage(markup),
            self._tab.announcer: show(notices.announcement(said)),
        }

    async def _result(self, tasting: Tasting, owner: str) -> Updates:
        sitting = tasting.sitting
        if sitting is None:
            return {self._tab.announcer: gr.skip()}
        sitting.is_over = True
        mine = [each.vote for each in sitting.rounds if each.vote is not None]
        try:
            kept = await asyncio.to_thread(self._setup.store().all_of, owner)
        except StoreError as exc:
            kept, tasting.unkept = (), exc
        known = {vote.id for vote in kept}
        votes = [*kept, *(vote for vote in mine if vote.id not in known)]
        summary = counting.summarise(votes, *sitting.backends)
        earlier = summary.before.total - len(mine) if summary else 0
        markup = result(
            summary, mine, void=len(sitting.void), failures=failures(sitting), earlier=earlier
        )
        if tasting.unkept is not None:
            markup = join([draw.kept_not(tasting.unkept), markup])
        return {
            **self._stage(markup),
            self._tab.announcer: show(notices.announcement("The result is shown.")),
        }

    async def _begin_anew(self, tasting: Tasting, owner: str, *, forget: bool) -> Updates:
        self._leave(tasting, owner)
        if forget:
            # Else its votes would be kept again with the next one.
            self._unfinished.end(owner)
        try:
            if forget:
                await asyncio.to_thread(self._setup.store().forget, owner)
            earlier = await self._setup.earlier(owner)
        except StoreError as exc:
            earlier = error_box(exc)
        return {
            self._tab.setup: gr.update(visible=True),
            self._tab.unfinished: show(self._setup.offer(owner)),
            **self._stage(EMPTY),
            self._tab.earlier: show(earlier),
        }

    def _leave(self, tasting: Tasting, owner: str) -> None:
        if tasting.sitting is not None and not self._unfinished.is_elsewhere(owner, tasting):
            tasting.sitting.stop.set()
            tasting.sitting.is_over = True
        tasting.sitting, tasting.unkept = None, None

    def _gone(self, tasting: Tasting, owner: str) -> Updates:
        """The test that the page shows is not there: it is forgotten, or another page took it."""
        words = "That test is over: it is not remembered here any more. Votes that were cast are."
        if tasting.sitting is not None and not tasting.sitting.is_over:
            words = "That test goes on in another window of this browser."
        tasting.sitting, tasting.unkept = None, None
        return {
            self._tab.setup: gr.update(visible=True),
            self._tab.unfinished: show(self._setup.offer(owner)),
            **self._stage(EMPTY),
            self._tab.state: show(draw.note(words)),
            self._tab.announcer: show(notices.announcement(words)),
        }

    def _subject(self, sitting: Sitting) -> str:
        first, second = (self._assistant.entry(each) for each in sitting.backends)
        return first.label if first.kind == second.kind else f"the {first.kind} one"

    def _stage(self, markup: SafeHtml) -> Updates:
        return {self._tab.stage: show(markup)}


def _may_be_known(current: Round) -> bool:
    """Whether the vote has been shown elsewhere by now, with who sat where: no guess counts."""
    return current.vote is not None and current.vote.voted_at < time.time() - OPEN_FOR_S


def _mark(sitting: Sitting) -> str:
    """Round and stage, so that a late second click does nothing."""
    current = sitting.current
    return f"{current.number}-{current.stage.value}" if current else ""
