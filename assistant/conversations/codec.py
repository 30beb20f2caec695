"""Turns, answers and evidence as JSON text and back, without a loss.

A record bears the version of its form. Fields that a newer program added are passed over, and
fields that an older one did not know get their defaults. An error comes back as the root of the
error tree with the same words: a program that reads it can show it, and has no need to handle it.
"""

import json
from dataclasses import asdict, replace
from functools import cache
from typing import Any, Final

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import from_json

from assistant.database import writable
from assistant.evidence import Evidence
from assistant.records import error_record
from assistant.turns import Answer, Turn
from corpus.errors import CounterpointError, StoreError

FORM: Final = 1


class RecordUnreadable(StoreError):
    """A record was not written by this program, or by a much newer one."""

    def __init__(self) -> None:
        super().__init__(
            "A part of this conversation cannot be read.",
            "Install the newest version of the program; the rest can be read all the same.",
        )


def encode_evidence(evidence: Evidence) -> str:
    """The evidence of a turn as JSON text."""
    return _text(asdict(evidence))


def decode_evidence(text: str) -> Evidence:
    """The evidence that ``encode_evidence`` wrote.

    Raises:
        RecordUnreadable: it is not such a record.
    """
    return _evidence(_content(text))


def encode_answer(answer: Answer) -> str:
    """One answer with its receipt, checks and error as JSON text."""
    return _text(_answer_fields(answer))


def decode_answer(text: str) -> Answer:
    """The answer that ``encode_answer`` wrote.

    Raises:
        RecordUnreadable: it is not such a record.
    """
    return _answer(_content(text))


def encode_turn(turn: Turn) -> str:
    """A whole turn as JSON text."""
    return _text(
        {
            "question": turn.question,
            "evidence": asdict(turn.evidence),
            "answers": [_answer_fields(answer) for answer in turn.answers],
        }
    )


def decode_turn(text: str) -> Turn:
    """The turn that ``encode_turn`` wrote.

    Raises:
        RecordUnreadable: it is not such a record.
    """
    content = _content(text)
    question, answers = content.get("question"), content.get("answers")
    if not isinstance(question, str) or not isinstance(answers, list):
        raise RecordUnreadable
    return Turn(
        question, _evidence(content.get("evidence")), tuple(_answer(fields) for fields in answers)
    )


def _text(fields: dict[str, Any]) -> str:
    # Characters as they are: a search in the database finds them, and they take less room.
    written = json.dumps({"form": FORM, **fields}, ensure_ascii=False, separators=(",", ":"))
    return writable(written)


def _content(text: str) -> dict[str, Any]:
    try:
        # Unlike ``json``, this takes neither half a character nor what is no number.
        content = from_json(text, allow_inf_nan=False)
    except (ValueError, TypeError) as exc:
        raise RecordUnreadable from exc
    if not isinstance(content, dict) or content.get("form") != FORM:
        raise RecordUnreadable
    return content


def _answer_fields(answer: Answer) -> dict[str, Any]:
    # An exception is no plain value; it is taken out before the rest is copied.
    return asdict(replace(answer, error=None)) | {"error": error_record(answer.error)}


def _answer(fields: object) -> Answer:
    if not isinstance(fields, dict):
        raise RecordUnreadable
    try:
        error = _error(fields.get("error"))
        return _answer_form().validate_python(({**fields, "error": error},))[0]
    except ValidationError as exc:
        raise RecordUnreadable from exc


def _error(fields: object) -> CounterpointError | None:
    if not isinstance(fields, dict):
        return None
    return CounterpointError(str(fields.get("what", "")), str(fields.get("cure", "")))


def _evidence(fields: object) -> Evidence:
    try:
        return _evidence_form().validate_python((fields,))[0]
    except ValidationError as exc:
        raise RecordUnreadable from exc


@cache
def _answer_form() -> TypeAdapter[tuple[Answer]]:
    # A dataclass takes no settings by itself, but those of what it is in.
    settings = ConfigDict(arbitrary_types_allowed=True, allow_inf_nan=False)
    return TypeAdapter(tuple[Answer], config=settings)


@cache
def _evidence_form() -> TypeAdapter[tuple[Evidence]]:
    return TypeAdapter(tuple[Evidence], config=ConfigDict(allow_inf_nan=False))
