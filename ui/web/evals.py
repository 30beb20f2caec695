"""The tab with the eval: its components, and what happens when they are used."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from eval.stand_in import STAND_IN_ID
from ui.web import eval_wish as wish
from ui.web.components import PRIVATE, html
from ui.web.evaluating import Evaluators, Visit
from ui.web.render import evals as draw
from ui.web.runs import Runs

# The page's own script raises this event when a button of the list is used.
_EVAL = "element.addEventListener('evaluate', (event) => trigger('click', event.detail));"


@dataclass(frozen=True, slots=True)
class EvalTab:
    """The components that the callbacks change."""

    visit: gr.State
    live: gr.HTML
    stop: gr.Button
    runs: gr.HTML
    card: gr.Column
    card_head: gr.HTML
    quality: gr.Textbox
    metric: gr.Dropdown
    cost: gr.Textbox
    first_token: gr.Textbox
    stays: gr.Checkbox
    decide: gr.Button
    card_out: gr.HTML
    setup: gr.Column
    first: gr.Dropdown
    second: gr.Dropdown
    third: gr.Dropdown
    count: gr.Radio
    ceiling: gr.Textbox
    slices: gr.CheckboxGroup
    modes: gr.CheckboxGroup
    repeats: gr.Radio
    estimate: gr.Button
    plan: gr.HTML
    consent: gr.Checkbox
    begin: gr.Button
    problem: gr.HTML
    announcer: gr.HTML
    timer: gr.Timer

    @property
    def wished(self) -> list[Any]:
        """What a run is chosen by."""
        return [
            self.first, self.second, self.third, self.count, self.ceiling, self.slices, self.modes,
            self.repeats,
        ]  # fmt: skip

    @property
    def limits(self) -> list[Any]:
        """What the decision card is asked for."""
        return [self.quality, self.metric, self.cost, self.first_token, self.stays]

    @property
    def outputs(self) -> list[Any]:
        """What callbacks change."""
        return [
            self.live, self.stop, self.runs, self.card, self.card_head, self.metric, self.card_out,
            self.setup, self.first, self.second, self.third, self.count, self.slices, self.plan,
            self.consent, self.begin, self.problem, self.announcer, self.timer,
        ]  # fmt: skip


def build_evals(tab: gr.Tab, runs: Runs) -> None:
    """Put the eval into its tab and connect it; call it inside ``tab``.

    Args:
        tab: the tab; the runs are looked at when it is selected.
        runs: the runs.
    """
    parts = _parts(runs)
    handlers = Evaluators(runs, parts)
    outputs, visit = parts.outputs, parts.visit
    # A run must be stoppable, and its progress shown, while others wait for a report.
    free: dict[str, Any] = {"concurrency_limit": None, **PRIVATE}
    tab.select(handlers.opened, visit, outputs, **free)
    parts.timer.tick(handlers.tick, visit, outputs, **free)
    gr.on(
        # What is pasted into a text box is a change to the library, and no input.
        [each.change if each is parts.ceiling else each.input for each in parts.wished],
        handlers.changed,
        visit,
        outputs,
        trigger_mode="always_last",
        **free,
    )
    parts.estimate.click(handlers.estimate, [visit, *parts.wished], outputs, **free)
    parts.begin.click(handlers.begin, [visit, parts.consent], outputs, **free)
    parts.stop.click(handlers.stop, visit, outputs, **free)
    parts.runs.click(handlers.act, visit, outputs, trigger_mode="multiple", **free)
    parts.decide.click(handlers.decide, [visit, *parts.limits], outputs, **free)


def _parts(runs: Runs) -> EvalTab:
    parts: dict[str, Any] = {"visit": gr.State(Visit())}
    with gr.Column(elem_id="eval", min_width=0):
        html(draw.introduction(), elem_id="eval-intro")
        parts["live"] = html(elem_id="eval-live")
        parts["stop"] = gr.Button("Stop the run", visible=False, elem_id="eval-stop", min_width=0)
        parts["problem"] = html(elem_id="eval-problem")
        parts["runs"] = html(elem_id="eval-runs", on_load=_EVAL)
        parts |= _card()
        with gr.Column(elem_id="eval-setup", min_width=0) as parts["setup"]:
            parts |= _setup(runs)
        parts["announcer"] = html(elem_id="eval-announcer")
        # Ticks once the tab has been opened.
        parts["timer"] = gr.Timer(15, active=False)
    return EvalTab(**parts)


def _card() -> dict[str, Any]:
    parts: dict[str, Any] = {}
    with gr.Column(visible=False, elem_id="eval-card", min_width=0) as parts["card"]:
        parts["card_head"] = html(elem_id="eval-card-head")
        with gr.Row(elem_id="eval-limits"):
            parts["quality"] = _figure("Quality, at least (%)", "limit-quality", "80")
            parts["metric"] = gr.Dropdown(
                [("Expected facts", "fact_recall")], value="fact_recall", label="Quality means",
                elem_id="limit-metric", elem_classes="taste-choice", filterable=False, min_width=0,
            )  # fmt: skip
            parts["cost"] = _figure("1,000 questions, at most (US dollars)", "limit-cost")
            parts["first_token"] = _figure(
                "First words of 19 of 20 answers within (s)", "limit-first-token"
            )
        parts["stays"] = gr.Checkbox(
            False, label="No data may leave this machine", elem_id="limit-stays", min_width=0
        )
        parts["decide"] = gr.Button(
            "Who remains?", variant="primary", elem_id="eval-decide", min_width=0
        )
        parts["card_out"] = html(elem_id="eval-card-out")
    return parts


def _setup(runs: Runs) -> dict[str, Any]:
    names = wish.backend_choices(runs.assistant.entries, {})
    parts: dict[str, Any] = {}
    html(draw.setup_heading(), elem_id="eval-setup-heading")
    with gr.Row(elem_id="eval-sides"):
        parts["first"] = _backend("first", "One side", names)
        parts["second"] = _backend("second", "The other side", names, STAND_IN_ID)
    with gr.Row(elem_id="eval-how"):
        parts["count"] = gr.Radio(
            wish.count_choices(0), value=30, label="Questions, spread over all sorts",
            elem_id="eval-count", elem_classes="pills", min_width=0,
        )  # fmt: skip
        parts["ceiling"] = _figure(
            "Ceiling in US dollars (empty: none)", "eval-ceiling", wish.CEILING
        )
    with gr.Accordion(
        "A third side, sorts of questions, evidence, repeats", open=False, elem_id="eval-more"
    ):
        parts["third"] = _backend("third", "A third side", [("nobody", ""), *names], "")
        parts["slices"] = gr.CheckboxGroup(
            [], label="Sorts of questions (none ticked: all)", elem_id="eval-slices",
            elem_classes="pills", min_width=0,
        )  # fmt: skip
        parts["modes"] = gr.CheckboxGroup(
            wish.mode_choices(), value=["own"], label="Evidence", elem_id="eval-modes",
            elem_classes="pills", min_width=0,
        )  # fmt: skip
        parts["repeats"] = gr.Radio(
            [(str(each), each) for each in wish.REPEATS], value=1, label="Times each is asked",
            elem_id="eval-repeats", elem_classes="pills", min_width=0,
        )  # fmt: skip
    parts["estimate"] = gr.Button(
        "See what it takes", elem_id="eval-estimate", min_width=0, variant="secondary"
    )
    parts["plan"] = html(elem_id="eval-plan")
    parts["consent"] = gr.Checkbox(
        False, label="-", visible=False, elem_id="eval-consent", min_width=0
    )
    parts["begin"] = gr.Button(
        "Begin the run", variant="primary", visible=False, elem_id="eval-begin", min_width=0
    )
    return parts


def _figure(label: str, name: str, value: str = "") -> gr.Textbox:
    """A box that can be empty, which the library's own for numbers cannot: it shows a 0."""
    return gr.Textbox(
        value, label=label, lines=1, max_lines=1, max_length=20, elem_id=name,
        elem_classes="limit", min_width=0,
    )  # fmt: skip


def _backend(
    place: str, label: str, names: list[tuple[str, str]], value: str | None = None
) -> gr.Dropdown:
    return gr.Dropdown(
        names,
        value=names[0][1] if value is None else value,
        label=label,
        elem_id=f"eval-{place}",
        elem_classes="taste-choice",
        filterable=False,
        min_width=0,
    )
