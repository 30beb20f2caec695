"""What Gradio holds for each session: little at first, let go of in the end, and brought back.

Gradio gives each session a description of every component, a quarter of a megabyte here, which only
its links to a state of the page read; this page has none. And it keeps a session after its page was
closed, until ten thousand others have come. A conversation is in the store: of a session whose page
was closed long ago a few words are enough to go on with it.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol, Self, cast, runtime_checkable

from gradio.state_holder import SessionState

from corpus.errors import CounterpointError
from ui.web.session import Session

if TYPE_CHECKING:
    import gradio as gr

    from assistant.conversations import ConversationStore

_MOST_AT_REST: Final = 2_000


@runtime_checkable
class Resting(Protocol):
    """A state of which a little is remembered while its page is closed."""

    def at_rest(self) -> Self:
        """What cannot be had again from elsewhere."""


@dataclass(frozen=True, slots=True)
class _Undescribed:
    """A page as a new session looks at it, with no component that it would describe."""

    default_config: Any
    blocks: Mapping[int, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Rest:
    """What is remembered of a session.

    Attributes:
        states: its states, by the number of their component.
        choosers: the components in which something else may be chosen than at the start; what
            its open page sends would be refused by those of a new session.
        lock: held while it is brought back; a slow database keeps this page waiting, no other.
    """

    states: dict[int, Resting]
    choosers: dict[int, Any]
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Held:
    """The sessions of a page.

    Args:
        page: the page, mounted in its application.
        store: where conversations are; None when they are not kept.
        most_at_rest: sessions of which a little is remembered; those that were let go of first are
            forgotten first.

    Attributes:
        page: as given.
    """

    def __init__(
        self,
        page: "gr.Blocks",
        store: "ConversationStore | None",
        *,
        most_at_rest: int = _MOST_AT_REST,
    ) -> None:
        self.page = page
        self._store = store
        self._most_at_rest = most_at_rest
        self._at_rest: OrderedDict[str, _Rest] = OrderedDict()

    @property
    def whole(self) -> int:
        """How many sessions are held whole."""
        return len(self.page.state_holder.session_data)

    def let_go(self, session: str) -> bool:
        """Remember a little of a session and drop the rest.

        Returns:
            False, and nothing is done, while an event of it waits or runs: Gradio would make the
            session anew for its next step.
        """
        queue, holder = self.page._queue, self.page.state_holder
        if any(event.session_hash == session for event in queue.event_ids_to_events.values()):
            return False
        with holder.lock:
            state = holder.session_data.pop(session, None)
            holder.time_last_used.pop(session, None)
        queue.pending_messages_per_session.pop(session, None)
        queue.pending_event_ids_session.pop(session, None)
        self.page.pending_streams.pop(session, None)
        self.page.pending_diff_streams.pop(session, None)
        if state is not None:
            self._remember(session, state)
        return True

    async def bring_back(self, session: str, owner: str) -> None:
        """Have a session: a new one, or as it was when it was let go of.

        Its conversation comes from the store.

        Args:
            session: its name.
            owner: who asks; of a session of another's nothing comes back.
        """
        rest = self._at_rest.get(session)
        if rest is None:
            self._begun(session)
            return
        # Until it is back, every request of its page waits here.
        async with rest.lock:
            if self._at_rest.get(session) is not rest:
                return
            for value in rest.states.values():
                if isinstance(value, Session):
                    if value.owner != owner:
                        return
                    await self._read(value)
            self._at_rest.pop(session, None)
            state = self._begun(session)
            state.state_data.update(rest.states)
            for number, chooser in rest.choosers.items():
                state[number] = chooser

    def _begun(self, session: str) -> SessionState:
        holder = self.page.state_holder
        with holder.lock:
            if session not in holder.session_data:
                bare = _Undescribed(self.page.default_config)
                holder.session_data[session] = SessionState(cast("gr.Blocks", bare))
        return holder[session]

    def _remember(self, session: str, state: SessionState) -> None:
        resting = {
            number: value.at_rest()
            for number, value in state.state_data.items()
            if isinstance(value, Resting)
        }
        if not any(isinstance(value, Session) and value.owner for value in resting.values()):
            return
        choosers = {
            number: block
            for number, block in state.blocks_config.blocks.items()
            if _chosen_from(block) != _chosen_from(self.page.blocks.get(number))
        }
        self._at_rest[session] = _Rest(resting, choosers)
        if len(self._at_rest) > self._most_at_rest:
            self._at_rest.popitem(last=False)

    async def _read(self, session: Session) -> None:
        wanted = session.conversation_id
        # Turns that were remembered are those that could not be written down.
        if self._store is None or not wanted or session.turns:
            return
        try:
            found = await asyncio.to_thread(self._store.load, session.owner, wanted)
        except CounterpointError as exc:
            # Deleted meanwhile from another page, or not to be read.
            session.clear()
            session.lost = (wanted, exc)
            return
        session.turns = list(found.turns)
        session.shown = len(session.turns)


def _chosen_from(block: object) -> set[Any]:
    """The values of which one may be chosen; their labels may be others."""
    return {value for _, value in getattr(block, "choices", None) or ()}
