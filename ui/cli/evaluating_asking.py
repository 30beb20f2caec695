"""The part of ``counterpoint eval run`` that asks, and can be interrupted."""

import argparse
import asyncio
import contextlib
import signal

from assistant.wiring import Assistant
from corpus.errors import CounterpointError
from eval.runs.folder import RunFolder
from eval.runs.runner import RunEnd, run
from ui.cli.evaluating_words import RunLine, run_record, write_run
from ui.cli.output import note, say_error, write, write_json

_INTERRUPTED = 130


def ask_run(assistant: Assistant, folder: RunFolder, arguments: argparse.Namespace) -> int:
    """Ask what a run lacks, and say how it ended; returns the exit code.

    The first interrupt ends it when the answers in flight have ended, a second one at once.
    """
    note(f"Run {folder.plan.id}")
    try:
        end = asyncio.run(_run(assistant, folder, arguments))
    except (KeyboardInterrupt, asyncio.CancelledError):
        end = RunEnd(is_whole=False, was_stopped=True, stops={})
    journal = folder.journal()
    if arguments.json:
        write_json(run_record(folder, journal, end))
    else:
        write_run(folder, journal)
        write(f"\nRun:    {folder.path}\nReport: counterpoint eval report {folder.plan.id}")
    return _exit_code(folder, end)


async def _run(assistant: Assistant, folder: RunFolder, arguments: argparse.Namespace) -> RunEnd:
    stop = asyncio.Event()
    line = RunLine()
    task = asyncio.ensure_future(
        run(
            assistant,
            folder,
            stop,
            line.show,
            concurrency=arguments.concurrency,
            retry_failed=arguments.retry_failed,
            max_cost=arguments.max_cost,
        )
    )

    def interrupt() -> None:
        if stop.is_set():
            task.cancel()
        stop.set()

    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)
    for each in signals:
        with contextlib.suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(each, interrupt)
    try:
        return await task
    finally:
        line.close()
        for each in signals:
            with contextlib.suppress(NotImplementedError):
                loop.remove_signal_handler(each)


def _exit_code(folder: RunFolder, end: RunEnd) -> int:
    resume = f"counterpoint eval run --resume {folder.plan.id}"
    if end.is_whole:
        return 0
    if end.was_stopped:
        note(f"Stopped; what was answered is kept. Go on: {resume}")
        return _INTERRUPTED
    labels = {c.entry.id: c.entry.label for c in folder.plan.contestants}
    for id_, why in end.stops.items():
        say_error(
            CounterpointError(f"{labels[id_]} was asked no further. {why}", f"Then: {resume}")
        )
    return 1
