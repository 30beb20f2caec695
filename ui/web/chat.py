"""The chat: conversation, composer and sources, and what happens when they are used."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from ui.web.asking import Desk
from ui.web.components import PRIVATE, html, wire
from ui.web.handlers import Handlers
from ui.web.header import Header
from ui.web.history import history_place
from ui.web.models import Pull
from ui.web.pace import Pace
from ui.web.render import notices, sources
from ui.web.session import Session
from ui.web.states import States

if TYPE_CHECKING:
    from assistant.conversations import ConversationStore
    from assistant.wiring import Assistant

_PLACEHOLDER = "Ask about the lesson …"
_CHECK_EVERY_S = 15
_READY_EVERY_S = 1
# What the browser does with the parts is in talk.js, which also raises the events.
_CONVERSATION = "window.counterpointChat?.conversation(element, trigger, props, watch);"
_LIVE = "window.counterpointChat?.live(element, props, watch);"


@dataclass(frozen=True, slots=True)
class Chat:
    """The components that the callbacks change."""

    session: gr.State
    history: gr.HTML
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
    preview: gr.HTML
    box: gr.Textbox
    send: gr.Button
    stop: gr.Button
    destination: gr.HTML
    look: gr.Button
    sources: gr.HTML


def build_chat(
    page: gr.Blocks,
    assistant: "Assistant",
    header: Header,
    pull: Pull | None,
    store: "ConversationStore | None" = None,
) -> tuple[Chat, Handlers]:
    """Put the chat together and connect it; call it inside ``page``.

    Args:
        page: the page.
        assistant: who answers.
        header: the toggle and the models.
        pull: gets an open model by its name; None hides the button.
        store: keeps conversations; None keeps none.
    """
    starters: list[gr.Button] = []
    session = gr.State(Session())
    with gr.Row(elem_id="chat"):
        with gr.Column(elem_id="side", min_width=0):
            history = history_place()
        with gr.Column(elem_id="talk", min_width=0):
            parts = _talk(assistant, starters)
        with gr.Column(elem_id="aside", min_width=0):
            parts["sources"] = html(sources.empty_sources(), elem_id="sources")
    chat = Chat(session=session, history=history, **parts)
    states = States(assistant, header, chat, pull)
    pace = Pace(assistant.settings.server.questions_per_minute)
    handlers = Handlers(Desk(assistant, store, pace), chat, states)
    _connect_asking(handlers, header, chat, starters)
    _connect_states(page, states, header, chat)
    return chat, handlers


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
    parts["conversation"] = wire(
        notices.conversation_frame(), elem_id="conversation", on_load=_CONVERSATION
    )
    parts["live"] = wire(notices.live_frame(), elem_id="live", on_load=_LIVE)
    parts["announcer"] = html(elem_id="announcer")
    with gr.Column(elem_id="composer", min_width=0):
        parts["state_panel"] = html(elem_id="state-panel")
        with gr.Row(elem_id="pull", visible=False) as parts["pull_row"]:
            parts["pull"] = gr.Button("Pull this model", size="sm", min_width=0)
            parts["cancel_pull"] = gr.Button("Cancel", size="sm", min_width=0, visible=False)
            parts["pull_progress"] = html(elem_id="pull-progress")
        parts["preview"] = html(elem_id="preview")
        parts |= _composer()
    return parts


def _composer() -> dict[str, Any]:
    parts: dict[str, Any] = {}
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
    with gr.Row(elem_id="before"):
        parts["destination"] = html(elem_id="destination")
        parts["look"] = gr.Button("Preview", size="sm", elem_id="look", min_width=0)
    return parts


def _connect_asking(
    handlers: Handlers, header: Header, chat: Chat, starters: list[gr.Button]
) -> None:
    outputs = handlers.outputs
    asking: dict[str, Any] = {"concurrency_id": "answers", "trigger_mode": "multiple", **PRIVATE}
    asking["concurrency_limit"] = handlers.concurrency
    backends = list(header.backends.values())
    chosen = [chat.session, header.kind, *backends]
    gr.on(
        [chat.box.submit, chat.send.click],
        handlers.ask,
        [chat.box, *chosen],
        outputs,
        **asking,
    )
    for button in starters:
        button.click(handlers.offered(str(button.value)), chosen, outputs, **asking)
    # The conversation's own buttons, and those that ask a question from anywhere on the page.
    talk = chat.conversation
    talk.retry(handlers.ask_again, chosen, outputs, **asking)
    talk.submit(handlers.ask_this, [chat.session, *backends], outputs, **asking)
    talk.stop(handlers.stop_one, chat.session, None, trigger_mode="multiple", **PRIVATE)
    talk.select(handlers.choose, chat.session, chat.sources, **PRIVATE)
    chat.stop.click(handlers.stop, chat.session, None, **PRIVATE)
    chat.look.click(handlers.preview, [chat.box, *chosen], chat.preview, **PRIVATE)
    header.new_chat.click(handlers.new_chat, chat.session, outputs, **PRIVATE)


def _connect_states(page: gr.Blocks, states: States, header: Header, chat: Chat) -> None:
    chosen = [chat.session, header.kind, *header.backends.values()]
    shown = states.outputs
    gr.on(
        [header.kind.input, *(each.input for each in header.backends.values())],
        states.choose,
        chosen,
        shown,
        trigger_mode="always_last",
        **PRIVATE,
    )
    page.load(states.look_again, chat.session, shown, **PRIVATE)
    gr.Timer(_CHECK_EVERY_S).tick(states.look_again, chat.session, shown, **PRIVATE)
    chat.loading.tick(states.readiness, None, [chat.readiness, chat.loading], **PRIVATE)
    pulling = [chat.cancel_pull, chat.pull_progress, *shown]
    started = chat.pull.click(states.pull, chosen, pulling, **PRIVATE)
    chat.cancel_pull.click(states.pull_cancelled, None, pulling, cancels=[started], **PRIVATE)
