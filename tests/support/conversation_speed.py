"""How long the store takes with many conversations.

Run as a program: ``python -m tests.support.conversation_speed FOLDER [DATABASE_URL]``. It fills an
empty database with 1,000 conversations of 10 turns with two answers each, and one of 200 turns.
"""

import dataclasses
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from assistant.conversations import ConversationStore
from assistant.conversations.codec import encode_answer, encode_evidence
from assistant.conversations.tables import answers, conversations, folded, turns
from assistant.conversations.unfinished import side_of
from assistant.conversations.writing import ENDED
from assistant.database import Database
from assistant.evidence import Evidence
from tests.support.scripted_assistant import ScriptedAssistant
from tests.support.scripted_objects import (
    ANSWER,
    COST_ANSWER,
    Script,
    make_dispute,
    make_passages,
    scripted_answer,
)

CONVERSATIONS, TURNS, LONG = 1000, 10, 200
TEXT = (COST_ANSWER + ANSWER) * 2
PASSAGES = tuple(dataclasses.replace(each, text=each.text * 3) for each in make_passages())
EVIDENCE = Evidence("Who?", "Who?", PASSAGES, (make_dispute(),), True, 0.02)


def fill(store: ConversationStore, home: Path, count: int, turns_each: int, name: str) -> str:
    """Conversations as they are after their last answer ended; returns the last one's id."""
    assistant = ScriptedAssistant(home)
    sides = [assistant.entry("reader"), assistant.entry("claude-sonnet")]
    given = [
        scripted_answer(entry, Script(), EVIDENCE, TEXT, stopped=False, broke=False)
        for entry in sides
    ]
    evidence = encode_evidence(EVIDENCE)
    ended = [
        {"side": json.dumps(side_of(entry, "this process")), "state": ENDED, "text": TEXT,
         "position": position, "text_folded": folded(TEXT), "started_at": 1.0, "beat_at": 2.0,
         "record": encode_answer(answer)}
        for position, (entry, answer) in enumerate(zip(sides, given, strict=True))
    ]  # fmt: skip
    made = [store.create("me") for _ in range(count)]
    with store.database.writing() as connection:
        for place, conversation in enumerate(made):
            title = f"Question {name}{place} about licences?"
            connection.execute(
                sa.update(conversations)
                .where(conversations.c.id == conversation)
                .values(title=title, title_folded=folded(title))
            )
            spots: list[dict[str, Any]] = [
                {"conversation": conversation, "number": number}
                for number in range(1, turns_each + 1)
            ]
            asked = [f"Question {name}{place}, number {n}?" for n in range(1, turns_each + 1)]
            rows = [
                {**spot, "question": question, "question_folded": folded(question),
                 "asked_at": 1.0, "evidence": evidence}
                for spot, question in zip(spots, asked, strict=True)
            ]  # fmt: skip
            connection.execute(sa.insert(turns), rows)
            connection.execute(
                sa.insert(answers), [{**spot, **end} for spot in spots for end in ended]
            )
    return made[-1]


def median_ms(work: Callable[[], object], times: int = 9) -> float:
    """The median time of some work, in milliseconds, rounded."""
    taken = []
    for _ in range(times):
        began_s = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began_s)
    return round(statistics.median(taken) * 1000, 1)


def measure(store: ConversationStore, home: Path) -> dict[str, float]:
    """Fill and measure; times in milliseconds."""
    last = fill(store, home, CONVERSATIONS, TURNS, "c")
    long = fill(store, home, 1, LONG, "long")
    reader = ScriptedAssistant(home).entry("reader")
    number = store.start_turn("me", last, TURNS + 1, "Growing?")
    store.keep_evidence("me", last, number, EVIDENCE)
    at = store.start_answer("me", last, number, 0, reader)
    rare = f"c{CONVERSATIONS // 2}, number 5"
    return {
        "conversations": CONVERSATIONS + 1,
        "list 200": median_ms(lambda: store.list("me")),
        "list 1,000": median_ms(lambda: store.list("me", limit=1000)),
        "search, nothing found": median_ms(lambda: store.list("me", "zebra crossing")),
        "search, one found": median_ms(lambda: store.list("me", rare)),
        "search, all found": median_ms(lambda: store.list("me", "MICROSOFT")),
        "load 10 turns": median_ms(lambda: store.load("me", last)),
        f"load {LONG} turns": median_ms(lambda: store.load("me", long)),
        "grow an answer of 6 kB": median_ms(
            lambda: store.grow_answer("me", last, number, at, TEXT * 5), 50
        ),
    }


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    url = sys.argv[2] if len(sys.argv) > 2 else f"sqlite:///{folder / 'speed.sqlite'}"
    figures = measure(ConversationStore(Database(sa.make_url(url))), folder)
    print(json.dumps(figures, indent=2))  # noqa: T201 - this is a program
