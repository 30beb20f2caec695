"""Documents that are kept in the home folder."""

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path, PosixPath
from typing import ClassVar

import pytest

from corpus.documents import Document
from corpus.errors import ConfigError, DiskFull, SourceMissing
from corpus.shelf import Entry, Shelf, home_shelf
from corpus.together import settle
from tests.support.small_disk import small_disk


def entry(id_: str, text: str = "Some text.", origin: str = "/somewhere") -> Entry:
    document = Document(id_, id_.title(), text, "file", pages=(0, 4))
    return Entry(
        document=document,
        origin=origin,
        sha256="0" * 64,
        read_at="2026-11-23T10:00:00+00:00",
        dropped={"image": 2},
        checked_at="2026-11-23T10:00:00+00:00",
    )


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "shelf")


def test_an_empty_shelf_holds_nothing_and_makes_no_folder(shelf: Shelf, tmp_path: Path) -> None:
    assert (shelf.entries(), shelf.problems(), shelf.documents()) == ((), (), ())
    assert shelf.stamp() == frozenset()
    assert not (tmp_path / "shelf").exists()


def test_what_is_put_there_comes_back_whole_and_sorted(shelf: Shelf) -> None:
    entries = [
        entry("b.md"),
        entry("ä/a b.md", "Text with “quotes” and \u2028 lines\n"),
        entry("A"),
    ]
    shelf.put(entries)
    assert shelf.entries() == tuple(sorted(entries, key=lambda each: each.document.id))
    assert shelf.documents()[0].pages == (0, 4)


def test_a_document_of_the_same_id_is_replaced(shelf: Shelf) -> None:
    shelf.put([entry("a.md", "old")])
    shelf.put([entry("a.md", "new")])
    assert [document.text for document in shelf.documents()] == ["new"]


def test_the_stamp_changes_with_each_put_and_removal_and_stays_otherwise(shelf: Shelf) -> None:
    stamps = [shelf.stamp()]
    shelf.put([entry("a.md", "old")])
    stamps.append(shelf.stamp())
    shelf.put([entry("a.md", "new text")])
    stamps.append(shelf.stamp())
    assert len(set(stamps)) == 3
    assert shelf.stamp() == stamps[-1]
    shelf.remove("a.md")
    assert shelf.stamp() == stamps[0]


def test_removing_takes_all_that_are_named_or_none(shelf: Shelf) -> None:
    shelf.put([entry("a.md"), entry("b.md"), entry("c.md")])
    with pytest.raises(SourceMissing, match=r"nowhere\.md"):
        shelf.remove("a.md", "nowhere.md")
    assert len(shelf.documents()) == 3
    shelf.remove("a.md", "c.md")
    assert [document.id for document in shelf.documents()] == ["b.md"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"format": 2}'])
def test_a_damaged_file_is_named_hides_no_other_and_is_mended_by_adding_again(
    shelf: Shelf, tmp_path: Path, content: bytes
) -> None:
    shelf.put([entry("a.md")])
    (damaged,) = (tmp_path / "shelf").iterdir()
    shelf.put([entry("b.md")])
    damaged.write_bytes(content)
    assert [document.id for document in shelf.documents()] == ["b.md"]
    (problem,) = shelf.problems()
    assert damaged.name in problem.what
    assert str(tmp_path / "shelf") in problem.cure
    shelf.put([entry("a.md")])
    assert len(shelf.documents()) == 2
    assert shelf.problems() == ()


def test_a_damaged_document_can_be_removed_by_its_id(shelf: Shelf, tmp_path: Path) -> None:
    shelf.put([entry("a.md")])
    (damaged,) = (tmp_path / "shelf").iterdir()
    damaged.write_text("{")
    shelf.remove("a.md")
    assert shelf.problems() == ()


def test_a_copy_of_a_file_does_not_bring_a_document_twice(shelf: Shelf, tmp_path: Path) -> None:
    shelf.put([entry("a.md")])
    (file,) = (tmp_path / "shelf").iterdir()
    file.with_name("copy.json").write_bytes(file.read_bytes())
    assert len(shelf.documents()) == 1
    assert "copy.json" in shelf.problems()[0].what


