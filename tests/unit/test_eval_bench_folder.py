import json
from pathlib import Path
from typing import Any

import pytest

from corpus.errors import SourceMissing, SourceUnreadable
from eval.bench.folder import read_folder

DOCUMENTS = [
    {"_id": "d1", "title": "Falcon", "text": "Made in Abu Dhabi."},
    {"_id": "d2", "text": "Grok lives on X."},
]
QUERIES = [{"_id": "q1", "text": "Who makes Falcon?"}, {"_id": "q2", "text": "Where is Grok?"}]
QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t2\n"


def lines(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    put(tmp_path, "corpus.jsonl", lines(DOCUMENTS))
    put(tmp_path, "queries.jsonl", lines(QUERIES))
    put(tmp_path, "qrels.tsv", QRELS)
    return tmp_path


def put(folder: Path, name: str, text: str) -> None:
    file = folder / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, "utf-8")


def test_documents_queries_and_graded_judgements_are_read(folder: Path) -> None:
    read = read_folder(folder)
    assert [(d.id, d.title, d.text) for d in read.documents] == [
        ("d1", "Falcon", "Made in Abu Dhabi."),
        ("d2", "", "Grok lives on X."),
    ]
    assert read.queries == {"q1": "Who makes Falcon?", "q2": "Where is Grok?"}
    assert read.judgements == {"q1": {"d1": 1}, "q2": {"d2": 2}}
    assert (read.document_count, read.notes) == (2, ())


@pytest.mark.parametrize(
    "text",
    [
        "q1\td1\t1\nq2\td2\t2\n",
        "\ufeffquery-id\tcorpus-id\tscore\r\nq1\td1\t1\r\n\r\nq2\td2\t2.0\r\n",
        "q1\t0\td1\t1\nq2\t0\td2\t2",
        "q1 Q0 d1 1\nq2 Q0 d2 2\n",
        "qid\titer\tdocid\trel\nq1\t0\td1\t1\nq2\t0\td2\t2\n",
        "\n\n" + QRELS,
    ],
    ids=["bare", "windows", "trec-tabs", "trec-spaces", "trec-header", "blank-lines"],
)
def test_judgements_are_read_in_each_form_they_come_in(folder: Path, text: str) -> None:
    put(folder, "qrels.tsv", text)
    assert read_folder(folder).judgements == {"q1": {"d1": 1}, "q2": {"d2": 2}}


def test_judgements_in_the_sub_folder_are_found_and_the_test_split_comes_first(
    folder: Path,
) -> None:
    (folder / "qrels.tsv").unlink()
    put(folder, "qrels/train.tsv", "q1\td1\t1\n")
    assert set(read_folder(folder).judgements) == {"q1"}
    put(folder, "qrels/test.tsv", "q2\td2\t1\n")
    assert set(read_folder(folder).judgements) == {"q2"}


def test_a_document_without_text_is_known_by_its_title_and_one_without_both_is_counted(
    folder: Path,
) -> None:
    more = [{"_id": "d3", "title": "Only a title", "text": ""}, {"_id": "d4", "text": None}]
    put(folder, "corpus.jsonl", lines([*DOCUMENTS, *more]))
    read = read_folder(folder)
    assert [(d.title, d.text) for d in read.documents[2:]] == [("", "Only a title")]
    assert read.document_count == 4
    assert read.notes == ("Documents without text, which nothing finds: 1.",)


def test_what_names_nothing_is_counted_and_an_unknown_document_stays_in_the_judgements(
    folder: Path,
) -> None:
    put(folder, "qrels.tsv", "q1\td1\t1\nq1\tghost\t1\nq9\td1\t1\n")
    read = read_folder(folder)
    assert read.judgements == {"q1": {"d1": 1, "ghost": 1}}
    assert read.notes == (
        "Queries without a judgement, left out: 1.",
        "Judged queries that queries.jsonl lacks, left out: 1.",
        "Judgements of documents that corpus.jsonl lacks, counted as not found: 1.",
    )


def test_a_repeated_id_is_left_out_and_named_by_its_line(folder: Path) -> None:
    again = {"_id": "d1", "text": "Another text."}
    put(folder, "corpus.jsonl", lines([*DOCUMENTS, again]))
    read = read_folder(folder)
    assert [d.text for d in read.documents] == ["Made in Abu Dhabi.", "Grok lives on X."]
    assert read.notes == ("Lines of corpus.jsonl that repeat an _id, left out: 1, line 3 first.",)


