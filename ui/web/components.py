"""The components that the page is made of, with what they all have in common."""

from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr

from assistant.markup.elements import EMPTY, SafeHtml

# Gradio would let anyone call these by name; the page is the only caller that is meant.
PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


def html(
    value: SafeHtml = EMPTY,
    *,
    elem_id: str,
    on_load: str | None = None,
    frame: SafeHtml | None = None,
) -> gr.HTML:
    """A place for our own markup, and for nothing else.

    Args:
        value: what is shown first.
        elem_id: its id on the page.
        on_load: a constant script of ours.
        frame: constant markup that stands there instead of the value; ``on_load`` gets the value.
    """
    return gr.HTML(
        value,
        html_template="${value}" if frame is None else str(frame),
        elem_id=elem_id,
        js_on_load=on_load,
        apply_default_css=False,
        padding=False,
    )


def show(markup: SafeHtml) -> dict[str, Any]:
    """An update that shows markup.

    Raises:
        TypeError: the markup is not from ui.web.render.
    """
    if not isinstance(markup, SafeHtml):
        raise TypeError("only markup from ui.web.render may be shown")
    return gr.update(value=str(markup))


def detail(event: gr.EventData) -> dict[str, Any]:
    """What a script of ours said with an event; nothing when it is no dictionary."""
    return event._data if isinstance(event._data, dict) else {}


Parts = Mapping[str, "SafeHtml | str | bool | int | Sequence[Parts] | None"]


def wire(frame: SafeHtml, *, elem_id: str, on_load: str) -> gr.HTML:
    """A place whose content a script of ours puts together from parts, as they change.

    Args:
        frame: constant markup.
        elem_id: its id on the page.
        on_load: a constant script of ours; it gets what ``send`` sends.
    """
    return gr.HTML(
        {},
        html_template=str(frame),
        elem_id=elem_id,
        js_on_load=on_load,
        apply_default_css=False,
        padding=False,
    )


def send(parts: Parts) -> dict[str, Any]:
    """An update that brings parts to a ``wire``; only what has changed travels.

    Under ``html``, ``tail``, ``step``, ``refused``, ``foot`` and in ``blocks`` stands markup.

    Raises:
        TypeError: markup in it is not from ui.web.render.
    """
    _check(parts)
    return gr.update(value=parts)


_MARKUP = {"html", "tail", "step", "refused", "foot", "blocks"}


def _check(parts: Parts) -> None:
    for name, value in parts.items():
        each = value if isinstance(value, list | tuple) else [value]
        for item in each:
            if isinstance(item, Mapping):
                _check(item)
            elif name in _MARKUP and not isinstance(item, SafeHtml):
                raise TypeError("only markup from ui.web.render may be shown")
