"""``counterpoint ask`` and ``counterpoint retrieve``."""

import argparse
import asyncio
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import aclosing
from typing import Any

from assistant.evidence import Evidence
from assistant.records import answer_record, evidence_record, passage_record
from assistant.settings import Settings
from assistant.turns import Answer, Exchange, Failed, Finished, Status, Stopped, Token, Waiting
from assistant.wiring import Assistant, open_assistant
from corpus.errors import InputError
from index.passages import Passage
from ui.cli.output import ProgressLine, note, say_error, write, write_json
from ui.cli.receipt import receipt_line

FROM_STDIN = "-"


def retrieve(arguments: argparse.Namespace, settings: Settings) -> int:
    """Rank passages for one question, or for each line of standard input."""
    line = ProgressLine()
    assistant = open_assistant(settings, progress=line.show, warn=note)
    if arguments.question == FROM_STDIN:
        for question, history in read_questions(_standard_input()):
            evidence = _search(assistant, question, history, arguments.k, line)
            write_json([passage_record(p) for p in evidence.passages[: arguments.k]])
        return 0
    evidence = _search(assistant, arguments.question, (), arguments.k, line)
    if arguments.json:
        write_json([passage_record(p) for p in evidence.passages[: arguments.k]])
        return 0
    for passage in evidence.passages[: arguments.k]:
        write(f"{passage.number:>3}  {passage.score:.3f}  {place_of(passage)}")
        write(f"     {' '.join(passage.text.split())[:160]}")
    return 0


def _search(
    assistant: Assistant, question: str, history: Sequence[Exchange], k: int, line: ProgressLine
) -> Evidence:
    try:
        return assistant.search(question, history, k=k)
    finally:
        line.close()


def place_of(passage: Passage) -> str:
    """Where a passage stands, on one line: title, headings, and the page of a paged format."""
    page = f" (page {passage.page})" if passage.page else ""
    return " > ".join(filter(None, (passage.title, passage.heading))) + page


def ask(arguments: argparse.Namespace, settings: Settings) -> int:
    """Answer one question, or each line of standard input."""
    line = ProgressLine()
    assistant = open_assistant(settings, progress=line.show, warn=note)
    backends: list[str] = arguments.backend or [asyncio.run(assistant.best_ready("open"))]
    for backend in backends:
        assistant.entry(backend)
    if arguments.question == FROM_STDIN:
        codes = {0}
        for question, history in read_questions(_standard_input()):
            record, answers = asyncio.run(_answer_all(assistant, question, history, backends, line))
            write_json(record)
            codes.add(_say_failures(answers))
        return max(codes)
    record, answers = asyncio.run(
        _answer_all(assistant, arguments.question, (), backends, line, shown=not arguments.json)
    )
    if arguments.json:
        write_json(record)
    return _say_failures(answers)


def _say_failures(answers: Sequence[Answer]) -> int:
    """Say what failed; 1 when no backend answered."""
    errors = [answer.error for answer in answers if answer.error is not None]
    for error in errors:
        say_error(error)
    return 1 if len(errors) == len(answers) else 0


async def _answer_all(
    assistant: Assistant,
    question: str,
    history: Sequence[Exchange],
    backends: Sequence[str],
    line: ProgressLine,
    *,
    shown: bool = False,
) -> tuple[dict[str, Any], list[Answer]]:
    """Retrieve once and ask every backend over the same evidence."""
    try:
        evidence = await assistant.retrieve(question, history)
    finally:
        line.close()
    answers = []
    for backend in backends:
        if shown:
            write(f"\n{assistant.entry(backend).label}" if len(backends) > 1 else "")
        answers.append(await _answer(assistant, evidence, history, backend, shown=shown))
    if shown:
        _write_sources(evidence, answers)
    record = {
        "question": evidence.question,
        "evidence": evidence_record(evidence),
        "answers": [answer_record(answer) for answer in answers],
    }
    return record, answers


async def _answer(
    assistant: Assistant,
    evidence: Evidence,
    history: Sequence[Exchange],
    backend: str,
    *,
    shown: bool,
) -> Answer:
    events = assistant.answer_from(evidence, history, backend, asyncio.Event())
    answer: Answer | None = None
    async with aclosing(events):
        async for event in events:
            match event:
                case Token(text) if shown:
                    write(text, end="")
                case Waiting(wait_s, reason):
                    note(f"{reason} Waiting {wait_s:.0f} s.")
                case Finished(done) | Failed(done) | Stopped(done):
                    answer = done
    if answer is None:
        raise InputError("The answer never ended.", "Ask again.")
    if shown:
        write("" if answer.status is Status.FINISHED else f"\n({answer.status})")
        note(receipt_line(answer))
    return answer


def _write_sources(evidence: Evidence, answers: Sequence[Answer]) -> None:
    cited = {c.number for answer in answers for c in answer.citations if c.valid}
    if not cited:
        return
    write("\nSources")
    for passage in evidence.passages:
        if passage.number in cited:
            write(f"[{passage.number}] {place_of(passage)}")


def _standard_input() -> Iterable[str]:
    if sys.stdin is None:
        raise InputError(
            "There is no standard input.", "Pipe JSON lines in, or name a file: < FILE."
        )
    return sys.stdin


def read_questions(lines: Iterable[str]) -> Iterator[tuple[str, tuple[Exchange, ...]]]:
    """Read ``{"question", "history"}`` from JSON lines.

    A history entry is a question, a ``{"question", "answer"}`` or a ``{"role", "content"}``, whose
    content is text or a list of ``{"type": "text", "text"}``.

    Raises:
        InputError: a line is not of that form; earlier lines have been answered.
    """
    for number, line in enumerate(lines, start=1):
        text = line.removeprefix("\ufeff") if number == 1 else line
        if not text.strip():
            continue
        try:
            value = json.loads(text)
            asked = _text(value["question"]), _history(value.get("history") or [])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
            raise InputError(
                f"Line {number} is not a question.",
                'Give one JSON object a line: {"question": "...", "history": ["..."]}.',
            ) from exc
        yield asked


def _history(entries: Any) -> tuple[Exchange, ...]:
    if not isinstance(entries, list):
        raise TypeError("the history is not a list")
    exchanges: list[Exchange] = []
    for entry in entries:
        if isinstance(entry, str):
            exchanges.append(Exchange(entry))
        elif "question" in entry:
            exchanges.append(Exchange(_text(entry["question"]), _text(entry.get("answer") or "")))
        elif entry["role"] == "user":
            exchanges.append(Exchange(_text(entry["content"])))
        elif entry["role"] == "assistant" and exchanges:
            exchanges[-1] = Exchange(exchanges[-1].question, _text(entry["content"]))
    return tuple(exchanges)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value:
        return "\n".join(_text(part["text"]) for part in value)
    raise TypeError("not text")
