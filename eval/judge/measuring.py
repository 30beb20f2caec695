"""The judgements of a measuring that has not ended, one JSON line each, so that none is paid twice.

They lie beside the verdict on the judge and go when that is there.
"""

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from corpus.disk import writing
from eval.judge.asking import PROMPT_HASH, Judgement, Question, Spent
from eval.judge.pairs import Winner
from eval.runs import spending
from eval.runs.row_writer import alone, append_whole, whole_lines

_SUFFIX: Final = ".asked.jsonl"


class Kept(BaseModel):
    """One line: a judgement, and what was asked.

    Attributes:
        model, prompt, asked: the judge, the wording, and SHA-256 of the question and both answers.
        winner, reason, orders, failed: see ``Judgement``.
        requests, input_tokens, output_tokens, cost: what it took; an unknown cost is None.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    model: str
    prompt: str
    asked: str
    winner: Winner | None
    reason: str
    orders: tuple[Winner | None, Winner | None]
    failed: bool
    requests: int
    input_tokens: int
    output_tokens: int
    cost: float | None

    @property
    def judgement(self) -> Judgement:
        """The same as it was made."""
        spent = Spent(self.requests, self.input_tokens, self.output_tokens, self.cost)
        return Judgement(self.winner, self.reason, self.orders, spent, self.failed)


class Measuring:
    """What was judged so far, and where more is appended."""

    def __init__(self, folder: Path, descriptor: int, model: str, lines: Sequence[Kept]) -> None:
        self._folder = folder
        self._descriptor = descriptor
        self._model = model
        self._lines = [line for line in lines if (line.model, line.prompt) == (model, PROMPT_HASH)]
        self._known = {line.asked: line.judgement for line in self._lines if not line.failed}

    def known(self, asked: Question) -> Judgement | None:
        """The judgement that is there; None where the backend failed, or nobody asked."""
        return self._known.get(_hash(asked))

    def spent(
        self, most: Callable[[Question], float | None], asked: Sequence[Question]
    ) -> spending.Spent:
        """What it cost so far; what is not known counts at its highest price."""
        bounds = {_hash(one): most(one) for one in asked}
        spent = spending.NOTHING
        for line in self._lines:
            spent = spent.plus(line.cost, bounds.get(line.asked))
        return spent

    def append(self, asked: Question, made: Judgement) -> None:
        """Keep a judgement; returns when the disk holds it.

        Raises:
            DiskFull, ConfigError, StoreError: it could not be written.
        """
        spent = made.spent
        line = Kept(
            model=self._model,
            prompt=PROMPT_HASH,
            asked=_hash(asked),
            winner=made.winner,
            reason=made.reason,
            orders=made.orders,
            failed=made.failed,
            requests=spent.requests,
            input_tokens=spent.input_tokens,
            output_tokens=spent.output_tokens,
            cost=spent.cost,
        )
        with writing(self._folder):
            append_whole(self._descriptor, f"{line.model_dump_json()}\n".encode())


@contextlib.contextmanager
def keeping(verdict: Path, model: str) -> Iterator[Measuring]:
    """Hold the right to measure a judge; a last line that is half written is cut off.

    Lines that cannot be read are passed over: their pairs are asked about again.

    Args:
        verdict: the file that the verdict on the judge will stand in.
        model: the judge's model.

    Raises:
        RunBusy: another process measures this judge.
        DiskFull, ConfigError, StoreError: nothing can be written there.
    """
    folder = verdict.parent
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    busy = "Another process is measuring this judge."
    with (
        alone(verdict.with_suffix(".lock"), busy),
        whole_lines(verdict.with_suffix(_SUFFIX)) as (descriptor, content),
    ):
        yield Measuring(folder, descriptor, model, list(_lines(content)))


def forget(verdict: Path) -> None:
    """Remove the judgements whose verdict is kept."""
    with writing(verdict.parent):
        verdict.with_suffix(_SUFFIX).unlink(missing_ok=True)


def _lines(content: bytes) -> Iterator[Kept]:
    for line in content.split(b"\n")[:-1]:
        with contextlib.suppress(ValidationError):
            yield Kept.model_validate_json(line)


def _hash(asked: Question) -> str:
    return hashlib.sha256(json.dumps(astuple(asked)).encode()).hexdigest()
