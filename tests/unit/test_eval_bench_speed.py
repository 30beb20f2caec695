from pathlib import Path

import numpy as np
import pytest

from corpus.documents import Document
from eval.bench.large_corpus import LargeCorpus
from eval.bench.speed import Borrowed, bench_speed
from index.build import build_index
from index.hash_embedder import HashEmbedder
from index.opening import open_index

EMBEDDER = HashEmbedder()
WORDS = (
    "open weights can be read and changed by anyone who has them while closed weights stay with "
    "their vendor and are reached through a service that is paid for by the token every month"
).split()


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base") / "index"
    documents = [
        Document(f"d{n}", f"Number {n}", "# Number\n\n" + sentences(n), "file") for n in range(4)
    ]
    build_index(documents, EMBEDDER, folder)
    return folder


def sentences(number: int) -> str:
    rows = (WORDS[start:] + WORDS[:start] for start in range(number, len(WORDS), 4))
    return " ".join(" ".join(words[:14]).capitalize() + "." for words in rows)


def test_real_documents_come_first_and_made_ones_fill_up_to_the_size(base: Path) -> None:
    corpus = LargeCorpus([base], EMBEDDER)
    documents = corpus.documents(60)
    assert [document.id for document in documents[:4]] == ["d0", "d1", "d2", "d3"]
    assert documents[4].id == "made/0"
    assert documents == corpus.documents(60)
    assert len(corpus.documents(2)) < 4


def test_known_texts_keep_their_vectors_and_others_get_one_that_lies_near(base: Path) -> None:
    corpus = LargeCorpus([base], EMBEDDER)
    index = open_index(base, EMBEDDER)
    texts = [chunk.search_text for chunk in index.chunks]
    np.testing.assert_array_equal(corpus.embedder.encode(texts), index.vectors)
    (made,) = corpus.embedder.encode(["a text that nobody wrote"])
    assert np.linalg.norm(made) == pytest.approx(1.0, abs=1e-5)
    assert 0.9 < float((index.vectors @ made).max()) < 0.99
    np.testing.assert_array_equal(corpus.embedder.encode(["a text that nobody wrote"])[0], made)
    assert corpus.embedder.fingerprint != EMBEDDER.fingerprint
    index.close()


def test_questions_are_all_different(base: Path) -> None:
    questions = LargeCorpus([base], EMBEDDER).questions(20)
    assert len(set(questions)) == len(questions) == 20
    assert {len(question.split()) for question in questions} == {10}


@pytest.mark.slow
@pytest.mark.model
def test_every_figure_of_the_report_is_there(base: Path, tmp_path: Path) -> None:
    from index.embedder import SentenceTransformerEmbedder

    embedder = SentenceTransformerEmbedder()
    real = tmp_path / "real"
    documents = [Document(f"d{n}", f"Number {n}", sentences(n), "file") for n in range(4)]
    build_index(documents, embedder, real)
    corpus = LargeCorpus([real], embedder)
    steps: list[str] = []
    found = bench_speed(
        corpus,
        embedder,
        60,
        tmp_path / "large",
        rounds=2,
        progress=lambda step, _, __: steps.append(step),
    )
    assert 40 <= found["chunks"] <= 90
    for name in ("embedder", "hybrid", "bm25", "store", "plain_chroma"):
        assert 0 < found["query_ms"][name]["median"] <= found["query_ms"][name]["p95"]
    assert found["recall_at_10_of_vectors"] == 1.0
    assert found["cold_open"]["total_s"] > found["cold_open"]["open_s"] > 0
    assert found["size_mb"] > 0
    assert {"chunk", "embed", "store", "verify", "ask", "plain Chroma", "open"} <= set(steps)


def test_a_borrowed_name_changes_nothing_else() -> None:
    borrowed = Borrowed(EMBEDDER, "another")
    np.testing.assert_array_equal(borrowed.encode(["a"]), EMBEDDER.encode(["a"]))
    np.testing.assert_array_equal(borrowed.encode_questions(["a"]), EMBEDDER.encode(["a"]))
    assert (borrowed.fingerprint, borrowed.dimension) == ("another", EMBEDDER.dimension)
