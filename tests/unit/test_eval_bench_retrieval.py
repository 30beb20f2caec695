import json
from pathlib import Path

import pytest

from eval.bench.retrieval import WAYS, bench_retrieval, report_json
from eval.bench.scores import MEASURES
from index.hash_embedder import HashEmbedder
from tests.support.small_corpus import TEXTS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    below = tmp_path / "set"
    below.mkdir()
    documents = [{"_id": id_, "title": "", "text": text} for id_, text in TEXTS.items()]
    documents += [{"_id": f"x{i}", "text": f"Filler number {i} says nothing."} for i in range(300)]
    queries = [
        {"_id": "1", "text": "Who makes Phi-3-mini?"},
        {"_id": "2", "text": "sparse mixture Mixtral-8x7B"},
        {"_id": "3", "text": "zyzzyva"},
    ]
    for name, rows in (("corpus.jsonl", documents), ("queries.jsonl", queries)):
        (below / name).write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    qrels = "1\tnotes/phi-3\t1\n2\tnotes/mistral\t2\n3\tnotes/claude\t1\n"
    (below / "qrels.tsv").write_text(qrels, "utf-8")
    return below


def test_the_report_has_every_way_measure_and_paired_difference(
    folder: Path, tmp_path: Path
) -> None:
    value = report_json(bench_retrieval(folder, tmp_path / "bench", HashEmbedder()))
    assert list(value) == [
        "documents", "queries", "bm25", "dense", "hybrid", "differences", "seconds",
    ]  # fmt: skip
    assert (value["documents"], value["queries"]) == (304, 3)
    tables = [*(value[way] for way in WAYS), *value["differences"].values()]
    assert list(value["differences"]) == ["hybrid-bm25", "hybrid-dense"]
    for table in tables:
        assert list(table) == list(MEASURES)
        for interval in table.values():
            assert interval["low"] <= interval["mean"] <= interval["high"]


def test_words_find_what_they_name_and_the_query_that_finds_nothing_stays_in_the_mean(
    folder: Path, tmp_path: Path
) -> None:
    report = bench_retrieval(folder, tmp_path / "bench", HashEmbedder())
    assert report.scores["bm25"]["nDCG@10"].mean == pytest.approx(2 / 3, abs=1e-5)
    assert report.scores["bm25"]["recall@100"].mean == pytest.approx(2 / 3, abs=1e-5)
    difference = report.differences["hybrid-bm25"]["MRR@10"].mean
    hybrid, bm25 = (report.scores[way]["MRR@10"].mean for way in ("hybrid", "bm25"))
    assert difference == pytest.approx(hybrid - bm25, abs=2e-5)


def test_a_second_run_embeds_nothing_and_says_the_same(folder: Path, tmp_path: Path) -> None:
    first = bench_retrieval(folder, tmp_path / "bench", HashEmbedder())
    second = bench_retrieval(folder, tmp_path / "bench", HashEmbedder())
    assert (first.build.embedded, second.build.embedded) == (first.build.chunks, 0)
    assert second.scores == first.scores
    assert second.build.generation == first.build.generation


def test_only_the_first_queries_are_asked_when_so_many_are_wanted(
    folder: Path, tmp_path: Path
) -> None:
    steps: list[tuple[str, int, int]] = []
    report = bench_retrieval(
        folder,
        tmp_path / "bench",
        HashEmbedder(),
        limit_queries=1,
        progress=lambda step, done, total: steps.append((step, done, total)),
    )
    assert report.queries == 1
    assert ("rank by hybrid", 1, 1) in steps
    assert ("encode", 1, 1) in steps


def put(folder: Path, name: str, texts: dict[str, str]) -> None:
    folder.mkdir(exist_ok=True)
    rows = (json.dumps({"_id": id_, "text": text}) + "\n" for id_, text in texts.items())
    (folder / f"{name}.jsonl").write_text("".join(rows), "utf-8")


def test_a_query_that_is_a_document_does_not_find_itself(tmp_path: Path) -> None:
    below = tmp_path / "set"
    put(below, "corpus", {"a": "Falcon comes from Abu Dhabi.", "b": "Falcon lives on X.", "1": "X"})
    # The last is no document: another text happens to have its number.
    put(below, "queries", {"a": "Falcon comes from  Abu Dhabi.", "1": "Falcon lives on X."})
    (below / "qrels.tsv").write_text("a\tb\t1\n1\tb\t1\n")
    report = bench_retrieval(below, tmp_path / "bench", HashEmbedder())
    assert {report.scores[way]["MRR@10"].mean for way in WAYS} == {1.0}
    assert report.notes == ("Queries that are a document, which is left out of their rankings: 1.",)


def test_a_document_that_is_judged_to_answer_its_own_words_is_left_in(tmp_path: Path) -> None:
    below = tmp_path / "set"
    put(below, "corpus", {"a": "Falcon comes from Abu Dhabi.", "b": "Grok lives on X."})
    put(below, "queries", {"a": "Falcon comes from Abu Dhabi."})
    (below / "qrels.tsv").write_text("a\ta\t1\n")
    report = bench_retrieval(below, tmp_path / "bench", HashEmbedder())
    assert report.scores["hybrid"]["MRR@10"].mean == 1.0
    assert report.notes == ()
