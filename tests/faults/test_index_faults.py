import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from corpus.disk import require_room
from corpus.errors import DiskFull, IndexCorrupt, IndexLocked
from index.build import build_index
from index.generation import current_generation
from index.hash_embedder import HashEmbedder
from index.opening import index_status, open_index, verify_index
from tests.support.crashes import crashes
from tests.support.small_corpus import small_corpus

REPOSITORY = Path(__file__).parents[2]
EMBEDDER = HashEmbedder()


def test_a_build_killed_at_any_point_leaves_a_whole_index_serving(tmp_path: Path) -> None:
    rounds = crashes("index_crashes", "kill", tmp_path / "index")
    assert [each["died"] for each in rounds] == [f"signal {signal.SIGKILL}"] * len(rounds)
    # Until the pointer is swapped the old one serves, from then on the new one.
    serving = [each["serves"] for each in rounds]
    assert serving == sorted(serving)
    assert (serving[0], serving[-1]) == ("3", "4")
    report = build_index(small_corpus(), EMBEDDER, tmp_path / "index")
    assert verify_index(tmp_path / "index").generation == report.generation
    assert len(list((tmp_path / "index" / "generations").iterdir())) <= 2
    assert not list((tmp_path / "index" / "open").iterdir())


def test_a_disk_without_room_is_named_and_the_old_index_goes_on_serving(tmp_path: Path) -> None:
    for each in crashes("index_crashes", "room", tmp_path / "index"):
        assert each == {"said": "DiskFull", "kept": True, "serves": "3", "left": 1}
    assert build_index(small_corpus(), EMBEDDER, tmp_path / "index").chunks == 8


def test_a_disk_too_small_for_the_index_is_refused_beforehand(tmp_path: Path) -> None:
    with pytest.raises(DiskFull) as caught:
        require_room(tmp_path, 10**18)
    assert str(tmp_path) in caught.value.what


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built") / "index"
    build_index(small_corpus(), EMBEDDER, folder)
    return folder


def cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)


def fill_with_noise(file: Path) -> None:
    file.write_bytes(os.urandom(file.stat().st_size))


def replace_with_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


FILES = (
    "manifest.json",
    "documents.jsonl",
    "chunks.jsonl",
    "vectors.npy",
    "bm25/data.csc.index.npy",
    "bm25/vocab.index.json",
    "chroma/chroma.sqlite3",
    "chroma/*/data_level0.bin",
    "chroma/*/header.bin",
)


@pytest.mark.parametrize("damage", [cut, flip, fill_with_noise, Path.unlink, replace_with_folder])
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_found_before_anything_reads_it(
    built: Path, tmp_path: Path, name: str, damage: Callable[[Path], None]
) -> None:
    folder = tmp_path / "index"
    shutil.copytree(built, folder)
    (file,) = folder.glob(f"generations/*/{name}")
    damage(file)
    with pytest.raises(IndexCorrupt) as caught:
        open_index(folder, EMBEDDER, small_corpus())
    assert "counterpoint index build" in caught.value.cure
    with pytest.raises(IndexCorrupt):
        verify_index(folder)
    assert index_status(folder).state == "corrupt"


@pytest.mark.parametrize("name", ["vectors.npy", "manifest.json", "chroma/chroma.sqlite3"])
def test_the_next_build_mends_a_damaged_index(built: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "index"
    shutil.copytree(built, folder)
    (file,) = folder.glob(f"generations/*/{name}")
    flip(file)
    report = build_index(small_corpus(), EMBEDDER, folder)
    assert (report.embedded, report.reused) == (0, 8)
    assert verify_index(folder).generation == report.generation == current_generation(folder)


def test_a_file_that_nobody_wrote_is_refused(built: Path, tmp_path: Path) -> None:
    folder = tmp_path / "index"
    shutil.copytree(built, folder)
    (chroma,) = folder.glob("generations/*/chroma")
    (chroma / "index_metadata.pickle").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    with pytest.raises(IndexCorrupt, match=r"index_metadata\.pickle"):
        open_index(folder, EMBEDDER)


def test_a_manifest_that_can_be_read_but_is_not_the_one_that_was_written_is_damage(
    built: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "index"
    shutil.copytree(built, folder)
    (manifest,) = folder.glob("generations/*/manifest.json")
    said = manifest.read_text("utf-8")
    manifest.write_text(said.replace('"built_at": "2', '"built_at": "1'), "utf-8")
    with pytest.raises(IndexCorrupt, match="its manifest was changed"):
        open_index(folder, EMBEDDER, small_corpus())


@pytest.mark.parametrize(
    "pointer", ["", "\n", "only-one", "../../etc 00", "nowhere 00", "a b c", "\udcff"]
)
def test_a_damaged_pointer_is_damage_and_the_next_build_mends_it(
    built: Path, tmp_path: Path, pointer: str
) -> None:
    folder = tmp_path / "index"
    shutil.copytree(built, folder)
    (folder / "CURRENT").write_text(pointer, "utf-8", "surrogateescape")
    with pytest.raises(IndexCorrupt):
        open_index(folder, EMBEDDER)
    build_index(small_corpus(), EMBEDDER, folder)
    verify_index(folder)


def test_a_second_builder_is_told_who_builds_and_takes_over_when_that_one_dies(
    tmp_path: Path,
) -> None:
    program = (
        "import sys; from pathlib import Path; from index.build_lock import build_lock\n"
        "with build_lock(Path(sys.argv[1])): print('holding', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "holding\n"
        with pytest.raises(IndexLocked, match=f"pid {holder.pid}"):
            build_index(small_corpus(), EMBEDDER, tmp_path)
        holder.kill()
    assert build_index(small_corpus(), EMBEDDER, tmp_path).chunks == 8
    assert not (tmp_path / "build.pid").exists()


def test_a_reader_in_another_process_shares_no_file_with_this_one(built: Path) -> None:
    here = open_index(built, EMBEDDER)
    program = (
        "import sys; from pathlib import Path; from index.hash_embedder import HashEmbedder\n"
        "from index.opening import open_index\n"
        "index = open_index(Path(sys.argv[1]), HashEmbedder())\n"
        "print(index.store.folder, len(index.store.query(index.vectors[0], 8)[0])); index.close()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(built)],
        capture_output=True,
        text=True,
        check=True,
        cwd=REPOSITORY,
    )
    folder, found = done.stdout.split()
    assert (Path(folder) != here.store.folder, found) == (True, "8")
    assert len(here.store.query(here.vectors[0], 8)[0]) == 8
    here.close()
