"""The chat: conversation, composer and sources, and what happens when they are used."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import gradio as gr

from ui.web.components import PRIVATE, html
from ui.web.handlers import Handlers
from ui.web.header import Header
from ui.web.models import Pull
from ui.web.render import notices, sources
from ui.web.session import Session

if TYPE_CHECKING:
    from assistant.wiring import Assistant

_PLACEHOLDER = "Ask about the lesson …"
_CHECK_EVERY_S = 15
_READY_EVERY_S = 1
# The page's own script raises these events: a citation of an earlier turn, a question to be asked.
_CHOOSE = (
    "element.addEventListener('choose', (event) => trigger('click', event.detail));"
    "element.addEventListener('ask', (event) => trigger('submit', event.detail));"
)


@dataclass(frozen=True, slots=True)
class Chat:
    """The components that the callbacks change."""

    session: gr.State
    readiness: gr.HTML
    loading: gr.Timer
    state_panel: gr.HTML
    pull_row: gr.Row
    pull: gr.Button
    cancel_pull: gr.Button
    pull_progress: gr.HTML
    welcome: gr.Column
    conversation: gr.HTML
    live: gr.HTML
    announcer: gr.HTML
    after: gr.Row
    again: gr.Button
    other: gr.Button
    box: gr.Textbox
    send: gr.Button
    stop: gr.Button
    destination: gr.HTML
    sources: gr.HTML


def build_chat(page: gr.Blocks, assistant: "Assistant", header: Header, pull: Pull | None) -> None:
    """Put the chat together and connect it; call it inside ``page``."""
    starters: list[gr.Button] = []
    session = gr.State(Session())
    with gr.Row(elem_id="chat"):
        with gr.Column(elem_id="talk", min_width=0):
            parts = _talk(assistant, starters)
        with gr.Column(elem_id="aside", min_width=0):
            parts["sources"] = html(sources.empty_sources(), elem_id="sources")
    chat = Chat(session=session, **parts)
    handlers = Handlers(assistant, header, chat, pull)
    _connect_asking(handlers, header, chat, starters)
    _connect_states(page, handlers, header, chat)


def _talk(assistant: "Assistant", starters: list[gr.Button]) -> dict[str, Any]:
    parts: dict[str, Any] = {
        "readiness": html(elem_id="readiness"),
        "loading": gr.Timer(_READY_EVERY_S),
    }
    with gr.Column(elem_id="welcome", min_width=0) as parts["welcome"]:
        html(notices.greeting(), elem_id="greeting")
        with gr.Row(elem_id="starters"):
            for words in assistant.starter_questions():
                starters.append(gr.Button(words, size="sm", min_width=0))
    parts["conversation"] = html(elem_id="conversation", on_load=_CHOOSE)
    parts["live"] = html(elem_id="live")
    parts["announcer"] = html(elem_id="announcer")
    with gr.Row(elem_id="after", visible=False) as parts["after"]:
        parts["again"] = gr.Button("Ask again", size="sm", min_width=0)
        parts["other"] = gr.Button("Ask the other side", size="sm", min_width=0)
    with gr.Column(elem_id="composer", min_width=0):
        parts["state_panel"] = html(elem_id="state-panel")
        with gr.Row(elem_id="pull", visible=False) as parts["pull_row"]:
            parts["pull"] = gr.Button("Pull this model", size="sm", min_width=0)
            parts["cancel_pull"] = gr.Button("Cancel", size="sm", min_width=0, visible=False)
            parts["pull_progress"] = html(elem_id="pull-progress")
        with gr.Row(elem_id="ask"):
            parts["box"] = gr.Textbox(
                label="Your question",
                placeholder=_PLACEHOLDER,
                show_label=False,
                container=False,
                lines=1,
                max_lines=6,
                autofocus=True,
                elem_id="question",
                min_width=0,
            )
            parts["send"] = gr.Button("Send", variant="primary", elem_id="send", min_width=0)
            parts["stop"] = gr.Button("Stop", elem_id="stop", visible=False, min_width=0)
        parts["destination"] = html(elem_id="destination")
    return parts


def _connect_asking(
    handlers: Handlers, header: Header, chat: Chat, starters: list[gr.Button]
) -> None:
    outputs = [
        chat.box,
        chat.welcome,
        chat.conversation,
        chat.live,
        chat.announcer,
        chat.after,
        chat.other,
        chat.send,
        chat.stop,
        chat.sources,
    ]
    asking = {"outputs": outputs, "concurrency_id": "answers", **PRIVATE}
    asking["concurrency_limit"] = handlers.concurrency
    chosen = [chat.session, header.kind, *header.backends.values()]
    gr.on(
        [chat.box.submit, chat.send.click],
        handlers.ask,
        [chat.box, *chosen],
        **asking,
    )
    for button in starters:
        button.click(partial(handlers.ask, str(button.value)), chosen, **asking)
    chat.conversation.submit(handlers.ask_this, chosen, **asking)
    chat.again.click(handlers.ask_again, chosen, **asking)
    chat.other.click(handlers.ask_other, chosen, **asking)
    chat.stop.click(handlers.stop, chat.session, None, **PRIVATE)
    header.new_chat.click(handlers.new_chat, chat.session, outputs, **PRIVATE)
    chat.conversation.click(handlers.choose, chat.session, chat.sources, **PRIVATE)


def _connect_states(page: gr.Blocks, handlers: Handlers, header: Header, chat: Chat) -> None:
    chosen = [chat.session, header.kind, *header.backends.values()]
    states = list(handlers.state_outputs)
    gr.on(
        [header.kind.input, *(each.input for each in header.backends.values())],
        handlers.choose_backend,
        chosen,
        states,
        trigger_mode="always_last",
        **PRIVATE,
    )
    page.load(handlers.look_again, chat.session, states, **PRIVATE)
    gr.Timer(_CHECK_EVERY_S).tick(handlers.look_again, chat.session, states, **PRIVATE)
    chat.loading.tick(handlers.readiness, None, [chat.readiness, chat.loading], **PRIVATE)
    pulling = [chat.cancel_pull, chat.pull_progress, *states]
    started = chat.pull.click(handlers.pull, chosen, pulling, **PRIVATE)
    chat.cancel_pull.click(handlers.pull_cancelled, None, pulling, cancels=[started], **PRIVATE)
