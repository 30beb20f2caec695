"""Who is chosen on each side, what state they are in, and getting a model that is missing."""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import gradio as gr

from assistant.backends.addresses import destination_for
from assistant.backends.base import Health, HealthState
from assistant.backends.catalogue import KINDS, BackendEntry, Kind
from assistant.markup.elements import SafeHtml, join
from corpus.errors import CounterpointError
from ui.web.components import show
from ui.web.header import Header, first_kind
from ui.web.health import backend_choices, kind_choices, look, look_at_all
from ui.web.models import Pull
from ui.web.render import notices
from ui.web.render.answers import error_box
from ui.web.session import SIDES, Choice, Session
from ui.web.stream import batched

if TYPE_CHECKING:
    from assistant.wiring import Assistant
    from ui.web.chat import Chat

_PULL_INTERVAL_S: Final = 0.2

Updates = dict[Any, Any]


class States:
    """The callbacks of the toggle, the choice of models, and what they say.

    Args:
        assistant: who answers.
        header: the toggle and the models.
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

    @property
    def outputs(self) -> list[Any]:
        """What changes with the state of a backend."""
        chat, header = self._chat, self._header
        shown = (chat.state_panel, chat.pull_row, chat.pull, chat.destination)
        return [header.kind, *header.backends.values(), *shown]

    def note(self, session: Session, choice: Choice, chosen: Sequence[str]) -> None:
        """Remember what the toggle stands at, and who is chosen on each side."""
        session.choice = choice if choice in SIDES else "open"
        for backend_id in chosen:
            entry = next((e for e in self._assistant.entries if e.id == backend_id), None)
            if entry is not None:
                session.backends[entry.kind] = entry.id

    def follow(self, session: Session) -> Updates:
        """Set toggle and models to who was asked last in the conversation that was opened."""
        if session.turns:
            known = {entry.id: entry for entry in self._assistant.entries}
            last = [known[a.backend] for a in session.turns[-1].answers if a.backend in known]
            session.backends |= {entry.kind: entry.id for entry in last}
            kinds = {entry.kind for entry in last}
            if kinds:
                session.choice = "both" if len(kinds) == len(KINDS) else kinds.pop()
        return self.updates(session)

    def backend_of(self, session: Session, kind: Kind) -> str:
        """Who is chosen on a side."""
        return session.backends.get(kind) or self._assistant.default_backend(kind)

    def asked(self, session: Session) -> list[str]:
        """The ids of those who answer the next question."""
        return [entry.id for entry in self._asked(session)]

    def names(self, session: Session) -> dict[Kind, str]:
        """Who is chosen on each side, by the names that a person reads."""
        return {kind: self._assistant.entry(self.backend_of(session, kind)).label for kind in KINDS}

    def choose(self, session: Session, choice: Choice, *chosen: str) -> Updates:
        """Flip the toggle, or choose a model."""
        self.note(session, choice, chosen)
        return self.updates(session)

    async def look_again(self, session: Session) -> Updates:
        """See which backends can answer; the first time, choose the best of them.

        What the visitor chose meanwhile is in the session, not in what the browser sent before.
        """
        self._states.update(await look_at_all(self._assistant))
        for kind in KINDS:
            session.backends.setdefault(kind, self._assistant.best_of(kind, self._states))
        return self.updates(session)

    def readiness(self) -> Updates:
        """Say how far loading is, until it is done."""
        chat, state = self._chat, self._assistant.readiness()
        over = state.ready or state.error is not None
        step = "" if over else state.step
        return {
            chat.readiness: show(notices.readiness_line(step, state.error)),
            chat.loading: gr.update(active=not over),
        }

    async def pull(self, session: Session, choice: Choice, *chosen: str) -> AsyncIterator[Updates]:
        """Get the chosen model and say how far that is."""
        self.note(session, choice, chosen)
        entry = self._missing(self._asked(session))
        if entry is None:
            return
        chat = self._chat
        buttons = {chat.pull: gr.update(visible=False), chat.cancel_pull: gr.update(visible=True)}
        yield {**buttons, chat.pull_progress: show(notices.pull_progress("Asking", None, None))}
        async with contextlib.aclosing(pulled(self._pull, entry)) as lines:
            async for line in lines:
                yield {chat.pull_progress: show(line)}
        self._states[entry.id] = await look(self._assistant, entry, fresh=True)
        yield {
            **self.updates(session),
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

    def updates(self, session: Session) -> Updates:
        """What is chosen and how it is, as far as the browser does not know it yet."""
        chat, entries, states = self._chat, self._assistant.entries, self._states
        choice = session.choice or first_kind(self._assistant)
        asked = self._asked(session)
        choices = {each: backend_choices(entries, each, states) for each in KINDS}
        kinds, names = kind_choices(entries, states), self.names(session)
        seen = (choice, names, choices, kinds, [states.get(entry.id) for entry in asked])
        if seen == session.seen:
            return dict.fromkeys(self.outputs, gr.skip())
        session.seen = seen
        missing = self._missing(asked)
        panels = join(notices.state_panel(entry, states.get(entry.id)) for entry in asked)
        return {
            self._header.kind: gr.update(choices=kinds, value=choice),
            **{
                self._header.backends[each]: gr.update(
                    choices=choices[each], value=self.backend_of(session, each)
                )
                for each in KINDS
            },
            chat.state_panel: show(panels),
            chat.pull_row: gr.update(visible=missing is not None),
            chat.pull: gr.update(value=notices.pull_words(missing)) if missing else gr.update(),
            chat.destination: show(notices.destination_line(self._receivers(asked), names)),
        }

    def _asked(self, session: Session) -> list[BackendEntry]:
        choice = session.choice or first_kind(self._assistant)
        return [self._assistant.entry(self.backend_of(session, kind)) for kind in SIDES[choice]]

    def _receivers(self, asked: Sequence[BackendEntry]) -> list[tuple[BackendEntry, str]]:
        settings = self._assistant.settings
        return [(entry, destination_for(entry, settings)) for entry in asked]

    def _missing(self, asked: Sequence[BackendEntry]) -> BackendEntry | None:
        """The first of those that are asked whose model can be had by a download."""
        for entry in asked:
            health = self._states.get(entry.id)
            is_missing = health is not None and health.state is HealthState.MODEL_MISSING
            if self._pull is not None and entry.adapter == "ollama" and is_missing:
                return entry
        return None


async def pulled(pull: Pull | None, entry: BackendEntry) -> AsyncGenerator[SafeHtml, None]:
    """The lines of a download, the last one saying how it ended."""
    if pull is None:
        return
    try:
        batches = batched(pull(entry.model), interval_s=lambda: _PULL_INTERVAL_S)
        async with contextlib.aclosing(batches):
            async for batch in batches:
                for step in batch[-1:]:
                    yield notices.pull_progress(step.status, step.done_bytes, step.total_bytes)
    except CounterpointError as exc:
        yield error_box(exc)
        return
    yield notices.pull_ended(f"{entry.label} is here.")
