"""Rows of the database as turns again."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final

from pydantic_core import from_json

from assistant.conversations.codec import RecordUnreadable, decode_answer, decode_evidence
from assistant.conversations.unfinished import (
    Side,
    left_early,
    read_side,
    still_growing,
    unfinished,
    writer_gone,
)
from assistant.conversations.values import seconds_of, text_of
from assistant.conversations.writing import ENDED, LEFT
from assistant.evidence import Evidence
from assistant.turns import Answer, Turn
from corpus.errors import CounterpointError

# A writer gives a sign of life every two seconds; a busy machine may be late.
SIGN_OF_LIFE_S: Final = 8.0


def make_turns(
    asked: Sequence[Sequence[Any]], given: Iterable[Sequence[Any]], now: float
) -> tuple[tuple[Turn, ...], str]:
    """The turns that got evidence, and the last question if it got none.

    Args:
        asked: rows of number, question, evidence; by number.
        given: rows of number, side, state, text, start, last sign of life, record; by position.
        now: seconds since 1970.
    """
    by_number: dict[int, list[Sequence[Any]]] = defaultdict(list)
    for row in given:
        by_number[row[0]].append(row)
    turns: list[Turn] = []
    unanswered = ""
    for number, words, stored in asked:
        question = text_of(words)
        if stored is None:
            unanswered = question
            continue
        unanswered = ""
        evidence = _evidence(stored, question)
        answers = tuple(_answer(row, evidence, now) for row in by_number[number])
        turns.append(Turn(question, evidence, answers))
    return tuple(turns), unanswered


def _evidence(stored: str, question: str) -> Evidence:
    try:
        return decode_evidence(stored)
    except RecordUnreadable:
        # One record that cannot be read does not take the rest of the conversation with it.
        return Evidence(question, question, (), (), answerable=False, retrieval_s=0.0)


def _answer(row: Sequence[Any], evidence: Evidence, now: float) -> Answer:
    _, side, state, text, started, beat, record = row
    started_at, beat_at = seconds_of(started), seconds_of(beat)
    error: CounterpointError
    if state == ENDED and record is not None:
        try:
            return decode_answer(record)
        except RecordUnreadable as exc:
            error = exc
    elif state == LEFT:
        error = left_early()
    else:
        error = still_growing() if abs(now - beat_at) < SIGN_OF_LIFE_S else writer_gone()
    took_s = beat_at - started_at
    took_s = took_s if math.isfinite(took_s) else 0.0
    return unfinished(_side(side), text_of(text), took_s, evidence, error)


def _side(stored: str) -> Side:
    try:
        fields = from_json(stored, allow_inf_nan=False)
    except (ValueError, TypeError):
        fields = {}
    return read_side(fields if isinstance(fields, dict) else {})
