"""What the browser is told of a conversation: only what has changed, and that in small parts.

Finished turns are sent when they end and never again. While answers grow, their settled blocks go
over once; only the last block of each, and what is being done, are sent anew.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant.backends.catalogue import Kind
from assistant.markup.elements import EMPTY, SafeHtml, join
from assistant.turns import Turn
from ui.web.components import send, show
from ui.web.render import notices, sources, turns
from ui.web.render.answers import card_id, live_step
from ui.web.render.growing import Growing
from ui.web.render.totals import totals
from ui.web.session import LiveTurn, Session

if TYPE_CHECKING:
    from ui.web.chat import Chat

Updates = dict[Any, Any]
Names = Mapping[Kind, str]
Part = dict[str, Any]


class Showing:
    """One run: from a question, or a question once more, to the end of its answers.

    A busy browser passes over an update when the next one is there already, so each of them says
    all that was said since the run began; what has not changed does not travel again.

    Args:
        chat: the components.
        session: whose conversation it is.
        names: who is chosen on each side.
    """

    def __init__(self, chat: "Chat", session: Session, names: Names) -> None:
        self._chat = chat
        self._session = session
        self._names = names
        self._said: Updates = {}
        self._put: list[Part] = []
        self._has_sources = self._has_text = False
        self._ended: set[int] = set()
        self._growing: dict[int, Growing] = {}
        self._named = ""

    def running(self, live: LiveTurn) -> Updates:
        """How a running turn looks now."""
        chat, session = self._chat, self._session
        if not self._said:
            self._said = self._start(live)
        put = self._newly_ended(live)
        if put or self._named != session.conversation_id:
            self._put += put
            self._said[chat.conversation] = self._parts(live)
        if live.evidence is not None and not self._has_sources:
            self._has_sources = True
            turn = session.turn(live.number)
            self._said[chat.sources] = show(
                sources.turn_sources(live.number, turn)
                if turn is not None and turn.answers
                else sources.live_sources(live.number, live.evidence)
            )
        if session.shown != live.number:
            # The reader looks at another turn's sources.
            self._said.pop(chat.sources, None)
        if not self._has_text and any(each.text for each in live.answers):
            self._has_text = True
            words = "The answer is" if len(live.answers) == 1 else "The answers are"
            self._said[chat.announcer] = show(notices.announcement(f"{words} being written."))
        return {**self._said, chat.live: send(self._grown(live))}

    def _start(self, live: LiveTurn) -> Updates:
        chat, turn = self._chat, self._session.turn(live.number)
        section = (
            turns.turn_section(live.number, turn, self._names, live)
            if turn is not None
            else turns.new_section(live)
        )
        self._put = [_part(turns.turn_id(live.number), section)]
        words = "Searching the sources." if live.is_new else "Asking again."
        return {
            chat.welcome: gr.update(visible=False),
            chat.conversation: self._parts(live),
            chat.announcer: show(notices.announcement(words)),
            chat.send: gr.update(visible=False),
            chat.stop: gr.update(visible=True),
        }

    def _parts(self, live: LiveTurn) -> dict[str, Any]:
        self._named = self._session.conversation_id
        return send(_parts(self._session, self._put, live))

    def _newly_ended(self, live: LiveTurn) -> list[Part]:
        """Cards of answers that have ended while others are still being written."""
        turn = self._session.turn(live.number)
        ended = {each.position for each in live.answers if each.answer is not None}
        new, self._ended = ended - self._ended, ended
        if turn is None or not new or len(ended) == len(live.answers):
            return []
        return [
            _part(
                card_id(live.number, position),
                turns.one_card(live.number, turn, position, self._names, live),
            )
            for position in sorted(new)
        ]

    def _grown(self, live: LiveTurn) -> dict[str, Any]:
        answers = []
        for each in live.answers:
            if each.answer is not None:
                continue
            growing = self._growing.get(each.position)
            if growing is None and live.evidence is not None:
                growing = self._growing[each.position] = Growing(live.number, live.evidence)
            if growing is not None:
                growing.grow(each.text)
            answers.append(
                {
                    "id": card_id(live.number, each.position),
                    "blocks": list(growing.blocks) if growing else [],
                    "tail": growing.tail if growing else EMPTY,
                    "step": live_step(each.step),
                }
            )
        return {"answers": answers}

    def settled(self, live: LiveTurn | None) -> Updates:
        """The end of a run, or of one that never began (None)."""
        session, chat = self._session, self._chat
        put = []
        if live is not None:
            turn = session.turn(live.number)
            section = EMPTY if turn is None else turns.turn_section(live.number, turn, self._names)
            put.append(_part(turns.turn_id(live.number), section))
        ended = live.ended if live is not None else ()
        updates: Updates = {
            **_rest(chat, session),
            chat.conversation: send(_parts(session, put)),
            chat.announcer: show(notices.announcement(notices.outcome(ended, session.refused))),
        }
        words = session.refused[0] if session.refused is not None else session.given_back
        if words:
            updates[chat.box] = gr.update(value=words)
        return updates


def sections(given: Sequence[Turn], names: Names) -> list[Part]:
    """Turns drawn one after the other, from the first one on."""
    return [
        _part(turns.turn_id(number), turns.turn_section(number, turn, names))
        for number, turn in enumerate(given, start=1)
    ]


def whole(chat: "Chat", session: Session, drawn: list[Part], notice: SafeHtml = EMPTY) -> Updates:
    """The conversation from its first turn on, in the place of what was shown.

    Args:
        chat: the components.
        session: the conversation.
        drawn: its ``sections``.
        notice: what stands below it.
    """
    parts = _parts(session, drawn)
    parts["refused"] = join([parts["refused"], notice])
    return {
        **_rest(chat, session),
        chat.conversation: send({**parts, "all": True}),
        chat.announcer: show(notices.announcement("")),
        chat.box: gr.update(value=session.given_back),
    }


def _rest(chat: "Chat", session: Session) -> Updates:
    turn = session.turn(session.shown)
    return {
        chat.live: send({"answers": []}),
        chat.welcome: gr.update(visible=not session.turns),
        chat.send: gr.update(visible=True),
        chat.stop: gr.update(visible=False),
        chat.sources: show(
            sources.turn_sources(session.shown, turn) if turn else sources.empty_sources()
        ),
    }


def _part(name: str, markup: SafeHtml) -> Part:
    return {"id": name, "html": markup}


def _parts(session: Session, put: list[Part], live: LiveTurn | None = None) -> dict[str, Any]:
    """As ``talk.js`` takes them; ``conversation`` is what the page's address names then."""
    refused, not_kept = session.refused, session.not_kept
    foot = [totals(session.turns), EMPTY if not_kept is None else notices.not_kept(not_kept)]
    return {
        "put": list(put),
        "refused": EMPTY if refused is None else notices.refused_question(*refused),
        "foot": join(foot),
        "all": False,
        "writing": live is not None,
        "asked": live.question if live is not None and live.is_new else "",
        "conversation": session.conversation_id or session.address,
    }
