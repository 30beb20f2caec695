"""What the page does when it is used: a few lines each over plain functions."""

import contextlib
import logging
import secrets
import traceback
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant.backends.base import Health, HealthState
from assistant.backends.catalogue import BackendEntry, Kind
from corpus.errors import CounterpointError
from ui.web import session as talk
from ui.web.components import show
from ui.web.header import Header, first_kind
from ui.web.health import KINDS, backend_choices, kind_choices, look, look_at_all
from ui.web.models import Pull
from ui.web.render import answers, notices, sources
from ui.web.render.answers import error_box
from ui.web.render.markup import EMPTY, SafeHtml, join
from ui.web.session import Live, Session
from ui.web.stream import batched

if TYPE_CHECKING:
    from assistant.wiring import Assistant
    from ui.web.chat import Chat

log = logging.getLogger(__name__)
Updates = dict[Any, Any]


class Handlers:
    """The callbacks of the chat.

    Args:
        assistant: who answers.
        header: the head of the page.
        chat: the chat's components.
        pull: gets a model by its name; None when there is no such function.
    """

    def __init__(
        self, assistant: "Assistant", header: Header, chat: "Chat", pull: Pull | None
    ) -> None:
        self._assistant = assistant
        self._header = header
        self._chat = chat
        self._pull = pull
        self._states: dict[str, Health] = {}
        self.concurrency = assistant.settings.server.concurrency

    async def ask(
        self, question: str, session: Session, kind: Kind, *chosen: str
    ) -> AsyncIterator[Updates]:
        """Ask what stands in the box."""
        backend_id = self._chosen(session, kind, chosen)
        lives = talk.ask(self._assistant, session, question or "", backend_id)
        async with contextlib.aclosing(self._answer(lives, session)) as updates:
            async for update in updates:
                yield update

    async def ask_this(
        self, event: gr.EventData, session: Session, kind: Kind, *chosen: str
    ) -> AsyncIterator[Updates]:
        """Ask the question of a button anywhere on the page."""
        question = event._data.get("question") if isinstance(event._data, dict) else None
        if not isinstance(question, str):
            return
        async with contextlib.aclosing(self.ask(question, session, kind, *chosen)) as updates:
            async for update in updates:
                yield update

    async def ask_again(self, session: Session, kind: Kind, *chosen: str) -> AsyncIterator[Updates]:
        """Ask the last question once more."""
        lives = talk.ask_again(self._assistant, session, self._chosen(session, kind, chosen))
        async with contextlib.aclosing(self._answer(lives, session)) as updates:
            async for update in updates:
                yield update

    async def ask_other(self, session: Session, kind: Kind, *chosen: str) -> AsyncIterator[Updates]:
        """Ask the last question of the other kind, over the same evidence."""
        self._chosen(session, kind, chosen)
        if not session.turns:
            return
        lives = talk.ask_again(self._assistant, session, self._other_entry(session).id)
        async with contextlib.aclosing(self._answer(lives, session)) as updates:
            async for update in updates:
                yield update

    async def _answer(
        self, lives: AsyncGenerator[Live, None], session: Session
    ) -> AsyncGenerator[Updates, None]:
        shown = _Shown()
        try:
            async with contextlib.aclosing(lives):
                async for live in lives:
                    yield self._running(session, live, shown)
        except Exception as exc:  # noqa: BLE001 - the outermost guard: nothing raw reaches a person
            session.refused = ("", unexpected(exc))
        # A conversation that was begun anew meanwhile has an answer of its own to show.
        if session.live is None:
            yield self._settled(session)

    def _running(self, session: Session, live: Live, shown: "_Shown") -> Updates:
        chat = self._chat
        updates: Updates = {chat.live: show(answers.live_turn(live))}
        if not shown.begun:
            shown.begun = True
            updates |= {
                chat.box: gr.update() if live.is_again else gr.update(value=""),
                chat.welcome: gr.update(visible=False),
                chat.conversation: show(answers.conversation(session.turns)),
                chat.announcer: show(notices.announcement("Searching the sources.")),
                chat.after: gr.update(visible=False),
                chat.send: gr.update(visible=False),
                chat.stop: gr.update(visible=True),
            }
        if live.evidence is not None and not shown.has_sources and not live.is_again:
            shown.has_sources = True
            updates[chat.sources] = show(sources.live_sources(live.number, live.evidence))
        if live.text and not shown.has_text:
            shown.has_text = True
            updates[chat.announcer] = show(notices.announcement("The answer is being written."))
        return updates

    def _settled(self, session: Session) -> Updates:
        chat = self._chat
        turn, refused = session.turn(session.shown), session.refused
        markup = answers.conversation(session.turns)
        if refused is not None:
            markup = join([markup, notices.failed_question(*refused)])
        updates: Updates = {
            chat.conversation: show(markup),
            chat.live: show(EMPTY),
            chat.announcer: show(notices.announcement(notices.outcome(session.turns, refused))),
            chat.welcome: gr.update(visible=not session.turns),
            chat.after: gr.update(visible=bool(session.turns)),
            chat.send: gr.update(visible=True),
            chat.stop: gr.update(visible=False),
            chat.sources: show(
                sources.turn_sources(session.shown, turn) if turn else sources.empty_sources()
            ),
        }
        if refused is not None and refused[0]:
            updates[chat.box] = gr.update(value=refused[0])
        if session.turns:
            updates[chat.other] = gr.update(value=f"Ask {self._other_entry(session).label} too")
        return updates

    # These two are asynchronous to stay on the loop: in a thread, an event would wake nobody.
    async def stop(self, session: Session) -> None:
        """Stop the running answer."""
        session.stop()

    async def new_chat(self, session: Session) -> Updates:
        """Begin a new conversation."""
        session.clear()
        return {**self._settled(session), self._chat.box: gr.update(value="")}

    def choose(self, session: Session, event: gr.EventData) -> Updates:
        """Show the sources of an earlier turn."""
        number = event._data.get("turn") if isinstance(event._data, dict) else None
        turn = session.turn(number) if isinstance(number, int) else None
        if turn is None or not isinstance(number, int):
            return {self._chat.sources: gr.skip()}
        session.shown = number
        return {self._chat.sources: show(sources.turn_sources(number, turn))}

    def choose_backend(self, session: Session, kind: Kind, *chosen: str) -> Updates:
        """Flip the toggle, or choose a model."""
        self._chosen(session, kind, chosen)
        return self._states_of(session)

    async def look_again(self, session: Session) -> Updates:
        """See which backends can answer; the first time, choose the best of them.

        What the visitor chose meanwhile is in the session, not in what the browser sent before.
        """
        self._states.update(await look_at_all(self._assistant))
        for kind in KINDS:
            session.backends.setdefault(kind, self._assistant.best_of(kind, self._states))
        return self._states_of(session)

    def readiness(self) -> Updates:
        """Say how far loading is, until it is done."""
        chat, state = self._chat, self._assistant.readiness()
        over = state.ready or state.error is not None
        step = "" if over else state.step
        return {
            chat.readiness: show(notices.readiness_line(step, state.error)),
            chat.loading: gr.update(active=not over),
        }

    async def pull(self, session: Session, kind: Kind, *chosen: str) -> AsyncIterator[Updates]:
        """Get the chosen model and say how far that is."""
        backend_id = self._chosen(session, kind, chosen)
        chat, entry = self._chat, self._assistant.entry(backend_id)
        buttons = {chat.pull: gr.update(visible=False), chat.cancel_pull: gr.update(visible=True)}
        yield {**buttons, chat.pull_progress: show(notices.pull_progress("Asking", None, None))}
        async with contextlib.aclosing(pulled(self._pull, entry)) as lines:
            async for line in lines:
                yield {chat.pull_progress: show(line)}
        self._states[entry.id] = await look(self._assistant, entry, fresh=True)
        states = self._states_of(session)
        yield {
            **states,
            chat.pull: gr.update(visible=True),
            chat.cancel_pull: gr.update(visible=False),
        }

    def pull_cancelled(self) -> Updates:
        """Show that the download was stopped."""
        chat = self._chat
        return {
            chat.pull: gr.update(visible=True),
            chat.cancel_pull: gr.update(visible=False),
            chat.pull_progress: show(notices.pull_ended("Stopped. What has arrived is kept.")),
        }

    def _states_of(self, session: Session) -> Updates:
        chat, entries, states = self._chat, self._assistant.entries, self._states
        kind = session.kind or first_kind(self._assistant)
        backend_id = self._backend_of(session, kind)
        entry, health = self._assistant.entry(backend_id), states.get(backend_id)
        choices = {each: backend_choices(entries, each, states) for each in KINDS}
        kinds = kind_choices(entries, states)
        seen = (kind, backend_id, choices, kinds, health)
        if seen == session.seen:
            return dict.fromkeys(self.state_outputs, gr.skip())
        session.seen = seen
        can_pull = (
            self._pull is not None
            and entry.adapter == "ollama"
            and health is not None
            and health.state is HealthState.MODEL_MISSING
        )
        return {
            self._header.kind: gr.update(choices=kinds, value=kind),
            **{
                self._header.backends[each]: gr.update(
                    choices=choices[each], value=self._backend_of(session, each)
                )
                for each in KINDS
            },
            chat.state_panel: show(notices.state_panel(entry, health)),
            chat.pull_row: gr.update(visible=can_pull),
            chat.pull: gr.update(value=notices.pull_words(entry)),
            chat.destination: show(notices.destination_line(entry)),
        }

    @property
    def state_outputs(self) -> tuple[Any, ...]:
        """What changes with the state of a backend."""
        chat, header = self._chat, self._header
        shown = (chat.state_panel, chat.pull_row, chat.pull, chat.destination)
        return (header.kind, *header.backends.values(), *shown)

    def _backend_of(self, session: Session, kind: Kind) -> str:
        return session.backends.get(kind) or self._assistant.default_backend(kind)

    def _chosen(self, session: Session, kind: Kind, chosen: Sequence[str]) -> str:
        """Remember what is chosen of each kind; the one of the chosen kind."""
        session.kind = kind
        for backend_id in chosen:
            entry = next((e for e in self._assistant.entries if e.id == backend_id), None)
            if entry is not None:
                session.backends[entry.kind] = entry.id
        return self._backend_of(session, kind)

    def _other_entry(self, session: Session) -> BackendEntry:
        last = self._assistant.entry(session.turns[-1].answers[-1].backend)
        return self._assistant.entry(self._backend_of(session, talk.OTHER_KIND[last.kind]))


@dataclass(slots=True)
class _Shown:
    """What of a running answer the browser has been told."""

    begun: bool = False
    has_sources: bool = False
    has_text: bool = False


async def pulled(pull: Pull | None, entry: BackendEntry) -> AsyncGenerator[SafeHtml, None]:
    """The lines of a download, the last one saying how it ended."""
    if pull is None:
        return
    try:
        async with contextlib.aclosing(batched(pull(entry.model), interval_s=0.2)) as batches:
            async for batch in batches:
                for step in batch[-1:]:
                    yield notices.pull_progress(step.status, step.done_bytes, step.total_bytes)
    except CounterpointError as exc:
        yield error_box(exc)
        return
    yield notices.pull_ended(f"{entry.label} is here.")


def unexpected(exc: Exception) -> CounterpointError:
    """An error of the program itself: its place goes to the log, its text nowhere.

    The text of a foreign exception may hold a key or a part of a question.
    """
    mark = secrets.token_hex(4)
    frames = "".join(traceback.format_tb(exc.__traceback__))
    log.error("unexpected %s in the page, mark %s\n%s", type(exc).__name__, mark, frames)
    return CounterpointError(
        f"Something unexpected went wrong (mark {mark}).",
        "Ask again; if it happens again, the log says where.",
    )
