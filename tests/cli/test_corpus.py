"""``counterpoint corpus add``, ``remove`` and ``list``, and what follows from them."""

import json
import shutil
from pathlib import Path

import pytest

from assistant.settings import load_settings
from assistant.wiring import open_assistant
from corpus.library import load_shipped
from corpus.shelf import home_shelf
from tests.cli.conftest import Run

pytestmark = pytest.mark.model

ZEBRA = "# Zebra\n\n## Price\n\nThe zebra plan costs 40 crowns a month.\n"
LIST_FIELDS = {
    "id", "title", "kind", "url", "dated", "characters", "origin", "status", "read_at",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _index_of_the_shipped_documents(home: Path, built_home: Path) -> None:
    shutil.copytree(built_home, home, ignore=shutil.ignore_patterns("open"))


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "my docs"
    (folder / "sub").mkdir(parents=True)
    (folder / "zebra.md").write_text(ZEBRA)
    (folder / "sub" / "okapi.txt").write_text("The okapi plan costs 50 crowns a month.\n")
    return folder


def test_what_is_added_is_found_and_answered_from_at_once(run: Run, home: Path, docs: Path) -> None:
    added = run("corpus", "add", str(docs), "--json").value
    assert added["added"] == ["sub/okapi.txt", "zebra.md"]
    assert (added["replaced"], added["unchanged"], added["problems"]) == ([], [], [])
    assert added["index"]["documents"] == len(load_shipped()) + 2
    found = run("retrieve", "What does the zebra plan cost?", "--json")
    assert (found.value[0]["source"], found.err) == ("zebra.md", "")
    assert set(found.value[0]) == {
        "rank", "score", "source", "title", "heading", "url", "start", "end", "text",
    }  # fmt: skip
    answer = run("ask", "What does the zebra plan cost?", "--backend", "reader", "--json").value
    assert "40 crowns" in answer["answers"][0]["text"]


def test_one_changed_document_is_all_that_is_embedded(run: Run, home: Path, docs: Path) -> None:
    first = run("corpus", "add", str(docs), "--json").value["index"]
    assert (first["embedded"], first["reused"] > 100) == (2, True)
    (docs / "zebra.md").write_text(f"{ZEBRA}\n## Licence\n\nMIT.\n")
    again = run("corpus", "add", str(docs), "--json").value
    assert (again["replaced"], again["unchanged"]) == (["zebra.md"], ["sub/okapi.txt"])
    assert (again["index"]["embedded"], again["index"]["chunks"]) == (1, first["chunks"] + 1)
    unchanged = run("corpus", "add", str(docs), "--json").value
    assert unchanged["index"]["embedded"] == 0
    assert unchanged["index"]["generation"] == again["index"]["generation"]
    run("corpus", "remove", "zebra.md", "--json")
    assert run("corpus", "add", str(docs), "--json").value["index"]["embedded"] == 0


def test_removing_takes_a_document_out_of_the_answers(run: Run, home: Path, docs: Path) -> None:
    run("corpus", "add", str(docs), "--json")
    removed = run("corpus", "remove", "zebra.md", "--json").value
    assert removed["removed"] == ["zebra.md"]
    sources = {p["source"] for p in run("retrieve", "zebra plan", "-k", "50", "--json").value}
    assert "zebra.md" not in sources
    assert "sub/okapi.txt" in sources


def test_a_running_page_answers_from_what_is_added_meanwhile(
    run: Run, home: Path, docs: Path
) -> None:
    page = open_assistant(load_settings(home))
    question = "What does the zebra plan cost?"
    assert "zebra.md" not in {p.source for p in page.search(question).passages}
    run("corpus", "add", str(docs), "--json")
    page.search(question)
    page.settle()
    assert page.search(question).passages[0].source == "zebra.md"
    assert page.document("zebra.md").text == ZEBRA


@pytest.mark.parametrize("wrong", ["lesson", "notes/phi-3", "nowhere.md"])
def test_one_wrong_id_and_nothing_is_removed(run: Run, home: Path, docs: Path, wrong: str) -> None:
    run("corpus", "add", str(docs), "--json")
    result = run("corpus", "remove", "zebra.md", wrong)
    assert (result.code, result.out) == (1, "")
    assert len(result.err.strip().splitlines()) == 2
    assert wrong in result.err
    assert len(home_shelf(home).documents()) == 2


def test_the_list_holds_what_is_shipped_and_what_was_added(
    run: Run, home: Path, docs: Path
) -> None:
    run("corpus", "add", str(docs), "--json")
    listed = run("corpus", "list", "--json").value
    by_id = {record["id"]: record for record in listed}
    assert all(set(record) == LIST_FIELDS for record in listed)
    assert listed[0]["id"] == "lesson"
    assert (by_id["lesson"]["origin"], by_id["lesson"]["read_at"]) == ("shipped", None)
    zebra = by_id["zebra.md"]
    assert (zebra["origin"], zebra["kind"], zebra["status"]) == (str(docs), "file", "current")
    assert zebra["characters"] == len(ZEBRA)
    assert zebra["read_at"].startswith("20")
    shown = run("corpus", "list").out
    assert str(docs) in shown
    assert "zebra.md" in shown


def test_a_damaged_document_is_named_with_a_cure_and_hides_no_other(
    run: Run, home: Path, docs: Path
) -> None:
    run("corpus", "add", str(docs), "--json")
    damaged = min(each for each in (home / "shelf").iterdir() if each.name[0] != ".")
    damaged.write_bytes(b"\x00")
    result = run("corpus", "list", "--json")
    assert (result.code, len(result.value)) == (0, len(load_shipped()) + 1)
    assert damaged.name in result.err
    assert "again" in result.err
    mended = run("corpus", "add", str(docs), "--json")
    assert len(mended.value["added"]) == 1
    assert run("corpus", "list", "--json").err == ""


def test_what_cannot_be_read_is_one_line_each_and_the_others_load(
    run: Run, home: Path, docs: Path
) -> None:
    (docs / "broken.md").write_bytes(b"\x00\x01" * 50)
    result = run("corpus", "add", str(docs), str(docs / "nowhere"))
    lines = [line for line in result.err.splitlines() if line.startswith("counterpoint: ")]
    assert result.code == 0
    assert [("broken.md" in line, "nowhere" in line) for line in lines] == [
        (True, False), (False, True),
    ]  # fmt: skip
    assert "2 documents loaded, 0 unchanged, 0 replaced" in result.out


@pytest.mark.parametrize("as_json", [(), ("--json",)])
def test_nothing_to_read_is_two_lines_and_exit_code_1(
    run: Run, home: Path, tmp_path: Path, as_json: tuple[str, ...]
) -> None:
    (tmp_path / "empty").mkdir()
    for path in ("empty", "nowhere"):
        result = run("corpus", "add", str(tmp_path / path), *as_json)
        assert (result.code, result.out) == (1, "")
        assert len(result.err.strip().splitlines()) == 2
    assert not (home / "shelf").exists()


def test_what_readers_left_out_is_said(run: Run, home: Path, docs: Path) -> None:
    (docs / "soft.md").write_text("A soft\u00adhyphen, and zero\u200bwidth.\n")
    shown = run("corpus", "add", str(docs)).out
    assert "soft.md: left out" in shown
    dropped = run("corpus", "add", str(docs), "--json").value["dropped"]
    assert list(dropped) == ["soft.md"]


def test_status_knows_that_the_shelf_has_changed_since_the_build(
    run: Run, home: Path, docs: Path
) -> None:
    run("corpus", "add", str(docs / "zebra.md"), "--json")
    assert run("index", "status", "--json").value["state"] == "ready"
    home_shelf(home).remove("zebra.md")
    status = run("index", "status", "--json").value
    assert (status["state"], status["differences"]) == ("stale", ["corpus"])
    assert json.loads(run("index", "build", "--json").out)["embedded"] == 0
    assert run("index", "status", "--json").value["state"] == "ready"


def test_a_page_of_a_paged_document_is_shown(run: Run, home: Path, docs: Path) -> None:
    run("corpus", "add", str(docs / "zebra.md"), "--json")
    shelf = home_shelf(home)
    (entry,) = shelf.entries()
    # As a reader of a paged format leaves it: the price stands on the second page.
    document = entry.model_dump()["document"] | {"pages": (0, ZEBRA.index("## Price"))}
    shelf.put([entry.model_validate(entry.model_dump() | {"document": document})])
    question = "What does the zebra plan cost?"
    assert run("retrieve", question, "--json").value[0]["page"] == 2
    assert "(page 2)" in run("retrieve", question).out
    assert "(page 2)" in run("ask", question, "--backend", "reader").out


@pytest.mark.parametrize(
    "arguments",
    [("add",), ("remove",), ("add", "--frobnicate", "x"), ("add", ""), ("add", "x", " ")],
)
def test_wrong_usage_of_corpus_is_exit_code_2(run: Run, arguments: tuple[str, ...]) -> None:
    assert run("corpus", *arguments).code == 2
