"""``counterpoint ask``: one answer, several at the same time, or what would be sent for them."""

import argparse
import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from assistant.evidence import Evidence
from assistant.records import answer_record, evidence_record, preview_record
from assistant.settings import Settings
from assistant.turns import (
    Answer,
    Exchange,
    Failed,
    Finished,
    Retrieved,
    SideEvent,
    Status,
    Stopped,
    Token,
    Waiting,
)
from assistant.wiring import Assistant, open_assistant
from corpus.errors import CounterpointError, InputError
from ui.cli.interrupts import Interruption
from ui.cli.output import ProgressLine, note, say_error, write, write_json
from ui.cli.preview import write_preview
from ui.cli.questions import FROM_STDIN, place_of, read_questions, standard_input
from ui.cli.receipt import receipt_line


def ask(arguments: argparse.Namespace, settings: Settings) -> int:
    """Answer one question, or each line of standard input."""
    line = ProgressLine()
    assistant = open_assistant(settings, progress=line.show, warn=note)
    backends: list[str] = arguments.backend or [asyncio.run(assistant.best_ready("open"))]
    for backend in backends:
        assistant.entry(backend)
    try:
        assistant.load_or_fail()
    finally:
        line.close()
    run = _preview if arguments.preview else _answer_all
    if arguments.question == FROM_STDIN:
        codes = {0}
        for question, history in read_questions(standard_input()):
            outcome = asyncio.run(run(assistant, question, history, backends, line))
            write_json(outcome.record)
            codes.add(_code(outcome))
        return max(codes)
    shown = not arguments.json
    outcome = asyncio.run(run(assistant, arguments.question, (), backends, line, shown=shown))
    if arguments.json:
        write_json(outcome.record)
    return _code(outcome)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question: its record, why a side failed, and what interrupted it."""

    record: dict[str, Any]
    errors: list[CounterpointError | None]
    interruption: KeyboardInterrupt | None = None


def _code(outcome: Outcome) -> int:
    """Say what failed; 1 when no backend answered.

    Raises:
        KeyboardInterrupt: the question was interrupted.
    """
    for error in outcome.errors:
        if error is not None:
            say_error(error)
    if outcome.interruption is not None:
        raise outcome.interruption
    return 1 if all(outcome.errors) else 0


async def _preview(
    assistant: Assistant,
    question: str,
    history: Sequence[Exchange],
    backends: Sequence[str],
    line: ProgressLine,
    *,
    shown: bool = False,
) -> Outcome:
    """Show what would be sent."""
    try:
        preview = await assistant.preview(question, history, backends)
    finally:
        line.close()
    if shown:
        write_preview(preview)
    return Outcome(preview_record(preview), [side.error for side in preview.sides])


async def _answer_all(
    assistant: Assistant,
    question: str,
    history: Sequence[Exchange],
    backends: Sequence[str],
    line: ProgressLine,
    *,
    shown: bool = False,
) -> Outcome:
    """Retrieve once and ask every backend at the same time, over the same evidence."""
    labels = [assistant.entry(backend).label for backend in backends]
    writer = _SideWriter(labels, shown=shown)
    stops = [asyncio.Event() for _ in backends]
    interruption = Interruption(stops)
    evidence: Evidence | None = None
    try:
        async with aclosing(assistant.ask_sides(question, history, backends, stops)) as events:
            async for event in events:
                if isinstance(event.event, Retrieved):
                    evidence = event.event.evidence
                    line.close()
                    interruption.heed()
                writer.take(event)
    finally:
        line.close()
        interruption.close()
    answers = writer.answers
    if evidence is None or len(answers) < len(backends):
        raise InputError("The answer never ended.", "Ask again.")
    if shown:
        _write_sources(evidence, answers)
    record = {
        "question": evidence.question,
        "evidence": evidence_record(evidence),
        "answers": [answer_record(answer) for answer in answers],
    }
    return Outcome(record, [answer.error for answer in answers], interruption.error)


@dataclass
class _Side:
    """What has come from one side and is not written yet."""

    label: str
    pieces: list[str] = field(default_factory=list)
    answer: Answer | None = None


class _SideWriter:
    """Writes sides that answer at the same time one below the other.

    The first is written as it comes. What another says meanwhile is kept until the ones before it
    have ended; from then on that one is written as it comes.
    """

    def __init__(self, labels: Sequence[str], *, shown: bool) -> None:
        self._sides = [_Side(label) for label in labels]
        self._shown = shown
        self._current = 0

    @property
    def answers(self) -> list[Answer]:
        """The answers that have ended, in the order of the sides."""
        return [side.answer for side in self._sides if side.answer is not None]

    def take(self, event: SideEvent) -> None:
        """Take an event of a side in."""
        if event.side is None:
            if self._shown:
                self._write_heading()
            return
        side = self._sides[event.side]
        match event.event:
            case Token(text):
                side.pieces.append(text)
            case Waiting(wait_s, reason):
                note(f"{reason} Waiting {wait_s:.0f} s.")
            case Finished(done) | Failed(done) | Stopped(done):
                side.answer = done
        if self._shown:
            self._write_on()

    def _write_on(self) -> None:
        while self._current < len(self._sides):
            side = self._sides[self._current]
            if side.pieces:
                write("".join(side.pieces), end="")
                side.pieces.clear()
            if side.answer is None:
                return
            finished = side.answer.status is Status.FINISHED
            write("" if finished else f"\n({side.answer.status})")
            note(receipt_line(side.answer))
            self._current += 1
            if self._current < len(self._sides):
                self._write_heading()

    def _write_heading(self) -> None:
        label = self._sides[self._current].label
        write(f"\n{label}" if len(self._sides) > 1 else "")


def _write_sources(evidence: Evidence, answers: Sequence[Answer]) -> None:
    cited = {c.number for answer in answers for c in answer.citations if c.valid}
    if not cited:
        return
    write("\nSources")
    for passage in evidence.passages:
        if passage.number in cited:
            write(f"[{passage.number}] {place_of(passage)}")
