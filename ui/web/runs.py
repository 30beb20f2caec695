"""The runs of the home folder as a page may show them: which, how far, and why one has ended."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from corpus.errors import CounterpointError
from eval.report.recent import RecentReports
from eval.runs.background import Background
from eval.runs.errors import RunMissing
from eval.runs.folder import RUNS, RunFolder, open_run, read_progress, run_ids
from eval.runs.listing import RunSummary, list_runs, running_run
from eval.runs.planning import SHIPPED
from eval.runs.progress import Progress, progress_in

if TYPE_CHECKING:
    from assistant.wiring import Assistant


@dataclass(frozen=True, slots=True)
class Listed:
    """One run of the list.

    Attributes:
        summary: how it stands.
        why: why it is not whole, in sentences, as far as that is known.
    """

    summary: RunSummary
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Live:
    """The run that is being asked now.

    Attributes:
        run_id: its id; empty when it may not be shown.
        progress: how far it is; None before it said so.
        is_here: whether this program asks, and can be told to stop.
        is_stopping: whether it was told to.
        has_stand_in: whether a stand-in is asked, whose prices are invented.
    """

    run_id: str
    progress: Progress | None
    is_here: bool
    is_stopping: bool = False
    has_stand_in: bool = False


class Runs:
    """What the page knows of runs; all of it is read from their folders.

    Args:
        assistant: answers, and has the home folder.
        is_shared: whether others than this machine's user see the page. Runs over questions of
            somebody's own are not shown then.
    """

    def __init__(self, assistant: "Assistant", *, is_shared: bool = False) -> None:
        self.assistant = assistant
        self.background = Background(assistant)
        self.reports = RecentReports(assistant.settings.home)
        self.preparing = asyncio.Lock()
        self._is_shared = is_shared
        self._home = assistant.settings.home
        self._live_folder: RunFolder | None = None

    def listed(self) -> tuple[Listed, ...]:
        """The runs that may be shown, the latest first; reads files."""
        return tuple(
            Listed(summary, self._why(summary))
            for summary in list_runs(self._home)
            if not self._is_shared or summary.cases_name == SHIPPED
        )

    def live(self) -> Live | None:
        """The run that is being asked, by this program or another; reads two small files."""
        here = self.background.run_id
        run_id = here or running_run(self._home)
        if run_id is None:
            return None
        if self._live_folder is None or self._live_folder.path.name != run_id:
            try:
                self._live_folder = self.folder(run_id)
            except CounterpointError:
                return Live("", None, is_here=False)
        return Live(
            run_id,
            progress_in(read_progress(self._live_folder.path)),
            here is not None,
            self.background.is_stopping,
            any(one.stand_in for one in self._live_folder.plan.contestants),
        )

    def folder(self, run_id: str) -> RunFolder:
        """A run by the id that a browser names, which must be that of a run that may be shown.

        Raises:
            RunMissing: there is none.
            RunDamaged, RunTooNew: its plan cannot be read.
        """
        # Never a path made of what a browser says: the id is looked up among those there are.
        if run_id in run_ids(self._home):
            folder = open_run(self._home, self._home / RUNS / run_id)
            if not self._is_shared or folder.plan.cases_name == SHIPPED:
                return folder
        raise RunMissing("There is no such run.", "Open the tab again to see those there are.")

    def _why(self, summary: RunSummary) -> tuple[str, ...]:
        if summary.is_whole or summary.is_running:
            return ()
        if summary.error:
            return (summary.error,)
        ending = self.background.ending(summary.id)
        if ending is not None and ending.error is not None:
            return (f"{ending.error.what} {ending.error.cure}",)
        progress = progress_in(read_progress(self._home / RUNS / summary.id))
        sides = progress.by_backend.values() if progress is not None else ()
        return tuple(
            f"{side.label} was asked no further. {side.stopped}" for side in sides if side.stopped
        )
