"""Runs of the eval under kills, a full disk, a folder that may not be written, and company."""

import shutil
import tempfile
from pathlib import Path

import pytest

from tests.support.crashes import crashes

# Many processes one after the other, each of which loads the program and its index.
pytestmark = [pytest.mark.slow, pytest.mark.model, pytest.mark.timeout(900)]


@pytest.fixture
def folder(tmp_path: Path, built_home: Path) -> Path:
    """A folder with a home that has an index."""
    folder = tmp_path / "crashes"
    shutil.copytree(built_home, folder / "home")
    return folder


def test_a_killed_run_is_resumed_with_no_row_lost_or_doubled_and_nothing_asked_twice(
    folder: Path,
) -> None:
    *killed, end = crashes("eval_crashes", "kill", folder)
    assert [each["signal"] for each in killed] == [9] * len(killed)
    assert sum(each["asked"] > 0 for each in killed) >= 3, "the kills came too early"
    answers = [each["answers"] for each in killed]
    assert answers == sorted(answers), "a row was lost"
    assert end["said"] == "whole"
    assert end["rows"] == end["wanted"] == 48
    assert (end["doubled"], end["missing"], end["failed"]) == (0, 0, 0)
    assert end["asked_after_answer"] == 0
    # Every request that was not answered is counted as lost; one that never left may be, too.
    assert end["marks"] == end["wanted"] / 2 + end["lost_at_vendor"]
    assert end["wanted"] / 2 <= end["requests"] <= end["marks"]
    assert end["lost"] >= 3


def test_where_a_file_may_not_grow_the_run_ends_with_whole_lines_and_goes_on_later(
    folder: Path,
) -> None:
    tight, less, enough = crashes("eval_crashes", "room", folder)
    for each in (tight, less):
        assert each["said"].startswith("DiskFull: There is no room left to write in")
        assert each["size"] <= each["limit"]
        assert each["then"] == "whole"
        assert each["then_rows"] == each["wanted"] > each["rows"]
    assert less["rows"] > tight["rows"] == 0
    assert (enough["said"], enough["lost"]) == ("whole", 0)


def test_a_run_that_may_only_be_read_is_refused_in_plain_words_and_left_as_it_is(
    built_home: Path,
) -> None:
    # A test's own folder stands below one that no other user may enter.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        shutil.copytree(built_home, folder / "home")
        (done,) = crashes("eval_crashes", "read-only", folder)
    what, rows, is_running = done["said"].split("|")
    assert what.startswith("ConfigError: The folder ")
    assert what.endswith(" cannot be written.")
    assert (rows, is_running) == ("0", "False")
    assert done["left"] == ["evidence.jsonl", "run.json"]


def test_a_second_process_on_the_same_run_is_refused_and_the_first_is_not_disturbed(
    folder: Path,
) -> None:
    (done,) = crashes("eval_crashes", "together", folder)
    assert done["first"] == "whole"
    assert done["second"].startswith("RunBusy: Another process is asking the questions of the run")
    assert (done["doubled"], done["missing"], done["lost"]) == (0, 0, 0)
    assert done["most_requests_for_one"] == 1
