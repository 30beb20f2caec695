import sqlite3
from pathlib import Path

import numpy as np
import pytest

from index.embedding_cache import EmbeddingCache
from index.hash_embedder import HashEmbedder

EMBEDDER = HashEmbedder(dimension=16)


def opened(file: Path, fingerprint: str = "one", dimension: int = 16) -> EmbeddingCache:
    return EmbeddingCache(file, fingerprint, dimension)


def filled(file: Path) -> None:
    with opened(file) as cache:
        cache.put(["a", "b"], EMBEDDER.encode(["a", "b"]))


def test_a_vector_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    filled(tmp_path / "cache")
    with opened(tmp_path / "cache") as cache:
        found = cache.get(["b", "c"])
    assert found.keys() == {"b"}
    np.testing.assert_array_equal(found["b"], EMBEDDER.encode(["b"])[0])


def test_another_embedder_finds_nothing(tmp_path: Path) -> None:
    filled(tmp_path / "cache")
    with opened(tmp_path / "cache", "two") as cache:
        assert cache.get(["a"]) == {}
    with opened(tmp_path / "cache", "one", 32) as cache:
        assert cache.get(["a"]) == {}


def test_a_damaged_vector_is_not_found(tmp_path: Path) -> None:
    file = tmp_path / "cache"
    filled(file)
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE vectors SET vector = ?", (bytes(64),))
    connection.close()
    with opened(file) as cache:
        assert cache.get(["a", "b"]) == {}


@pytest.mark.parametrize("content", [b"", b"no database at all", b"SQLite format 3\0" + bytes(900)])
def test_a_damaged_file_is_made_anew(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "cache"
    file.write_bytes(content)
    filled(file)
    with opened(file) as cache:
        assert cache.get(["a"]).keys() == {"a"}


def test_a_file_damaged_in_the_middle_is_made_anew(tmp_path: Path) -> None:
    file = tmp_path / "cache"
    with opened(file) as cache:
        texts = [f"text {i}" for i in range(500)]
        cache.put(texts, EMBEDDER.encode(texts))
    content = bytearray(file.read_bytes())
    content[4096:-4096] = b"\xff" * (len(content) - 8192)
    file.write_bytes(content)
    with opened(file) as cache:
        found = cache.get(texts)
        assert len(found) < 500
        cache.put(texts, EMBEDDER.encode(texts))
        assert cache.get(texts).keys() == set(texts)


def test_damage_that_only_writing_meets_ends_no_build(tmp_path: Path) -> None:
    file = tmp_path / "cache"
    texts = [f"text {i}" for i in range(3_000)]
    with opened(file) as cache:
        cache.put(texts, EMBEDDER.encode(texts))
    content = bytearray(file.read_bytes())
    half = len(content) // 2 // 8192 * 8192
    content[half:] = b"\xff" * (len(content) - half)
    file.write_bytes(content)
    with opened(file) as cache:
        cache.put(["a", "b"], EMBEDDER.encode(["a", "b"]))
        assert cache.get(["a", "b"]).keys() == {"a", "b"}


def test_a_file_of_another_layout_is_made_anew(tmp_path: Path) -> None:
    file = tmp_path / "cache"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE vectors (other TEXT)")
    connection.close()
    filled(file)
    with opened(file) as cache:
        assert cache.get(["a"]).keys() == {"a"}


def known(cache: EmbeddingCache) -> set[str]:
    return set(cache.get([*"abcdefgh"]))


def built(cache: EmbeddingCache, texts: str, spared: int) -> None:
    """What a build does with the cache."""
    missing = [text for text in texts if text not in cache.get([*texts])]
    cache.put(missing, EMBEDDER.encode(missing))
    cache.keep([*texts], spared)


def test_what_no_build_has_used_for_longest_is_forgotten_first(tmp_path: Path) -> None:
    with opened(tmp_path / "cache") as cache:
        for texts in ("ab", "cd", "ef", "g", "h"):
            built(cache, texts, spared=2)
        # The last two builds used g and h; of the others the two of the build before are spared.
        assert known(cache) == set("efgh")


def test_a_bound_smaller_than_the_corpus_spares_as_much_as_the_corpus_holds(
    tmp_path: Path,
) -> None:
    with opened(tmp_path / "cache") as cache:
        for texts in ("abc", "ab", "ab"):
            built(cache, texts, spared=0)
        assert known(cache) == set("abc")


def test_what_is_used_again_is_young_again(tmp_path: Path) -> None:
    with opened(tmp_path / "cache") as cache:
        for texts in ("a", "b", "c", "a", "d", "e"):
            built(cache, texts, spared=1)
        assert known(cache) == set("ade")


def test_vectors_of_another_embedder_are_forgotten_with_the_rest(tmp_path: Path) -> None:
    with opened(tmp_path / "cache", "two") as cache:
        built(cache, "abcd", spared=2)
    with opened(tmp_path / "cache") as cache:
        for texts in ("e", "f", "g"):
            built(cache, texts, spared=2)
    with opened(tmp_path / "cache", "two") as cache:
        assert len(known(cache)) == 1


def test_the_file_shrinks_when_much_is_forgotten(tmp_path: Path) -> None:
    file = tmp_path / "cache"
    texts = [f"text {i}" for i in range(5_000)]
    with opened(file) as cache:
        cache.put(texts, EMBEDDER.encode(texts))
        cache.keep(texts)
        before = file.stat().st_size
        for _ in range(3):
            cache.keep(["text 1"], spared=10)
    assert file.stat().st_size < before / 4
