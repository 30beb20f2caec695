"""``counterpoint bench ...``."""

import argparse
from pathlib import Path

from assistant.settings import Settings
from eval.bench.retrieval import (
    DIFFERENCES,
    WAYS,
    RetrievalReport,
    bench_retrieval,
    report_json,
)
from eval.bench.scores import MEASURES, Interval
from index.embedder import SentenceTransformerEmbedder
from ui.cli.output import ProgressLine, note, write, write_json, write_table


def retrieval(arguments: argparse.Namespace, settings: Settings) -> int:
    """Score the retriever on a benchmark in BEIR's layout."""
    line = ProgressLine()
    try:
        report = bench_retrieval(
            Path(arguments.folder),
            settings.home / "bench",
            SentenceTransformerEmbedder(settings.index.embedder_path),
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
