"""What the chat does when it is used: a few lines each over plain functions."""

import asyncio
import contextlib
import logging
import secrets
import traceback
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant.turns import side_of
from corpus.errors import CounterpointError
from ui.web import asking, showing
from ui.web.asking import Desk
from ui.web.components import detail, show
from ui.web.render import notices, sources
from ui.web.render.history import gone, unreadable
from ui.web.render.preview import preview_panel, preview_refused
from ui.web.session import OTHER_KIND, Choice, LiveTurn, Session
from ui.web.showing import Part, Showing
from ui.web.states import States
from ui.web.visitor import known_owner

if TYPE_CHECKING:
    from assistant.conversations import Conversation
    from ui.web.chat import Chat

log = logging.getLogger(__name__)
Updates = dict[Any, Any]


class Handlers:
    """The callbacks of the chat.

    Args:
        desk: who answers, and where it is kept.
        chat: the chat's components.
        states: who is chosen.
    """

    def __init__(self, desk: Desk, chat: "Chat", states: States) -> None:
        self._desk = desk
        self._chat = chat
        self._states = states
        self._previews = 0
        self.concurrency = desk.assistant.settings.server.concurrency

    @property
    def outputs(self) -> list[Any]:
        """What these callbacks change."""
        chat = self._chat
        shown = [chat.box, chat.welcome, chat.conversation, chat.live, chat.announcer]
        return [*shown, chat.send, chat.stop, chat.sources]

    @property
    def outputs_of_opening(self) -> list[Any]:
        """What opening a conversation changes: who was asked last in it is chosen again."""
        return [*self.outputs, *self._states.outputs]

    async def ask(
        self, request: gr.Request, question: str, session: Session, choice: Choice, *chosen: str
    ) -> AsyncIterator[Updates]:
        """Ask what stands in the box."""
        self._know(session, request)
        self._states.note(session, choice, chosen)
        async for update in self._asked(session, question or ""):
            yield update

    def offered(self, question: str) -> Callable[..., AsyncIterator[Updates]]:
        """What a button does that offers a question."""

        async def ask(
            request: gr.Request, session: Session, choice: Choice, *chosen: str
        ) -> AsyncIterator[Updates]:
            async for update in self.ask(request, question, session, choice, *chosen):
                yield update

        return ask

    async def ask_this(
        self, request: gr.Request, event: gr.EventData, session: Session, *chosen: str
    ) -> AsyncIterator[Updates]:
        """Ask the question of a button anywhere on the page, of both sides."""
        question = detail(event).get("question")
        if not isinstance(question, str):
            return
        self._know(session, request)
        self._states.note(session, "both", chosen)
        async for update in self._asked(session, question):
            yield update

    async def ask_again(
        self,
        request: gr.Request,
        event: gr.EventData,
        session: Session,
        choice: Choice,
        *chosen: str,
    ) -> AsyncIterator[Updates]:
        """Ask the question of any turn once more: the same backend, or the other side."""
        if session.lost is not None:
            yield self.tell_lost(session)
            return
        given = detail(event)
        number, position = given.get("turn"), given.get("answer")
        if not isinstance(number, int) or not isinstance(position, int):
            return
        turn = session.turn(number)
        if turn is None or not 0 <= position < len(turn.answers):
            return
        self._know(session, request)
        self._states.note(session, choice, chosen)
        answer = turn.answers[position]
        backend_id = answer.backend
        if given.get("action") == "other":
            backend_id = self._states.backend_of(session, OTHER_KIND[side_of(answer.kind)])
        steps = asking.ask_again(self._desk, session, number, backend_id)
        async for update in self._followed(session, steps):
            yield update

    async def _asked(self, session: Session, question: str) -> AsyncGenerator[Updates, None]:
        if session.lost is not None:
            # It was asked of another conversation than it would be asked in.
            yield self.tell_lost(session, question)
            return
        steps = asking.ask(self._desk, session, question, self._states.asked(session))
        async for update in self._followed(session, steps):
            yield update

    async def _followed(
        self, session: Session, steps: AsyncGenerator[LiveTurn, None]
    ) -> AsyncGenerator[Updates, None]:
        if session.live is not None:
            yield {self._chat.announcer: show(notices.announcement(_BUSY))}
            await steps.aclose()
            return
        view = Showing(self._chat, session, self._states.names(session))
        live: LiveTurn | None = None
        try:
            async with contextlib.aclosing(steps):
                async for live in steps:
                    yield view.running(live)
        except Exception as exc:  # noqa: BLE001 - the outermost guard: nothing raw reaches a person
            session.refused = ("", unexpected(exc))
        # A conversation that was begun anew meanwhile has been shown already, and the end of this
        # run would bring its last update once more.
        if live is not None and live.is_left:
            yield dict.fromkeys(self.outputs, gr.skip())
        else:
            yield view.settled(live)

    # These are asynchronous to stay on the loop: in a thread, an event would wake nobody.
    async def stop(self, session: Session) -> None:
        """Stop all that is being written."""
        session.stop()

    async def stop_one(self, event: gr.EventData, session: Session) -> None:
        """Stop one side; without a side, all."""
        given = detail(event)
        position, live = given.get("answer"), session.live
        if position is None:
            session.stop()
        elif live is not None and given.get("turn") == live.number:
            session.stop(position)

    async def new_chat(self, session: Session) -> Updates:
        """Begin a new conversation."""
        session.clear()
        return showing.whole(self._chat, session, [])

    def not_opened(
        self, session: Session, wanted: str, error: CounterpointError, question: str = ""
    ) -> Updates:
        """Begin a new conversation in the place of one that could not be read, and say why.

        Args:
            session: gets the new one.
            wanted: the one that could not be read.
            error: why.
            question: goes back into the box; without one, what is typed there stays.
        """
        from assistant.conversations import ConversationMissing

        session.clear()
        session.given_back = question
        is_gone = isinstance(error, ConversationMissing)
        session.address = "" if is_gone else wanted
        notice = gone(error) if is_gone else unreadable(error)
        updates = showing.whole(self._chat, session, [], notice)
        return updates if question else {**updates, self._chat.box: gr.skip()}

    def tell_lost(self, session: Session, question: str = "") -> Updates:
        """Show that the page's conversation was not there when it came back, if so."""
        if session.lost is None:
            return {}
        return self.not_opened(session, *session.lost, question)

    async def draw(self, session: Session, conversation: "Conversation") -> list[Part]:
        """A kept conversation as it will look; a long one takes a while, so nobody waits for it."""
        names = self._states.names(session)
        return await asyncio.to_thread(showing.sections, conversation.turns, names)

    def open_conversation(
        self, session: Session, conversation: "Conversation", drawn: list[Part]
    ) -> Updates:
        """Show a kept conversation, and go on in it; ``drawn`` is what ``draw`` made of it."""
        shown = session.conversation_id
        session.clear()
        session.conversation_id = conversation.id
        session.turns = list(conversation.turns)
        session.shown = len(session.turns)
        session.given_back = conversation.unanswered
        # Drawn again while it grows, it leaves alone what was chosen meanwhile.
        chosen = {} if shown == conversation.id else self._states.follow(session)
        updates = showing.whole(self._chat, session, drawn) | chosen
        # What is typed while a conversation is drawn, or drawn again, is not wiped away.
        if shown == conversation.id or not (shown or conversation.unanswered):
            updates[self._chat.box] = gr.skip()
        return updates

    async def preview(
        self, request: gr.Request, question: str, session: Session, choice: Choice, *chosen: str
    ) -> Updates:
        """Show what would be sent for what stands in the box; nothing is."""
        self._know(session, request)
        self._states.note(session, choice, chosen)
        history = session.history(len(session.turns) + 1)
        self._previews += 1
        try:
            asking.count(self._desk, session)
            made = await self._desk.assistant.preview(
                question or "", history, self._states.asked(session)
            )
        except CounterpointError as exc:
            return {self._chat.preview: show(preview_refused(exc, self._previews))}
        return {self._chat.preview: show(preview_panel(made, self._previews))}

    def choose(self, event: gr.EventData, session: Session) -> Updates:
        """Show the sources of an earlier turn."""
        number = detail(event).get("turn")
        turn = session.turn(number) if isinstance(number, int) else None
        if turn is None or not isinstance(number, int):
            return {self._chat.sources: gr.skip()}
        session.shown = number
        return {self._chat.sources: show(sources.turn_sources(number, turn))}

    def _know(self, session: Session, request: gr.Request) -> None:
        session.owner = session.owner or known_owner(request)


_BUSY = "An answer is still being written. Stop it, or wait for its end."


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