def test_ids_that_are_numbers_are_read_as_text(folder: Path) -> None:
    put(folder, "corpus.jsonl", lines([{"_id": 7, "text": "Seven."}]))
    put(folder, "queries.jsonl", lines([{"_id": 1, "text": "Which?"}]))
    put(folder, "qrels.tsv", "1\t7\t1\n")
    read = read_folder(folder)
    assert (read.documents[0].id, read.judgements) == ("7", {"1": {"7": 1}})


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("corpus.jsonl", lines(DOCUMENTS) + "\n{broken\n", "line 4: it is not JSON"),
        ("corpus.jsonl", '{"text": "a"}\n', "line 1: it is not an object with an _id"),
        ("corpus.jsonl", '["a"]\n', "line 1: it is not an object with an _id"),
        ("corpus.jsonl", '{"_id": "a", "text": ["b"]}\n', "line 1: its text is not text"),
        ("queries.jsonl", '{"_id": "q1"}\n', "the query 'q1' has no text"),
        ("qrels.tsv", QRELS + "q1\td1\tmany\n", "line 4: its last column is not a whole number"),
        ("qrels.tsv", QRELS + "q1\td1\t0.5\n", "line 4: its last column is not a whole number"),
        ("qrels.tsv", QRELS + "q1\td1\n", "line 4: it has neither three columns nor four"),
        ("qrels.tsv", "q1\td1\t99999999999\n", "line 1: its last column is not a whole number up"),
        ("qrels.tsv", "q1\td1\t1e300\n", "line 1: its last column is not a whole number up to"),
        ("qrels.tsv", QRELS + "q1\td1\x00x\t1\n", "line 4: it holds a character that is none"),
        ("corpus.jsonl", '{"_id": "d1\\u0000x", "text": "a"}\n', "line 1: its _id holds a char"),
        ("corpus.jsonl", '{"_id": "\\ud800", "text": "a"}\n', "line 1: its _id holds a character"),
        ("corpus.jsonl", '{"_id": "a", "m": ' + "[" * 50_000 + "\n", "line 1: it is not JSON"),
    ],
)
def test_a_line_that_is_not_what_it_should_be_is_named_by_its_number(
    folder: Path, name: str, text: str, said: str
) -> None:
    put(folder, name, text)
    with pytest.raises(SourceUnreadable) as caught:
        read_folder(folder)
    assert said in caught.value.what
    assert name in caught.value.what


def test_a_file_in_another_encoding_is_refused(folder: Path) -> None:
    (folder / "queries.jsonl").write_bytes(b'{"_id": "q1", "text": "caf\xe9"}\n')
    with pytest.raises(SourceUnreadable, match="not UTF-8"):
        read_folder(folder)


@pytest.mark.parametrize("name", ["corpus.jsonl", "queries.jsonl", "qrels.tsv"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(SourceMissing, match=name):
        read_folder(folder)


def test_a_folder_without_a_judged_query_is_refused(folder: Path) -> None:
    put(folder, "qrels.tsv", "q9\td1\t1\n")
    with pytest.raises(SourceMissing, match="No query"):
        read_folder(folder)
    put(folder, "qrels.tsv", "query-id\tcorpus-id\tscore\n")
    with pytest.raises(SourceMissing, match="holds no judgement"):
        read_folder(folder)
    with pytest.raises(SourceMissing, match="no folder"):
        read_folder(folder / "nowhere")


def test_the_key_follows_the_documents_alone(folder: Path) -> None:
    before = read_folder(folder).key
    put(folder, "qrels.tsv", "q1\td1\t1\n")
    assert read_folder(folder).key == before
    put(folder, "corpus.jsonl", lines(DOCUMENTS[:1]))
    assert read_folder(folder).key != before


def test_a_query_that_nobody_judged_needs_no_text(folder: Path) -> None:
    put(folder, "queries.jsonl", lines([*QUERIES, {"_id": "q3", "text": ""}]))
    assert set(read_folder(folder).queries) == {"q1", "q2"}
