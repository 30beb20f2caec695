"""The list of kept conversations beside the chat, and what happens when it is used."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant.markup.elements import EMPTY, SafeHtml
from corpus.errors import ConfigError, CounterpointError, InputError
from ui.web.components import PRIVATE, detail, html, show
from ui.web.render.history import (
    history_frame,
    history_list,
    history_notice,
    history_off,
    local_time,
)
from ui.web.session import Session
from ui.web.visitor import known_owner

if TYPE_CHECKING:
    from assistant.conversations import Conversation, ConversationStore
    from assistant.settings import Settings
    from ui.web.chat import Chat
    from ui.web.handlers import Handlers

PAGE_SIZE = 50
_MOST_SHOWN = 2_000
_LOOK_AGAIN_EVERY_S = 0.5
_LOOK_AGAIN_FOR_S = 12.0
_ID = re.compile(r"[\w-]{1,64}", re.ASCII)
# What the browser does with the list is in history.js; these are the events that it raises.
_ON_LOAD = "window.counterpointHistory?.(element, trigger, props, watch);"
Updates = dict[Any, Any]


@dataclass(frozen=True, slots=True)
class Keeping:
    """Where conversations are kept, or why they are not.

    Attributes:
        store: None when they are not.
        error: why the store could not be opened; None when it could.
    """

    store: "ConversationStore | None"
    error: CounterpointError | None = None


def open_keeping(settings: "Settings") -> Keeping:
    """The store of these settings; the page works without one and says why there is none."""
    from assistant.conversations import open_store

    try:
        return Keeping(open_store(settings))
    except CounterpointError as exc:
        return Keeping(None, exc)


@dataclass(slots=True)
class Shelf:
    """What one page shows of the conversations.

    Attributes:
        search: what was searched for.
        limit: how many are shown at most.
        offset_min: minutes that the reader's clock is ahead of UTC.
        opened: counts what was opened, so that a slow opening gives way to a later one.
        drawn: the list that the browser was sent last.
        is_known: whether the browser has said who it is.
    """

    search: str = ""
    limit: int = PAGE_SIZE
    offset_min: int = 0
    opened: int = 0
    drawn: str = ""
    is_known: bool = False

    def at_rest(self) -> "Shelf":
        """What is remembered of it while its page is closed; the list is drawn anew."""
        return replace(self, drawn="")


def history_place() -> gr.HTML:
    """Put the list into the page; ``connect_history`` brings it to life."""
    return html(elem_id="history", frame=history_frame(), on_load=_ON_LOAD)


def connect_history(place: gr.HTML, chat: "Chat", handlers: "Handlers", keeping: Keeping) -> None:
    """Connect the list with the chat; call it inside the page."""
    shelf = gr.State(Shelf())
    history = History(keeping, place, handlers)
    state = [chat.session, shelf]
    opening = {
        "inputs": state,
        "outputs": [place, *handlers.outputs_of_opening],
        "trigger_mode": "multiple",
        "concurrency_limit": handlers.concurrency,
        **PRIVATE,
    }
    place.load(history.visit, **opening)
    place.select(history.open, **opening)
    place.delete(history.delete, **opening)
    listing = {"inputs": state, "outputs": place, **PRIVATE}
    looking = {**listing, "outputs": [place, *handlers.outputs]}
    place.input(history.look, trigger_mode="always_last", **looking)
    place.edit(history.rename, trigger_mode="multiple", **listing)
    # A question that was sent, an answer that began or ended, a chat that was begun anew.
    gr.on(
        [chat.announcer.change, chat.conversation.change, chat.sources.change],
        history.refresh,
        trigger_mode="always_last",
        **listing,
    )


class History:
    """The callbacks of the list.

    Args:
        keeping: where the conversations are.
        place: the component that shows the list.
        handlers: the chat's callbacks.
    """

    def __init__(self, keeping: Keeping, place: Any, handlers: "Handlers") -> None:
        self._keeping = keeping
        self._place = place
        self._handlers = handlers

    async def visit(
        self, session: Session, shelf: Shelf, request: gr.Request, event: gr.EventData
    ) -> AsyncIterator[Updates]:
        """A page was opened: whose it is, and which conversation its address names."""
        session.owner = known_owner(request) or session.owner
        shelf.is_known = True
        given = detail(event)
        _note_clock(shelf, given)
        wanted = given.get("chat")
        if not session.owner or not isinstance(wanted, str) or not wanted:
            yield await self._listed(session, shelf)
            return
        async for update in self._open(session, shelf, wanted):
            yield update

    async def open(
        self, session: Session, shelf: Shelf, request: gr.Request, event: gr.EventData
    ) -> AsyncIterator[Updates]:
        """Open another conversation, or a new one for no id; what is being written stops."""
        given = detail(event)
        wanted = given.get("id")
        if not self._is_owner(session, request) or not isinstance(wanted, str):
            return
        if wanted and wanted == session.conversation_id:
            return
        _note_clock(shelf, given)
        async for update in self._open(session, shelf, wanted):
            yield update

    async def look(
        self, session: Session, shelf: Shelf, request: gr.Request, event: gr.EventData
    ) -> Updates:
        """Search, show more, or look again; a page that comes back after long looks again."""
        if not self._is_owner(session, request):
            return {self._place: gr.skip()}
        given = detail(event)
        _note_clock(shelf, given)
        search = given.get("search")
        if isinstance(search, str):
            shelf.search, shelf.limit = search[:200].strip(), PAGE_SIZE
        if given.get("more") is True:
            shelf.limit = min(shelf.limit + 2 * PAGE_SIZE, _MOST_SHOWN)
        lost = self._handlers.tell_lost(session)
        return {**lost, **await self._listed(session, shelf)}

    async def refresh(self, session: Session, shelf: Shelf) -> Updates:
        """Show what has changed by itself."""
        if not shelf.is_known:
            return {self._place: gr.skip()}
        return await self._listed(session, shelf)

    async def rename(
        self, session: Session, shelf: Shelf, request: gr.Request, event: gr.EventData
    ) -> Updates:
        """Give a conversation another title."""
        given, store = detail(event), self._keeping.store
        wanted, title = given.get("id"), given.get("title")
        if store is None or not self._is_owner(session, request):
            return {self._place: gr.skip()}
        if not isinstance(wanted, str) or not isinstance(title, str):
            return {self._place: gr.skip()}
        said = EMPTY
        try:
            await asyncio.to_thread(store.rename, session.owner, wanted, title)
        except InputError:
            pass
        except CounterpointError as exc:
            said = history_notice(str(exc))
        # The browser shows the new title already: what it was sent last no longer holds.
        shelf.drawn = ""
        return await self._listed(session, shelf, said)

    async def delete(
        self, session: Session, shelf: Shelf, request: gr.Request, event: gr.EventData
    ) -> Updates:
        """Remove a conversation; the one that is open gives way to a new chat."""
        given, store = detail(event), self._keeping.store
        wanted = given.get("id")
        if store is None or not self._is_owner(session, request) or not isinstance(wanted, str):
            return {self._place: gr.skip()}
        said, updates = EMPTY, {}
        if wanted == session.conversation_id:
            shelf.opened += 1
            updates = await self._handlers.new_chat(session)
        try:
            await asyncio.to_thread(store.delete, session.owner, wanted)
        except CounterpointError as exc:
            said = history_notice(str(exc))
        return {**updates, **await self._listed(session, shelf, said)}

    async def _open(self, session: Session, shelf: Shelf, wanted: str) -> AsyncIterator[Updates]:
        shelf.opened += 1
        mine = shelf.opened
        if not wanted:
            updates = await self._handlers.new_chat(session)
            yield {**updates, **await self._listed(session, shelf)}
            return
        try:
            found = await self._load(session, wanted)
        except CounterpointError as exc:
            if shelf.opened == mine:
                updates = self._handlers.not_opened(session, wanted, exc)
                yield {**updates, **await self._listed(session, shelf)}
            return
        drawn = await self._handlers.draw(session, found)
        if shelf.opened != mine:
            return
        updates = self._handlers.open_conversation(session, found, drawn)
        yield {**updates, **await self._listed(session, shelf)}
        # It may be on its way still, from a page that was closed a moment ago or from another one.
        until = asyncio.get_running_loop().time() + _LOOK_AGAIN_FOR_S
        while _is_growing(found) and asyncio.get_running_loop().time() < until:
            await asyncio.sleep(_LOOK_AGAIN_EVERY_S)
            before, turns = found, session.turns
            try:
                found = await self._load(session, wanted)
            except CounterpointError:
                return
            if found == before:
                continue
            drawn = await self._handlers.draw(session, found)
            is_left = shelf.opened != mine or session.conversation_id != wanted
            if is_left or session.live is not None or session.turns is not turns:
                return
            yield self._handlers.open_conversation(session, found, drawn)

    async def _load(self, session: Session, wanted: str) -> "Conversation":
        from assistant.conversations import ConversationMissing

        store = self._keeping.store
        if not _ID.fullmatch(wanted):
            raise ConversationMissing
        if store is None:
            raise self._keeping.error or _NO_STORE
        return await asyncio.to_thread(store.load, session.owner, wanted)

    async def _listed(self, session: Session, shelf: Shelf, notice: SafeHtml = EMPTY) -> Updates:
        markup = await asyncio.to_thread(self._list, session, shelf, notice)
        if str(markup) == shelf.drawn:
            return {self._place: gr.skip()}
        shelf.drawn = str(markup)
        return {self._place: show(markup)}

    def _list(self, session: Session, shelf: Shelf, notice: SafeHtml) -> SafeHtml:
        store, error = self._keeping.store, self._keeping.error
        if error is not None or store is None:
            return history_off(error or _NO_STORE)
        if not session.owner:
            return history_off(_NO_COOKIE)
        try:
            kept = store.list(session.owner, shelf.search, shelf.limit + 1)
        except CounterpointError as exc:
            return history_off(exc)
        return history_list(
            kept[: shelf.limit],
            current=session.conversation_id,
            now=local_time(datetime.now(UTC), shelf.offset_min),
            search=shelf.search,
            has_more=len(kept) > shelf.limit and shelf.limit < _MOST_SHOWN,
            notice=notice,
        )

    def _is_owner(self, session: Session, request: gr.Request) -> bool:
        """Whether the browser is the one that the session began with."""
        return bool(session.owner) and known_owner(request) == session.owner


_NO_STORE = ConfigError("There is no store for them.", "Start Counterpoint again.")
_NO_COOKIE = ConfigError(
    "This browser keeps no cookie of this page, so nobody's conversations could be told apart.",
    "Allow cookies for this address and open the page again.",
)


def _is_growing(conversation: "Conversation") -> bool:
    """Whether an answer is still being written, as far as the store can tell."""
    from assistant.conversations.unfinished import still_growing

    words = still_growing().what
    given = conversation.turns[-1].answers if conversation.turns else ()
    return any(answer.error is not None and answer.error.what == words for answer in given)


def _note_clock(shelf: Shelf, given: dict[str, Any]) -> None:
    offset = given.get("offset_min")
    if isinstance(offset, int) and not isinstance(offset, bool):
        shelf.offset_min = offset
