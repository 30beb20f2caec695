"""Ask the retrieval questions: ``python -m eval.retrieval.run --docs DIR --home DIR``.

Prints recall and reciprocal rank by slice with 95 % intervals, and every miss with what came
instead; or, with ``--json``, one JSON object that ``--compare`` of a later run takes.
"""

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from assistant.followups import make_standalone
from assistant.settings import prepare_process
from assistant.turns import Exchange
from corpus.documents import Document
from corpus.errors import ConfigError, CounterpointError
from corpus.library import load_shipped
from corpus.loaders import load_folder
from eval.retrieval.gold import covers_half, gold_of
from eval.retrieval.questions import Question, load_questions
from eval.retrieval.scores import DEPTH, METRICS, Figure, Row, by_slice, differences, figures
from index.build import build_index
from index.embedder import Embedder, SentenceTransformerEmbedder
from index.opening import open_index
from index.passages import Passage, Retriever
from index.retriever import HybridRetriever

RankedBy = Literal["hybrid", "dense", "bm25"]

_WEIGHTS: Final[Mapping[str, float]] = {"dense": 1.0, "bm25": 0.0}
_SHOWN_WRONG: Final = 5
_FOLDER: Final = "retrieval-set"
"""Below the home folder, whose own index a page may be answering from."""


class Report(BaseModel):
    """One run.

    Attributes:
        by: how passages were ranked.
        half: which half was asked, or ``all``.
        documents: how many were searched.
        not_asked: questions whose documents were not loaded.
        rows: one for each question that was asked.
        figures: by slice, then by metric.
        gain: by slice, then by metric, over the run that was compared with; or empty.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: RankedBy
    half: Literal["dev", "test", "all"]
    documents: int
    not_asked: int
    rows: tuple[Row, ...]
    figures: dict[str, dict[str, Figure]]
    gain: dict[str, dict[str, Figure]] = {}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run and print; returns the exit code."""
    options = _parser().parse_args(arguments)
    prepare_process()
    try:
        before = _read_report(options.compare) if options.compare else None
        with tempfile.TemporaryDirectory() as scratch:
            report = _run(options, (options.home or Path(scratch)).resolve())
    except CounterpointError as error:
        sys.stderr.write(f"{error.what}\n{error.cure}\n")
        return 1
    if before is not None:
        report = report.model_copy(update={"gain": _gains(report.rows, before.rows)})
    questions = {question.id: question for question in load_questions()}
    sys.stdout.write(
        report.model_dump_json() + "\n" if options.json else show(report, questions) + "\n"
    )
    return 0


def ask(
    questions: Sequence[Question], documents: Mapping[str, Document], retriever: Retriever
) -> tuple[Row, ...]:
    """Ask each question whose documents are loaded, as the assistant would.

    Raises:
        GoldMissing: a place of a question is not in its document.
        StoreError: the index was damaged while it was open.
    """
    rows = []
    for question in questions:
        if not question.can_be_asked_of(documents):
            continue
        history = [Exchange(question=earlier, answer="") for earlier in question.history]
        standalone = make_standalone(question.question, history)
        passages = retriever.retrieve(standalone, DEPTH)
        rows.append(
            Row(
                id=question.id,
                slice=question.slice,
                half=question.half,
                ranks=_ranks(question, documents, passages),
                asked=retriever.understand(standalone).text,
                found=tuple(f"{passage.source} > {passage.heading}" for passage in passages),
            )
        )
    return tuple(rows)


def show(report: Report, questions: Mapping[str, Question]) -> str:
    """The report as text."""
    asked = len(report.rows)
    lines = [
        f"{report.by}, {report.half}: {asked} questions over {report.documents} documents"
        f" ({report.not_asked} more need documents that were not loaded)",
        "",
        *_table({name: len(rows) for name, rows in by_slice(report.rows).items()}, report.figures),
    ]
    if report.gain:
        lines += ["", "gain over the run compared with", ""]
        lines += _table(dict.fromkeys(report.gain), report.gain)
    for row in report.rows:
        if row.recall(_SHOWN_WRONG) < 1:
            lines += ["", *_miss(row, questions[row.id])]
    return "\n".join(lines)


