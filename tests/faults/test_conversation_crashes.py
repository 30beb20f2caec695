"""Conversations under kills, a full disk, a home that may not be written, and company."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.conversations.recorder import WRITE_EVERY_S
from tests.support.conversation_crashes import TMPFS_BYTES
from tests.support.crashes import crashes

REPOSITORY = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


def test_a_kill_in_mid_answer_loses_at_most_the_last_second_and_damages_nothing(
    tmp_path: Path,
) -> None:
    rounds = crashes("conversation_crashes", "kill", tmp_path)
    assert len(rounds) == 12
    assert sum(sum(each["words"]) > 50 for each in rounds) >= 6, "the kills came too early"
    for each in rounds:
        assert each["signal"] == 9
        assert each["sound"] == "ok"
        assert each["turns"] >= 1 or not any(each["words"])
        assert each["first_whole"]
        assert each["prefix"]
        assert each["goes_on"]
        assert each["lost_s"] <= 2 * WRITE_EVERY_S
        ended = "interrupted: The program ended while this answer was being written."
        assert each["ends"] in ([ended], [])


def test_two_programs_write_the_same_conversation_and_a_third_sees_them_alive(
    tmp_path: Path,
) -> None:
    (done,) = crashes("conversation_crashes", "together", tmp_path)
    assert (done["turns"], done["whole"]) == (2, [True] * 4)
    assert set(done["seen"]) <= {
        "finished: ",
        "interrupted: This answer is still being written in another window, or broke off just now.",
    }
    assert len(done["seen"]) == 2


def test_where_no_file_may_grow_answers_come_all_the_same_and_it_is_said(tmp_path: Path) -> None:
    rounds = crashes("conversation_crashes", "room", tmp_path)
    for each in rounds:
        assert each["answered"]
        assert len(each["said"]) == 1
        assert "cannot be read or written" in each["said"][0]
        assert (each["sound"], each["kept_whole"]) == ("ok", True)
    assert rounds[-1]["kept"] > rounds[0]["kept"] == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={TMPFS_BYTES}", "tmpfs", str(folder)]
    mount = ["mount", *options]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk cannot be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_on_a_full_disk_answers_come_and_are_kept_again_once_there_is_room(
    small_disk: Path,
) -> None:
    (done,) = crashes("conversation_crashes", "tmpfs", small_disk)
    assert done["answered"]
    assert [words.split(":")[0] for words in done["said"]] == ["DiskFull"]
    assert (done["sound"], done["kept_whole"]) == ("ok", True)
    assert done["kept"] >= 1
    assert done["after"] == []
    assert (done["after_sound"], done["after_kept_whole"]) == ("ok", True)
    assert done["after_kept"] > done["kept"]


def test_a_home_that_may_only_be_read_stops_no_answer_and_is_left_as_it_is() -> None:
    # A test's own folder stands below one that no other user may enter.
    with tempfile.TemporaryDirectory() as folder:
        (done,) = crashes("conversation_crashes", "read-only", Path(folder))
    assert done["answered"]
    assert len(done["said"]) == 1
    assert "may not be written" in done["said"][0]
    assert done["same"]
    assert (done["sound"], done["kept"], done["kept_whole"]) == ("ok", 1, True)
