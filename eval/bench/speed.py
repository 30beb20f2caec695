"""How fast the index answers, opens and builds, beside one forward pass and beside plain Chroma.

A search by the retriever includes reading the question, one forward pass of the embedder, the
search in vectors and words, fusion and the making of ten passages. The forward pass is timed alone
on other questions in the same rounds, so that both meet the same machine.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eval.bench.large_corpus import LargeCorpus
from index.bert_graph import Precision
from index.build import Progress, build_index
from index.embedder import Embedder, FloatArray
from index.generation import read_current
from index.opening import Index, open_index
from index.retriever import HybridRetriever

K = 10
_WARM = 5

PLAIN = """
import json, sys, time
import chromadb, numpy as np
vectors, questions = np.load(sys.argv[1]), np.load(sys.argv[2])
client = chromadb.PersistentClient(sys.argv[3])
space = {"hnsw:space": "cosine"}
plain = client.create_collection("plain", embedding_function=None, metadata=space)
for start in range(0, len(vectors), 5000):
    ids = [str(i) for i in range(start, min(start + 5000, len(vectors)))]
    plain.add(ids=ids, embeddings=vectors[start:start + 5000])
took, found = [], []
for question in questions:
    started = time.perf_counter()
    rows = plain.query(query_embeddings=question[None, :], n_results=10)["ids"][0]
    took.append(time.perf_counter() - started)
    best = np.argpartition(-(vectors @ question), 9)[:10]
    found.append(len({int(row) for row in rows} & set(best.tolist())) / 10)
print(json.dumps({"took": took, "recall": float(np.mean(found))}))
"""
"""Chroma as its guide shows it, by its defaults; in a process of its own."""

OPEN = """
import json, sys, time
started = time.perf_counter()
from assistant.settings import prepare_process
prepare_process()
from pathlib import Path
from eval.bench.speed import Borrowed, memory_mb
from index.embedder import SentenceTransformerEmbedder
from index.opening import open_index
from index.retriever import HybridRetriever
model = Path(sys.argv[4]) if sys.argv[4] else None
embedder = SentenceTransformerEmbedder(model, sys.argv[5])
embedder.encode_questions(["warm"])
embedder_s, before_mb = time.perf_counter() - started, memory_mb()
started = time.perf_counter()
index = open_index(Path(sys.argv[1]), Borrowed(embedder, sys.argv[2]))
open_s = time.perf_counter() - started
retriever = HybridRetriever(index, embedder)
assert retriever.retrieve(sys.argv[3], 10)
first_s = time.perf_counter() - started - open_s
print(json.dumps({"embedder_s": embedder_s, "open_s": open_s, "first_answer_s": first_s,
    "embedder_mb": before_mb, "index_mb": memory_mb() - before_mb}), flush=True)
index.close()
"""
"""A fresh process until its first result."""


@dataclass(frozen=True, slots=True)
class Borrowed:
    """An embedder under the name of another, to search an index of turned vectors."""

    embedder: Embedder
    fingerprint: str

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self.embedder.dimension

    @property
    def max_tokens(self) -> int:
        """The longest text that is read whole, special tokens left out."""
        return self.embedder.max_tokens

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Return vectors of length 1, shape ``[len(texts), dimension]``."""
        return self.embedder.encode(texts)

    def encode_questions(self, texts: Sequence[str]) -> FloatArray:
        """Return vectors of length 1, shape ``[len(texts), dimension]``."""
        return self.embedder.encode_questions(texts)

    def count_tokens(self, text: str) -> int:
        """Return the length of a text in the model's own tokens."""
        return self.embedder.count_tokens(text)


