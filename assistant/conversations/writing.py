"""The statements that write a conversation down, each within a transaction of its caller."""

import json
from typing import Final

import sqlalchemy as sa

from assistant.backends.catalogue import BackendEntry
from assistant.conversations.codec import encode_answer, encode_evidence
from assistant.conversations.conversation import ConversationMissing
from assistant.conversations.tables import answers, conversations, folded, turns
from assistant.conversations.unfinished import side_of
from assistant.conversations.values import next_number, number_of
from assistant.database import writable
from assistant.evidence import Evidence
from assistant.turns import Answer

GROWING: Final = "being written"
LEFT: Final = "left"
ENDED: Final = "ended"
_TITLE_CHARS: Final = 60
_SHORTEST_CUT: Final = 30

Spot = tuple[str, int, int]
"""Conversation, number of the turn, position of the answer."""


def owned(connection: sa.Connection, owner: str, conversation: str) -> str:
    """The title of the owner's conversation, which no other writer changes meanwhile.

    Raises:
        ConversationMissing: there is none for this owner.
    """
    title = connection.scalar(
        sa.select(conversations.c.title)
        .where(conversations.c.id == conversation, conversations.c.owner == owner)
        .with_for_update()
    )
    if title is None:
        raise ConversationMissing
    return str(title)


def start_turn(connection: sa.Connection, spot: Spot, question: str, title: str, now: float) -> int:
    """Put a question in its turn; returns the number it got."""
    conversation, number, position = spot
    answered = (
        sa.exists()
        .where(answers.c.conversation == turns.c.conversation, answers.c.number == turns.c.number)
        .correlate(turns)
    )
    later = connection.execute(
        sa.select(turns.c.number, turns.c.question, answered)
        .where(turns.c.conversation == conversation, turns.c.number >= number)
        .order_by(turns.c.number)
    ).all()
    _touch(connection, conversation, now)
    for taken, asked, has_answers in later:
        if asked == question and (position > 0 or not has_answers):
            return number_of(taken)
    if not title:
        named = title_of(question)
        connection.execute(
            sa.update(conversations)
            .where(conversations.c.id == conversation)
            .values(title=named, title_folded=folded(named))
        )
    free = next_number([row[0] for row in later], number)
    connection.execute(
        sa.insert(turns).values(
            conversation=conversation,
            number=free,
            question=question,
            question_folded=folded(question),
            asked_at=now,
        )
    )
    return free


def keep_evidence(
    connection: sa.Connection, conversation: str, number: int, evidence: Evidence
) -> None:
    """Put evidence in a turn that has none."""
    connection.execute(
        sa.update(turns)
        .where(
            turns.c.conversation == conversation,
            turns.c.number == number,
            turns.c.evidence.is_(None),
        )
        .values(evidence=encode_evidence(evidence))
    )


def start_answer(
    connection: sa.Connection, spot: Spot, entry: BackendEntry, destination: str, now: float
) -> int:
    """Begin an answer at its position, or at the next free one."""
    conversation, number, position = spot
    last = connection.scalar(
        sa.select(sa.func.max(answers.c.position)).where(
            answers.c.conversation == conversation, answers.c.number == number
        )
    )
    free = next_number([] if last is None else [last], position)
    connection.execute(
        sa.insert(answers).values(
            conversation=conversation,
            number=number,
            position=free,
            side=_side(entry, destination),
            state=GROWING,
            text="",
            text_folded="",
            started_at=now,
            beat_at=now,
        )
    )
    return free


def move_answer(
    connection: sa.Connection, spot: Spot, entry: BackendEntry, destination: str
) -> None:
    """Put down that an answer that is being written is made elsewhere than where it was asked."""
    connection.execute(
        sa.update(answers)
        .where(_at(spot), answers.c.state == GROWING)
        .values(side=_side(entry, destination))
    )


def grow_answer(connection: sa.Connection, spot: Spot, text: str, now: float) -> None:
    """Replace the text of an answer that is being written by a longer one."""
    connection.execute(
        sa.update(answers)
        .where(_at(spot), answers.c.state == GROWING)
        .values(text=text, text_folded=folded(text), beat_at=now)
    )


def end_answer(connection: sa.Connection, spot: Spot, answer: Answer, now: float) -> None:
    """Bring an answer that is being written to its end."""
    connection.execute(
        sa.update(answers)
        .where(_at(spot), answers.c.state == GROWING)
        .values(
            state=ENDED,
            text=writable(answer.text),
            text_folded=folded(answer.text),
            beat_at=now,
            record=encode_answer(answer),
        )
    )
    _touch(connection, spot[0], now)


def leave_answer(connection: sa.Connection, spot: Spot, text: str, now: float) -> None:
    """Leave an answer as it is, for good."""
    grow_answer(connection, spot, text, now)
    connection.execute(
        sa.update(answers).where(_at(spot), answers.c.state == GROWING).values(state=LEFT)
    )
    _touch(connection, spot[0], now)


def title_of(question: str) -> str:
    """The question as a title: on one line, cut at a word."""
    line = " ".join(question.split())
    if len(line) <= _TITLE_CHARS:
        return line or "…"
    cut = line.rfind(" ", _SHORTEST_CUT, _TITLE_CHARS)
    return line[: cut if cut > 0 else _TITLE_CHARS - 1].rstrip(" ,;:.-–") + "…"


def _side(entry: BackendEntry, destination: str) -> str:
    return json.dumps(side_of(entry, destination), ensure_ascii=False)


def _at(spot: Spot) -> sa.ColumnElement[bool]:
    conversation, number, position = spot
    return sa.and_(
        answers.c.conversation == conversation,
        answers.c.number == number,
        answers.c.position == position,
    )


def _touch(connection: sa.Connection, conversation: str, now: float) -> None:
    connection.execute(
        sa.update(conversations).where(conversations.c.id == conversation).values(updated_at=now)
    )
