"""``counterpoint corpus sync`` as a user meets it."""

import os
import shutil
import signal
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from corpus.fetch.sources import load_sources
from corpus.library import load_lesson
from corpus.shelf import home_shelf
from tests.cli.conftest import Run
from tests.support.web_site import Asked, Page, WebSite, article, in_turn

FALCON = article("Falcon 180B", "The zebra licence of Falcon 180B allows hosting for a fee.")
NEWER = article("Falcon 180B", "The giraffe licence of Falcon 180B came in later.")
FIELDS = {"url", "id", "status", "bytes", "sha256", "date", "what", "cure"}


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebSite]:
    with WebSite() as site:
        monkeypatch.setenv("COUNTERPOINT_SYNC__PRIVATE_HOSTS", f"127.0.0.1:{site.port}")
        monkeypatch.setenv("COUNTERPOINT_SYNC__DELAY_S", "0")
        yield site


@pytest.fixture(autouse=True)
def _nothing_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the list in the home folder counts, so that no test asks for the internet."""
    from ui.cli import sync

    def own(lesson: object, home: Path) -> object:
        return [s for s in load_sources(load_lesson(), home) if s.vendor == "Test"]

    monkeypatch.setattr(sync, "load_sources", own)


def put_list(home: Path, *urls: str) -> None:
    home.mkdir(parents=True, exist_ok=True)
    entries = [
        f'[[page]]\nurl = "{url}"\nvendor = "Test"\ntitle = "Page {n}"\ndocuments = "Something."\n'
        for n, url in enumerate(urls)
    ]
    (home / "web_sources.toml").write_text("\n".join(entries), encoding="utf-8")


@pytest.mark.model
def test_a_synced_page_is_found_by_a_question_and_a_changed_one_is_indexed_again(
    run: Run, home: Path, built_home: Path, site: WebSite
) -> None:
    shutil.copytree(built_home, home)
    falcon = site.put("/falcon", in_turn(Page(FALCON, etag='"1"'), Page(NEWER, etag='"2"')))
    put_list(home, falcon, site.url("/nowhere"))
    first = run("corpus", "sync", "--json")
    assert first.code == 0
    assert (first.value["fetched"], first.value["gone"], first.value["failed"]) == (1, 1, 0)
    found, gone = first.value["documents"]
    assert set(found) == set(gone) == FIELDS
    assert (found["status"], found["bytes"], len(found["sha256"])) == ("fetched", len(FALCON), 64)
    assert first.value["index"]["chunks"] > 0
    (top, *_) = run("retrieve", "the zebra licence", "-k", "1", "--json").value
    assert (top["source"], top["url"]) == (found["id"], falcon)
    second = run("corpus", "sync", "--all", "--json")
    assert second.value["fetched"] == 1
    assert 0 < second.value["index"]["embedded"] <= 5
    (top, *_) = run("retrieve", "the giraffe licence", "-k", "1", "--json").value
    assert "giraffe" in top["text"]
    listed = {d["id"]: d for d in run("corpus", "list", "--json").value}
    assert listed[found["id"]]["kind"] == "web"


def test_a_dry_run_lists_the_pages_and_asks_nobody(run: Run, home: Path, site: WebSite) -> None:
    put_list(home, site.put("/a", Page(FALCON)), site.url("/b"))
    shown = run("corpus", "sync", "--dry-run")
    value = run("corpus", "sync", "--dry-run", "--json").value
    assert shown.code == 0
    assert site.url("/a") in shown.out
    assert value["due"] == 2
    assert {page["status"] for page in value["documents"]} == {None}
    assert site.log == []
    assert sorted(path.name for path in home.iterdir()) == ["web_sources.toml"]


def test_only_what_matches_is_taken(run: Run, home: Path, site: WebSite) -> None:
    put_list(home, site.url("/falcon"), site.url("/llama"))
    for pattern in ("falc", "FALCON", "*/falcon", "Page 0"):
        value = run("corpus", "sync", "--dry-run", "--json", "--only", pattern).value
        assert [page["url"] for page in value["documents"]] == [site.url("/falcon")]
    wrong = run("corpus", "sync", "--only", "zebra")
    assert (wrong.code, wrong.out, len(wrong.err.splitlines())) == (1, "", 2)


def test_when_nothing_works_it_ends_with_two_lines_and_an_exit_code(
    run: Run, home: Path, site: WebSite
) -> None:
    put_list(home, site.put("/a", Page(status=500)), site.put("/b", Page(status=403)))
    shown = run("corpus", "sync")
    assert shown.code == 1
    assert "Traceback" not in shown.err
    assert shown.err.splitlines()[-2].startswith("counterpoint: None of the 2 pages")
    assert "HTTP 500" in shown.out
    as_json = run("corpus", "sync", "--all", "--json")
    assert as_json.code == 1
    assert (as_json.value["failed"], as_json.value["refused"]) == (1, 1)
    assert as_json.value["index"] is None


def test_when_nothing_is_due_nothing_is_wrong(run: Run, home: Path, site: WebSite) -> None:
    put_list(home, site.url("/gone"))
    assert run("corpus", "sync").code == 0
    again = run("corpus", "sync", "--json")
    assert again.code == 0
    assert (again.value["skipped"], again.value["gone"]) == (1, 0)


@pytest.mark.parametrize("as_json", [[], ["--json"]])
def test_a_mistake_in_the_list_is_two_lines(run: Run, home: Path, as_json: list[str]) -> None:
    put_list(home, "file:///etc/passwd")
    result = run("corpus", "sync", *as_json)
    assert (result.code, result.out) == (1, "")
    what, cure = result.err.splitlines()
    assert "page 1, url" in what
    assert cure.strip()


def test_one_of_two_syncs_at_once_says_so(run: Run, home: Path, site: WebSite) -> None:
    from corpus.fetch.ledger import Ledger

    put_list(home, site.put("/a", Page(FALCON)))
    with Ledger(home / "sync").lock():
        result = run("corpus", "sync")
    assert result.code == 1
    assert "already" in result.err
    assert site.log == []


@pytest.mark.usefixtures("heeds_ctrl_c")
def test_ctrl_c_keeps_what_came_and_says_how_to_go_on(run: Run, home: Path, site: WebSite) -> None:
    def interrupt(asked: Asked) -> Iterable[bytes]:
        os.kill(os.getpid(), signal.SIGINT)
        site.closing.wait(30)
        yield b""

    put_list(home, site.put("/a", Page(FALCON)), site.put("/b", interrupt))
    result = run("corpus", "sync")
    assert result.code == 130
    assert "corpus sync" in result.err
    assert "Traceback" not in result.err
    assert len(home_shelf(home).entries()) == 1
