"""An index over nothing, and over more than usual; ``large_corpora`` tries the most."""

from pathlib import Path

import pytest

from corpus.documents import Document
from corpus.errors import SourceMissing
from corpus.loaders import MAX_BYTES
from corpus.shelf import home_shelf
from index.build import build_index
from tests.support.large_corpora import EMBEDDER, NEEDLE, added, found, many_files, one_large_file


def test_empty_files_are_named_and_an_index_over_nothing_is_refused(
    home: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty.md").write_text("")
    (tmp_path / "blank.txt").write_text(" \n\t\n")
    for name in ("empty.md", "blank.txt"):
        (problem,) = added(home, tmp_path / name).problems
        assert name in problem.what
        assert problem.cure
    (tmp_path / "nothing").mkdir()
    assert added(home, tmp_path / "nothing").taken == 0
    with pytest.raises(SourceMissing, match="no document"):
        build_index(home_shelf(home).documents(), EMBEDDER, tmp_path / "index")


def test_a_document_without_text_beside_others_is_no_obstacle(tmp_path: Path) -> None:
    documents = [Document("a", "A", "", "file"), Document("b", "B", NEEDLE, "file")]
    assert build_index(documents, EMBEDDER, tmp_path).chunks == 1
    assert found(tmp_path) == "b"


def test_a_file_above_the_limit_is_refused_by_its_size(home: Path, tmp_path: Path) -> None:
    with (tmp_path / "huge.txt").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    (problem,) = added(home, tmp_path / "huge.txt").problems
    assert "huge.txt" in problem.what
    assert home_shelf(home).documents() == ()


def test_the_middle_of_a_large_file_is_found(tmp_path: Path) -> None:
    chunks, source = one_large_file(tmp_path, 500_000)
    assert chunks > 300
    assert source == "large.md"


def test_the_last_of_many_files_is_found(tmp_path: Path) -> None:
    assert many_files(tmp_path, 200) == (200, "001/00199.md")
