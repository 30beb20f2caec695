"""Files that a user adds."""

import os
from pathlib import Path

import pytest

from corpus.errors import CorpusError, SourceMissing, SourceUnreadable, UnsafePath
from corpus.loaders import load_file, load_folder

_VENDOR_DOCS = Path(__file__).parents[2].parent / "shared" / "vendor-docs"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "added"
    folder.mkdir()
    return folder


def test_a_file_becomes_a_document_named_by_its_place(root: Path) -> None:
    (root / "a" / "b").mkdir(parents=True)
    path = root / "a" / "b" / "c.MD"
    path.write_bytes("\ufeffIntro\r\n\r\n# The *real* title #\r\n".encode())
    document = load_file(path, root).document
    assert document.id == "a/b/c.MD"
    assert document.title == "The real title"
    assert document.text == "Intro\n\n# The *real* title #\n"
    assert (document.kind, document.url, document.vendor) == ("file", None, None)


def test_a_path_given_from_where_the_user_stands_is_found(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "a.txt").write_text("text")
    monkeypatch.chdir(root)
    assert load_file(Path("a.txt"), Path()).document.id == "a.txt"


def test_a_file_without_a_heading_is_called_by_its_name(root: Path) -> None:
    (root / "my notes.markdown").write_text("plain\n## second level\n")
    assert load_file(root / "my notes.markdown", root).document.title == "my notes"


@pytest.mark.parametrize("target", ["../outside.md", "/etc/hostname"])
def test_a_link_out_of_the_folder_is_refused(root: Path, target: str) -> None:
    (root.parent / "outside.md").write_text("secret")
    (root / "link.md").symlink_to(target)
    with pytest.raises(UnsafePath, match=r"link\.md"):
        load_file(root / "link.md", root)


def test_a_path_out_of_the_folder_is_refused(root: Path) -> None:
    (root.parent / "outside.md").write_text("secret")
    with pytest.raises(UnsafePath):
        load_file(root / ".." / "outside.md", root)


def test_a_link_inside_the_folder_is_the_file_that_it_leads_to(root: Path) -> None:
    (root / "a.md").write_text("text")
    (root / "b.md").symlink_to("a.md")
    assert load_file(root / "b.md", root).document.id == "a.md"
    assert [document.id for document in load_folder(root).documents] == ["a.md"]


def test_a_file_over_the_limit_is_refused_and_one_at_the_limit_is_read(root: Path) -> None:
    (root / "a.txt").write_text("x" * 100)
    assert len(load_file(root / "a.txt", root, max_bytes=100).document.text) == 100
    with pytest.raises(SourceUnreadable, match="larger than"):
        load_file(root / "a.txt", root, max_bytes=99)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        pytest.param("a.md", b"", "holds no text", id="empty"),
        pytest.param("a.md", " \n\u200b\n".encode(), "holds no text", id="invisible"),
        pytest.param("a.md", b"caf\xe9", "UTF-8", id="Latin-1"),
        pytest.param("a.md", b"a\x00" * 50, "binary", id="binary"),
        pytest.param("a.docx", b"text", "kind", id="unknown kind"),
        pytest.param("README", b"text", "kind", id="no suffix"),
        pytest.param("a\u202e.md", b"text", "Rename", id="hidden character in the name"),
        pytest.param("a\nb.md", b"text", "Rename", id="line end in the name"),
    ],
)
def test_what_cannot_be_read_says_why_and_what_to_do(
    root: Path, name: str, data: bytes, message: str
) -> None:
    (root / name).write_bytes(data)
    with pytest.raises(SourceUnreadable, match=message) as caught:
        load_file(root / name, root)
    assert caught.value.cure
    assert "\n" not in str(caught.value)


def test_a_name_that_is_not_unicode_is_refused(root: Path) -> None:
    raw = os.fsencode(root) + b"/caf\xe9.md"
    try:
        Path(os.fsdecode(raw)).write_text("text")
    except OSError:
        pytest.skip("this file system takes Unicode names only")
    report = load_folder(root)
    assert report.documents == ()
    (problem,) = report.problems
    str(problem).encode()
    assert "Rename" in problem.cure


def test_a_missing_file_a_folder_a_pipe_and_a_loop_are_errors(root: Path) -> None:
    (root / "folder.md").mkdir()
    os.mkfifo(root / "pipe.md")
    (root / "loop.md").symlink_to("loop.md")
    with pytest.raises(SourceMissing):
        load_file(root / "none.md", root)
    for name in ("folder.md", "pipe.md", "loop.md"):
        with pytest.raises(SourceUnreadable, match=name):
            load_file(root / name, root)
    with pytest.raises(CorpusError):
        load_file(root / "a\0b.md", root)


def test_one_bad_file_never_hides_the_others(root: Path) -> None:
    (root.parent / "outside.md").write_text("secret")
    (root / "z").mkdir()
    (root / "z" / "good.md").write_text("# Good\n")
    (root / "also good.txt").write_text("text")
    (root / "bad.md").write_bytes(b"\xff\xfe\xfd")
    (root / "empty.md").write_text("")
    (root / "gone.md").symlink_to("nowhere.md")
    (root / "out.md").symlink_to("../outside.md")
    (root / "picture.png").write_bytes(b"\x89PNG")
    (root / "photo.PNG").write_bytes(b"\x89PNG")
    report = load_folder(root)
    assert [document.id for document in report.documents] == ["also good.txt", "z/good.md"]
    kinds = [type(problem) for problem in report.problems]
    assert kinds == [
        SourceUnreadable,
        SourceUnreadable,
        SourceMissing,
        UnsafePath,
        SourceUnreadable,
    ]
    assert "2 files are of kinds that are not read: .png (2)" in report.problems[-1].what


def test_hidden_files_and_links_to_folders_are_passed_over(root: Path) -> None:
    (root / ".git").mkdir()
    (root / ".git" / "a.md").write_text("text")
    (root / ".hidden.md").write_text("text")
    (root / "round").symlink_to(".")
    (root / "seen.md").write_text("text")
    report = load_folder(root)
    assert [document.id for document in report.documents] == ["seen.md"]
    assert report.problems == ()


def test_a_folder_that_is_missing_or_no_folder_is_an_error(root: Path) -> None:
    with pytest.raises(SourceMissing):
        load_folder(root / "none")
    (root / "a.md").write_text("text")
    with pytest.raises(SourceUnreadable, match="not a folder"):
        load_folder(root / "a.md")


@pytest.mark.skipif(not _VENDOR_DOCS.is_dir(), reason="the vendor documents are not here")
def test_all_text_files_of_a_real_collection_are_read() -> None:
    report = load_folder(_VENDOR_DOCS)
    expected = {p.relative_to(_VENDOR_DOCS).as_posix() for p in _VENDOR_DOCS.rglob("*.md")}
    assert {document.id for document in report.documents} >= expected
    assert all(isinstance(problem, SourceUnreadable) for problem in report.problems)
    assert len(report.problems) <= 1
