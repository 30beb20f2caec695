"""Files and folders that a user adds."""

import hashlib
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.adding import Adding, AddReport
from corpus.errors import SourceMissing, SourceUnreadable
from corpus.readers import READER_VERSION
from corpus.shelf import Shelf, home_shelf

SHIPPED = {"lesson", "notes/phi-3"}


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.md").write_text("# A\n\nFirst.\n")
    (folder / "sub" / "b.txt").write_text("Second.\n")
    return folder


@pytest.fixture
def shelf(home: Path) -> Shelf:
    return home_shelf(home)


def add(home: Path, *paths: Path) -> AddReport:
    return Adding(home_shelf(home), home, SHIPPED).add(paths)


def texts(shelf: Shelf) -> dict[str, str]:
    return {document.id: document.text for document in shelf.documents()}


def test_a_folder_is_added_with_ids_below_it(home: Path, docs: Path, shelf: Shelf) -> None:
    report = add(home, docs)
    assert report.added == ["a.md", "sub/b.txt"]
    assert (report.replaced, report.unchanged, report.problems) == ([], [], [])
    assert texts(shelf) == {"a.md": "# A\n\nFirst.\n", "sub/b.txt": "Second.\n"}
    assert {entry.origin for entry in shelf.entries()} == {str(docs)}


def test_a_file_alone_is_added_under_its_name(home: Path, docs: Path, shelf: Shelf) -> None:
    assert add(home, docs / "sub" / "b.txt").added == ["b.txt"]
    assert shelf.entries()[0].origin == str(docs / "sub" / "b.txt")


def test_adding_again_updates_what_has_changed_and_nothing_else(
    home: Path, docs: Path, shelf: Shelf
) -> None:
    add(home, docs)
    (docs / "a.md").write_text("# A\n\nFirst, revised.\n")
    (docs / "c.md").write_text("Third.\n")
    report = add(home, docs)
    assert (report.added, report.replaced, report.unchanged) == (["c.md"], ["a.md"], ["sub/b.txt"])
    assert "revised" in texts(shelf)["a.md"]


def test_adding_what_has_not_changed_writes_nothing(home: Path, docs: Path, shelf: Shelf) -> None:
    add(home, docs)
    before = shelf.stamp()
    assert add(home, docs).unchanged == ["a.md", "sub/b.txt"]
    assert shelf.stamp() == before


@pytest.mark.parametrize("form", ["{}/", "{}/sub/..", "{}/./"])
def test_a_folder_is_the_same_folder_however_it_is_written(
    home: Path, docs: Path, form: str
) -> None:
    add(home, docs)
    assert add(home, Path(form.format(docs))).unchanged == ["a.md", "sub/b.txt"]


def test_a_relative_path_a_tilde_and_a_link_lead_to_the_same_documents(
    home: Path, docs: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(docs)
    (tmp_path / "link").symlink_to(docs)
    assert len(add(home, Path()).added) == 2
    for path in (Path("../docs"), Path("~/docs"), tmp_path / "link"):
        assert len(add(home, path).unchanged) == 2


def test_names_with_spaces_and_of_any_script_are_ids(home: Path, docs: Path, shelf: Shelf) -> None:
    (docs / "日本 語").mkdir()
    (docs / "日本 語" / "über uns (1).md").write_text("Text.\n")
    assert "日本 語/über uns (1).md" in add(home, docs).added
    assert "日本 語/über uns (1).md" in texts(shelf)


def test_a_folder_whose_name_is_not_unicode_can_be_added_and_added_again(
    home: Path, tmp_path: Path
) -> None:
    folder = Path(f"{tmp_path}/caf\udce9")
    folder.mkdir()
    (folder / "a.md").write_text("Text.\n")
    assert add(home, folder).added == ["a.md"]
    (folder / "a.md").write_text("New text.\n")
    assert add(home, folder).replaced == ["a.md"]


def test_another_document_of_the_same_name_is_refused_not_overwritten(
    home: Path, docs: Path, shelf: Shelf, tmp_path: Path
) -> None:
    add(home, docs)
    other = tmp_path / "other"
    other.mkdir()
    (other / "a.md").write_text("Something else.\n")
    (other / "new.md").write_text("New.\n")
    report = add(home, other)
    assert report.added == ["new.md"]
    (problem,) = report.problems
    assert str(docs) in problem.what
    assert "corpus remove a.md`" in problem.cure
    assert texts(shelf)["a.md"] == "# A\n\nFirst.\n"


def test_two_documents_of_one_name_in_one_go_are_told_apart_too(home: Path, docs: Path) -> None:
    (docs / "sub" / "a.md").write_text("Another a.\n")
    report = add(home, docs / "a.md", docs / "sub" / "a.md")
    assert report.added == ["a.md"]
    assert len(report.problems) == 1


def test_the_same_document_from_another_place_is_no_conflict(
    home: Path, docs: Path, tmp_path: Path
) -> None:
    add(home, docs)
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "a.md").write_bytes((docs / "a.md").read_bytes())
    report = add(home, copy)
    assert (report.unchanged, report.problems) == (["a.md"], [])


