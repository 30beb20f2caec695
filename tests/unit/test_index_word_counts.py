"""The counted words of the texts."""

from pathlib import Path

import pytest

from corpus.errors import IndexCorrupt
from index.build import build_index
from index.generation import read_current
from index.hash_embedder import HashEmbedder
from index.opening import open_index
from index.word_counts import WordCounts
from tests.support.small_corpus import small_corpus

TEXTS = ["Fine-tuning a model: fine-tuned models", "Überraschung! The model of 2024"]


def test_words_are_counted_in_small_letters_and_compounds_are_known_without_a_hyphen() -> None:
    words = WordCounts.of(TEXTS)
    assert words.counts["model"] == 2
    assert words.counts["überraschung"] == 1
    assert "2024" not in words.counts
    assert words.joined["finetuning"] == "fine-tuning"
    assert "model" in words.stems


def test_what_was_saved_is_read_again_in_the_same_order(tmp_path: Path) -> None:
    words = WordCounts.of(TEXTS)
    words.save(tmp_path / "words")
    read = WordCounts.load(tmp_path / "words")
    assert read == words
    assert list(read.counts) == list(words.counts)


@pytest.mark.parametrize("content", ["", "{}", "[1, 2]", "[{}, {}, 3]"])
def test_what_was_not_saved_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "words").write_text(content, "utf-8")
    with pytest.raises(IndexCorrupt):
        WordCounts.load(tmp_path / "words")


def test_an_opened_index_knows_the_words_of_its_chunks_without_counting(tmp_path: Path) -> None:
    build_index(small_corpus(), HashEmbedder(), tmp_path)
    index = open_index(tmp_path, HashEmbedder())
    index.close()
    assert index.words == WordCounts.of(chunk.search_text for chunk in index.chunks)


def test_counts_that_were_changed_are_noticed(tmp_path: Path) -> None:
    build_index(small_corpus(), HashEmbedder(), tmp_path)
    file = read_current(tmp_path)[0].words
    file.write_text(file.read_text("utf-8").replace("1", "2", 1), "utf-8")
    with pytest.raises(IndexCorrupt, match=r"words\.json"):
        open_index(tmp_path, HashEmbedder())
