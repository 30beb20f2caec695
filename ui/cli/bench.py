"""``counterpoint bench ...``."""

import argparse
from pathlib import Path
from typing import Any

from assistant.home_index import index_folder
from assistant.settings import Settings
from eval.bench.large_corpus import LargeCorpus
from eval.bench.retrieval import (
    DIFFERENCES,
    WAYS,
    RetrievalReport,
    bench_retrieval,
    report_json,
)
from eval.bench.scores import MEASURES, Interval
from eval.bench.speed import bench_speed
from index.embedder import SentenceTransformerEmbedder
from ui.cli.output import ProgressLine, note, write, write_json, write_table

_USUAL_CHUNKS = 6000
_NAMES = {
    "embedder": "one forward pass of the embedder",
    "hybrid": "ten passages by words and vectors",
    "bm25": "ten documents by words",
    "store": "ten ids by vectors",
    "plain_chroma": "ten ids by plain Chroma",
}


def retrieval(arguments: argparse.Namespace, settings: Settings) -> int:
    """Score the retriever on a benchmark in BEIR's layout."""
    line = ProgressLine()
    try:
        report = bench_retrieval(
            Path(arguments.folder),
            settings.home / "bench",
            SentenceTransformerEmbedder(settings.index.embedder_path, settings.index.precision),
            limit_queries=arguments.limit_queries,
            progress=line.show,
        )
    finally:
        line.close()
    for sentence in report.notes:
        note(sentence)
    if arguments.json:
        write_json(report_json(report))
    else:
        _write(report)
    return 0


def speed(arguments: argparse.Namespace, settings: Settings) -> int:
    """Measure the index at one or more sizes."""
    embedder = SentenceTransformerEmbedder(settings.index.embedder_path, settings.index.precision)
    corpus = LargeCorpus(arguments.base or [index_folder(settings.home)], embedder)
    found = []
    for chunks in arguments.chunks or [_USUAL_CHUNKS]:
        line = ProgressLine()
        try:
            found.append(
                bench_speed(
                    corpus,
                    embedder,
                    chunks,
                    settings.home / "bench" / f"speed-{chunks}",
                    embedder_path=settings.index.embedder_path,
                    precision=settings.index.precision,
                    progress=line.show,
                )
            )
        finally:
            line.close()
    if arguments.json:
        write_json(found)
        return 0
    for values in found:
        _write_speed(values)
    return 0


def _write_speed(values: dict[str, Any]) -> None:
    write(f"{values['chunks']:,} chunks, {values['size_mb']:,} MB")
    write_table(
        ("one query", "median ms", "p95 ms"),
        [
            (_NAMES[name], f"{times['median']:.2f}", f"{times['p95']:.2f}")
            for name, times in values["query_ms"].items()
        ],
    )
    opening = values["cold_open"]
    stages = ", ".join(f"{name} {seconds:.1f}" for name, seconds in values["build_s"].items())
    write(f"ten nearest vectors found: {values['recall_at_10_of_vectors']:.1%}")
    write(
        f"a fresh process has its first passages after {opening['total_s']:.1f} s, "
        f"of which the index takes {opening['open_s'] + opening['first_answer_s']:.2f} s "
        f"and {opening['index_mb']:.0f} MB"
    )
    write(f"build, seconds: {stages}\n")


def _write(report: RetrievalReport) -> None:
    write(f"{report.documents:,} documents, {report.queries:,} queries; mean [95 % interval]\n")
    rows = [(way, *(_shown(report.scores[way][name]) for name in MEASURES)) for way in WAYS]
    for better, worse in DIFFERENCES:
        difference = report.differences[f"{better}-{worse}"]
        shown = (_shown(difference[name], signed=True) for name in MEASURES)
        rows.append((f"{better} - {worse}", *shown))
    write_table(("", *MEASURES), rows)
    seconds = report.seconds
    build = report.build
    write(
        f"\nindexed in {seconds['index']:.1f} s ({seconds['documents_per_s']:,.0f} documents/s; "
        f"{build.embedded:,} of {build.chunks:,} chunks embedded now, the rest known)"
    )
    times = ", ".join(
        f"{way} {1000 * seconds['per_query'][way]['median']:.1f} ms "
        f"(p95 {1000 * seconds['per_query'][way]['p95']:.1f})"
        for way in WAYS
    )
    write(f"a search, the question's encoding left out: {times}")
    write(f"{seconds['queries_per_s']:,.0f} queries/s by hybrid, encoding in batches included")


def _shown(interval: Interval, *, signed: bool = False) -> str:
    form = "+.4f" if signed else ".4f"
    return f"{interval.mean:{form}} [{interval.low:{form}}, {interval.high:{form}}]"
