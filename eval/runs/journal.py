"""What the lines of a run's ``rows.jsonl`` say when they are read together."""

from collections.abc import Iterable
from dataclasses import dataclass

from eval.runs.lines import Began, Ended, Line, PutOff, Sent
from eval.runs.records import Key, Row


@dataclass(frozen=True, slots=True)
class Journal:
    """Everything that happened in a run so far.

    Attributes:
        rows: the latest answer to each question, in the order of asking.
        replaced: failed answers that were asked again since, oldest first.
        in_flight: attempts that began in the last process and have not ended. They are lost when
            that process is gone.
        lost: attempts of earlier processes that never ended.
        put_off: attempts that the backend would not take.
        began, ended: the processes that asked, and how those ended that did so by themselves.
        most_cost: the most that each attempt can cost, in US dollars; None is unknown.
        attempts: the highest attempt of each question.
    """

    rows: tuple[Row, ...]
    replaced: tuple[Row, ...]
    in_flight: tuple[Sent, ...]
    lost: tuple[Sent, ...]
    put_off: tuple[PutOff, ...]
    began: tuple[Began, ...]
    ended: tuple[Ended, ...]
    most_cost: dict[tuple[Key, int], float | None]
    attempts: dict[Key, int]


def read_journal(lines: Iterable[Line]) -> Journal:
    """Put the lines of a run together, in the order in which they were written."""
    rows: dict[Key, Row] = {}
    replaced: list[Row] = []
    open_: dict[tuple[Key, int], Sent] = {}
    lost: list[Sent] = []
    put_off: list[PutOff] = []
    began: list[Began] = []
    ended: list[Ended] = []
    most_cost: dict[tuple[Key, int], float | None] = {}
    attempts: dict[Key, int] = {}
    for line in lines:
        match line:
            case Sent(key=key, attempt=attempt):
                open_[key, attempt] = line
                most_cost[key, attempt] = line.most_cost
                attempts[key] = max(attempt, attempts.get(key, 0))
            case Row(key=key, attempt=attempt):
                open_.pop((key, attempt), None)
                attempts[key] = max(attempt, attempts.get(key, 0))
                if key in rows:
                    replaced.append(rows[key])
                rows[key] = line
            case PutOff(key=key, attempt=attempt):
                open_.pop((key, attempt), None)
                put_off.append(line)
            case Began():
                # Whoever asked before holds the run no longer.
                lost.extend(open_.values())
                open_.clear()
                began.append(line)
            case Ended():
                ended.append(line)
    return Journal(
        rows=tuple(sorted(rows.values(), key=lambda row: row.position)),
        replaced=tuple(replaced),
        in_flight=tuple(open_.values()),
        lost=tuple(lost),
        put_off=tuple(put_off),
        began=tuple(began),
        ended=tuple(ended),
        most_cost=most_cost,
        attempts=attempts,
    )
