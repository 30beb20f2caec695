"""How well the retriever finds, by words, by vectors and by both, on a benchmark's questions."""

import time
from collections.abc import Container, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import numpy as np

from eval.bench.folder import read_folder
from eval.bench.scores import DEPTH, Interval, Scores, intervals, score_ranking
from index.build import BuildReport, Progress, build_index
from index.embedder import Embedder, FloatArray
from index.opening import open_index
from index.retriever import HybridRetriever

Way = Literal["bm25", "dense", "hybrid"]
WAYS: tuple[Way, ...] = ("bm25", "dense", "hybrid")
DIFFERENCES: tuple[tuple[Way, Way], ...] = (("hybrid", "bm25"), ("hybrid", "dense"))
_ENCODED_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class RetrievalReport:
    """What a benchmark said.

    Attributes:
        documents: how many the folder holds.
        queries: how many have judgements, and were asked.
        scores: by way and measure.
        differences: paired, by "way-way" and measure.
        seconds: where the time went, and rates; see ``report_json``.
        build: what indexing did.
        notes: what was passed over in the folder.
    """

    documents: int
    queries: int
    scores: dict[Way, dict[str, Interval]]
    differences: dict[str, dict[str, Interval]]
    seconds: dict[str, Any]
    build: BuildReport
    notes: tuple[str, ...]


def bench_retrieval(
    folder: Path,
    below: Path,
    embedder: Embedder,
    *,
    limit_queries: int | None = None,
    progress: Progress | None = None,
) -> RetrievalReport:
    """Index a benchmark's documents, ask its questions, and score the rankings.

    The index lies below the home folder, whatever server the settings name.

    Args:
        folder: in BEIR's layout.
        below: where indexes of benchmarks are kept; a second run finds its own there.
        embedder: encodes documents and questions.
        limit_queries: ask the first so many only; None asks all.
        progress: told about each step.

    Raises:
        SourceMissing, SourceUnreadable: the folder is not a benchmark.
        StoreError: the index cannot be built or opened.
        ConfigError: the embedder cannot be loaded.
    """
    progress = progress or _silent
    started_s = time.perf_counter()
    read = read_folder(folder)
    load_s = time.perf_counter() - started_s
    queries = dict(islice(read.queries.items(), limit_queries))
    judgements = {id_: read.judgements[id_] for id_ in queries}
    index_dir = below / read.key
    build = build_index(read.documents, embedder, index_dir, progress=progress)
    opened_s = time.perf_counter()
    index = open_index(index_dir, embedder)
    try:
        known = _Known(embedder)
        retriever = HybridRetriever(index, known)
        encode_started_s = time.perf_counter()
        open_s = encode_started_s - opened_s
        asked = [retriever.understand(text) for text in queries.values()]
        known.learn([one.text for query in asked for one in (query, *query.sides)], progress)
        encode_s = time.perf_counter() - encode_started_s
        found = {way: _ask(retriever, queries, way, read.itself, progress) for way in WAYS}
    finally:
        index.close()
    tables = {way: score_ranking(rankings, judgements) for way, (rankings, _) in found.items()}
    times = {way: took_s for way, (_, took_s) in found.items()}
    return RetrievalReport(
        documents=read.document_count,
        queries=len(queries),
        scores={way: intervals(tables[way]) for way in WAYS},
        differences=_differences(tables),
        seconds=_seconds(
            build, times, read.document_count, load_s=load_s, open_s=open_s, encode_s=encode_s
        ),
        build=build,
        notes=read.notes,
    )


def report_json(report: RetrievalReport) -> dict[str, Any]:
    """The report as one JSON object.

    ``seconds`` holds wall times (``load``, ``index``, ``open``, ``encode`` for all questions; for
    each way ``median`` and ``p95`` of one search without the encoding) and the rates
    ``queries_per_s`` (hybrid, encoding included) and ``documents_per_s``, which counts the
    embedding of ``embedded`` chunks; the rest of ``chunks`` was known from an earlier run.
    """
    return {
        "documents": report.documents,
        "queries": report.queries,
        **{way: _plain(found) for way, found in report.scores.items()},
        "differences": {name: _plain(found) for name, found in report.differences.items()},
        "seconds": report.seconds,
    }