def test_an_entry_with_fields_of_another_version_is_a_problem_not_a_guess(
    shelf: Shelf, tmp_path: Path
) -> None:
    shelf.put([entry("a.md")])
    (file,) = (tmp_path / "shelf").iterdir()
    file.write_text(json.dumps({**json.loads(file.read_text()), "mood": "good"}))
    assert len(shelf.problems()) == 1


def test_what_a_killed_process_left_half_written_is_not_seen_and_goes(
    shelf: Shelf, tmp_path: Path
) -> None:
    shelf.put([entry("a.md")])
    leftovers = [tmp_path / "shelf" / f".{'0' * 32}.json.{pid}" for pid in (1, 2)]
    for leftover in leftovers:
        leftover.write_text('{"half')
    os.utime(leftovers[0], (time.time() - 3600, time.time() - 3600))
    assert len(shelf.entries()) == 1
    assert shelf.problems() == ()
    shelf.put([entry("b.md")])
    # A fresh one may belong to a process that is at work.
    assert [leftover.exists() for leftover in leftovers] == [False, True]


def test_published_documents_count_before_they_are_moved_to_their_places(
    shelf: Shelf, tmp_path: Path
) -> None:
    shelf.put([entry("a.md", "old"), entry("b.md", "old")])
    settled = shelf.stamp()
    cut_short = tmp_path / "shelf" / ".whole-00000000000000000001-abcdef"
    cut_short.mkdir()
    for file in (tmp_path / "shelf").glob("*.json"):
        (cut_short / file.name).write_text(file.read_text().replace("old", "new"))
    assert [document.text for document in shelf.documents()] == ["new", "new"]
    assert shelf.stamp() != settled
    before = shelf.stamp()
    shelf.remove("a.md")
    assert not cut_short.exists()
    assert [document.text for document in shelf.documents()] == ["new"]
    assert shelf.stamp() < before
    # What is put after it is newer than what was on its way.
    shelf.put([entry("b.md", "newest")])
    assert [document.text for document in shelf.documents()] == ["newest"]


def test_many_documents_tell_as_each_is_safe_on_the_disk(shelf: Shelf) -> None:
    told: list[tuple[int, int]] = []
    shelf.put([entry(f"{n}.md") for n in range(20)], lambda done, of: told.append((done, of)))
    assert told == [(n, 20) for n in range(1, 21)]


def test_a_batch_that_fails_half_way_leaves_nothing_behind(shelf: Shelf, tmp_path: Path) -> None:
    shelf.put([entry("a.md")])

    def stop(done: int, _: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shelf.put([entry(f"{n}.md") for n in range(5)], stop)
    assert [document.id for document in shelf.documents()] == ["a.md"]
    assert len(list((tmp_path / "shelf").iterdir())) == 1


def test_a_batch_that_a_killed_process_began_is_not_seen_and_goes(
    shelf: Shelf, tmp_path: Path
) -> None:
    shelf.put([entry("a.md")])
    begun = [tmp_path / "shelf" / f".begun-{n}" for n in (1, 2)]
    for each in begun:
        each.mkdir()
        (each / f"{'0' * 32}.json").write_text('{"half')
    os.utime(begun[0], (time.time() - 3600, time.time() - 3600))
    assert (len(shelf.entries()), shelf.problems()) == (1, ())
    shelf.put([entry("b.md")])
    assert [each.exists() for each in begun] == [False, True]


def test_a_folder_that_cannot_be_made_is_an_error_with_a_cure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigError, match="cannot be written"):
        Shelf(tmp_path / "file" / "shelf").put([entry("a.md")])


def test_the_shelf_of_a_home_lies_in_it(tmp_path: Path) -> None:
    home_shelf(tmp_path).put([entry("a.md")])
    assert [folder.name for folder in tmp_path.iterdir()] == ["shelf"]


