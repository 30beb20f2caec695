"""An index under kills at any moment, a small disk, damage at any byte, and rebuilding in use."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.home_index import build_home_index, index_folder
from assistant.serving import Serving
from assistant.settings import load_settings
from corpus.errors import ConfigError, CounterpointError, IndexCorrupt, IndexMissing, IndexStale
from index.build import build_index
from index.generation import current_generation
from index.hash_embedder import HashEmbedder
from index.opening import index_status, open_index, verify_index
from index.retriever import HybridRetriever
from tests.support.crashes import crashes
from tests.support.index_crashes import RANDOM_KILLS, ROOM_BYTES, TMPFS_BYTES
from tests.support.small_corpus import small_corpus
from tests.support.small_disk import small_disk

ROOT = Path(__file__).parents[2]
EMBEDDER = HashEmbedder()
QUERIES = 1_000


@pytest.mark.slow
def test_builds_killed_at_any_moment_leave_the_old_index_or_the_new_one(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    rounds = crashes("index_crashes", "random", folder)
    assert len(rounds) == RANDOM_KILLS >= 20
    assert sum(bool(each["died"]) for each in rounds) >= RANDOM_KILLS // 2, "the kills came late"
    for each in rounds:
        assert each["serves"] in {each["before"], each["built"]}
        assert each["died"] or each["serves"] == each["built"]
    report = build_index(small_corpus()[:2], EMBEDDER, folder)
    assert verify_index(folder).generation == report.generation
    # What serves and what served before: nothing is left of the builds that were killed.
    assert len(list((folder / "generations").iterdir())) <= 2
    assert not list((folder / "open").iterdir())


@pytest.mark.slow
def test_on_a_full_disk_the_old_index_serves_and_with_room_the_new_one_is_built(
    tmp_path: Path,
) -> None:
    with small_disk(tmp_path / "disk", TMPFS_BYTES) as disk:
        *rounds, after = crashes("index_crashes", "tmpfs", disk)
    assert len(rounds) == len(ROOM_BYTES)
    assert rounds[0]["said"] == "DiskFull"
    for each in rounds:
        assert each["serves"] == ("3" if each["said"] == "DiskFull" else "4")
    assert after == {"said": "8", "serves": "4"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built") / "index"
    build_index(small_corpus(), EMBEDDER, folder)
    return folder


def copied(built: Path, parent: Path) -> Path:
    """The same index, as fresh as one can be had in a moment."""
    folder = parent / "index"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(built, folder, ignore=shutil.ignore_patterns("open", "embeddings*"))
    return folder


def files_of(folder: Path) -> list[Path]:
    return sorted(file for file in folder.glob("generations/*/**/*") if file.is_file())


def test_every_file_of_an_index_that_was_emptied_is_noticed(built: Path, tmp_path: Path) -> None:
    count = len(files_of(built))
    assert count > 12
    for number in range(count):
        folder = copied(built, tmp_path)
        file = files_of(folder)[number]
        if not file.stat().st_size:
            continue
        file.write_bytes(b"")
        with pytest.raises(IndexCorrupt, match="damaged"):
            open_index(folder, EMBEDDER)
        assert index_status(folder).state == "corrupt"


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_byte_that_changed_anywhere_is_noticed(
    built: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = copied(built, tmp_path_factory.getbasetemp() / "any-byte")
    files = [*files_of(folder), folder / "CURRENT"]
    file = data.draw(st.sampled_from([file for file in files if file.stat().st_size]))
    content = bytearray(file.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1), label=file.name)
    match data.draw(st.sampled_from(["change", "cut", "insert"])):
        case "change":
            content[place] ^= data.draw(st.integers(1, 255))
        case "cut":
            del content[place:]
        case _:
            content[place:place] = data.draw(st.binary(min_size=1, max_size=8))
    before = file.read_bytes()
    file.write_bytes(content)
    if file.name == "CURRENT" and bytes(content).split() == before.split():
        return  # white space alone
    with pytest.raises(IndexCorrupt) as caught:
        open_index(folder, EMBEDDER)
    assert "counterpoint index build" in caught.value.cure


SERVE_UNDER_DAMAGE = """
import sys
from pathlib import Path
from corpus.errors import IndexCorrupt
from index.hash_embedder import HashEmbedder
from index.opening import open_index
from index.retriever import HybridRetriever

folder = Path(sys.argv[1])
index = open_index(folder, HashEmbedder())
retriever = HybridRetriever(index, HashEmbedder())
def ask():
    return [p.source for p in retriever.retrieve("Who makes Phi-3-mini?", 3)]
before = ask()
print("serving", flush=True)
sys.stdin.readline()
assert all(ask() == before for _ in range(50))
try:
    open_index(folder, HashEmbedder())
except IndexCorrupt as error:
    print("refused", error.cure, flush=True)
index.close()
"""


@pytest.mark.parametrize("damage", ["noise", "empty", "gone"])
def test_a_process_that_serves_goes_on_when_the_files_are_ruined(
    built: Path, tmp_path: Path, damage: str
) -> None:
    folder = copied(built, tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", SERVE_UNDER_DAMAGE, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "serving\n"
        for file in files_of(folder):
            size = 0 if damage == "empty" else file.stat().st_size
            file.write_bytes(os.urandom(size))
        if damage == "gone":
            shutil.rmtree(folder / "generations")
        out, _ = process.communicate("go\n", timeout=60)
    assert process.returncode == 0
    assert "counterpoint index build" in out


REBUILD = """
import sys
from pathlib import Path
from assistant.home_index import build_home_index
from corpus.documents import Document
from index.hash_embedder import HashEmbedder
from tests.unit.test_home_index import put

