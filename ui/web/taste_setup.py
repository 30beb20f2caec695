"""Before a blind test: who can take part, a test that is not over, and the votes so far."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import gradio as gr

from assistant.backends.base import Health
from assistant.backends.catalogue import KINDS
from assistant.markup.elements import EMPTY, SafeHtml, join
from corpus.errors import StoreError
from eval.taste import summary as counting
from ui.web.components import show
from ui.web.health import label_with_state, look, look_at_all
from ui.web.render import notices
from ui.web.render import taste as draw
from ui.web.render.answers import error_box
from ui.web.render.taste_result import earlier_results
from ui.web.session import Session
from ui.web.sittings import Tasting, Unfinished
from ui.web.visitor import known_owner, owner_of

if TYPE_CHECKING:
    from assistant.wiring import Assistant
    from eval.taste.votes import VoteStore

Updates = dict[Any, Any]
SUGGESTED_QUESTIONS: Final = "suggested"
OWN_QUESTIONS: Final = "own"


@dataclass(frozen=True, slots=True)
class Tab:
    """The components that the callbacks change."""

    tasting: gr.State
    unfinished: gr.HTML
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


class TasteSetup:
    """The callbacks of what is chosen before a test.

    Args:
        assistant: who answers.
        tab: the tab's components.
        unfinished: tests that are not over.
        votes: where votes are kept, or None for the home folder's database.
    """

    def __init__(
        self,
        assistant: "Assistant",
        tab: Tab,
        unfinished: Unfinished,
        votes: "VoteStore | None" = None,
    ) -> None:
        self._assistant = assistant
        self._tab = tab
        self._unfinished = unfinished
        self._votes = votes

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
            self._tab.state: show(self.state_of(first, second, states)),
            self._tab.unfinished: show(self.offer(known_owner(request))),
            self._tab.earlier: show(await self.earlier(owner_of(request))),
        }

    def offer(self, owner: str) -> SafeHtml:
        """The way on with this visitor's test that is not over, if there is one."""
        sitting = self._unfinished.of(owner)
        if sitting is None:
            return EMPTY
        labels = [self._assistant.entry(each).label for each in sitting.backends]
        return draw.unfinished(labels, sitting.position + 1, len(sitting.questions))

    async def chosen(self, first: str, second: str) -> Any:
        """Say what has to be done before these two can be compared."""
        return show(self.state_of(first, second, await self.states_of(first, second)))

    def question_source(self, source: str) -> Any:
        """Show the box for own questions, each of which is a round, or the number of rounds."""
        is_own = source == OWN_QUESTIONS
        return gr.update(visible=is_own), gr.update(visible=not is_own)

    async def earlier(self, owner: str) -> SafeHtml:
        """What this visitor has voted so far."""
        try:
            votes = await asyncio.to_thread(self.store().all_of, owner)
        except StoreError as exc:
            return error_box(exc)
        found = (counting.summarise(votes, *pair) for pair in counting.pairs_of(votes))
        return earlier_results([summary for summary in found if summary is not None])

    async def states_of(self, first: str, second: str) -> dict[str, Health]:
        """How the two are just now, by id."""
        entries = [self._assistant.entry(each) for each in dict.fromkeys((first, second))]
        found = await asyncio.gather(*(look(self._assistant, e, fresh=True) for e in entries))
        return {entry.id: state for entry, state in zip(entries, found, strict=True)}

    def state_of(self, first: str, second: str, states: dict[str, Health]) -> SafeHtml:
        """What stands between the choice and the start, or what the choice means."""
        if first == second:
            return draw.note("Both sides are the same model. Choose two different ones.")
        entries = [self._assistant.entry(each) for each in (first, second)]
        panels = [
            notices.state_panel(entry, states.get(entry.id))
            for entry in entries
            if not is_ready(states.get(entry.id))
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

    def store(self) -> "VoteStore":
        """Where votes are kept.

        Raises:
            StoreError: it cannot be opened.
        """
        if self._votes is None:
            from eval.taste.votes import open_votes

            self._votes = open_votes(self._assistant.settings)
        return self._votes


def is_ready(health: Health | None) -> bool:
    """Whether a backend can be asked; one that was not looked at cannot."""
    return health is not None and health.ready
