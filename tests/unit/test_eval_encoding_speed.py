import json
from pathlib import Path

from eval.encoding_speed import BASE, WAYS, read_chunks, table


def test_ratios_are_to_the_library_at_batch_eight() -> None:
    figures = {
        "chunks_per_s": 25.0,
        "cpu_ms_per_chunk": 60.0,
        "question_ms": 9.0,
        "question_p95_ms": 11.0,
        "load_s": 6.0,
        "peak_mb": 700.0,
    }
    fast = {**figures, "chunks_per_s": 150.0, "cpu_ms_per_chunk": 10.0, "question_ms": 0.9}
    lines = table({BASE: figures, WAYS[3]: fast}, 256).splitlines()
    assert lines[0] == "256 chunks a round"
    assert lines[-2].startswith(f"| {BASE} | 25.0 | 1.0 | 60.0 | 1.0 | 9.00 |")
    ours = "| ours, int8 | 150.0 | 6.0 | 10.0 | 6.0 | 0.90 | 11.00 | 10.0 | 6.00 | 700 |"
    assert lines[-1] == ours


def test_texts_come_from_a_file_or_from_the_shipped_documents(tmp_path: Path) -> None:
    file = tmp_path / "texts.jsonl"
    file.write_text(json.dumps("one\ntwo") + "\n" + json.dumps("drei – vier") + "\n", "utf-8")
    assert read_chunks(file) == ["one\ntwo", "drei – vier"]
    assert any("Mixtral" in chunk for chunk in read_chunks(None))
