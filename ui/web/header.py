"""The head of the page: name, the toggle between the kinds, the model, the theme."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import gradio as gr

from ui.web.components import html
from ui.web.health import backend_choices, kind_choices
from ui.web.render import notices

if TYPE_CHECKING:
    from assistant.wiring import Assistant


@dataclass(frozen=True, slots=True)
class Header:
    """What the tabs listen to.

    Attributes:
        kind: open or proprietary.
        backend: id of the chosen backend.
        new_chat: begins a new conversation.
    """

    kind: gr.Radio
    backend: gr.Dropdown
    new_chat: gr.Button


def build_header(assistant: "Assistant") -> Header:
    """Put the head of the page together; call it inside a ``gr.Blocks``."""
    chosen = assistant.default_backend("open")
    with gr.Row(elem_id="head"):
        html(notices.brand(), elem_id="brand")
        kind = gr.Radio(
            kind_choices(assistant.entries, {}),
            value="open",
            label="Kind of model",
            elem_id="kind",
            container=False,
            min_width=0,
        )
        backend = gr.Dropdown(
            backend_choices(assistant.entries, "open", {}),
            value=chosen,
            label="Model",
            elem_id="backend",
            container=False,
            filterable=False,
            min_width=0,
        )
        new_chat = gr.Button("New chat", elem_id="new-chat", size="sm", min_width=0)
        html(notices.theme_switch(), elem_id="theme")
    return Header(kind, backend, new_chat)
