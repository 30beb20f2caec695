"""The verdicts on a run, one JSON line each, beside its rows."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from corpus.disk import writing
from eval.judge.pairs import Winner
from eval.runs.errors import RunDamaged
from eval.runs.records import Mode
from eval.runs.row_writer import alone, append_whole, whole_lines
from eval.statistics import mean_interval

JUDGEMENTS: Final = "judge.jsonl"
LEVEL: Final = 1.25
"""Answers of which one is at most this many times as long as the other are of like length."""
_LOCK: Final = "judge.lock"
_POINTS: Final[dict[Winner, float]] = {"first": 1.0, "tie": 0.5, "second": 0.0}


class Verdict(BaseModel):
    """One line of ``judge.jsonl``.

    Attributes:
        judge, model, prompt: who judged, and the wording it was asked with.
        first, second: ids of the two backends.
        case, mode, repeat: which answers.
        winner: which is better; None when there is no verdict.
        reason: why there is none, or why nobody was asked.
        orders: what the judge said in either order.
        first_chars, second_chars: lengths of the answers without citation marks.
        requests, input_tokens, output_tokens, cost: what it took; an unknown cost is None.
        failed: whether the backend failed, so that it is asked again when judging is resumed.
        at: when (ISO, UTC).
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    judge: str
    model: str
    prompt: str
    first: str
    second: str
    case: str
    mode: Mode
    repeat: int
    winner: Winner | None
    reason: str = ""
    orders: tuple[Winner | None, Winner | None] = (None, None)
    first_chars: int = 0
    second_chars: int = 0
    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = 0.0
    failed: bool = False
    at: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """What no two lasting verdicts share."""
        return (
            self.judge, self.model, self.prompt, self.first, self.second,
            self.case, self.mode, str(self.repeat),
        )  # fmt: skip

    @property
    def is_of_like_length(self) -> bool:
        """Whether neither answer is much longer than the other."""
        short, long = sorted((self.first_chars, self.second_chars))
        return long <= LEVEL * short


@dataclass(frozen=True, slots=True)
class WinRate:
    """How often the first of two backends is better.

    Attributes:
        wins, ties, losses: of the first.
        unscored: pairs without a verdict.
    """

    wins: int
    ties: int
    losses: int
    unscored: int

    @property
    def rate(self) -> float | None:
        """Wins and half the ties over all that have a verdict; None without any."""
        scored = self.wins + self.ties + self.losses
        return (self.wins + self.ties / 2) / scored if scored else None


def win_rate(verdicts: Sequence[Verdict]) -> WinRate:
    """Count verdicts."""
    winners = [verdict.winner for verdict in verdicts]
    return WinRate(*(winners.count(each) for each in ("first", "tie", "second", None)))


def win_range(
    verdicts: Sequence[Verdict], clusters: Mapping[str, str], seed: int
) -> tuple[float, float] | None:
    """95 % interval of the win rate over questions; None when there is no verdict.

    Args:
        verdicts: of one pair of backends; several on a question are averaged first.
        clusters: what each question is drawn with.
        seed: of the draws.
    """
    points: dict[str, list[float]] = {}
    for verdict in verdicts:
        if verdict.winner is not None:
            points.setdefault(verdict.case, []).append(_POINTS[verdict.winner])
    found = mean_interval(
        [fmean(of) for of in points.values()],
        [clusters[case] for case in points],
        seed=seed,
        binary=True,
    )
    return None if found.low is None or found.high is None else (found.low, found.high)


class VerdictWriter:
    """Appends verdicts, each with one write, and returns when the disk holds it."""

    def __init__(self, folder: Path, descriptor: int) -> None:
        self._folder = folder
        self._descriptor = descriptor

    def append(self, verdict: Verdict) -> None:
        """Append one.

        Raises:
            DiskFull, ConfigError, StoreError: it could not be written, and is not there in part.
        """
        data = f"{verdict.model_dump_json()}\n".encode()
        with writing(self._folder):
            append_whole(self._descriptor, data)


@contextlib.contextmanager
def appending(folder: Path) -> Iterator[VerdictWriter]:
    """Hold the right to append; a last line that was half written is cut off.

    Raises:
        RunBusy: another process judges this run.
        DiskFull, ConfigError, StoreError: the folder cannot be written.
        RunDamaged: a line cannot be read.
    """
    with alone(folder / _LOCK, "Another process is judging this run."):
        read_verdicts(folder)
        with whole_lines(folder / JUDGEMENTS) as (descriptor, _):
            yield VerdictWriter(folder, descriptor)


def read_verdicts(folder: Path) -> tuple[Verdict, ...]:
    """The verdicts of a run's folder, oldest first; a last line that is half written is left out.

    Raises:
        RunDamaged: a line cannot be read.
    """
    verdicts = []
    for number, line in enumerate(_content(folder).split(b"\n")[:-1], start=1):
        try:
            verdicts.append(Verdict.model_validate_json(line))
        except ValidationError as exc:
            raise RunDamaged(
                f"Line {number:,} of {folder / JUDGEMENTS} cannot be read.",
                "Take the line out; the pair is judged again when judging is resumed.",
            ) from exc
    return tuple(verdicts)


def _content(folder: Path) -> bytes:
    file = folder / JUDGEMENTS
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as exc:
        raise RunDamaged(f"{file} cannot be read.", "Give yourself the right to read it.") from exc