home = Path(sys.argv[1])
for number in range(3):
    put(home, Document(f"{number}.md", "N", f"Zebra number {number} is a zebra.", "file"))
    build_home_index(home, HashEmbedder())
    print(number, flush=True)
"""


@pytest.mark.slow
def test_a_thousand_questions_meet_no_error_while_another_process_rebuilds(home: Path) -> None:
    build_home_index(home, EMBEDDER)
    serving = Serving(load_settings(home), lambda _: None, embedder=EMBEDDER, patience_s=0)
    assert serving.use(lambda knowledge: knowledge.find("What is a zebra?", 1))
    numbers = iter(range(QUERIES))
    taking = threading.Lock()
    answered: list[int] = []
    errors: list[BaseException] = []

    def ask() -> None:
        while True:
            with taking:
                number = next(numbers, None)
            if number is None:
                return
            try:
                found = serving.use(
                    lambda knowledge: knowledge.find("Which zebra number is it?", 3)
                )
                answered.append(len(found))
            except BaseException as exc:  # noqa: BLE001 - whatever it is, the test names it
                errors.append(exc)

    with subprocess.Popen(
        [sys.executable, "-c", REBUILD, str(home)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as rebuilding:
        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        out, _ = rebuilding.communicate(timeout=100)
        for thread in threads:
            thread.join()
    assert out.split() == ["0", "1", "2"]
    assert errors == []
    assert answered == [3] * QUERIES
    # The question after the last build is answered by the last generation.
    for _ in range(2):
        serving.use(lambda knowledge: knowledge.generation)
        serving.settle()
    now = serving.use(lambda knowledge: knowledge.generation)
    assert now == current_generation(index_folder(home))


def test_links_that_lead_nowhere_or_round_in_a_circle_are_a_configuration_error(
    tmp_path: Path,
) -> None:
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    (tmp_path / "nowhere").symlink_to(tmp_path / "not there")
    for folder in (tmp_path / "circle", tmp_path / "circle" / "index", tmp_path / "nowhere"):
        with pytest.raises(ConfigError):
            build_index(small_corpus(), EMBEDDER, folder)
        with pytest.raises((IndexMissing, IndexCorrupt)):
            open_index(folder, EMBEDDER)
    (tmp_path / "real").mkdir()
    (tmp_path / "linked").symlink_to(tmp_path / "real")
    build_index(small_corpus(), EMBEDDER, tmp_path / "linked")
    assert verify_index(tmp_path / "real").chunks == 8


def test_the_order_in_which_documents_come_changes_no_ranking(tmp_path: Path) -> None:
    def ranking(name: str, *, turned: bool) -> list[tuple[str, float]]:
        documents = small_corpus()[::-1] if turned else small_corpus()
        build_index(documents, EMBEDDER, tmp_path / name)
        index = open_index(tmp_path / name, EMBEDDER)
        found = HybridRetriever(index, EMBEDDER).retrieve("Who makes open models?", 8)
        index.close()
        return [(f"{passage.source} {passage.start}", passage.score) for passage in found]

    first = ranking("a", turned=False)
    assert len(first) >= 3
    assert ranking("b", turned=True) == first
    assert ranking("c", turned=False) == first


@pytest.fixture
def two_builders(tmp_path: Path) -> Iterator[list["subprocess.Popen[str]"]]:
    program = (
        "import sys; from pathlib import Path; from index.build import build_index\n"
        "from index.hash_embedder import HashEmbedder\n"
        "from tests.support.small_corpus import small_corpus\n"
        "sys.stdin.readline()\n"
        "made = build_index(small_corpus(), HashEmbedder(), Path(sys.argv[1]), wait_s=60)\n"
        "print(made.generation)"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "index")]
    made = [
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        for _ in range(2)
    ]
    yield made
    for process in made:
        process.kill()
        process.wait()


def test_two_processes_that_build_at_once_end_with_one_index(
    tmp_path: Path, two_builders: list["subprocess.Popen[str]"]
) -> None:
    for process in two_builders:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60)[0].strip() for process in two_builders]
    assert [process.returncode for process in two_builders] == [0, 0]
    assert said[0] == said[1] == current_generation(tmp_path / "index")
    assert len(list((tmp_path / "index" / "generations").iterdir())) == 1


def test_an_index_of_a_newer_or_older_layout_is_stale_and_left_as_it_is(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for layout in (2, 4):
        folder = copied(built, tmp_path)
        before = {file: file.read_bytes() for file in files_of(folder)}
        monkeypatch.setattr("index.manifest.FORMAT", layout)
        with pytest.raises(IndexStale, match="format"):
            open_index(folder, EMBEDDER)
        assert {file: file.read_bytes() for file in files_of(folder)} == before


def test_no_error_of_the_index_says_nothing_to_do(built: Path, tmp_path: Path) -> None:
    folder = copied(built, tmp_path)
    (folder / "CURRENT").unlink()
    (folder / "CURRENT").mkdir()
    with pytest.raises(CounterpointError) as caught:
        open_index(folder, EMBEDDER)
    assert caught.value.cure.strip()
