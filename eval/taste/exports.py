"""Votes as files that other programs read."""

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any, Final

from eval.taste.ballots import Seat, Vote

# A table program takes a cell that begins with one of these for a formula, and runs it.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def to_records(votes: Iterable[Vote]) -> list[dict[str, Any]]:
    """Votes as plain JSON values; times in ISO 8601, UTC; what is not known is null."""
    return [_record(vote) for vote in votes]


def to_json(votes: Iterable[Vote]) -> str:
    """One JSON object that holds the votes, readable by people too."""
    return json.dumps({"votes": to_records(votes)}, ensure_ascii=False, indent=2) + "\n"


def to_csv(votes: Iterable[Vote]) -> str:
    """One line a vote, with a head; text that a table program would run is defused by a ``'``."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, _columns(), lineterminator="\r\n")
    writer.writeheader()
    for record in to_records(votes):
        seats = {
            f"{place}_{name}": value for place in "ab" for name, value in record.pop(place).items()
        }
        row = {**record, **seats}
        writer.writerow({name: _defused(value) for name, value in row.items()})
    return out.getvalue()


def _columns() -> list[str]:
    plain = [field.name for field in fields(Vote) if field.name not in {"a", "b"}]
    seats = [f"{place}_{field.name}" for place in "ab" for field in fields(Seat)]
    return [*plain, "guessed_right", *seats]


def _record(vote: Vote) -> dict[str, Any]:
    record = asdict(vote)
    for name in ("voted_at", "revealed_at", "again_at"):
        if record[name] is not None:
            record[name] = datetime.fromtimestamp(record[name], UTC).isoformat("T", "seconds")
    for name in ("choice", "guess", "again"):
        record[name] = record[name].value if record[name] is not None else None
    return {**record, "guessed_right": vote.guessed_right}


def _defused(value: Any) -> Any:
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA_STARTS):
        return f"'{value}"
    return value
