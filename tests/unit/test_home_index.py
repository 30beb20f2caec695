"""The documents of a home folder and the index over them."""

from pathlib import Path

import pytest

from assistant.answerability import corpus_vocabulary
from assistant.home_index import (
    build_home_index,
    home_documents,
    index_folder,
    kept_vocabulary,
    serves,
)
from corpus.documents import Document
from corpus.library import load_shipped
from corpus.shelf import Entry, home_shelf
from index.generation import read_current
from index.hash_embedder import HashEmbedder
from index.opening import index_status
from tests.support.small_corpus import small_corpus

EMBEDDER = HashEmbedder()


def put(home: Path, *documents: Document) -> None:
    now = "2026-11-23T10:00:00+00:00"
    home_shelf(home).put(
        Entry(document=document, origin="/docs", sha256="0", read_at=now, checked_at=now)
        for document in documents
    )


def test_a_home_holds_what_is_shipped_and_what_was_added(home: Path) -> None:
    put(home, Document("a.md", "A", "Text.", "file"))
    assert [d.id for d in home_documents(home)] == [*(d.id for d in load_shipped()), "a.md"]


def test_a_shipped_document_goes_before_an_added_one_of_its_name(home: Path) -> None:
    put(home, Document("lesson", "Mine", "Shadow.", "file"))
    assert home_documents(home) == load_shipped()


def test_a_document_that_another_process_adds_during_a_build_is_indexed_too(home: Path) -> None:
    def add_one_more(step: str, done: int, total: int) -> None:
        if (step, done) == ("store", total):
            put(home, Document("late.md", "Late", "Came late.", "file"))

    report = build_home_index(home, EMBEDDER, progress=add_one_more)
    assert report.documents == len(load_shipped()) + 1
    assert index_status(index_folder(home), EMBEDDER, home_documents(home)).state == "ready"


def test_an_index_serves_whatever_documents_it_holds_but_not_another_embedder(home: Path) -> None:
    assert not serves(index_folder(home), EMBEDDER)
    build_home_index(home, EMBEDDER)
    put(home, Document("a.md", "A", "Text.", "file"))
    assert serves(index_folder(home), EMBEDDER)
    assert not serves(index_folder(home), HashEmbedder(name="2"))


def test_a_build_counts_the_words_so_that_no_question_has_to(home: Path) -> None:
    report = build_home_index(home, EMBEDDER)
    # Nothing is counted again: other documents under the same name change nothing.
    kept = kept_vocabulary(index_folder(home), report.generation, ())
    assert kept == corpus_vocabulary(load_shipped())


def test_the_counted_words_have_a_checksum_and_go_with_their_generation(home: Path) -> None:
    build_home_index(home, EMBEDDER)
    generation, manifest = read_current(index_folder(home))
    assert "vocabulary.json" in manifest.files
    for name in "ab":
        put(home, Document(f"{name}.md", name, "Text.", "file"))
        build_home_index(home, EMBEDDER)
    assert not generation.folder.exists()
    assert not (index_folder(home) / "vocabulary.json").exists()


@pytest.mark.parametrize("content", ["", "{}", "[1, 2]", "[1, 5, {}, []]", "\udcff"])
def test_counts_that_cannot_be_used_are_made_again(tmp_path: Path, content: str) -> None:
    folder = tmp_path / "generations" / "one"
    folder.mkdir(parents=True)
    (folder / "vocabulary.json").write_text(content, "utf-8", "surrogateescape")
    expected = corpus_vocabulary(small_corpus())
    assert kept_vocabulary(tmp_path, "one", small_corpus()) == expected


def test_words_are_counted_where_none_were_kept(tmp_path: Path) -> None:
    expected = corpus_vocabulary(small_corpus())
    assert kept_vocabulary(tmp_path, "one", small_corpus()) == expected
