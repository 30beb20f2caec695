"""The copy that a reader of the index works on."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from corpus.errors import DiskFull
from index.working_copy import WorkingCopy


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "vectors"
    (folder / "segment").mkdir(parents=True)
    (folder / "segment" / "data.bin").write_bytes(b"x" * 1000)
    return folder


@pytest.fixture
def full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Folders whose disks have no room, by what the system says of them; the home at first."""
    folders = [tmp_path / "open"]
    real = shutil.disk_usage

    def usage(path: Path) -> object:
        there = any(path.is_relative_to(folder) for folder in folders)
        return real(path)._replace(free=1000) if there else real(path)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    return folders


def test_a_copy_goes_to_the_temporary_files_when_the_disk_of_the_home_is_full(
    source: Path, full: list[Path], tmp_path: Path
) -> None:
    copy = WorkingCopy(source, full[0])
    assert copy.folder.is_relative_to(tmp_path / "temporary")
    assert (copy.folder / "segment" / "data.bin").stat().st_size == 1000
    copy.close()
    assert not copy.folder.exists()


def test_no_room_anywhere_is_said_as_such(source: Path, full: list[Path], tmp_path: Path) -> None:
    full.append(tmp_path / "temporary")
    with pytest.raises(DiskFull):
        WorkingCopy(source, full[0])


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="needs users")
@pytest.mark.parametrize(("mode", "is_own"), [(0o777, True), (0o700, False)])
def test_no_copy_goes_into_a_folder_that_others_could_have_made_or_can_write(
    source: Path,
    full: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    mode: int,
    is_own: bool,
) -> None:
    user = os.getuid() if is_own else os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: user)
    taken = tmp_path / "temporary" / f"counterpoint-{user}"
    taken.mkdir()
    taken.chmod(mode)
    copy = WorkingCopy(source, full[0])
    assert copy.folder.is_relative_to(tmp_path / "temporary")
    assert not copy.folder.is_relative_to(taken)
    copy.close()