def test_a_file_that_was_added_alone_is_updated_with_its_folder_and_back(
    home: Path, docs: Path, shelf: Shelf
) -> None:
    add(home, docs / "a.md")
    (docs / "a.md").write_text("Changed.\n")
    assert add(home, docs).replaced == ["a.md"]
    (docs / "a.md").write_text("Changed again.\n")
    assert add(home, docs / "a.md").replaced == ["a.md"]
    assert texts(shelf)["a.md"] == "Changed again.\n"


def test_a_shipped_document_is_never_shadowed(home: Path, docs: Path) -> None:
    report = Adding(home_shelf(home), home, {*SHIPPED, "a.md"}).add([docs])
    assert report.added == ["sub/b.txt"]
    assert "comes with the program" in report.problems[0].what


def test_a_users_own_notes_folder_shadows_nothing(home: Path, docs: Path) -> None:
    (docs / "notes").mkdir()
    (docs / "notes" / "phi-3.md").write_text("Mine.\n")
    report = add(home, docs)
    assert "notes/phi-3.md" in report.added
    assert report.problems == []


def test_what_cannot_be_read_hides_nothing(home: Path, docs: Path) -> None:
    (docs / "bad.md").write_bytes(b"\x00\x01\x02" * 100)
    report = add(home, docs / "nowhere", docs)
    assert report.added == ["a.md", "sub/b.txt"]
    assert [type(problem) for problem in report.problems] == [SourceMissing, SourceUnreadable]


def test_a_file_that_cannot_be_read_any_more_keeps_its_document(
    home: Path, docs: Path, shelf: Shelf
) -> None:
    add(home, docs)
    (docs / "a.md").write_bytes(b"\x00\x01\x02" * 100)
    report = add(home, docs)
    assert (report.unchanged, report.gone, len(report.problems)) == (["sub/b.txt"], [], 1)
    assert "First." in texts(shelf)["a.md"]


def test_a_file_that_is_no_longer_in_its_folder_is_kept_and_named(
    home: Path, docs: Path, shelf: Shelf
) -> None:
    add(home, docs)
    (docs / "a.md").unlink()
    assert add(home, docs).gone == ["a.md"]
    assert {e.document.id: e.status for e in shelf.entries()}["a.md"] == "gone"
    (docs / "a.md").write_text("# A\n\nFirst.\n")
    report = add(home, docs)
    assert (report.replaced, report.gone) == (["a.md"], [])
    assert {e.status for e in shelf.entries()} == {"current"}


def test_a_folder_inside_the_home_can_be_added(home: Path) -> None:
    (home / "mine").mkdir(parents=True)
    (home / "mine" / "a.md").write_text("Text.\n")
    assert add(home, home / "mine").added == ["a.md"]


