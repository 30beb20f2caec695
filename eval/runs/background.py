"""Asking the questions of a run beside whatever else the process does."""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from assistant.wiring import Assistant
from corpus.errors import CounterpointError
from eval.runs.errors import RunBusy
from eval.runs.folder import RunFolder
from eval.runs.listing import running_run
from eval.runs.records import RunPlan
from eval.runs.runner import GRACE_S, run
from eval.stand_in import stand_in

_CLOSE_WITHIN_S: Final = 1.5


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended that did not end whole.

    Attributes:
        error: what ended it, or None.
        stops: why backends were asked no further, by id.
    """

    error: CounterpointError | None
    stops: dict[str, str]


class Background:
    """Asks one run at a time, as a task of the event loop that ``begin`` is called in.

    Whoever looks on reads the run's folder: nothing of a run is known here alone but why it ended.

    Args:
        assistant: answers; a run and everybody else share its index and its models.
    """

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._task: asyncio.Task[None] | None = None
        self._run_id = ""
        self._stop = asyncio.Event()
        self._endings: dict[str, Ending] = {}

    @property
    def run_id(self) -> str | None:
        """The run whose questions are asked here now."""
        return self._run_id if self._task is not None and not self._task.done() else None

    @property
    def is_stopping(self) -> bool:
        """Whether that run was told to stop."""
        return self.run_id is not None and self._stop.is_set()

    def ending(self, run_id: str) -> Ending | None:
        """Why a run that was asked here is not whole, or None."""
        return self._endings.get(run_id)

    def begin(self, folder: RunFolder, *, grace_s: float = GRACE_S) -> None:
        """Ask what a run lacks, and return at once.

        Args:
            folder: the run.
            grace_s: how long answers in flight may take to end when it is stopped.

        Raises:
            RunBusy: a run of this home is being asked already, here or by another process.
        """
        self.require_free()
        self._run_id, self._stop = folder.plan.id, asyncio.Event()
        self._endings.pop(folder.plan.id, None)
        self._task = asyncio.create_task(self._ask(folder, self._stop, grace_s), name="eval run")

    def require_free(self) -> None:
        """Refuse while a run of this home is being asked.

        Raises:
            RunBusy: one is, here or by another process.
        """
        other = self.run_id or running_run(self._assistant.settings.home)
        if other is not None:
            raise RunBusy(
                f"The run {other} is being asked already, and one is asked at a time.",
                "Wait until it has ended, or stop it.",
            )

    def stop(self) -> None:
        """Ask nothing more; answers in flight have their time of grace."""
        self._stop.set()

    async def close(self) -> None:
        """End what is going on: answers in flight that do not come at once are lost."""
        task = self._task
        if task is None or task.done():
            return
        self.stop()
        await asyncio.wait({task}, timeout=_CLOSE_WITHIN_S)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def _ask(self, folder: RunFolder, stop: asyncio.Event, grace_s: float) -> None:
        error, stops = None, dict[str, str]()
        try:
            with self._beside(folder.plan) as assistant:
                stops = (await run(assistant, folder, stop, grace_s=grace_s)).stops
        except CounterpointError as exc:
            error = exc
        if error is not None or stops:
            self._endings[folder.plan.id] = Ending(error, stops)

    @contextlib.contextmanager
    def _beside(self, plan: RunPlan) -> Iterator[Assistant]:
        """The assistant, with the stand-in where the plan has it."""
        if not any(contestant.stand_in for contestant in plan.contestants):
            yield self._assistant
            return
        with stand_in() as listening:
            yield listening.beside(self._assistant)
