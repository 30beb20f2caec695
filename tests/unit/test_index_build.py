import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.documents import Document
from corpus.errors import CorpusError, SourceMissing, StoreError
from index.build import BuildReport, build_index
from index.embedder import FloatArray
from index.generation import current_generation
from index.hash_embedder import HashEmbedder
from index.opening import open_index, verify_index
from index.store import ChromaStore
from tests.support.small_corpus import small_corpus


class CountingEmbedder(HashEmbedder):
    """Remembers which texts it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[str] = []

    def encode(self, texts: Sequence[str]) -> FloatArray:
        self.given.extend(texts)
        return super().encode(texts)


def build(
    folder: Path, documents: Sequence[Document] | None = None, embedder: HashEmbedder | None = None
) -> BuildReport:
    return build_index(
        small_corpus() if documents is None else documents, embedder or HashEmbedder(), folder
    )


def generations(folder: Path) -> set[str]:
    return {path.name for path in (folder / "generations").iterdir()}


def test_a_build_reports_what_it_did_and_passes_every_check(tmp_path: Path) -> None:
    report = build(tmp_path)
    assert report.chunks == 8
    assert (report.embedded, report.reused) == (8, 0)
    assert report.generation == current_generation(tmp_path)
    assert verify_index(tmp_path).chunks == 8


def test_an_unchanged_corpus_embeds_nothing_and_builds_nothing(tmp_path: Path) -> None:
    first = build(tmp_path)
    embedder = CountingEmbedder()
    second = build(tmp_path, small_corpus()[::-1], embedder)
    assert embedder.given == []
    assert (second.generation, second.embedded, second.reused) == (first.generation, 0, 8)


def test_a_changed_document_embeds_only_what_is_new(tmp_path: Path) -> None:
    build(tmp_path)
    documents = list(small_corpus())
    documents[1] = replace(documents[1], text=documents[1].text + "\n## Licence\n\nMIT.\n")
    embedder = CountingEmbedder()
    report = build(tmp_path, documents, embedder)
    assert [text.split("\n")[-1] for text in embedder.given] == ["MIT."]
    assert (report.chunks, report.embedded, report.reused) == (9, 1, 8)


def test_a_new_address_of_a_document_is_a_new_generation_without_new_vectors(
    tmp_path: Path,
) -> None:
    first = build(tmp_path)
    documents = [replace(document, url=None) for document in small_corpus()]
    second = build(tmp_path, documents)
    assert second.generation != first.generation
    assert second.embedded == 0


def test_another_embedder_embeds_everything_again(tmp_path: Path) -> None:
    build(tmp_path)
    assert build(tmp_path, embedder=HashEmbedder(name="2")).embedded == 8
    # The vectors of the first are still known.
    assert build(tmp_path).embedded == 0


def test_the_order_of_the_documents_changes_no_byte_of_the_chunks(tmp_path: Path) -> None:
    build(tmp_path / "a")
    build(tmp_path / "b", small_corpus()[::-1])
    (a,), (b,) = ((tmp_path / name / "generations").iterdir() for name in "ab")
    for name in ("chunks.jsonl", "documents.jsonl", "vectors.npy", "bm25/vocab.index.json"):
        assert (a / name).read_bytes() == (b / name).read_bytes()


def test_the_last_two_generations_are_kept_and_nothing_else(tmp_path: Path) -> None:
    built = [build(tmp_path, small_corpus()[:count]).generation for count in (1, 2, 3, 4)]
    assert generations(tmp_path) == set(built[-2:])
    assert not list((tmp_path / "open").iterdir())


def test_what_a_killed_build_left_behind_is_removed(tmp_path: Path) -> None:
    build(tmp_path)
    leftover = tmp_path / "generations" / "killed"
    leftover.mkdir()
    (leftover / "chunks.jsonl").write_text("half")
    build(tmp_path, small_corpus()[:2])
    assert "killed" not in generations(tmp_path)


def test_a_build_that_fails_leaves_the_old_generation_and_no_leftover(tmp_path: Path) -> None:
    class FailingEmbedder(HashEmbedder):
        def encode(self, texts: Sequence[str]) -> FloatArray:
            raise KeyboardInterrupt

    first = build(tmp_path, small_corpus()[:1])
    with pytest.raises(KeyboardInterrupt):
        build(tmp_path, small_corpus(), FailingEmbedder())
    assert current_generation(tmp_path) == first.generation
    assert generations(tmp_path) == {first.generation}
    verify_index(tmp_path)


def test_progress_tells_each_step_from_start_to_end(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    build_index(
        small_corpus(),
        HashEmbedder(),
        tmp_path,
        progress=lambda step, done, total: told.append((step, done, total)),
    )
    last = {step: (done, total) for step, done, total in told}
    assert list(last) == ["chunk", "embed", "store", "verify"]
    assert last == {"chunk": (4, 4), "embed": (8, 8), "store": (8, 8), "verify": (8, 8)}


def test_nothing_to_index_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(SourceMissing, match="no document"):
        build(tmp_path, [])
    with pytest.raises(SourceMissing, match="no text"):
        build(tmp_path, [Document("a", "A", "  \n", "file")])
    assert current_generation(tmp_path) is None


def test_two_documents_with_one_id_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="lesson"):
        build(tmp_path, [*small_corpus(), small_corpus()[0]])


def test_many_equal_texts_can_all_be_found(tmp_path: Path) -> None:
    documents = [Document(f"copy/{i:03}", "Copy", "The same words.", "file") for i in range(300)]
    report = build(tmp_path, documents)
    assert (report.chunks, report.embedded) == (300, 1)
    assert verify_index(tmp_path).chunks == 300


def test_a_graph_with_vectors_out_of_reach_is_linked_again_with_more_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = iter([{"lost"}, set()])
    monkeypatch.setattr(ChromaStore, "unreachable", lambda *_: next(looked))
    assert build(tmp_path).chunks == 8
    monkeypatch.undo()
    assert verify_index(tmp_path).chunks == 8


def test_a_graph_that_stays_out_of_reach_is_never_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = build(tmp_path, small_corpus()[:1])
    monkeypatch.setattr(ChromaStore, "unreachable", lambda *_: {"lost"})
    with pytest.raises(StoreError):
        build(tmp_path)
    assert current_generation(tmp_path) == first.generation
    assert generations(tmp_path) == {first.generation}


def test_threads_that_build_at_once_leave_one_good_index(tmp_path: Path) -> None:
    errors: list[str] = []

    def run() -> None:
        try:
            build(tmp_path)
        except Exception as exc:  # noqa: BLE001 - the names are what is asserted
            errors.append(type(exc).__name__)

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(errors) <= {"IndexLocked"}
    assert len(errors) < 6
    assert verify_index(tmp_path).chunks == 8
    assert len(generations(tmp_path)) == 1


def test_no_chunk_of_a_build_is_longer_than_the_embedder_reads(tmp_path: Path) -> None:
    embedder = HashEmbedder(max_tokens=40)
    text = "# Long\n\n" + "Some words that go on and on and on. " * 100
    build_index((*small_corpus(), Document("long.md", "Long", text, "file")), embedder, tmp_path)
    index = open_index(tmp_path, embedder)
    lengths = [embedder.count_tokens(chunk.search_text) for chunk in index.chunks]
    index.close()
    assert max(lengths) <= 40
