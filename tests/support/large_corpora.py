"""Large files and many files, read, indexed and searched.

``python -m tests.support.large_corpora [--megabytes 20] [--files 10000]`` tries the sizes that
would keep the tests waiting, and prints what they took, part by part, and the most memory so far.
"""

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from corpus.adding import Adding, AddReport
from corpus.shelf import home_shelf
from index.build import build_index
from index.hash_embedder import HashEmbedder
from index.opening import open_index, verify_index
from index.retriever import HybridRetriever

EMBEDDER = HashEmbedder()
NEEDLE = "The zebra Quagga-7 costs forty crowns."
T = TypeVar("T")
WORDS = "Open models publish weights and closed ones sell answers by the token. "


def added(home: Path, *paths: Path) -> AddReport:
    """What became of these files."""
    return Adding(home_shelf(home), home, shipped=()).add(paths)


def found(folder: Path) -> str:
    """The document that an index finds for the needle."""
    index = open_index(folder, EMBEDDER)
    try:
        (first, *_) = HybridRetriever(index, EMBEDDER).retrieve("What does the Quagga-7 cost?", 3)
        return first.source
    finally:
        index.close()


def timed(part: str, work: Callable[[], T]) -> T:
    """What the work gives; says how long it took."""
    began_s = time.monotonic()
    result = work()
    sys.stdout.write(f"  {part} {time.monotonic() - began_s:.1f} s\n")
    return result


def add_index_and_find(folder: Path, added_path: Path) -> tuple[AddReport, int, str]:
    """What was added, how many chunks it made, and where the needle was found."""
    report = timed("add", lambda: added(folder / "home", added_path))
    documents = timed("read back", home_shelf(folder / "home").documents)
    timed("build", lambda: build_index(documents, EMBEDDER, folder / "index"))
    chunks = timed("check", lambda: verify_index(folder / "index").chunks)
    return report, chunks, timed("ask", lambda: found(folder / "index"))


def one_large_file(folder: Path, size_bytes: int) -> tuple[int, str]:
    """Add, index and search a Markdown file; how many chunks, and where the needle was found."""
    section = f"## Section {{}}\n\n{WORDS * 280}\n\n"
    count = size_bytes // (2 * len(section)) + 1
    half = "".join(section.format(number) for number in range(count))
    file = folder / "large.md"
    file.write_text(f"# Large\n\n{half}## Zebras\n\n{NEEDLE}\n\n{half}")
    report, chunks, source = add_index_and_find(folder, file)
    assert report.problems == []
    return chunks, source


def many_files(folder: Path, count: int) -> tuple[int, str]:
    """The same with many small files; the needle is in the last one."""
    for number in range(count):
        below = folder / "many" / f"{number // 100:03}"
        below.mkdir(parents=True, exist_ok=True)
        text = NEEDLE if number == count - 1 else f"Note {number} is about the model M-{number}."
        (below / f"{number:05}.md").write_text(f"# Note\n\n{text}\n")
    report, chunks, source = add_index_and_find(folder, folder / "many")
    assert (report.taken, report.problems) == (count, [])
    return chunks, source


def main() -> None:
    """Try both and say what they took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=20)
    parser.add_argument("--files", type=int, default=10_000)
    options = parser.parse_args()
    for name, work, size in (
        ("one file", one_large_file, options.megabytes * 1_000_000),
        ("many files", many_files, options.files),
    ):
        with tempfile.TemporaryDirectory() as folder:
            began_s = time.monotonic()
            chunks, source = work(Path(folder), size)
            took_s = time.monotonic() - began_s
            most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            sys.stdout.write(
                f"{name} ({size:,}): {chunks:,} chunks, {took_s:.1f} s, {most:,} MiB, {source}\n"
            )
            sys.stdout.flush()


if __name__ == "__main__":
    main()
