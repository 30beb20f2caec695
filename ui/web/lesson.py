"""The tab that shows the lesson with its claims checked."""

from typing import Any

import gradio as gr

from assistant.markup.elements import element
from corpus.claims import load_claims
from corpus.library import load_lesson
from ui.web.components import PRIVATE, html, show
from ui.web.render.lesson import lesson_page


def build_lesson(tab: gr.Tab) -> None:
    """Put the lesson into its tab; call it inside ``tab``.

    The text is sent when a visitor opens the tab for the first time, and not again.
    """
    shown = gr.State(False)
    place = html(element("p", "Opening the lesson …", class_="quiet"), elem_id="lesson")
    tab.select(show_lesson, shown, [place, shown], **PRIVATE)


def show_lesson(shown: bool) -> tuple[Any, bool]:
    """The lesson for a visitor who has not got it yet."""
    if shown:
        return gr.skip(), True
    lesson = load_lesson()
    return show(lesson_page(lesson, load_claims(lesson))), True
