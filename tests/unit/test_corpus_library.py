"""The documents that come with the program."""

import zipfile
from importlib import resources
from pathlib import Path

import pytest

import corpus
from corpus.errors import CorpusError, SourceMissing, SourceUnreadable, UnsafePath
from corpus.library import load_lesson, load_listed, load_shipped

_PACKAGE = Path(corpus.__file__).parent

_LESSON = '[[source]]\nid = "lesson"\npath = "lesson.md"\ntitle = "Lesson"\nkind = "lesson"\n'
_NOTE = '[[source]]\nid = "notes/x"\npath = "notes/x.md"\ntitle = "X"\nkind = "note"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "package" / "notes").mkdir(parents=True)
    (tmp_path / "package" / "lesson.md").write_text("# Lesson\n")
    (tmp_path / "package" / "notes" / "x.md").write_text("# X\n")
    (tmp_path / "secret.md").write_text("secret")
    return tmp_path / "package"


def _load(folder: Path, sources: str) -> list[str]:
    (folder / "sources.toml").write_text(sources)
    return [document.id for document in load_listed(folder)]


def test_the_lesson_comes_first_and_word_for_word() -> None:
    lesson = load_shipped()[0]
    assert lesson is load_lesson()
    assert (lesson.id, lesson.kind) == ("lesson", "lesson")
    assert lesson.text.encode() == (_PACKAGE / "lesson.md").read_bytes()


def test_every_note_in_the_package_is_listed_once() -> None:
    notes = [document for document in load_shipped() if document.kind == "note"]
    files = {f"notes/{path.stem}" for path in (_PACKAGE / "notes").glob("*.md")}
    assert {note.id for note in notes} == files
    assert len(notes) == len(files) > 0
    assert all(note.vendor and note.url and note.dated for note in notes)


def test_the_lesson_leads_wherever_it_is_listed(folder: Path) -> None:
    assert _load(folder, _NOTE + _LESSON) == ["lesson", "notes/x"]


def test_the_documents_are_read_from_a_zipped_package_too(folder: Path) -> None:
    (folder / "sources.toml").write_text(_LESSON + _NOTE)
    archive = folder.parent / "package.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for name in ("sources.toml", "lesson.md", "notes/x.md"):
            file.write(folder / name, name)
    with zipfile.ZipFile(archive) as file:
        documents = load_listed(zipfile.Path(file))
    assert [document.text for document in documents] == ["# Lesson\n", "# X\n"]


def test_the_package_can_be_reached_as_resources() -> None:
    assert load_listed(resources.files("corpus")) == load_shipped()


def test_a_listed_text_is_cleaned(folder: Path) -> None:
    (folder / "lesson.md").write_bytes("\ufeff# Les\u00adson\r\n".encode())
    _load(folder, _LESSON)
    assert load_listed(folder)[0].text == "# Lesson\n"


@pytest.mark.parametrize(
    "path", ["../secret.md", "notes/../../secret.md", "/etc/passwd", "C:/x.md", "notes\\\\x.md"]
)
def test_a_path_that_leaves_the_package_is_refused(folder: Path, path: str) -> None:
    with pytest.raises(UnsafePath, match="lesson"):
        _load(folder, _LESSON.replace("lesson.md", path))


def test_a_link_that_leaves_the_package_is_refused(folder: Path) -> None:
    (folder / "lesson.md").unlink()
    (folder / "lesson.md").symlink_to(folder.parent / "secret.md")
    with pytest.raises(UnsafePath, match="lesson"):
        _load(folder, _LESSON)


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        pytest.param(_NOTE, "no lesson", id="no lesson"),
        pytest.param(_LESSON + _LESSON, "listed twice", id="twice"),
        pytest.param(_LESSON + 'size = "3"\n', "“lesson”.*size", id="unknown key"),
        pytest.param(_LESSON.replace('"lesson"\n', '"essay"\n'), "source “essay”", id="bad id"),
        pytest.param(_LESSON + _NOTE.replace('"note"', '"web"'), "“notes/x”.*kind", id="bad kind"),
        pytest.param(
            _LESSON + _NOTE.replace('"note"', '"lesson"'),
            "“notes/x” is of the wrong kind",
            id="two",
        ),
        pytest.param(_LESSON + 'url = "ftp://x"\n', "“lesson”.*url", id="bad address"),
        pytest.param(_LESSON + 'dated = "May"\n', "“lesson”.*dated", id="bad date"),
        pytest.param('source = ["x"]\n', "source number 1", id="not a table"),
        pytest.param("x = 1\n", r"\[\[source\]\]", id="unknown entry"),
        pytest.param("[[source", "not valid TOML", id="no TOML"),
    ],
)
def test_a_damaged_list_is_refused_by_name(folder: Path, sources: str, message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        _load(folder, sources)


def test_a_missing_list_or_document_is_named(folder: Path) -> None:
    with pytest.raises(SourceMissing, match=r"sources\.toml"):
        load_listed(folder)
    (folder / "notes" / "x.md").unlink()
    with pytest.raises(SourceMissing, match=r"notes/x\.md"):
        _load(folder, _LESSON + _NOTE)


def test_an_empty_or_binary_document_is_refused(folder: Path) -> None:
    (folder / "lesson.md").write_text(" \n\u200b\n")
    with pytest.raises(CorpusError, match="empty"):
        _load(folder, _LESSON)
    (folder / "lesson.md").write_bytes(b"\xff\x00\xfe")
    with pytest.raises(SourceUnreadable, match=r"lesson\.md"):
        _load(folder, _LESSON)
