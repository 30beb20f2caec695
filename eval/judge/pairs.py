"""Pairs of answers with human verdicts: a file of JSON lines that a judge is measured on."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from corpus.errors import InputError

Winner = Literal["first", "second", "tie"]

_MAX_FILE_BYTES: Final = 50_000_000
_CURE: Final = "Correct it; docs/judge.md shows what a line looks like."
_Text = Field(max_length=100_000)


class Pair(BaseModel):
    """Two answers to one question, and which of them a person found better.

    Attributes:
        id: names the pair, once in a file.
        question: what was asked.
        reference: what a right answer holds, in words.
        first, second: the answers.
        human: which is better.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    id: str = Field(min_length=1, max_length=200)
    question: str = Field(min_length=1, max_length=100_000)
    reference: str = Field(min_length=1, max_length=100_000)
    first: str = _Text
    second: str = _Text
    human: Winner


@dataclass(frozen=True, slots=True)
class PairsFile:
    """A file of pairs as it was read.

    Attributes:
        name: of the file.
        sha256: of its bytes.
        pairs: in its order.
    """

    name: str
    sha256: str
    pairs: tuple[Pair, ...]


def load_pairs(path: Path) -> PairsFile:
    """Read a file of pairs, one JSON object a line; empty lines are passed over.

    Raises:
        InputError: it cannot be read, a line is no pair, two pairs share an id, or there is none.
    """
    try:
        if path.stat().st_size > _MAX_FILE_BYTES:
            raise InputError(f"{path.name} is larger than 50 MB.", "Take a part of it.")
        content = path.read_bytes()
        lines = content.decode("utf-8-sig").split("\n")
    except OSError as exc:
        raise InputError(f"The pairs in {path} cannot be read.", "Check the path.") from exc
    except UnicodeDecodeError as exc:
        raise InputError(f"{path.name} is not UTF-8 text.", "Save it as UTF-8.") from exc
    pairs: dict[str, Pair] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        pair = _read(line, number, path)
        if pair.id in pairs:
            raise InputError(
                f"Line {number} of {path.name} has an id that was there before.", _CURE
            )
        pairs[pair.id] = pair
    if not pairs:
        raise InputError(f"{path.name} holds no pair.", _CURE)
    return PairsFile(path.name, hashlib.sha256(content).hexdigest(), tuple(pairs.values()))


def _read(line: str, number: int, path: Path) -> Pair:
    try:
        return Pair.model_validate_json(line)
    except ValidationError as exc:
        slip = exc.errors(include_url=False, include_input=False, include_context=False)[0]
        field = ".".join(str(part) for part in slip["loc"])
        why = f"“{field}”: {slip['msg'].lower()}" if field else "it is not a JSON object"
        raise InputError(f"Line {number} of {path.name} is not a pair: {why}.", _CURE) from exc
