"""The tab with the blind taste test: its components, and what happens when they are used."""

from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant.backends.catalogue import Kind
from eval.taste.sitting import ROUND_COUNTS
from ui.web.components import PRIVATE, html
from ui.web.render import taste as draw
from ui.web.sittings import Tasting, Unfinished
from ui.web.taste_setup import OWN_QUESTIONS, SUGGESTED_QUESTIONS, Tab, TasteSetup
from ui.web.tasting import Tasters

if TYPE_CHECKING:
    from assistant.wiring import Assistant
    from eval.taste.votes import VoteStore

# The page's own script raises this event when a button of a round is used.
_TASTE = "element.addEventListener('taste', (event) => trigger('click', event.detail));"
_SIDES: tuple[tuple[str, str, Kind], ...] = (
    ("first", "One model", "open"),
    ("second", "The other model", "proprietary"),
)


def build_taste(
    tab: gr.Tab,
    assistant: "Assistant",
    session: gr.State,
    votes: "VoteStore | None" = None,
) -> None:
    """Put the taste test into its tab; call it inside ``tab``.

    Args:
        tab: the tab.
        assistant: who answers.
        session: the chat's, whose chosen models the test begins with.
        votes: where votes are kept; the home folder's database when it is not given.
    """
    parts = _parts(assistant)
    unfinished = Unfinished()
    setup = TasteSetup(assistant, parts, unfinished, votes)
    handlers = Tasters(assistant, parts, setup, unfinished)
    everything = [
        parts.unfinished, parts.setup, parts.first, parts.second, parts.state, parts.own,
        parts.start, parts.earlier, parts.stage, parts.announcer,
    ]  # fmt: skip
    tab.select(setup.opened, [parts.tasting, session], everything, **PRIVATE)
    gr.on(
        [parts.first.input, parts.second.input],
        setup.chosen,
        [parts.first, parts.second],
        parts.state,
        trigger_mode="always_last",
        **PRIVATE,
    )
    parts.source.input(setup.question_source, parts.source, [parts.own, parts.count], **PRIVATE)
    # No limit on the events: a round must be stoppable while all others are being written. The
    # handlers limit the writing.
    free: dict[str, Any] = {"concurrency_limit": None, **PRIVATE}
    parts.start.click(
        handlers.start,
        [parts.tasting, parts.first, parts.second, parts.count, parts.source, parts.own],
        everything,
        **free,
    )
    for place in (parts.stage, parts.earlier, parts.unfinished):
        place.click(handlers.act, parts.tasting, everything, trigger_mode="multiple", **free)


def _model(assistant: "Assistant", place: str, label: str, kind: Kind) -> gr.Dropdown:
    return gr.Dropdown(
        [(entry.label, entry.id) for entry in assistant.entries],
        value=assistant.default_backend(kind),
        label=label,
        elem_id=f"taste-{place}",
        elem_classes="taste-choice",
        filterable=False,
        min_width=0,
    )


def _parts(assistant: "Assistant") -> Tab:
    tasting = gr.State(Tasting())
    with gr.Column(elem_id="taste", min_width=0):
        with gr.Column(elem_id="taste-setup", min_width=0) as setup:
            html(draw.introduction(), elem_id="taste-intro")
            unfinished = html(elem_id="taste-unfinished", on_load=_TASTE)
            with gr.Row(elem_id="taste-models"):
                pair = [_model(assistant, *side) for side in _SIDES]
            with gr.Row(elem_id="taste-how"):
                count = gr.Radio(
                    [(str(each), each) for each in ROUND_COUNTS],
                    value=5,
                    label="Rounds",
                    elem_id="taste-count",
                    min_width=0,
                )
                source = gr.Radio(
                    [("Suggested", SUGGESTED_QUESTIONS), ("My own", OWN_QUESTIONS)],
                    value=SUGGESTED_QUESTIONS,
                    label="Questions",
                    elem_id="taste-source",
                    min_width=0,
                )
            own = gr.Textbox(
                label="Your questions, one on each line: each is a round",
                lines=4,
                max_lines=10,
                visible=False,
                elem_id="taste-own",
                min_width=0,
            )
            state = html(elem_id="taste-state")
            start = gr.Button("Start the test", variant="primary", elem_id="taste-start")
            earlier = html(elem_id="taste-earlier", on_load=_TASTE)
        stage = html(elem_id="taste-stage", on_load=_TASTE)
        announcer = html(elem_id="taste-announcer")
    return Tab(
        tasting,
        unfinished,
        setup,
        pair[0],
        pair[1],
        count,
        source,
        own,
        state,
        start,
        earlier,
        stage,
        announcer,
    )