def test_a_folder_around_the_home_does_not_bring_what_the_program_keeps(
    home: Path, docs: Path
) -> None:
    (home / "runs").mkdir(parents=True)
    (home / "runs" / "report.md").write_text("A report.\n")
    assert add(home, docs.parent).added == ["docs/a.md", "docs/sub/b.txt"]


def test_what_the_reader_left_out_is_told_by_id(home: Path, docs: Path) -> None:
    (docs / "a.md").write_text("soft\u00adhyphen and zero\u200bwidth\n")
    report = add(home, docs)
    assert list(report.dropped) == ["a.md"]
    assert sum(report.dropped["a.md"].values()) >= 2


def test_an_empty_folder_is_no_error_and_brings_nothing(home: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    report = add(home, tmp_path / "empty")
    assert (report.taken, report.problems) == (0, [])


def read_by_an_older_reader(shelf: Shelf, text: str) -> None:
    """Make every document on the shelf what readers before these had made of it."""
    for entry in shelf.entries():
        document = replace(entry.document, text=text)
        older = {"document": document, "reader_version": READER_VERSION - 1}
        shelf.put([entry.model_copy(update=older)])


def test_what_an_older_reader_read_is_read_again_though_its_bytes_are_the_same(
    home: Path, docs: Path, shelf: Shelf
) -> None:
    add(home, docs)
    read_by_an_older_reader(shelf, "Badly read.")
    assert add(home, docs).replaced == ["a.md", "sub/b.txt"]
    assert texts(shelf) == {"a.md": "# A\n\nFirst.\n", "sub/b.txt": "Second.\n"}
    assert {entry.reader_version for entry in shelf.entries()} == {READER_VERSION}


def test_a_file_that_has_moved_is_read_again_too_and_is_no_other_content(
    home: Path, docs: Path, shelf: Shelf
) -> None:
    add(home, docs)
    read_by_an_older_reader(shelf, "Badly read.")
    moved = docs.rename(docs.with_name("moved"))
    report = add(home, moved)
    assert (report.replaced, report.problems) == (["a.md", "sub/b.txt"], [])
    assert {entry.origin for entry in shelf.entries()} == {str(moved)}


def test_a_document_that_reads_as_before_is_unchanged_and_marked_as_read_anew(
    home: Path, docs: Path, shelf: Shelf
) -> None:
    add(home, docs / "a.md")
    read_by_an_older_reader(shelf, texts(shelf)["a.md"])
    assert add(home, docs / "a.md").unchanged == ["a.md"]
    (entry,) = shelf.entries()
    assert (entry.reader_version, entry.origin) == (READER_VERSION, str(docs / "a.md"))


def test_the_bytes_that_are_kept_are_those_that_were_read_last(
    home: Path, docs: Path, shelf: Shelf
) -> None:
    file = docs / "a.md"
    add(home, file)
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())  # a mark that is no part of the text
    assert add(home, file).unchanged == ["a.md"]
    assert shelf.entries()[0].sha256 == hashlib.sha256(file.read_bytes()).hexdigest()


def test_an_unchanged_file_is_not_read_twice(
    home: Path, docs: Path, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(home, docs)
    monkeypatch.setattr("corpus.loaders.READERS", dict.fromkeys((".md", ".txt"), None))
    assert add(home, docs).unchanged == ["a.md", "sub/b.txt"]


def test_a_document_that_is_named_twice_is_told_of_once(home: Path, docs: Path) -> None:
    report = add(home, docs, docs / "a.md", docs)
    assert (report.added, report.unchanged) == (["a.md", "sub/b.txt"], [])
    assert report.taken == 2
    (docs / "a.md").unlink()
    assert add(home, docs, docs).gone == ["a.md"]


def test_the_command_that_makes_room_for_a_name_can_be_pasted(home: Path, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "it's.md").write_text(f"From {folder}.\n")
    add(home, tmp_path / "one")
    (problem,) = add(home, tmp_path / "two").problems
    command = problem.cure.split("`")[1]
    assert shlex.split(command)[-1] == "it's.md"