def bench_speed(
    corpus: LargeCorpus,
    embedder: Embedder,
    chunks: int,
    index_dir: Path,
    *,
    rounds: int = 200,
    embedder_path: Path | None = None,
    precision: Precision = "int8",
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Build an index of about so many chunks and measure it.

    Args:
        corpus: makes the documents.
        embedder: the real one, for the questions.
        chunks: about how many.
        index_dir: where the index is built; one that is there already is taken.
        rounds: how many questions.
        embedder_path: where a fresh process finds the embedder; None is the packaged one.
        precision: how it computes there.
        progress: told about each step.

    Returns:
        Times in milliseconds (``median``, ``p95``) and seconds, memory in MB.
    """
    tell = progress or _silent
    stages = _Stages(tell)
    report = build_index(corpus.documents(chunks), corpus.embedder, index_dir, progress=stages)
    stages.end()
    # Others for each size: the embedder remembers what it has read.
    questions = corpus.questions(3 * (rounds + _WARM), seed=chunks)
    rounds = min(rounds, len(questions) // 3 - _WARM)
    index = open_index(index_dir, corpus.embedder)
    try:
        tell("ask", 0, rounds)
        times = _query_times(index, embedder, questions, rounds)
        recall = _recall(index, embedder, questions[:rounds])
    finally:
        index.close()
    generation, _ = read_current(index_dir)
    tell("plain Chroma", 0, 1)
    plain = _plain_chroma(generation.vectors, embedder, questions[:rounds])
    tell("open", 0, 1)
    opening = _cold_open(
        index_dir, corpus.embedder.fingerprint, questions[-1], (embedder_path, precision)
    )
    return {
        "chunks": report.chunks,
        "build_s": {**stages.seconds, "total": round(report.seconds, 2)},
        "query_ms": {**times, "plain_chroma": plain},
        "recall_at_10_of_vectors": recall,
        "cold_open": opening,
        "size_mb": round(sum(f.stat().st_size for f in generation.folder.rglob("*")) / 1e6, 1),
    }


def _silent(step: str, done: int, total: int) -> None:
    del step, done, total


class _Stages:
    """Adds up how long each step of a build took."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self.seconds: dict[str, float] = {}
        self._last_s = time.perf_counter()
        self._step = "start"

    def __call__(self, step: str, done: int, total: int) -> None:
        self._progress(step, done, total)
        # What happens after a step's last word is writing.
        name = step if step == self._step else f"before {step}"
        self._add(name)
        self._step = step

    def end(self) -> None:
        self._add("publish")

    def _add(self, name: str) -> None:
        now_s = time.perf_counter()
        spent_s = self.seconds.get(name, 0.0) + now_s - self._last_s
        self.seconds[name] = round(spent_s, 3)
        self._last_s = now_s


def _query_times(
    index: Index, embedder: Embedder, questions: Sequence[str], rounds: int
) -> dict[str, Any]:
    retriever = HybridRetriever(index, embedder)
    thirds = (questions[0::3], questions[1::3], questions[2::3])
    vectors = embedder.encode_questions(list(thirds[2]))
    took: dict[str, list[float]] = {"embedder": [], "hybrid": [], "bm25": [], "store": []}
    for i in range(-_WARM, rounds):
        alone, asked, known = (third[i + _WARM] for third in thirds)
        measured: dict[str, Callable[[], object]] = {
            "embedder": lambda: embedder.encode_questions([alone]),  # noqa: B023  called at once
            "hybrid": lambda: retriever.retrieve(asked, K),  # noqa: B023
            "bm25": lambda: retriever.rank_documents(known, K, by="bm25"),  # noqa: B023
            "store": lambda: index.store.query(vectors[i + _WARM], K),  # noqa: B023
        }
        for name, call in measured.items():
            started_s = time.perf_counter()
            call()
            if i >= 0:
                took[name].append(time.perf_counter() - started_s)
    return {name: _in_ms(seconds) for name, seconds in took.items()}


def _in_ms(seconds: Sequence[float]) -> dict[str, float]:
    return {
        "median": round(1000 * float(np.median(seconds)), 2),
        "p95": round(1000 * float(np.quantile(seconds, 0.95)), 2),
    }


def _recall(index: Index, embedder: Embedder, questions: Sequence[str]) -> float:
    """Share of the ten truly nearest vectors among the ten that the store gives."""
    found = []
    for vector in embedder.encode_questions(list(questions)):
        ids, _ = index.store.query(vector, K)
        best = np.argpartition(-(index.vectors @ vector), K - 1)[:K]
        found.append(len({index.chunks[i].id for i in best} & set(ids)) / K)
    return round(float(np.mean(found)), 4)


def _plain_chroma(vectors: Path, embedder: Embedder, questions: Sequence[str]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        asked = Path(folder) / "questions.npy"
        np.save(asked, embedder.encode_questions(list(questions)))
        said = _child(PLAIN, str(vectors), str(asked), str(Path(folder) / "plain"))
    return {**_in_ms(said["took"]), "recall_at_10": round(said["recall"], 4)}


def _cold_open(
    index_dir: Path, fingerprint: str, question: str, model: tuple[Path | None, Precision]
) -> dict[str, float]:
    started_s = time.perf_counter()
    said = _child(OPEN, str(index_dir), fingerprint, question, str(model[0] or ""), model[1])
    total_s = time.perf_counter() - started_s
    return {**{name: round(value, 3) for name, value in said.items()}, "total_s": round(total_s, 2)}


def _child(program: str, *arguments: str) -> dict[str, Any]:
    done = subprocess.run(  # noqa: S603  our own interpreter and program
        [sys.executable, "-c", program, *arguments], check=True, stdout=subprocess.PIPE, text=True
    )
    value: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return value


def memory_mb() -> float:
    """Memory that this process holds now, in MB."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1000
    return 0.0
