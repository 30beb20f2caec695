"""Saying how far a run is: to whoever called, and in the run's folder for others."""

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Final

from eval.runs.folder import PROGRESS, RunFolder
from eval.runs.limits import Lane, Purse, Side
from eval.runs.progress import Progress, SideProgress

_SAID_EVERY_S: Final = 0.2
_KEPT_EVERY_S: Final = 1.0


class Teller:
    """Says how far a run is.

    Args:
        folder: the run.
        purse: knows what was spent.
        lanes: know what was asked.
        tell: told the progress.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        folder: RunFolder,
        purse: Purse,
        lanes: Sequence[Lane],
        tell: Callable[[Progress], None],
        clock: Callable[[], float],
    ) -> None:
        self.now = "starting"
        self._folder = folder
        self._purse = purse
        self._lanes = lanes
        self._tell = tell
        self._clock = clock
        self._began_s = clock()
        self._said_s = self._kept_s = -1.0

    def say(self, *, at_once: bool = False, finally_: bool = False) -> None:
        """Say it, unless that was done a moment ago."""
        now_s = self._clock()
        if not (at_once or finally_) and 0 <= now_s - self._said_s < _SAID_EVERY_S:
            return
        self._said_s = now_s
        progress = self.progress()
        self._tell(progress)
        if finally_ or self._kept_s < 0 or now_s - self._kept_s >= _KEPT_EVERY_S:
            self._kept_s = now_s
            self._keep(progress)

    @contextlib.asynccontextmanager
    async def telling(self) -> AsyncIterator[None]:
        """Say it once a second while something is done, also when no answer comes."""
        task = asyncio.create_task(self._repeat())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def progress(self) -> Progress:
        """How far the run is now."""
        now_s = self._clock()
        sides = [side for lane in self._lanes for side in lane.sides]
        return Progress(
            done=sum(side.done for side in sides),
            total=sum(side.total for side in sides),
            by_backend={side.contestant.entry.id: _side(side, now_s) for side in sides},
            failed=sum(side.failed for side in sides),
            seconds=now_s - self._began_s,
            cost=self._purse.spent.known,
            cost_at_least=self._purse.spent.is_at_least,
            left_s=_left_s(self._lanes, now_s),
            now=self.now,
        )

    async def _repeat(self) -> None:
        while True:
            self.say()
            await asyncio.sleep(_KEPT_EVERY_S)

    def _keep(self, progress: Progress) -> None:
        said = {**asdict(progress), "at": datetime.now(UTC).isoformat(timespec="seconds")}
        file = self._folder.path / PROGRESS
        fresh = file.with_name(f".{PROGRESS}.{os.getpid()}")
        # The rows are the truth; a disk without room ends the run when a row cannot be kept.
        with contextlib.suppress(OSError):
            fresh.write_text(json.dumps(said, ensure_ascii=False) + "\n", encoding="utf-8")
            fresh.replace(file)


def _side(side: Side, now_s: float) -> SideProgress:
    return SideProgress(
        label=side.contestant.entry.label,
        done=side.done,
        failed=side.failed,
        total=side.total,
        stopped=side.stopped,
        resting_s=max(0.0, side.rests_until_s - now_s) if side.asks else 0.0,
    )


def _left_s(lanes: Sequence[Lane], now_s: float) -> float | None:
    """The slowest lane's time, as its answers took it so far."""
    left = [0.0]
    for lane in lanes:
        lane_s, rest_s = 0.0, 0.0
        for side in lane.sides:
            if not side.asks:
                continue
            if not side.answered_here:
                return None
            lane_s += len(side.asks) * side.busy_s / side.answered_here
            rest_s = max(rest_s, side.rests_until_s - now_s)
        left.append(lane_s / lane.width + rest_s)
    return max(left)
