import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from corpus.errors import IndexCorrupt, StoreError
from index.embedder import FloatArray
from index.store import ChromaStore

Creator = Callable[[Path, int], ChromaStore]


def unit_vectors(count: int, dimension: int = 8, seed: int = 1) -> FloatArray:
    vectors = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def names(count: int) -> list[str]:
    return [f"c{i}" for i in range(count)]


@pytest.fixture
def created() -> Iterator[Creator]:
    stores: list[ChromaStore] = []

    def create(folder: Path, count: int) -> ChromaStore:
        stores.append(ChromaStore.create(folder, count))
        return stores[-1]

    yield create
    for store in stores:
        store.close()


def test_the_nearest_come_first_with_their_exact_cosines(tmp_path: Path, created: Creator) -> None:
    vectors = unit_vectors(50)
    store = created(tmp_path / "chroma", 50)
    assert list(store.add(names(50), vectors)) == [50]
    ids, cosines = store.query(vectors[7], 5)
    expected = np.sort(vectors @ vectors[7])[::-1][:5]
    assert ids[0] == "c7"
    np.testing.assert_allclose(cosines, expected, atol=1e-5)


def test_more_than_one_batch_goes_in_and_can_all_be_found(tmp_path: Path, created: Creator) -> None:
    vectors = unit_vectors(5600)
    store = created(tmp_path / "chroma", 5600)
    assert list(store.add(names(5600), vectors)) == [5000, 5600]
    assert store.unreachable(names(5600), vectors) == set()


def test_long_vectors_go_in_with_smaller_batches(tmp_path: Path, created: Creator) -> None:
    vectors = unit_vectors(400, dimension=8192)
    store = created(tmp_path / "chroma", 400)
    assert list(store.add(names(400), vectors)) == [325, 400]
    assert store.query(vectors[399], 1)[0] == ["c399"]


def test_a_vector_that_no_query_finds_is_named(tmp_path: Path, created: Creator) -> None:
    vectors = unit_vectors(20)
    store = created(tmp_path / "chroma", 18)
    list(store.add(names(18), vectors[:18]))
    assert store.unreachable(names(20), vectors) == {"c18", "c19"}


@pytest.mark.parametrize("count", [1, 2, 3, 99, 101])
def test_a_copy_that_is_opened_again_reaches_the_very_same_vectors(
    tmp_path: Path, created: Creator, count: int
) -> None:
    vectors = unit_vectors(count)
    store = created(tmp_path / "chroma", count)
    list(store.add(names(count), vectors))
    found = store.query(vectors[0], count)[0]
    store.close()
    shutil.copytree(tmp_path / "chroma", tmp_path / "copy")
    copy = ChromaStore.open(tmp_path / "copy")
    assert copy.query(vectors[0], count)[0] == found
    assert set(found) == set(names(count))
    copy.close()


def test_a_graph_on_the_disk_is_the_same_at_every_opening(tmp_path: Path, created: Creator) -> None:
    # Vectors so nearly alike that with few links some stay out of reach.
    vectors = unit_vectors(600, 64) * 0.02 + unit_vectors(1, 64, seed=2)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    store = created(tmp_path / "chroma", 600)
    list(store.add(names(600), vectors))
    store.close()
    reached = []
    for i in range(3):
        shutil.copytree(tmp_path / "chroma", tmp_path / str(i))
        copy = ChromaStore.open(tmp_path / str(i))
        reached.append(copy.query(vectors[0], 600)[0])
        copy.close()
    assert reached[0] == reached[1] == reached[2]


def test_what_chroma_refuses_is_an_error_of_the_store(tmp_path: Path, created: Creator) -> None:
    store = created(tmp_path / "chroma", 1)
    list(store.add(["a"], unit_vectors(1)))
    with pytest.raises(StoreError):
        list(store.add(["b"], unit_vectors(1, dimension=9)))
    with pytest.raises(IndexCorrupt):
        store.query(unit_vectors(1, dimension=9)[0], 1)


def test_a_folder_without_a_collection_is_damage(tmp_path: Path) -> None:
    with pytest.raises(IndexCorrupt):
        ChromaStore.open(tmp_path / "empty")
    (tmp_path / "noise").mkdir()
    (tmp_path / "noise" / "chroma.sqlite3").write_bytes(b"not a database" * 100)
    with pytest.raises(IndexCorrupt):
        ChromaStore.open(tmp_path / "noise")
