"""What a power cut may not undo: each step is on the disk before the next one relies on it."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from corpus.disk import replace_text
from corpus.documents import Document
from corpus.shelf import Entry, Shelf
from index.build import build_index
from index.generation import current_generation
from index.hash_embedder import HashEmbedder
from tests.support.small_corpus import small_corpus

Acts = list[tuple[str, int]]


@pytest.fixture
def acts(monkeypatch: pytest.MonkeyPatch) -> Acts:
    """Each sync and each renaming in their order, with the inode of what it concerns."""
    told: Acts = []
    really = os.fsync

    def sync(descriptor: int) -> None:
        really(descriptor)
        told.append(("synced", os.fstat(descriptor).st_ino))

    def telling(move: Callable[..., None]) -> Callable[..., None]:
        def moved(source: Any, target: Any, **options: Any) -> None:
            told.append(("named", Path(source).stat().st_ino))
            move(source, target, **options)

        return moved

    monkeypatch.setattr(os, "fsync", sync)
    for name in ("rename", "replace"):
        monkeypatch.setattr(os, name, telling(getattr(os, name)))
    return told


def inode(path: Path) -> int:
    return path.stat().st_ino


def synced(acts: Acts) -> set[int]:
    return {inode for act, inode in acts if act == "synced"}


def test_a_small_file_is_on_the_disk_before_it_takes_the_place_of_another(
    tmp_path: Path, acts: Acts
) -> None:
    file = tmp_path / "CURRENT"
    file.write_text("old")
    replace_text(file, "new")
    assert acts == [("synced", inode(file)), ("named", inode(file)), ("synced", inode(tmp_path))]


def test_a_generation_is_on_the_disk_with_its_name_before_it_serves(
    tmp_path: Path, acts: Acts
) -> None:
    build_index(small_corpus(), HashEmbedder(), tmp_path)
    serves = acts.index(("named", inode(tmp_path / "CURRENT")))
    generation = tmp_path / "generations" / str(current_generation(tmp_path))
    needed = [generation.parent, generation, *generation.rglob("*")]
    assert {inode(path) for path in needed} <= synced(acts[:serves])


def test_documents_that_come_together_are_on_the_disk_before_they_count(
    tmp_path: Path, acts: Acts
) -> None:
    day = "2026-11-23T10:00:00+00:00"
    documents = [Document(f"{n}.md", "Title", "Some text.", "file") for n in range(3)]
    entries = [
        Entry(document=one, origin="/x", sha256="0" * 64, read_at=day, checked_at=day)
        for one in documents
    ]
    Shelf(tmp_path).put(entries)
    count = next(place for place, (act, _) in enumerate(acts) if act == "named")
    batch = acts[count][1]
    assert {batch, *map(inode, tmp_path.glob("*.json"))} <= synced(acts[:count])
    assert acts[count + 1] == ("synced", inode(tmp_path))
