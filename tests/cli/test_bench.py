import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    below = tmp_path / "set"
    below.mkdir()
    (below / "corpus.jsonl").write_text(
        '{"_id": "a", "title": "Falcon", "text": "Falcon comes from Abu Dhabi."}\n'
        '{"_id": "b", "title": "Grok", "text": "Grok lives on X."}\n'
    )
    (below / "queries.jsonl").write_text('{"_id": "1", "text": "Where does Falcon come from?"}\n')
    (below / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n1\ta\t1\n1\tghost\t1\n")
    return below


@pytest.mark.model
def test_one_json_value_on_standard_output_and_everything_else_on_the_other(
    run: Run, folder: Path, home: Path
) -> None:
    result = run("bench", "retrieval", str(folder), "--json")
    assert result.code == 0
    assert result.out.count("\n") == 1
    assert result.value["hybrid"]["MRR@10"] == {"mean": 1.0, "low": 1.0, "high": 1.0}
    assert result.value["hybrid"]["recall@5"]["mean"] == 0.5
    assert result.value["seconds"]["queries_per_s"] > 0
    assert "Judgements of documents that corpus.jsonl lacks" in result.err
    assert [path.name for path in home.iterdir()] == ["bench"]


@pytest.mark.model
def test_people_get_a_table(run: Run, folder: Path) -> None:
    result = run("bench", "retrieval", str(folder))
    assert "2 documents, 1 queries" in result.out
    assert "hybrid - bm25" in result.out
    assert "+0.0000 [+0.0000, +0.0000]" in result.out


def test_a_folder_that_is_no_benchmark_is_two_lines_and_exit_one(run: Run, tmp_path: Path) -> None:
    result = run("bench", "retrieval", str(tmp_path / "nowhere"), "--json")
    assert (result.code, result.out) == (1, "")
    assert len(result.err.splitlines()) == 2


def test_speed_wants_an_index_to_take_texts_from(run: Run) -> None:
    result = run("bench", "speed", "--json")
    assert (result.code, result.out) == (1, "")
    assert "counterpoint index build" in result.err
    assert run("bench", "speed", "--chunks", "none").code == 2


def test_a_broken_line_is_named(run: Run, folder: Path) -> None:
    with (folder / "corpus.jsonl").open("a") as stream:
        stream.write(json.dumps(["no", "object"]) + "\n")
    result = run("bench", "retrieval", str(folder))
    assert result.code == 1
    assert "corpus.jsonl, line 3" in result.err
