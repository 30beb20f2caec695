"""A home folder that may be read and not written."""

import ctypes
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.build import build_index
from index.hash_embedder import HashEmbedder
from tests.support.small_corpus import small_corpus

REPOSITORY = Path(__file__).parents[2]

# The superuser may write anywhere; without two of its powers it is held to the rights like others.
WITHOUT_POWERS = """
import ctypes, os, sys
for power in (1, 2):
    ctypes.CDLL(None).prctl(24, power, 0, 0, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
READ = """
import sys
from pathlib import Path
from index.build import build_index
from index.hash_embedder import HashEmbedder
from index.opening import index_status, open_index, verify_index
from index.retriever import HybridRetriever
from tests.support.small_corpus import small_corpus

folder, embedder = Path(sys.argv[1]), HashEmbedder()
assert index_status(folder, embedder, small_corpus()).state == "ready"
build_index(small_corpus(), embedder, folder)
verify_index(folder)
index = open_index(folder, embedder)
(found, *_) = HybridRetriever(index, embedder).retrieve("Who makes Phi-3-mini?", 3)
print(found.source, index.store.folder)
index.close()
assert not index.store.folder.exists()
"""
WRITE = """
import sys
from pathlib import Path
from corpus.errors import ConfigError
from index.build import build_index
from index.hash_embedder import HashEmbedder
from tests.support.small_corpus import small_corpus

try:
    build_index(small_corpus()[:1], HashEmbedder(), Path(sys.argv[1]))
except ConfigError as error:
    print(error.what)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    build_index(small_corpus(), HashEmbedder(), tmp_path / "index")
    (tmp_path / "index" / "open").rmdir()
    paths = [tmp_path / "index", *(tmp_path / "index").rglob("*")]
    for path in paths:
        path.chmod(path.stat().st_mode & ~0o222)
    yield tmp_path / "index"
    for path in paths:
        path.chmod(path.stat().st_mode | stat.S_IWUSR)


def run(program: str, folder: Path, temporary: Path) -> str:
    temporary.mkdir(exist_ok=True)
    return subprocess.run(
        [sys.executable, "-c", WITHOUT_POWERS, "-c", program, str(folder)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
        env={**os.environ, "TMPDIR": str(temporary)},
    ).stdout.strip()


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "prctl"), reason="needs Linux")
def test_an_index_that_may_only_be_read_is_searched_from_a_copy_among_the_temporary_files(
    folder: Path, tmp_path: Path
) -> None:
    temporary = tmp_path / "temporary"
    source, copy = run(READ, folder, temporary).split()
    assert source == "notes/phi-3"
    assert Path(copy).parent == temporary / f"counterpoint-{os.getuid()}"
    assert stat.S_IMODE(Path(copy).parent.stat().st_mode) == 0o700
    assert not list(Path(copy).parent.iterdir())


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "prctl"), reason="needs Linux")
def test_a_name_that_somebody_took_before_is_left_alone(folder: Path, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    taken = temporary / f"counterpoint-{os.getuid()}"
    taken.symlink_to(tmp_path)
    _, copy = run(READ, folder, temporary).split()
    assert Path(copy).parent.parent == temporary
    assert Path(copy).parent != taken


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "prctl"), reason="needs Linux")
def test_building_there_is_refused_by_name(folder: Path, tmp_path: Path) -> None:
    said = run(WRITE, folder, tmp_path / "temporary")
    assert str(folder) in said
    assert "cannot be written" in said
