"""Reports that were built lately, so that whoever asks again need not wait."""

import asyncio
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path
from typing import Final

from eval.judge.judging import shown_judgements
from eval.report.build import build_report
from eval.report.model import Report
from eval.runs.folder import RunFolder
from eval.runs.listing import Stamps, stamps_of

_KEPT: Final = 3


class RecentReports:
    """Builds one report at a time, beside the event loop, and keeps the last few.

    A report is found again as long as the files of its run are as they were; what judges may say is
    looked up each time.

    Args:
        home: where the judges' measurements are kept.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._reports: OrderedDict[str, tuple[Stamps, Report]] = OrderedDict()
        self._building = asyncio.Lock()

    async def report_of(self, folder: RunFolder) -> Report:
        """The report of a run as it is now.

        Raises:
            RunDamaged: the run cannot be read.
        """
        name = str(folder.path)
        async with self._building:
            stamps = await asyncio.to_thread(stamps_of, folder.path)
            kept = self._reports.get(name)
            if kept is None or kept[0] != stamps:
                # Of a run that goes on, what came meanwhile is in the next report.
                kept = stamps, await asyncio.to_thread(build_report, folder)
                self._reports[name] = kept
            self._reports.move_to_end(name)
            while len(self._reports) > _KEPT:
                self._reports.popitem(last=False)
        report = kept[1]
        judged = await asyncio.to_thread(shown_judgements, folder, self._home)
        return report if report.judged == judged else replace(report, judged=judged)
