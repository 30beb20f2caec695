"""How well callouts come where they should: ``python -m eval.dispute_quality``.

Reads answers labelled by hand (``eval/dispute_answers.jsonl``): answers of the built-in reader to
the question set, and answers as a language model words them, half of which speak of no disputed
claim although one may have been offered. No model and no index are needed.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Literal

from pydantic import BaseModel, ConfigDict

from assistant.disputes import touched_disputes
from assistant.evidence import Dispute, Evidence
from corpus.claims import load_claims
from corpus.library import load_lesson

_FILE = "dispute_answers.jsonl"


class LabelledAnswer(BaseModel):
    """One answer and the claims that it speaks of.

    Attributes:
        id: short; that of the case for an answer of the reader.
        by: who worded it.
        half: ``dev`` was looked at while the rules were made, ``test`` was not.
        question: what was asked.
        answer: the text, with its citations.
        offered: claims that the evidence carried, the most relevant first.
        touched: disputed claims that a callout has to tell of; empty where none must come.
        fair: further ones that may be told of, near to what is said.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    by: Literal["reader", "written"]
    half: Literal["dev", "test"]
    question: str
    answer: str
    offered: tuple[str, ...]
    touched: tuple[str, ...]
    fair: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """An answer with the claims whose callout was shown."""

    labelled: LabelledAnswer
    shown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """Shares from 0 to 1.

    Attributes:
        precision: of the answers with a callout, those that ought to have one.
        recall: of the answers that ought to have a callout, those with one.
        claim_precision: of the claims that were told, those that are touched or fair.
        claim_recall: of the touched claims, those that were told.
    """

    precision: float
    recall: float
    claim_precision: float
    claim_recall: float


def labelled_answers() -> tuple[LabelledAnswer, ...]:
    """The labelled answers, as they are shipped."""
    text = resources.files("eval").joinpath(_FILE).read_text(encoding="utf-8")
    return tuple(LabelledAnswer.model_validate_json(line) for line in text.splitlines())


def run(answers: Sequence[LabelledAnswer]) -> tuple[Row, ...]:
    """Which callouts each answer gets."""
    claims = {claim.id: claim for claim in load_claims(load_lesson())}
    rows = []
    for labelled in answers:
        evidence = Evidence(
            question=labelled.question,
            standalone_question=labelled.question,
            passages=(),
            disputes=tuple(Dispute(claims[each], None) for each in labelled.offered),
            answerable=True,
            retrieval_s=0.0,
        )
        shown = touched_disputes(labelled.answer, evidence)
        rows.append(Row(labelled, tuple(dispute.claim.id for dispute in shown)))
    return tuple(rows)


def score(rows: Sequence[Row]) -> Score:
    """Precision and recall over answers and over claims."""
    fired = [row for row in rows if row.shown]
    due = [row for row in rows if row.labelled.touched]
    told = [(claim, row.labelled) for row in rows for claim in row.shown]
    wanted = [(claim, row.shown) for row in rows for claim in row.labelled.touched]
    return Score(
        precision=_share(bool(row.labelled.touched) for row in fired),
        recall=_share(bool(row.shown) for row in due),
        claim_precision=_share(claim in (*of.touched, *of.fair) for claim, of in told),
        claim_recall=_share(claim in shown for claim, shown in wanted),
    )


def report(rows: Sequence[Row]) -> str:
    """The figures, a line each."""
    figures = score(rows)
    due = sum(bool(row.labelled.touched) for row in rows)
    return "\n".join(
        (
            f"{len(rows)} answers, {due} touch a disputed claim, {len(rows) - due} touch none",
            f"  a callout: precision {figures.precision:.3f}, recall {figures.recall:.3f}",
            f"  its claim: precision {figures.claim_precision:.3f}, "
            f"recall {figures.claim_recall:.3f}",
        )
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; with ``--show`` each answer that is told wrongly, too."""
    parser = argparse.ArgumentParser(prog="python -m eval.dispute_quality", description=__doc__)
    parser.add_argument("--show", action="store_true", help="print what goes wrong")
    options = parser.parse_args(arguments)
    rows = run(labelled_answers())
    lines = [_fault(row) for row in rows if _fault(row)] if options.show else []
    halves = [(half, [r for r in rows if r.labelled.half == half]) for half in ("dev", "test")]
    figures = [f"{name}: {report(of)}" for name, of in (("all", rows), *halves)]
    sys.stdout.write("\n".join([*lines, *figures]) + "\n")
    return 0


def _fault(row: Row) -> str:
    of = row.labelled
    missing = sorted(set(of.touched) - set(row.shown))
    wrong = sorted(set(row.shown) - {*of.touched, *of.fair})
    if not missing and not wrong:
        return ""
    return f"{of.id}: missing {missing}, wrong {wrong}\n  {of.question} {of.answer[:300]}"


def _share(holds: Iterable[bool]) -> float:
    values = list(holds)
    return sum(values) / len(values) if values else 1.0


if __name__ == "__main__":
    sys.exit(main())