def _plain(found: dict[str, Interval]) -> dict[str, dict[str, float]]:
    return {name: asdict(interval) for name, interval in found.items()}


def _silent(step: str, done: int, total: int) -> None:
    del step, done, total


class _Known:
    """An embedder that reads all questions beforehand, in batches."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._vectors: dict[str, FloatArray] = {}
        self._makes_no_difference = False

    def learn(self, questions: Sequence[str], progress: Progress) -> None:
        texts = list(dict.fromkeys(questions))
        for start in range(0, len(texts), _ENCODED_AT_ONCE):
            progress("encode", start, len(texts))
            batch = texts[start : start + _ENCODED_AT_ONCE]
            vectors = self._embedder.encode_questions(batch)
            self._vectors.update(zip(batch, vectors, strict=True))
        progress("encode", len(texts), len(texts))
        alone = self._embedder.encode(texts[:1])
        self._makes_no_difference = np.allclose(alone, self._vectors[texts[0]], atol=1e-4)

    @property
    def fingerprint(self) -> str:
        return self._embedder.fingerprint

    @property
    def dimension(self) -> int:
        return self._embedder.dimension

    @property
    def max_tokens(self) -> int:
        return self._embedder.max_tokens

    def encode(self, texts: Sequence[str]) -> FloatArray:
        if self._makes_no_difference and self._knows(texts):
            return self.encode_questions(texts)
        return self._embedder.encode(texts)

    def encode_questions(self, texts: Sequence[str]) -> FloatArray:
        if self._knows(texts):
            return np.stack([self._vectors[text] for text in texts])
        return self._embedder.encode_questions(texts)

    def _knows(self, texts: Sequence[str]) -> bool:
        return bool(texts) and all(text in self._vectors for text in texts)

    def count_tokens(self, text: str) -> int:
        return self._embedder.count_tokens(text)


def _ask(
    retriever: HybridRetriever,
    queries: dict[str, str],
    way: Way,
    itself: Container[str],
    progress: Progress,
) -> tuple[dict[str, list[str]], list[float]]:
    """Each query's ranking of documents, and how long each took."""
    rankings: dict[str, list[str]] = {}
    took_s: list[float] = []
    for done, (id_, text) in enumerate(queries.items()):
        if not done % 50:
            progress(f"rank by {way}", done, len(queries))
        started_s = time.perf_counter()
        left_out = id_ if id_ in itself else None
        ranked = retriever.rank_documents(text, DEPTH + (left_out is not None), by=way)
        took_s.append(time.perf_counter() - started_s)
        rankings[id_] = [document for document, _ in ranked if document != left_out]
    progress(f"rank by {way}", len(queries), len(queries))
    return rankings, took_s


def _differences(tables: dict[Way, Scores]) -> dict[str, dict[str, Interval]]:
    return {
        f"{better}-{worse}": intervals(tables[better] - tables[worse])
        for better, worse in DIFFERENCES
    }


def _seconds(
    build: BuildReport,
    times: dict[Way, list[float]],
    documents: int,
    *,
    load_s: float,
    open_s: float,
    encode_s: float,
) -> dict[str, Any]:
    count = len(times["hybrid"])
    per_query = {
        way: {
            "median": round(float(np.median(took)), 6),
            "p95": round(float(np.quantile(took, 0.95)), 6),
        }
        for way, took in times.items()
    }
    return {
        "load": round(load_s, 3),
        "index": round(build.seconds, 3),
        "open": round(open_s, 3),
        "encode": round(encode_s, 3),
        "per_query": per_query,
        "queries_per_s": round(count / (encode_s + sum(times["hybrid"])), 2),
        "documents_per_s": round(documents / (load_s + build.seconds), 2),
        "chunks": build.chunks,
        "embedded": build.embedded,
    }
