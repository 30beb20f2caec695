"""What the tab with the eval does when it is used: a few lines each over ``Runs``."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import gradio as gr

from assistant.markup.elements import EMPTY
from corpus.errors import CounterpointError
from eval.cases import load_cases
from eval.runs.folder import create_run
from eval.runs.preparing import Prepared, Wish, prepare
from eval.stand_in import STAND_IN_ID
from ui.web.components import detail, show
from ui.web.eval_wish import backend_choices, count_choices, read_wish, slice_choices
from ui.web.evals_deciding import Deciding
from ui.web.health import look_at_all
from ui.web.render import evals as draw
from ui.web.render import evals_plan as plan_of
from ui.web.render import notices
from ui.web.render.answers import error_box
from ui.web.runs import Runs

if TYPE_CHECKING:
    from ui.web.evals import EvalTab

Updates = dict[Any, Any]
_BUSY_EVERY_S: Final = 1.5
_IDLE_EVERY_S: Final = 15.0
_TELL_EVERY_S: Final = 0.5


@dataclass(slots=True)
class Visit:
    """What one visitor is about to do; it stays on the server.

    Attributes:
        prepared: a run that was estimated and may be begun.
        resuming: id of a run that may go on once its cost is agreed to.
        card_of: id of the run that the decision card is of.
        seen: what was shown of the runs last.
    """

    prepared: Prepared | None = None
    resuming: str = ""
    card_of: str = ""
    seen: object = None

    def at_rest(self) -> "Visit":
        """What is remembered of it while its page is closed; an estimate is made again."""
        return Visit(resuming=self.resuming, card_of=self.card_of)


class Evaluators:
    """The callbacks of the tab.

    Args:
        runs: the runs.
        tab: the tab's components.
    """

    def __init__(self, runs: Runs, tab: "EvalTab") -> None:
        self._runs = runs
        self._tab = tab
        self._deciding = Deciding(runs, tab)

    async def opened(self, visit: Visit) -> Updates:
        """Show the runs, and which models can be asked."""
        states = await look_at_all(self._runs.assistant)
        cases = await asyncio.to_thread(load_cases)
        names = backend_choices(self._runs.assistant.entries, states)
        tab = self._tab
        visit.seen = None
        first = self._runs.assistant.best_of("open", states)
        return {
            tab.first: gr.update(choices=names, value=first),
            tab.second: gr.update(choices=names, value=self._opponent(states)),
            tab.third: gr.update(choices=[("nobody", ""), *names], value=""),
            tab.count: gr.update(choices=count_choices(len(cases))),
            tab.slices: gr.update(choices=slice_choices(cases)),
            **await self._runs_shown(visit),
        }

    def _opponent(self, states: dict[str, Any]) -> str:
        """The first proprietary one that can answer; else the stand-in."""
        ready = (
            entry.id
            for entry in self._runs.assistant.entries
            if entry.kind == "proprietary" and entry.id in states and states[entry.id].ready
        )
        return next(ready, STAND_IN_ID)

    async def tick(self, visit: Visit) -> Updates:
        """Show how far the run is; the list only when it has changed."""
        return await self._runs_shown(visit)

    def changed(self, visit: Visit) -> Updates:
        """Another wish: what was estimated does not hold any more."""
        visit.prepared, visit.resuming = None, ""
        return self._nothing_prepared()

    async def estimate(self, visit: Visit, *wished: Any) -> AsyncIterator[Updates]:
        """Plan the run that is wished for, and show what it takes."""
        visit.prepared, visit.resuming = None, ""
        nothing, place = self._nothing_prepared(), self._tab.plan
        told = [0, 0]
        try:
            task = asyncio.ensure_future(self._prepared(read_wish(*wished), told))
        except CounterpointError as exc:
            yield {**nothing, place: show(error_box(exc))}
            return
        try:
            while not task.done():
                yield {**nothing, place: show(plan_of.preparing(*told))}
                await asyncio.wait({task}, timeout=_TELL_EVERY_S)
            visit.prepared = task.result()
        except CounterpointError as exc:
            yield {**nothing, place: show(error_box(exc))}
            return
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        yield {
            place: show(plan_of.estimate_panel(visit.prepared)),
            **self._may_begin(plan_of.consent(visit.prepared), "Begin the run"),
            **self._said("What the run takes is shown."),
        }

    async def begin(self, visit: Visit, agreed: bool) -> Updates:
        """Begin the run that was estimated, or go on with the one that was chosen."""
        prepared, resuming = visit.prepared, visit.resuming
        if prepared is None and not resuming:
            words = "That estimate is not remembered any more. See once more what the run takes."
            return {**self._nothing_prepared(), self._tab.problem: show(draw.note(words))}
        try:
            words = await self._agreement(prepared, resuming)
            if words and agreed is not True:
                return {
                    self._tab.problem: show(draw.note("Tick the box first: the run costs money, "
                                                      "or sends data away, or both.")),
                }  # fmt: skip
            await self._begin(prepared, resuming)
        except CounterpointError as exc:
            return {self._tab.problem: show(error_box(exc))}
        visit.prepared, visit.resuming = None, ""
        return {**self._nothing_prepared(), **await self._runs_shown(visit)}

    async def stop(self, visit: Visit) -> Updates:
        """Stop the run; what was answered is kept."""
        self._runs.background.stop()
        return await self._runs_shown(visit)

    async def act(self, visit: Visit, event: gr.EventData) -> Updates:
        """Do what a button of the list says."""
        data = detail(event)
        action, run_id = data.get("action"), str(data.get("run"))
        try:
            if action == "resume":
                return await self._resume(visit, run_id)
            if action == "card":
                return await self._deciding.open(visit, run_id)
        except CounterpointError as exc:
            return {self._tab.problem: show(error_box(exc))}
        return self._said("")

    async def decide(self, visit: Visit, *limits: Any) -> Updates:
        """Show the card for the limits that were set."""
        return await self._deciding.decide(visit, *limits)

    async def _resume(self, visit: Visit, run_id: str) -> Updates:
        words = await self._agreement(None, run_id)
        visit.prepared, visit.resuming = None, run_id
        if words:
            return {
                **self._nothing_prepared(),
                **self._may_begin(words, "Go on with the run"),
                **self._said("Agree to the cost below, then go on."),
            }
        return await self.begin(visit, agreed=False)

    async def _agreement(self, prepared: Prepared | None, resuming: str) -> str:
        if prepared is not None:
            return plan_of.consent(prepared)
        folder = await asyncio.to_thread(self._runs.folder, resuming)
        answered = await asyncio.to_thread(folder.rows)
        wanted = await asyncio.to_thread(lambda: folder.wanted)
        return plan_of.consent_to_go_on(folder.plan, wanted - len(answered))

    async def _begin(self, prepared: Prepared | None, resuming: str) -> None:
        self._runs.background.require_free()
        if prepared is None:
            folder = await asyncio.to_thread(self._runs.folder, resuming)
        else:
            home = self._runs.assistant.settings.home
            folder = await asyncio.to_thread(create_run, home, prepared.plan, prepared.frozen)
        self._runs.background.begin(folder)

    async def _prepared(self, wish: Wish, told: list[int]) -> Prepared:
        def tell(done: int, total: int) -> None:
            told[:] = [done, total]

        async with self._runs.preparing:
            return await prepare(self._runs.assistant, wish, tell)

    async def _runs_shown(self, visit: Visit) -> Updates:
        """The run that is being asked, and the list when it is not what was shown last."""
        live = await asyncio.to_thread(self._runs.live)
        now = (live.run_id, live.is_here) if live is not None else None
        tab = self._tab
        shown: Updates = {tab.live: show(draw.live_panel(live))}
        if visit.seen == ("seen", now):
            return shown if live is not None else {tab.announcer: gr.skip()}
        listed = await asyncio.to_thread(self._runs.listed)
        if visit.seen is not None:
            shown |= self._said("The run has begun." if live else "The run has ended.")
        visit.seen = ("seen", now)
        return {
            **shown,
            tab.runs: show(draw.run_list(listed, live=live is not None)),
            tab.stop: gr.update(visible=live is not None and live.is_here),
            tab.setup: gr.update(visible=live is None),
            tab.timer: gr.Timer(_BUSY_EVERY_S if live else _IDLE_EVERY_S, active=True),
        }

    def _may_begin(self, words: str, button: str) -> Updates:
        return {
            self._tab.consent: gr.update(visible=bool(words), label=words or "-", value=False),
            self._tab.begin: gr.update(visible=True, value=button),
            self._tab.problem: show(EMPTY),
        }

    def _nothing_prepared(self) -> Updates:
        tab = self._tab
        return {
            tab.plan: show(EMPTY),
            tab.consent: gr.update(visible=False, value=False),
            tab.begin: gr.update(visible=False),
            tab.problem: show(EMPTY),
        }

    def _said(self, words: str) -> Updates:
        return {self._tab.announcer: show(notices.announcement(words) if words else EMPTY)}
