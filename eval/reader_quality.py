"""How good the built-in reader is: ``python -m eval.reader_quality``.

Runs the question set through the shipped index, the gate and the reader, and prints figures for
the half that everything was tuned on and for the half that was not looked at. With ``--docs`` the
documents of a folder are searched too; an unanswerable question that one of them answers is left
out then. Asked are the slices of whole English questions that stand alone, the sorts that the
reader and its gate were tuned on: no follow-ups, typing errors, other languages or injections.
"""

import argparse
import contextlib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from assistant.disputes import asks_for_errors
from assistant.evidence import Evidence
from assistant.knowledge import Knowledge, load_knowledge
from assistant.reading.agreement import gate_features
from assistant.reading.reading import read
from assistant.reading.units import units_of
from assistant.reading.writing import write_answer
from assistant.settings import load_settings, prepare_process
from assistant.text.sentences import sentence_ranges
from corpus.errors import CounterpointError
from corpus.loaders import load_folder
from corpus.shelf import Entry, home_shelf
from eval.cases import Case, Half, Slice, load_cases
from index.passages import Passage

PASSAGES = 6
SLICES: frozenset[Slice] = frozenset(
    ("lookup", "paraphrase", "table", "multi-source", "number", "licence", "price", "data",
     "conflict", "unanswerable")
)  # fmt: skip
"""What is asked: later slices would move the figures without the reader having changed."""
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
    """Answer every case that counts over the documents that are searched."""
    for case in _counted(knowledge, cases):
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
    knowledges: Sequence[Knowledge], cases: Sequence[Case], *, decay: float = 0.001
) -> dict[str, float]:
    """Logistic regression of the gate's features on the development half, classes in balance.

    Args:
        knowledges: corpora of different sizes, so that the weights fit both.
        cases: the question set.
        decay: what a square of a weight costs.

    Returns:
        ``intercept`` and one weight a feature, for assistant.answerability.
    """
    features, wanted = [], []
    for knowledge in knowledges:
        for case in _counted(knowledge, cases):
            if case.half != "dev" or asks_for_errors(case.question):
                continue
            found = knowledge.find(case.question, PASSAGES)
            question = knowledge.retriever.understand(case.question).text
            passages, _ = knowledge.with_both_sides(question, found)
            reading = read(question, passages, knowledge.embedder)
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
    """Print the figures; with ``--show`` the answers too. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m eval.reader_quality", description=__doc__)
    parser.add_argument("--docs", type=Path, help="a folder to search beside what comes along")
    parser.add_argument("--show", choices=("dev", "test"), help="print the answers of a half")
    parser.add_argument(
        "--fit",
        action="store_true",
        help="fit the gate's weights and print them; with --docs without the folder and with it",
    )
    options = parser.parse_args(arguments)
    prepare_process()
    try:
        with tempfile.TemporaryDirectory() as scratch:
            _say(_fitted(options, Path(scratch)) if options.fit else _asked(options, Path(scratch)))
    except CounterpointError as error:
        sys.stderr.write(f"{error.what}\n{error.cure}\n")
        return 1
    return 0


def _fitted(options: argparse.Namespace, scratch: Path) -> str:
    with contextlib.ExitStack() as opened:
        knowledges = [
            opened.enter_context(contextlib.closing(_knowledge(docs, scratch / str(number))))
            for number, docs in enumerate((None, options.docs) if options.docs else (None,))
        ]
        return str(fit_gate(knowledges, load_cases()))


def _asked(options: argparse.Namespace, scratch: Path) -> str:
    with contextlib.closing(_knowledge(options.docs, scratch)) as knowledge:
        knowledge.warm()
        rows = list(run(knowledge, load_cases()))
    lines = [
        f"[{row.case.slice}] {row.case.question}"
        f"  ({'refused' if row.refused else row.facts})\n{row.answer}\n"
        for row in rows
        if row.case.half == options.show
    ]
    return "\n".join([*lines, report(rows, "dev"), report(rows, "test")])


def _knowledge(docs: Path | None, home: Path) -> Knowledge:
    """What comes along, and the documents of a folder, indexed in an empty home."""
    if docs is not None:
        loaded = load_folder(docs).loaded
        now = datetime.now(UTC).isoformat(timespec="seconds")
        home_shelf(home).put(
            Entry(
                document=one.document,
                origin=str(docs.resolve()),
                sha256=one.sha256,
                read_at=now,
                dropped=dict(one.dropped),
                checked_at=now,
            )
            for one in loaded
        )
    return load_knowledge(load_settings(home), lambda _: None)


def _counted(knowledge: Knowledge, cases: Sequence[Case]) -> list[Case]:
    documents = knowledge.documents
    return [case for case in cases if case.slice in SLICES and case.counts_over(documents)]


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
