"""Adding documents under kills, a full disk, a home that may not be written, and company."""

import subprocess
import sys
from pathlib import Path

import pytest

from assistant.home_index import build_home_index, index_folder
from corpus.shelf import home_shelf
from index.hash_embedder import HashEmbedder
from index.opening import open_index, verify_index
from tests.support.crashes import crashes

REPOSITORY = Path(__file__).parents[2]
ADDING = """
import sys
from pathlib import Path
from assistant.home_index import build_home_index
from corpus.adding import Adding
from corpus.shelf import home_shelf
from index.hash_embedder import HashEmbedder
home, folder = map(Path, sys.argv[1:])
Adding(home_shelf(home), home, {"lesson"}).add([folder])
print("put", flush=True)
sys.stdin.readline()
build_home_index(home, HashEmbedder())
"""


def test_adding_killed_at_any_point_leaves_whole_documents_and_a_whole_index(
    tmp_path: Path,
) -> None:
    rounds = crashes("adding_crashes", "kill", tmp_path / "home")
    assert {each["died"] for each in rounds} == {"signal 9"}
    assert {each["whole"] for each in rounds} == {True}
    assert {each["kept"] for each in rounds} == {0, 6}
    assert {each["indexed"] for each in rounds} <= {0, 6}
    assert (rounds[0]["kept"], rounds[-1]["indexed"]) == (0, 6)
    assert {each["mended"] for each in rounds} == {"True"}


def test_documents_that_are_put_together_all_change_or_none_wherever_it_is_stopped(
    tmp_path: Path,
) -> None:
    rounds = crashes("adding_crashes", "put", tmp_path / "home")
    for how in ("_kill", "_interrupt"):
        shown = [str(each["shown"]) for each in rounds if each["how"] == how]
        assert shown == sorted(shown, reverse=True)  # old until one step, new from then on
        assert set(shown) == {"old", "new"}
    assert {each["mended"] for each in rounds} == {True}
    assert {each["left"] for each in rounds if each["how"] == "_interrupt"} == {0}


def test_adding_without_room_keeps_whole_documents_and_the_last_index(tmp_path: Path) -> None:
    *rounds, last = crashes("adding_crashes", "room", tmp_path / "home")
    for each in rounds:
        assert (each["said"], each["whole"], each["indexed"]) == ("DiskFull", True, 0)
    assert last == {"mended": "True"}


def test_a_home_that_may_not_be_written_answers_and_refuses_what_is_added(
    tmp_path: Path,
) -> None:
    (found,) = crashes("adding_crashes", "read-only", tmp_path / "home")
    assert found["added"] == "ConfigError"
    assert str(found["asked"]).startswith(("lesson", "notes/"))
    assert (found["kept"], found["indexed"]) == (0, 0)


@pytest.mark.parametrize("is_first", [True, False])
def test_two_processes_that_add_at_once_both_end_well_and_nothing_is_lost(
    tmp_path: Path, *, is_first: bool
) -> None:
    home = tmp_path / "home"
    if not is_first:
        build_home_index(home, HashEmbedder())
    running = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.md").write_text(f"Document {name}.\n")
        running.append(
            subprocess.Popen(
                [sys.executable, "-c", ADDING, str(home), str(tmp_path / name)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=REPOSITORY,
            )
        )
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "put\n"
    for process in running:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in running:
        process.communicate()
        assert process.returncode == 0
    verify_index(index_folder(home))
    assert len(home_shelf(home).documents()) == 2
    index = open_index(index_folder(home), HashEmbedder())
    assert {"one.md", "two.md"} <= set(index.documents)
    index.close()
