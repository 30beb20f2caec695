"""The decision card of the tab with the eval."""

from typing import TYPE_CHECKING, Any, Final

import gradio as gr

from assistant.markup.elements import EMPTY
from corpus.errors import CounterpointError
from eval.report.card import Limits, card
from eval.report.model import Report
from ui.web.components import show
from ui.web.eval_wish import MOST_USD, read_figure
from ui.web.render.answers import error_box
from ui.web.render.evals import note
from ui.web.render.evals_card import card_heading, card_panel
from ui.web.reports import query_of

if TYPE_CHECKING:
    from ui.web.evals import EvalTab
    from ui.web.evaluating import Updates, Visit
    from ui.web.runs import Runs

_PERCENT: Final = 100.0
_LONGEST_S: Final = 3600.0


class Deciding:
    """The callbacks of the decision card.

    Args:
        runs: the runs.
        tab: the tab's components.
    """

    def __init__(self, runs: "Runs", tab: "EvalTab") -> None:
        self._runs = runs
        self._tab = tab

    async def open(self, visit: "Visit", run_id: str) -> "Updates":
        """Let somebody set limits for a run.

        Raises:
            RunMissing, RunDamaged: the run cannot be read.
        """
        report = await self._report(run_id)
        visit.card_of = run_id
        return {
            self._tab.card: gr.update(visible=True),
            self._tab.card_head: show(card_heading(report.plan)),
            self._tab.metric: gr.update(choices=metric_choices(report)),
            self._tab.card_out: show(EMPTY),
        }

    async def decide(self, visit: "Visit", *limits: Any) -> "Updates":
        """Show which backend remains."""
        if not visit.card_of:
            return {self._tab.card_out: gr.skip()}
        try:
            wanted = read_limits(*limits)
            if wanted == Limits(metric=wanted.metric):
                words = "Set at least one limit; the card then says who keeps to it."
                return {self._tab.card_out: show(note(words))}
            report = await self._report(visit.card_of)
            found = card(report, wanted)
        except CounterpointError as exc:
            return {self._tab.card_out: show(error_box(exc))}
        address = f"/report/{report.plan.id}.html?{query_of(wanted)}"
        return {self._tab.card_out: show(card_panel(found, address))}

    async def _report(self, run_id: str) -> Report:
        return await self._runs.reports.report_of(self._runs.folder(run_id))


def metric_choices(report: Report) -> list[tuple[str, str]]:
    """The shares of a report that know better and worse, by label and id."""
    return [
        (metric.label + (" (at most)" if metric.better == "lower" else ""), metric.id)
        for metric in report.metrics
        if metric.better is not None and metric.unit == "share"
    ]


def read_limits(quality: Any, metric: Any, cost: Any, first_token_s: Any, stays: Any) -> Limits:
    """The limits that were typed; the quality comes in per cent.

    Raises:
        InputError: a figure is none.
    """
    share = read_figure(quality, "The quality", _PERCENT)
    return Limits(
        metric=str(metric),
        quality=None if share is None else share / _PERCENT,
        cost_per_1000=read_figure(cost, "The cost", MOST_USD),
        stays_here=stays is True,
        first_token_s=read_figure(first_token_s, "The time to the first words", _LONGEST_S),
    )
