import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from corpus.documents import Document
from index.build import build_index
from index.embedder import SentenceTransformerEmbedder
from index.hash_embedder import HashEmbedder
from index.opening import Index, open_index
from index.retriever import HybridRetriever
from tests.support.small_corpus import TEXTS, small_corpus

EMBEDDER = HashEmbedder()
QUESTIONS = ("Who makes Phi-3?", "Mixtral-8x7B", "What does open cost?", "Falcon and Grok", "zzz")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder = tmp_path_factory.mktemp("index")
    build_index(small_corpus(), EMBEDDER, folder)
    opened = open_index(folder, EMBEDDER)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def retriever(index: Index) -> HybridRetriever:
    return HybridRetriever(index, EMBEDDER)


def test_a_passage_is_the_exact_text_of_its_place(retriever: HybridRetriever) -> None:
    for question in QUESTIONS:
        passages = retriever.retrieve(question, 10)
        assert [passage.number for passage in passages] == list(range(1, len(passages) + 1))
        for passage in passages:
            assert passage.text == TEXTS[passage.source][passage.start : passage.end]
            assert passage.start <= passage.match.start < passage.match.end <= passage.end


def test_the_passage_that_holds_the_name_comes_first(retriever: HybridRetriever) -> None:
    first = retriever.retrieve("Who makes Phi-3?", 3)[0]
    assert first.source == "notes/phi-3"
    assert first.title == "Phi-3"
    assert first.heading == "Phi-3 > Maker"
    assert first.url == "https://example.com/notes/phi-3"
    assert first.dated == "2026-11-01"
    assert retriever.retrieve("8x7b", 1)[0].source == "notes/mistral"


def test_a_row_is_found_and_its_whole_table_is_read(retriever: HybridRetriever) -> None:
    (passage,) = retriever.retrieve("What does a closed subscription cost?", 1)
    row = TEXTS["lesson"][passage.match.start : passage.match.end]
    assert row == "| Cost | free download | subscription |"
    assert passage.text.startswith("## Differences")
    assert passage.text.endswith("| Safety | community | vendor |")


def test_no_section_is_returned_twice(retriever: HybridRetriever) -> None:
    passages = retriever.retrieve("open closed cost safety", 20)
    places = [(passage.source, passage.start) for passage in passages]
    assert len(set(places)) == len(places) == 6


def test_scores_fall_and_similarity_is_the_exact_cosine(
    retriever: HybridRetriever, index: Index
) -> None:
    question = "Anthropic deletes inputs"
    passages = retriever.retrieve(question, 6)
    scores = [passage.score for passage in passages]
    assert scores == sorted(scores, reverse=True)
    assert 0 <= scores[-1] <= scores[0] <= 1
    vector = EMBEDDER.encode([question])[0]
    for passage in passages:
        best = max(
            float(index.vectors[i] @ vector)
            for i, chunk in enumerate(index.chunks)
            if chunk.document_id == passage.source and chunk.section.start == passage.start
        )
        assert passage.similarity == pytest.approx(best, abs=1e-6)


@pytest.mark.parametrize(("question", "k"), [("", 3), ("  \n", 3), ("Phi-3", 0), ("Phi-3", -1)])
def test_nothing_asked_is_nothing_found(retriever: HybridRetriever, question: str, k: int) -> None:
    assert retriever.retrieve(question, k) == ()


def test_a_question_without_a_known_word_still_finds_by_vector(
    retriever: HybridRetriever,
) -> None:
    passages = retriever.retrieve("zzz", 2)
    assert len(passages) == 2


def test_the_order_of_the_documents_changes_no_ranking(
    retriever: HybridRetriever, tmp_path: Path
) -> None:
    documents = list(small_corpus())
    for seed in range(3):
        random.Random(seed).shuffle(documents)
        build_index(documents, EMBEDDER, tmp_path / str(seed))
        other = open_index(tmp_path / str(seed), EMBEDDER)
        for question in QUESTIONS:
            assert HybridRetriever(other, EMBEDDER).retrieve(question, 5) == retriever.retrieve(
                question, 5
            )
        other.close()


def test_many_threads_get_the_same_passages(retriever: HybridRetriever) -> None:
    expected = {question: retriever.retrieve(question, 4) for question in QUESTIONS}
    asked = [QUESTIONS[i % len(QUESTIONS)] for i in range(200)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda question: retriever.retrieve(question, 4), asked))
    assert found == [expected[question] for question in asked]


def test_documents_are_ranked_by_vectors_by_words_and_by_both(retriever: HybridRetriever) -> None:
    question = "Who makes Mixtral-8x7B?"
    by_words = retriever.rank_documents(question, 10, "bm25")
    # Only documents that hold a word of the question, not all that there are.
    assert {document for document, _ in by_words} == {"notes/mistral", "notes/phi-3"}
    assert len(retriever.rank_documents(question, 10, "dense")) == 4
    ((best, score),) = retriever.rank_documents(question, 1)
    assert best == "notes/mistral"
    assert 0.5 < score < 1


def test_a_large_corpus_is_searched_deep_enough_for_every_result(tmp_path: Path) -> None:
    documents = [
        Document(f"d/{i:04}", f"Title {i}", f"Words about topic {i} and more.", "file")
        for i in range(600)
    ]
    build_index(documents, EMBEDDER, tmp_path)
    index = open_index(tmp_path, EMBEDDER)
    retriever = HybridRetriever(index, EMBEDDER)
    assert len(retriever.rank_documents("topic words", 100, "dense")) == 100
    assert len(retriever.rank_documents("topic words", 100, "bm25")) == 100
    assert retriever.retrieve("topic 417", 1)[0].source == "d/0417"
    index.close()


@pytest.mark.model
def test_the_real_embedder_finds_what_shares_no_word(tmp_path: Path) -> None:
    embedder = SentenceTransformerEmbedder()
    documents = [replace(document, url=None) for document in small_corpus()]
    build_index(documents, embedder, tmp_path)
    index = open_index(tmp_path, embedder)
    retriever = HybridRetriever(index, embedder)
    (passage,) = retriever.retrieve("How long is my information retained?", 1)
    assert passage.source == "notes/claude"
    np.testing.assert_allclose(np.linalg.norm(index.vectors, axis=1), 1.0, rtol=1e-5)
    index.close()


def test_the_things_that_are_compared_take_turns(retriever: HybridRetriever) -> None:
    question = "Compare the makers of Phi-3-mini and Mixtral-8x7B."
    sides = [side.text for side in retriever.understand(question).sides]
    assert sides == [
        "Compare the makers of Phi-3-mini.",
        "Compare the makers of Mixtral-8x7B.",
    ]
    passages = retriever.retrieve(question, 4)
    assert [passage.source for passage in passages[:2]] == ["notes/phi-3", "notes/mistral"]
    assert len({(passage.source, passage.start) for passage in passages}) == len(passages)
    first = retriever.retrieve(sides[0], 1)[0]
    assert passages[0].start == first.start
    assert passages[0].similarity == pytest.approx(first.similarity, abs=1e-5)
    documents = retriever.rank_documents(question, 2)
    assert [source for source, _ in documents] == ["notes/phi-3", "notes/mistral"]
