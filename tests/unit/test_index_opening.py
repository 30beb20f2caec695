from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.errors import ConfigError, IndexMissing, IndexStale
from index import manifest as manifest_module
from index.build import build_index
from index.generation import current_generation
from index.hash_embedder import HashEmbedder
from index.opening import Index, index_status, open_index, verify_index
from tests.support.small_corpus import small_corpus

EMBEDDER = HashEmbedder()
Opener = Callable[[Path], Index]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    build_index(small_corpus(), EMBEDDER, tmp_path / "index")
    return tmp_path / "index"


@pytest.fixture
def opened() -> Iterator[Opener]:
    indexes: list[Index] = []

    def opener(folder: Path) -> Index:
        indexes.append(open_index(folder, EMBEDDER, small_corpus()))
        return indexes[-1]

    yield opener
    for index in indexes:
        index.close()


def test_an_open_index_holds_what_was_built(folder: Path, opened: Opener) -> None:
    index = opened(folder)
    assert index.generation == current_generation(folder)
    assert index.documents == {document.id: document for document in small_corpus()}
    assert len(index.chunks) == len(index.vectors) == index.lexical.count == 8
    for chunk in index.chunks:
        text = index.documents[chunk.document_id].text
        assert text[chunk.start : chunk.end].strip()


def test_opening_and_searching_changes_no_byte_of_the_generation(
    folder: Path, opened: Opener
) -> None:
    for _ in range(3):
        index = opened(folder)
        index.store.query(index.vectors[0], 3)
    verify_index(folder)


def test_closing_removes_the_working_copy(folder: Path) -> None:
    index = open_index(folder, EMBEDDER)
    assert len(list((folder / "open").iterdir())) == 2
    index.close()
    index.close()
    assert list((folder / "open").iterdir()) == []


def test_the_copy_of_a_dead_process_is_removed_and_that_of_a_living_one_stays(
    folder: Path, opened: Opener
) -> None:
    living = opened(folder)
    dead = folder / "open" / "1-dead"
    dead.mkdir()
    dead.with_name("1-dead.lock").touch()
    opened(folder)
    assert not dead.exists()
    assert living.store.folder.is_dir()


def test_an_index_that_was_never_built_is_missing(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing) as caught:
        open_index(tmp_path, EMBEDDER)
    assert "counterpoint index build" in caught.value.cure
    with pytest.raises(IndexMissing):
        verify_index(tmp_path)


def test_an_index_of_another_embedder_is_stale(folder: Path) -> None:
    with pytest.raises(IndexStale, match="embedder"):
        open_index(folder, HashEmbedder(name="2"))
    with pytest.raises(IndexStale, match="chunker"):
        open_index(folder, HashEmbedder(max_tokens=100))


def test_an_index_of_another_corpus_is_stale(folder: Path) -> None:
    documents = list(small_corpus())
    documents[0] = replace(documents[0], text="changed")
    for corpus in (documents, documents[1:], [*small_corpus(), replace(documents[0], id="new")]):
        with pytest.raises(IndexStale, match="corpus"):
            open_index(folder, EMBEDDER, corpus)


def test_an_index_of_another_chunker_or_library_is_stale(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(manifest_module, "CHUNKER_VERSION", "next")
        with pytest.raises(IndexStale, match="chunker"):
            open_index(folder, EMBEDDER)
    with monkeypatch.context() as patch:
        patch.setattr(manifest_module, "TERMS_VERSION", "next")
        with pytest.raises(IndexStale, match="word list"):
            open_index(folder, EMBEDDER)
    with monkeypatch.context() as patch:
        patch.setattr(manifest_module, "library_versions", lambda: {"chromadb": "99"})
        with pytest.raises(IndexStale, match="chromadb"):
            open_index(folder, EMBEDDER)


def test_a_reader_goes_on_while_newer_generations_are_built(folder: Path, opened: Opener) -> None:
    index = opened(folder)
    for count in (1, 2, 3):
        build_index(small_corpus()[:count], EMBEDDER, folder)
    ids, cosines = index.store.query(index.vectors[5], 8)
    assert ids[0] == index.chunks[5].id
    assert cosines[0] == pytest.approx(1.0, abs=1e-5)
    assert len(ids) == 8
    assert index.generation != current_generation(folder)


def test_a_place_that_cannot_be_written_is_a_configuration_error(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(ConfigError):
        build_index(small_corpus(), EMBEDDER, tmp_path / "file" / "index")
    with pytest.raises(ConfigError):
        build_index(small_corpus(), EMBEDDER, tmp_path / "file")
    (folder / "open").rmdir()
    (folder / "open").write_text("in the way")
    with pytest.raises(ConfigError):
        open_index(folder, EMBEDDER)


def test_status_tells_how_the_index_stands(folder: Path, tmp_path: Path) -> None:
    ready = index_status(folder, EMBEDDER, small_corpus())
    assert (ready.state, ready.documents, ready.chunks) == ("ready", 4, 8)
    assert ready.generation == current_generation(folder)
    assert ready.size_bytes > 100_000
    stale = index_status(folder, HashEmbedder(name="2"), small_corpus()[:1])
    assert (stale.state, stale.differences) == ("stale", ("embedder", "corpus"))
    assert index_status(tmp_path / "nowhere").state == "missing"
    (folder / "CURRENT").write_text("nonsense")
    damaged = index_status(folder)
    assert damaged.state == "corrupt"
    assert "counterpoint index build" in (damaged.cure or "")