class Busy(PosixPath):
    """A folder in which somebody else does something after each look at it, as long as they do."""

    def glob(self, pattern: str) -> Iterator[Path]:
        found = list(super().glob(pattern))
        if self.meanwhile:
            self.meanwhile.pop(0)()
        return iter(found)

    meanwhile: ClassVar[list[Callable[[], object]]] = []


def test_who_reads_while_documents_come_together_sees_all_of_them_or_none(tmp_path: Path) -> None:
    folder, names = tmp_path / "shelf", ["a.md", "b.md", "c.md"]
    Shelf(folder).put([entry(name, "old") for name in names])
    other = tmp_path / "other"
    Shelf(other).put([entry(name, "new") for name in names])

    def publish_and_move_one() -> None:
        shutil.copytree(other, folder / ".whole-1")
        first = sorted((folder / ".whole-1").iterdir())[0]
        first.replace(folder / first.name)

    shelf = Shelf(Busy(folder))
    # After the look at what is on its way, before the one at what is in its place.
    Busy.meanwhile[:] = [lambda: None, lambda: None, publish_and_move_one]
    assert [document.text for document in shelf.documents()] == ["new", "new", "new"]
    assert Busy.meanwhile == []


def test_what_is_moved_to_its_place_this_moment_is_in_the_stamp(tmp_path: Path) -> None:
    folder = tmp_path / "shelf"
    Shelf(folder).put([entry("a.md"), entry("b.md")])
    stamp = Shelf(folder).stamp()
    batch = folder / ".whole-1"
    batch.mkdir()
    for file in folder.glob("*.json"):
        file.replace(batch / file.name)
    Busy.meanwhile[:] = [lambda: None, lambda: settle(folder)]
    assert Shelf(Busy(folder)).stamp() == stamp


def test_a_file_that_another_process_has_just_finished_is_no_leftover(tmp_path: Path) -> None:
    folder = tmp_path / "shelf"
    folder.mkdir()
    being_written = folder / ".a.json.1"
    being_written.write_text("")
    Busy.meanwhile[:] = [being_written.unlink]
    shelf = Shelf(Busy(folder))
    shelf.put([entry("b.md")])
    assert [document.id for document in shelf.documents()] == ["b.md"]


def test_what_found_no_room_takes_none(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 64 * 1024) as disk:
        shelf = Shelf(disk / "shelf")
        shelf.put([entry("a.md"), entry("b.md")])
        before = sorted((disk / "shelf").iterdir())
        for entries in (
            [entry("c.md", "x" * 100_000)],
            [entry(f"{number}.md", "x" * 20_000) for number in range(8)],
        ):
            with pytest.raises(DiskFull):
                shelf.put(entries)
            assert sorted((disk / "shelf").iterdir()) == before


def test_what_is_no_batch_is_passed_over(shelf: Shelf, tmp_path: Path) -> None:
    shelf.put([entry("a.md"), entry("b.md")])
    (tmp_path / "shelf" / ".whole-notes").write_text("Somebody's file.")
    shelf.put([entry("c.md"), entry("d.md")])
    assert len(shelf.documents()) == 4


def test_of_two_who_put_the_same_documents_one_is_there_whole(tmp_path: Path) -> None:
    folder, names = tmp_path / "shelf", ["a.md", "b.md", "c.md"]
    Shelf(folder).put([entry(name, "old") for name in names])
    other = tmp_path / "other"
    Shelf(other).put([entry(name, "theirs") for name in names])

    def publish_and_move_one() -> None:
        """As far as another process has come that began later."""
        batch = folder / ".whole-99999999999999999999-1"
        shutil.copytree(other, batch, ignore=shutil.ignore_patterns(".*"))
        first = sorted(batch.iterdir())[0]
        first.replace(folder / first.name)

    shelf = Shelf(folder)
    shelf.put(
        [entry(name, "ours") for name in names],
        # All of ours is written by then, and nothing is published.
        lambda done, total: publish_and_move_one() if done == total else None,
    )
    assert {document.text for document in shelf.documents()} == {"ours"}
