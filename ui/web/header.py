"""Above the tabs the name; above the chat the toggle between the kinds and the models."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import gradio as gr

from assistant.backends.catalogue import KINDS, Kind
from ui.web.components import html
from ui.web.health import backend_choices, kind_choices
from ui.web.render import notices

if TYPE_CHECKING:
    from assistant.wiring import Assistant


@dataclass(frozen=True, slots=True)
class Header:
    """What the tabs listen to.

    Attributes:
        kind: open, proprietary or both.
        backends: a choice of backends for each kind; the style sheet shows those of the
            chosen kinds. (Gradio's dropdown breaks the page when its choices become fewer.)
        new_chat: begins a new conversation.
    """

    kind: gr.Radio
    backends: dict[Kind, gr.Dropdown]
    new_chat: gr.Button


def first_kind(assistant: "Assistant") -> Kind:
    """The kind that a visit begins with."""
    chosen = assistant.settings.default_backend
    return assistant.entry(chosen).kind if chosen else "open"


def build_brand() -> None:
    """Put the line above the tabs together: the name and the theme."""
    with gr.Row(elem_id="head"):
        html(notices.brand(), elem_id="brand")
        html(notices.keys_button(), elem_id="show-keys")
        html(notices.theme_switch(), elem_id="theme")


def build_header(assistant: "Assistant") -> Header:
    """Put the line together that says who is asked; call it inside a ``gr.Blocks``."""
    with gr.Row(elem_id="choices"):
        kind = gr.Radio(
            kind_choices(assistant.entries, {}),
            value=first_kind(assistant),
            label="Kind of model",
            elem_id="kind",
            container=False,
            min_width=0,
        )
        backends = {
            each: gr.Dropdown(
                backend_choices(assistant.entries, each, {}),
                value=assistant.default_backend(each),
                label=f"Model, {each}",
                elem_id=f"backend-{each}",
                elem_classes="backend",
                container=False,
                filterable=False,
                min_width=0,
            )
            for each in KINDS
        }
        new_chat = gr.Button("New chat", elem_id="new-chat", size="sm", min_width=0)
    return Header(kind, backends, new_chat)
