"""What the taste test does when it is used: a few lines each over the rounds of eval.taste."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import gradio as gr

from assistant.answering import check_question
from assistant.backends.base import Health
from assistant.backends.catalogue import KINDS
from assistant.markup.elements import EMPTY, SafeHtml, join
from corpus.errors import CounterpointError, InputError, StoreError
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
from ui.web.components import detail, show
from ui.web.health import label_with_state, look, look_at_all
from ui.web.pace import Pace
from ui.web.render import notices
from ui.web.render import taste as draw
from ui.web.render.answers import error_box
from ui.web.render.taste_result import earlier_results, result
from ui.web.session import Session
from ui.web.visitor import known_owner, owner_of

if TYPE_CHECKING:
    from assistant.wiring import Assistant
    from eval.taste.votes import VoteStore

Updates = dict[Any, Any]
SUGGESTED_QUESTIONS: Final = "suggested"
OWN_QUESTIONS: Final = "own"
_HEARTBEAT_S = 1.0


@dataclass(slots=True)
class Tasting:
    """One visitor's test; it stays on the server, and with it who sits where.

    Attributes:
        sitting: the test that is going on, or the last one.
        stop: set to give up the round that is being written.
        unkept: why the last vote could not be written down, or None.
    """

    sitting: Sitting | None = None
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    unkept: CounterpointError | None = None

    def at_rest(self) -> "Tasting":
        """What is remembered of it while its page is closed: a test that is not over."""
        is_over = self.sitting is None or self.sitting.is_over
        return Tasting(None if is_over else self.sitting, unkept=self.unkept)


@dataclass(frozen=True, slots=True)
class Tab:
    """The components that the callbacks change."""

    tasting: gr.State
    setup: gr.Column
    first: gr.Dropdown
    second: gr.Dropdown
    count: gr.Radio
    source: gr.Radio
    own: gr.Textbox
    state: gr.HTML
    start: gr.Button
    earlier: gr.HTML
    stage: gr.HTML
    announcer: gr.HTML


class Tasters:
    """The callbacks of the tab.

    Args:
        assistant: who answers.
        tab: the tab's components.
        votes: where votes are kept, or None for the home folder's database.
    """

    def __init__(self, assistant: "Assistant", tab: Tab, votes: "VoteStore | None" = None) -> None:
        self._assistant = assistant
        self._tab = tab
        self._votes = votes
        server = assistant.settings.server
        self._slots = asyncio.Semaphore(server.concurrency)
        self._pace = Pace(server.questions_per_minute)

    async def opened(self, tasting: Tasting, session: Session, request: gr.Request) -> Updates:
        """Show which models can take part, those of the chat first, and the votes so far."""
        if tasting.sitting is not None:
            return {self._tab.announcer: gr.skip()}
        states = await look_at_all(self._assistant)
        names = [(label_with_state(e, states.get(e.id)), e.id) for e in self._assistant.entries]
        first, second = (
            session.backends.get(kind) or self._assistant.best_of(kind, states) for kind in KINDS
        )
        return {
            self._tab.first: gr.update(choices=names, value=first),
            self._tab.second: gr.update(choices=names, value=second),
            self._tab.state: show(self._state_of(first, second, states)),
            self._tab.earlier: show(await self._earlier(owner_of(request))),
        }

    async def chosen(self, first: str, second: str) -> Any:
        """Say what has to be done before these two can be compared."""
        return show(self._state_of(first, second, await self._look(first, second)))

    def question_source(self, source: str) -> Any:
        """Show the box for own questions, each of which is a round, or the number of rounds."""
        is_own = source == OWN_QUESTIONS
        return gr.update(visible=is_own), gr.update(visible=not is_own)

    async def start(
        self, request: gr.Request, tasting: Tasting, first: str, second: str, *how: Any
    ) -> AsyncIterator[Updates]:
        """Begin a test with its first round."""
        count, source, own = how
        states = await self._look(first, second)
        problem = self._state_of(first, second, states)
        if first == second or any(not _is_ready(state) for state in states.values()):
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
        except InputError as exc:
            tasting.sitting = None
            yield {self._tab.state: show(error_box(exc))}
            return
        async with contextlib.aclosing(self._write(tasting)) as updates:
            async for update in updates:
                yield {self._tab.setup: gr.update(visible=False), **update}

    async def act(
        self, tasting: Tasting, event: gr.EventData, request: gr.Request
    ) -> AsyncIterator[Updates]:
        """Do what a button of the round says; what does not fit its stage is not done."""
        data = detail(event)
        action, value = str(data.get("action")), str(data.get("value"))
        if action == "stop":
            tasting.stop.set()
            yield {self._tab.announcer: gr.skip()}
            return
        owner = owner_of(request)
        if action in {"new", "forget"}:
            yield await self._begin_anew(tasting, owner, forget=action == "forget")
            return
        if tasting.sitting is None:
            yield self._gone()
            return
        if data.get("round") != _mark(tasting.sitting):
            yield {self._tab.announcer: gr.skip()}
            return
        try:
            if action in {"next", "again"} and self._goes_on(tasting.sitting, action):
                self._pace.take(owner)
                tasting.sitting.begin(again=action == "again")
                async with contextlib.aclosing(self._write(tasting)) as updates:
                    async for update in updates:
                        yield update
                return
            await self._vote(tasting, owner, action, value)
        except (InputError, ValueError):
            yield {self._tab.announcer: gr.skip()}
            return
        if action in {"next", "end"}:
            yield await self._result(tasting, owner)
        else:
            yield self._shown(tasting)

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
                current.reveal(Guess(value), now_s)
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
            await asyncio.to_thread(self._store().keep, owner, current.vote)
        except StoreError as exc:
            tasting.unkept = exc

    async def _write(self, tasting: Tasting) -> AsyncGenerator[Updates, None]:
        sitting = tasting.sitting
        current = sitting.current if sitting else None
        if sitting is None or current is None:
            return
        tasting.stop = asyncio.Event()
        begun = time.monotonic()
        task = asyncio.ensure_future(self._written(current, tasting.stop))
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
            task.result()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        if tasting.sitting is sitting:
            yield self._shown(tasting)

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
            kept = await asyncio.to_thread(self._store().all_of, owner)
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
        tasting.stop.set()
        tasting.sitting, tasting.unkept = None, None
        try:
            if forget:
                await asyncio.to_thread(self._store().forget, owner)
            earlier = await self._earlier(owner)
        except StoreError as exc:
            earlier = error_box(exc)
        return {
            self._tab.setup: gr.update(visible=True),
            **self._stage(EMPTY),
            self._tab.earlier: show(earlier),
        }

    def _gone(self) -> Updates:
        """The test that the page shows is not there: the program has begun anew since."""
        words = "That test is over: it is not remembered here any more. Votes that were cast are."
        return {
            self._tab.setup: gr.update(visible=True),
            **self._stage(EMPTY),
            self._tab.state: show(draw.note(words)),
            self._tab.announcer: show(notices.announcement(words)),
        }

    async def _earlier(self, owner: str) -> SafeHtml:
        try:
            votes = await asyncio.to_thread(self._store().all_of, owner)
        except StoreError as exc:
            return error_box(exc)
        found = (counting.summarise(votes, *pair) for pair in counting.pairs_of(votes))
        return earlier_results([summary for summary in found if summary is not None])

    async def _look(self, first: str, second: str) -> dict[str, Health]:
        entries = [self._assistant.entry(each) for each in dict.fromkeys((first, second))]
        found = await asyncio.gather(*(look(self._assistant, e, fresh=True) for e in entries))
        return {entry.id: state for entry, state in zip(entries, found, strict=True)}

    def _state_of(self, first: str, second: str, states: dict[str, Health]) -> SafeHtml:
        """What stands between the choice and the start, or what the choice means."""
        if first == second:
            return draw.note("Both sides are the same model. Choose two different ones.")
        entries = [self._assistant.entry(each) for each in (first, second)]
        panels = [
            notices.state_panel(entry, states.get(entry.id))
            for entry in entries
            if not _is_ready(states.get(entry.id))
        ]
        if panels:
            ready = draw.note(
                "Until then, any two models that are ready can be compared, open ones too."
            )
            return join([*panels, ready])
        remarks = []
        if entries[0].kind == entries[1].kind:
            remarks.append(f"Both of these are {entries[0].kind}: the test compares two models, "
                           "not the two kinds.")  # fmt: skip
        paid = [entry.label for entry in entries if entry.price is not None]
        if paid:
            remarks.append(f"Every round asks {' and '.join(paid)}, which costs money.")
        return draw.note(" ".join(remarks))

    def _subject(self, sitting: Sitting) -> str:
        first, second = (self._assistant.entry(each) for each in sitting.backends)
        return first.label if first.kind == second.kind else f"the {first.kind} one"

    def _stage(self, markup: SafeHtml) -> Updates:
        return {self._tab.stage: show(markup)}

    def _store(self) -> "VoteStore":
        if self._votes is None:
            from eval.taste.votes import open_votes

            self._votes = open_votes(self._assistant.settings)
        return self._votes


def _mark(sitting: Sitting) -> str:
    """Round and stage, so that a late second click does nothing."""
    current = sitting.current
    return f"{current.number}-{current.stage.value}" if current else ""


def _is_ready(health: Health | None) -> bool:
    return health is not None and health.ready
