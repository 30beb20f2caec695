"""``counterpoint retrieve``, and the questions that come as JSON lines."""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from assistant.evidence import Evidence
from assistant.records import passage_record
from assistant.settings import Settings
from assistant.turns import Exchange
from assistant.wiring import Assistant, open_assistant
from corpus.errors import InputError
from index.passages import Passage
from ui.cli.output import ProgressLine, note, write, write_json

FROM_STDIN = "-"


def retrieve(arguments: argparse.Namespace, settings: Settings) -> int:
    """Rank passages for one question, or for each line of standard input."""
    line = ProgressLine()
    assistant = open_assistant(settings, progress=line.show, warn=note)
    if arguments.question == FROM_STDIN:
        for question, history in read_questions(standard_input()):
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


def standard_input() -> Iterable[str]:
    """The lines of standard input.

    Raises:
        InputError: there is none.
    """
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
