"""How good the built-in reader is: ``python -m eval.reader_quality``.

Runs the question set through the shipped index, the gate and the reader, and prints figures for
the half that everything was tuned on and for the half that was not looked at.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant.answerability import gate_features
from assistant.evidence import Evidence
from assistant.knowledge import Knowledge, load_knowledge
from assistant.reading.reading import read
from assistant.reading.sentences import sentence_ranges
from assistant.reading.units import units_of
from assistant.reading.writing import write_answer
from assistant.settings import load_settings, prepare_process
from eval.cases import Case, Half, load_cases
from index.passages import Passage

PASSAGES = 6
_NEWTON_STEPS = 30


@dataclass(frozen=True, slots=True)
class Row:
    """One case with its answer.

    Attributes:
        case: the question.
        answer: what the reader said.
        refused: whether the gate called it not answerable.
        facts: share of the expected facts in the answer; 0 when refused, None if unanswerable.
        ceiling: share of the expected facts anywhere in the passages, None if unanswerable.
        disputes: how many disputes the evidence carries.
        seconds: gate, disputes and reader, without retrieval.
    """

    case: Case
    answer: str
    refused: bool
    facts: float | None
    ceiling: float | None
    disputes: int
    seconds: float


def run(knowledge: Knowledge, cases: Sequence[Case]) -> Iterator[Row]:
    """Answer every case."""
    for case in cases:
        started_s = time.perf_counter()
        evidence = knowledge.gather(case.question, (), PASSAGES)
        answer = "".join(write_answer(evidence, knowledge.embedder))
        seconds = time.perf_counter() - started_s - evidence.retrieval_s
        yield Row(
            case=case,
            answer=answer,
            refused=not evidence.answerable,
            facts=_share(case.facts_found(answer)) if case.answerable else None,
            ceiling=_share(case.facts_found(_everything(evidence))) if case.answerable else None,
            disputes=len(evidence.disputes),
            seconds=seconds,
        )


def report(rows: Sequence[Row], half: Half) -> str:
    """The figures of one half, a line each."""
    rows = [row for row in rows if row.case.half == half]
    answerable = [row for row in rows if row.case.answerable]
    others = [row for row in rows if not row.case.answerable]
    recalls = [row.facts or 0.0 for row in answerable]
    lines = [
        f"{half}: {len(answerable)} answerable, {len(others)} unanswerable",
        f"  fact recall            {statistics.mean(recalls):.3f}",
        f"  all facts              {_rate(answerable, lambda r: r.facts == 1.0):.3f}",
        f"  in the passages        {statistics.mean(r.ceiling or 0.0 for r in answerable):.3f}",
        f"  refused unanswerable   {_rate(others, lambda r: r.refused):.3f}",
        f"  refused answerable     {_rate(answerable, lambda r: r.refused):.3f}",
        f"  sentences an answer    {statistics.mean(_sentences(r.answer) for r in answerable):.2f}",
        f"  seconds, median        {statistics.median(r.seconds for r in rows):.3f}",
        f"  seconds, slowest       {max(r.seconds for r in rows):.3f}",
    ]
    for name in dict.fromkeys(row.case.slice for row in answerable):
        of_slice = [row.facts or 0.0 for row in answerable if row.case.slice == name]
        lines.append(f"    {name:<14} {statistics.mean(of_slice):.3f}  ({len(of_slice)})")
    return "\n".join(lines)


def fit_gate(
    knowledge: Knowledge, cases: Sequence[Case], *, decay: float = 0.003
) -> dict[str, float]:
    """Logistic regression of the gate's features on the development half, classes in balance.

    Returns:
        ``intercept`` and one weight a feature, for assistant.answerability.
    """
    features, wanted = [], []
    for case in cases:
        if case.half != "dev":
            continue
        passages = knowledge.find(case.question, PASSAGES)
        reading = read(case.question, passages, knowledge.embedder)
        features.append(gate_features(reading, knowledge.vocabulary)[0])
        wanted.append(float(case.answerable))
    names = list(features[0])
    x = np.array([[row[name] for name in names] for row in features])
    y = np.array(wanted)
    weight = np.where(y > 0, 1 / y.mean(), 1 / (1 - y.mean())) / len(y)
    design = np.hstack([np.ones((len(y), 1)), x])
    penalty = np.diag([0.0] + [2 * decay] * len(names))
    best = np.zeros(len(names) + 1)
    for _ in range(_NEWTON_STEPS):
        p = 1 / (1 + np.exp(-design @ best))
        slope = design.T @ (weight * (p - y)) + penalty @ best
        curvature = (design * (weight * p * (1 - p))[:, None]).T @ design + penalty
        best = best - np.linalg.solve(curvature, slope)
    return dict(zip(["intercept", *names], best.round(2).tolist(), strict=True))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; with ``--show`` the answers too."""
    parser = argparse.ArgumentParser(prog="python -m eval.reader_quality", description=__doc__)
    parser.add_argument("--show", choices=("dev", "test"), help="print the answers of a half")
    parser.add_argument("--fit", action="store_true", help="fit the gate's weights and print them")
    options = parser.parse_args(arguments)
    prepare_process()
    cases = load_cases()
    with tempfile.TemporaryDirectory() as folder:
        knowledge = load_knowledge(load_settings(Path(folder)), lambda _: None)
        if options.fit:
            _say(str(fit_gate(knowledge, cases)))
            return 0
        knowledge.warm()
        rows = list(run(knowledge, cases))
    for row in rows:
        if row.case.half == options.show:
            score = "refused" if row.refused else f"{row.facts}"
            _say(f"[{row.case.slice}] {row.case.question}  ({score})\n{row.answer}\n")
    _say(report(rows, "dev") + "\n" + report(rows, "test"))
    return 0


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _everything(evidence: Evidence) -> str:
    return "\n".join(_passage_words(passage) for passage in evidence.passages)


def _passage_words(passage: Passage) -> str:
    return "\n".join(f"{unit.text} {unit.caption}" for unit in units_of(passage))


def _share(found: Sequence[bool]) -> float:
    return sum(found) / len(found)


def _rate(rows: Sequence[Row], holds: Callable[[Row], bool]) -> float:
    return sum(holds(row) for row in rows) / len(rows) if rows else 0.0


def _sentences(answer: str) -> int:
    return sum(1 for _ in sentence_ranges(answer))


if __name__ == "__main__":
    sys.exit(main())
