"""The lines of a run's files, each a JSON object that stands for itself."""

import json
from dataclasses import asdict, dataclass
from typing import Any, Final, get_args

from pydantic_core import from_json

from assistant.conversations.codec import (
    RecordUnreadable,
    decode_answer,
    decode_evidence,
    encode_answer,
    encode_evidence,
)
from eval.runs.records import Alteration, FrozenEvidence, Key, Mode, Row

_MODES: Final = frozenset(get_args(Mode))


class LineUnreadable(Exception):
    """A line is not one that this program wrote."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A question is about to be sent.

    Attributes:
        key: what is asked of whom.
        position: its place in the order of asking.
        attempt: from 1.
        asked_at: when (ISO, UTC).
        most_cost: the most that it can cost, in US dollars; None is unknown.
    """

    key: Key
    position: int
    attempt: int
    asked_at: str
    most_cost: float | None


@dataclass(frozen=True, slots=True)
class PutOff:
    """The backend would not take a question just now; nothing was answered and nothing is billed.

    Attributes:
        key: what was asked of whom.
        attempt: which attempt.
        why: one sentence.
        wait_s: how long the backend is left alone, in seconds.
    """

    key: Key
    attempt: int
    why: str
    wait_s: float


@dataclass(frozen=True, slots=True)
class Began:
    """A process began, or went on, to ask.

    Attributes:
        at: when (ISO, UTC).
        concurrency: how many questions a vendor's backend is asked at a time.
        program: version of the program.
    """

    at: str
    concurrency: int
    program: str


@dataclass(frozen=True, slots=True)
class Ended:
    """A process stopped asking of its own accord.

    Attributes:
        at: when (ISO, UTC).
        stops: why backends were not asked further, by id; empty when all was asked.
    """

    at: str
    stops: dict[str, str]


Line = Sent | Row | PutOff | Began | Ended


def encode_line(line: Line) -> str:
    """One line without its end."""
    match line:
        case Row():
            fields = {
                "key": asdict(line.key),
                "position": line.position,
                "attempt": line.attempt,
                "asked_at": line.asked_at,
            }
            # The answer's own text is a JSON object already.
            return f'{{"row":{_text(fields)[:-1]},"answer":{encode_answer(line.answer)}}}}}'
        case Sent():
            return _text({"sent": asdict(line)})
        case PutOff():
            return _text({"put_off": asdict(line)})
        case Began():
            return _text({"began": asdict(line)})
        case Ended():
            return _text({"ended": asdict(line)})


def decode_line(text: bytes) -> Line:
    """The line that ``encode_line`` wrote.

    Raises:
        LineUnreadable: it is none.
    """
    fields = _object(text)
    try:
        ((name, content),) = fields.items()
        match name:
            case "row":
                answer = decode_answer(_text(content.pop("answer")))
                return Row(**{**content, "key": Key(**content["key"]), "answer": answer})
            case "sent":
                return Sent(**{**content, "key": Key(**content["key"])})
            case "put_off":
                return PutOff(**{**content, "key": Key(**content["key"])})
            case "began":
                return Began(**content)
            case "ended":
                return Ended(**content)
    except (KeyError, TypeError, ValueError, AttributeError, RecordUnreadable) as exc:
        raise LineUnreadable from exc
    raise LineUnreadable


def encode_frozen(frozen: FrozenEvidence) -> str:
    """The evidence of one question in one mode as a line without its end."""
    fields = {
        "case": frozen.case,
        "mode": frozen.mode,
        "why_not": frozen.why_not,
        "alterations": [[change.true, change.false] for change in frozen.alterations],
        "hash": frozen.evidence.hash if frozen.evidence else "",
    }
    evidence = encode_evidence(frozen.evidence) if frozen.evidence else "null"
    return f'{_text(fields)[:-1]},"evidence":{evidence}}}'


def decode_frozen(text: bytes) -> FrozenEvidence:
    """The evidence that ``encode_frozen`` wrote.

    Raises:
        LineUnreadable: it is none, or it does not have the hash that stands beside it.
    """
    fields = _object(text)
    try:
        mode, alterations = fields["mode"], fields["alterations"]
        held = fields["evidence"]
        evidence = None if held is None else decode_evidence(_text(held))
        frozen = FrozenEvidence(
            case=fields["case"],
            mode=mode,
            evidence=evidence,
            why_not=fields["why_not"],
            alterations=tuple(Alteration(true, false) for true, false in alterations),
        )
    except (KeyError, TypeError, ValueError, RecordUnreadable) as exc:
        raise LineUnreadable from exc
    if mode not in _MODES or (evidence.hash if evidence else "") != fields.get("hash"):
        raise LineUnreadable
    return frozen


def _text(fields: Any) -> str:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def _object(text: bytes) -> dict[str, Any]:
    try:
        fields = from_json(text, allow_inf_nan=False)
    except ValueError as exc:
        raise LineUnreadable from exc
    if not isinstance(fields, dict):
        raise LineUnreadable
    return fields