def _run(options: argparse.Namespace, home: Path) -> Report:
    added = load_folder(options.docs).documents if options.docs else ()
    documents = {document.id: document for document in (*load_shipped(), *added)}
    chosen = [q for q in load_questions() if options.half in ("all", q.half)]
    embedder = SentenceTransformerEmbedder(options.embedder, options.precision)
    rows = _rows(chosen, documents, embedder, options.by, home / _FOLDER)
    if not rows:
        raise ConfigError("No question can be asked of these documents.", "Choose other documents.")
    return Report(
        by=options.by,
        half=options.half,
        documents=len(documents),
        not_asked=len(chosen) - len(rows),
        rows=rows,
        figures={name: figures(group) for name, group in by_slice(rows).items()},
    )


def _rows(
    questions: Sequence[Question],
    documents: Mapping[str, Document],
    embedder: Embedder,
    by: RankedBy,
    index_dir: Path,
) -> tuple[Row, ...]:
    build_index(tuple(documents.values()), embedder, index_dir, progress=_tell)
    index = open_index(index_dir, embedder)
    try:
        retriever = (
            HybridRetriever(index, embedder, dense_weight=_WEIGHTS[by])
            if by in _WEIGHTS
            else HybridRetriever(index, embedder)
        )
        return ask(questions, documents, retriever)
    finally:
        index.close()


def _ranks(
    question: Question, documents: Mapping[str, Document], passages: Sequence[Passage]
) -> tuple[int | None, ...]:
    return tuple(
        next(
            (
                passage.number
                for passage in passages
                if any(
                    passage.source == source and covers_half(passage.start, passage.end, gold)
                    for source, gold in places
                )
            ),
            None,
        )
        for places in gold_of(question, documents)
    )


def _gains(after: Sequence[Row], before: Sequence[Row]) -> dict[str, dict[str, Figure]]:
    gains = {name: differences(rows, before) for name, rows in by_slice(after).items()}
    return {name: gain for name, gain in gains.items() if gain}


def _table(
    counts: Mapping[str, int | None], figures_of: Mapping[str, Mapping[str, Figure]]
) -> list[str]:
    lines = [f"{'':12}{'n':>5}" + "".join(f"{name:>22}" for name in METRICS)]
    for name, of in figures_of.items():
        cells = "".join(
            f"{f'{of[m].mean:.3f} [{of[m].low:.2f}, {of[m].high:.2f}]':>22}" for m in METRICS
        )
        lines.append(f"{name:12}{counts.get(name) or '':>5}{cells}")
    return lines


def _miss(row: Row, question: Question) -> list[str]:
    ranks = ", ".join(str(rank or "not found") for rank in row.ranks)
    lines = [f"{row.id} ({row.slice}, {row.half}): {question.question}"]
    if row.asked != question.question:
        lines.append(f"  asked as: {row.asked}")
    lines.append(f"  ranks: {ranks}")
    for need, rank in zip(question.needs, row.ranks, strict=True):
        if rank is None or rank > _SHOWN_WRONG:
            wanted = "; ".join(f"{place.source} {list(place.near)}" for place in need)
            lines.append(f"  wanted: {wanted}")
    lines += [f"  came {i}: {found}" for i, found in enumerate(row.found[:_SHOWN_WRONG], start=1)]
    return lines


def _read_report(path: Path) -> Report:
    try:
        return Report.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as exc:
        raise ConfigError(
            "The report to compare with cannot be read.", "Name a file that --json has written."
        ) from exc


def _tell(step: str, done: int, total: int) -> None:
    if done == total:
        sys.stderr.write(f"{step}: {total}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--docs", type=Path, help="a folder to search beside what comes along")
    parser.add_argument("--home", type=Path, help="where the index is kept; without it, nowhere")
    parser.add_argument("--half", choices=("dev", "test", "all"), default="all")
    parser.add_argument("--by", choices=("hybrid", "dense", "bm25"), default="hybrid")
    parser.add_argument("--embedder", type=Path, help="a folder with an embedder of your own")
    parser.add_argument("--precision", choices=("int8", "float32"), default="int8")
    parser.add_argument("--compare", type=Path, help="a report of an earlier run with --json")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
