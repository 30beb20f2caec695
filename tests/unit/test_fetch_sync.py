"""A sync over a web site that behaves well: what is fetched, kept, marked, and asked for again."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from corpus.fetch.outcomes import count
from corpus.readers import READER_VERSION
from corpus.shelf import home_shelf
from tests.support.syncing import Syncing, source
from tests.support.web_site import Page, WebSite, article, in_turn, moved

FALCON = article("Falcon 180B", "Falcon 180B has 180 billion parameters and its own licence.")
NEWER = article("Falcon 180B", "Falcon 180B may now be used under a licence that is newer.")


@pytest.fixture
def syncing(home: Path):
    with WebSite() as site:
        yield Syncing(home, site, site.rules("a.test", "b.test"))


def test_a_page_comes_to_the_shelf_with_where_it_is_from_when_and_what_it_was(
    syncing: Syncing,
) -> None:
    url = syncing.site.put("/blog/falcon/", Page(FALCON), "a.test")
    (outcome,) = syncing.run(url)
    (entry,) = syncing.entries
    assert outcome.status == "fetched"
    assert outcome.bytes == len(FALCON)
    assert entry.document.id == f"web/a.test:{syncing.site.port}/blog/falcon"
    assert "180 billion parameters" in entry.document.text
    assert (entry.document.kind, entry.document.url) == ("web", url)
    assert (entry.document.vendor, entry.document.title) == ("A vendor", "A page")
    assert (entry.origin, entry.status, len(entry.sha256)) == (url, "current", 64)
    assert entry.read_at.startswith("2026-11-23T12:00")
    assert entry.document.dated == "2026-11-23"


def test_a_request_says_honestly_who_asks_and_carries_no_cookie(syncing: Syncing) -> None:
    page = Page(FALCON, headers=("Set-Cookie: id=1; Path=/",))
    first, second = syncing.site.put("/a", page), syncing.site.put("/b", page)
    syncing.run(first, second)
    for asked in syncing.site.log:
        assert asked.headers["user-agent"].startswith("counterpoint/")
        assert "cookie" not in asked.headers
        assert "referer" not in asked.headers


@pytest.mark.parametrize(
    "validator", [{"etag": '"v1"'}, {"last_modified": "Mon, 02 Nov 2026 10:00:00 GMT"}]
)
def test_a_page_that_has_not_changed_is_not_sent_again(
    syncing: Syncing, validator: dict[str, str]
) -> None:
    url = syncing.site.put("/a", Page(FALCON, **validator))
    syncing.run(url)
    before = syncing.documents
    syncing.site.clock.passed_s += 7200
    outcome = syncing.one(url)
    assert outcome.status == "unchanged"
    assert syncing.documents == before
    assert syncing.entries[0].checked_at.startswith("2026-11-23T14:00")
    assert {"if-none-match", "if-modified-since"} & set(syncing.site.log[-1].headers)
    assert syncing.one(url).status == "unchanged"  # a 304 does not lose the validators
    assert {"if-none-match", "if-modified-since"} & set(syncing.site.log[-1].headers)


def test_a_page_that_an_older_reader_read_is_asked_for_whole_and_read_again(
    syncing: Syncing,
) -> None:
    url = syncing.site.put("/a", Page(FALCON, etag='"v1"'))
    syncing.run(url)
    (read_well,) = syncing.entries
    badly = replace(read_well.document, text="Badly read.")
    older = {"document": badly, "reader_version": READER_VERSION - 1}
    home_shelf(syncing.home).put([read_well.model_copy(update=older)])
    assert syncing.one(url).status == "fetched"
    assert syncing.documents == (read_well.document,)
    assert syncing.one(url).status == "unchanged"
    assert "if-none-match" in syncing.site.log[-1].headers


def test_a_page_is_dated_by_its_last_change_and_a_listed_version_by_the_list(
    syncing: Syncing,
) -> None:
    changed = Page(FALCON, last_modified="Mon, 02 Nov 2026 10:00:00 GMT")
    ahead = Page(FALCON, last_modified="Mon, 02 Nov 2076 10:00:00 GMT")
    urls = [syncing.site.put(f"/{name}", page) for name, page in [("a", changed), ("b", ahead)]]
    listed = source(syncing.site.put("/c", changed), dated="2023-03")
    syncing.run_sources([*map(source, urls), listed])
    assert [d.dated for d in syncing.documents] == ["2026-11-02", "2026-11-23", "2023-03"]


def test_bytes_that_differ_around_the_same_text_are_no_change(syncing: Syncing) -> None:
    noise = FALCON.replace(b"</head>", b'<meta name="nonce" content="42"></head>')
    url = syncing.site.put("/a", in_turn(Page(FALCON), Page(noise)))
    syncing.run(url)
    syncing.site.clock.passed_s += 200_000
    before = syncing.documents
    assert syncing.one(url).status == "unchanged"
    assert syncing.documents == before


def test_a_page_that_changed_replaces_the_old_one(syncing: Syncing) -> None:
    url = syncing.site.put("/a", in_turn(Page(FALCON, etag='"1"'), Page(NEWER, etag='"2"')))
    syncing.run(url)
    outcome = syncing.one(url)
    (document,) = syncing.documents
    assert (outcome.status, outcome.what) == ("fetched", "It has changed.")
    assert "licence that is newer" in document.text


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_that_vanished_is_kept_and_marked_and_comes_back(
    syncing: Syncing, status: int
) -> None:
    there, away = Page(FALCON, etag='"1"'), Page(status=status)
    url = syncing.site.put("/a", in_turn(there, away, there))
    syncing.run(url)
    gone = syncing.one(url)
    (entry,) = syncing.entries
    assert gone.status == "gone"
    assert str(status) in str(gone.what)
    assert entry.status == "gone"
    assert "180 billion" in entry.document.text
    back = syncing.one(url)
    (entry,) = syncing.entries
    assert (back.status, back.what) == ("unchanged", "It is back.")
    assert entry.status == "current"


def test_a_page_that_was_never_there_puts_nothing_on_the_shelf(syncing: Syncing) -> None:
    assert syncing.one(syncing.site.url("/nowhere")).status == "gone"
    assert syncing.entries == ()


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429])
def test_a_passing_trouble_of_the_site_leaves_the_page_as_it_was(
    syncing: Syncing, status: int
) -> None:
    url = syncing.site.put("/a", in_turn(Page(FALCON), Page(status=status)))
    syncing.run(url)
    before = syncing.entries
    outcome = syncing.one(url)
    assert outcome.status == "failed"
    assert str(status) in str(outcome.what)
    assert syncing.entries == before


@pytest.mark.parametrize("status", [400, 401, 403, 451])
def test_a_site_that_refuses_is_not_pressed(syncing: Syncing, status: int) -> None:
    url = syncing.site.put("/a", Page(status=status))
    outcome = syncing.one(url)
    assert outcome.status == "refused"
    assert "corpus add" in str(outcome.cure)


def test_within_an_hour_only_what_failed_is_asked_for_again(syncing: Syncing) -> None:
    good = syncing.site.put("/good", Page(FALCON))
    bad = syncing.site.put("/bad", in_turn(Page(status=500), Page(NEWER)))
    gone = syncing.site.url("/gone")
    assert [o.status for o in syncing.run(good, bad, gone, everything=False)] == [
        "fetched", "failed", "gone",
    ]  # fmt: skip
    again = syncing.run(good, bad, gone, everything=False)
    assert [o.status for o in again] == ["skipped", "fetched", "skipped"]
    assert syncing.site.asked() == ["/good", "/bad", "/gone", "/bad"]
    syncing.site.clock.passed_s += 3600
    assert [o.status for o in syncing.run(good, bad, gone, everything=False)] == [
        "unchanged", "unchanged", "gone",
    ]  # fmt: skip


def test_a_page_that_was_taken_off_the_shelf_is_asked_for_in_full(syncing: Syncing) -> None:
    url = syncing.site.put("/a", Page(FALCON, etag='"1"'))
    syncing.run(url)
    from corpus.shelf import home_shelf

    home_shelf(syncing.home).remove(syncing.documents[0].id)
    (outcome,) = syncing.run(url, everything=False)
    assert outcome.status == "fetched"
    assert "if-none-match" not in syncing.site.log[-1].headers


def test_a_clock_that_went_back_makes_nothing_wait_for_ever(syncing: Syncing) -> None:
    url = syncing.site.put("/a", Page(FALCON))
    syncing.run(url)
    syncing.site.clock.start -= timedelta(days=365)
    assert [o.status for o in syncing.run(url, everything=False)] == ["unchanged"]


def test_redirects_are_followed_and_the_document_names_where_it_was_read(
    syncing: Syncing,
) -> None:
    target = syncing.site.put("/new", Page(FALCON, etag='"1"'), "b.test")
    url = syncing.site.put("/old", moved(target), "a.test")
    assert syncing.one(url).status == "fetched"
    (entry,) = syncing.entries
    assert (entry.origin, entry.document.url) == (url, target)
    assert entry.document.id.endswith("/old")
    assert syncing.one(url).status == "unchanged"  # the validator goes to where it came from
    old, new = [asked for asked in syncing.site.log if asked.path != "/robots.txt"][-2:]
    assert "if-none-match" not in old.headers
    assert new.headers["if-none-match"] == '"1"'


def test_more_pages_than_the_limit_are_left_out_and_said(syncing: Syncing) -> None:
    syncing.rules = replace(syncing.rules, max_pages=2)
    urls = [syncing.site.put(f"/{n}", Page(FALCON)) for n in range(3)]
    outcomes = syncing.run(*urls)
    assert [o.status for o in outcomes] == ["fetched", "fetched", "skipped"]
    assert "max_pages" in str(outcomes[2].cure)
    assert count(outcomes)["skipped"] == 1


def test_a_document_of_ones_own_with_the_pages_name_is_not_overwritten(syncing: Syncing) -> None:
    from corpus.shelf import home_shelf

    url = syncing.site.put("/a", Page(FALCON))
    syncing.run(url)
    (entry,) = syncing.entries
    own = entry.model_copy(update={"document": replace(entry.document, kind="file", text="mine")})
    home_shelf(syncing.home).put([own])
    assert syncing.one(url).status == "refused"
    assert [document.text for document in syncing.documents] == ["mine"]


@pytest.mark.parametrize(
    ("name", "page", "expected"),
    [
        ("a.md", Page(b"# Title\n\nSome words of Markdown.", "text/plain"), "# Title"),
        ("b", Page(b"# Title\n\nSome words.", "text/markdown; charset=utf-8"), "# Title"),
        ("LICENSE", Page(b"Licence\n\nYou may do as you like.", "text/plain"), "as you like"),
        ("c.md", Page(b"# Bytes\n\nSome words.", "application/octet-stream"), "# Bytes"),
        ("d.md", Page(b"# None\n\nSome words.", ""), "# None"),
        (
            "e.txt",
            Page("Prix : 5 € l’unité".encode("cp1252"), "text/plain; charset=windows-1252"),
            "5 € l’unité",
        ),
        ("f.txt", Page("Prix : 5 €".encode(), "text/plain; charset=iso-8859-1"), "5 €"),
        ("g.txt", Page("Prix : 5 €".encode(), "text/plain; charset=utf-7"), "5 €"),
        (
            "i",
            Page(
                article("Preis", "Größe kostet 5.")
                .replace(b"<head>", b'<head><meta charset="ISO-8859-1">')
                .decode()
                .encode("latin-1"),
                "text/html",
            ),
            "Größe",
        ),
        (
            "h",
            Page(article("Preis", "Größe kostet 5.").decode().encode("latin-1"),
                 "text/html; charset=ISO-8859-1"),
            "Größe",
        ),
    ],
)  # fmt: skip
def test_each_kind_of_text_is_read_as_what_it_is(
    syncing: Syncing, name: str, page: Page, expected: str
) -> None:
    outcome = syncing.one(syncing.site.put(f"/{name}", page))
    assert (outcome.status, outcome.what) == ("fetched", "It is new.")
    assert expected in syncing.documents[0].text


@pytest.mark.parametrize(
    "kind", ["image/png", "application/zip", "application/json", "video/mp4", "text/css"]
)
def test_other_kinds_are_refused(syncing: Syncing, kind: str) -> None:
    outcome = syncing.one(syncing.site.put("/a", Page(b"PK\x03\x04 not text", kind)))
    assert outcome.status == "refused"
    assert syncing.entries == ()


@pytest.mark.parametrize(
    "page",
    [
        Page(FALCON, headers=("X-Robots-Tag: noindex",)),
        Page(FALCON, headers=("X-Robots-Tag: max-snippet: 5, noindex",)),
        Page(FALCON, headers=("X-Robots-Tag: otherbot: nofollow", "X-Robots-Tag: NONE")),
        Page(FALCON, headers=("X-Robots-Tag: counterpoint: noindex",)),
        Page(FALCON.replace(b"<head>", b'<head><META NAME="Robots" content="nofollow, NoIndex">')),
        Page(FALCON.replace(b"<head>", b"<head><meta content=none name=counterpoint />")),
    ],
)
def test_a_page_that_asks_not_to_be_kept_in_an_index_is_not(syncing: Syncing, page: Page) -> None:
    outcome = syncing.one(syncing.site.put("/a", page))
    assert outcome.status == "refused"
    assert "noindex" in str(outcome.what)
    assert syncing.entries == ()


@pytest.mark.parametrize(
    "page",
    [
        Page(FALCON, headers=("X-Robots-Tag: otherbot: noindex",)),
        Page(FALCON, headers=("X-Robots-Tag: noarchive, max-snippet:-1",)),
        Page(FALCON.replace(b"<head>", b'<head><meta name="robots" content="index, follow">')),
        Page(FALCON.replace(b"<head>", b'<head><meta name="description" content="noindex">')),
    ],
)
def test_other_wishes_to_robots_do_not_hinder(syncing: Syncing, page: Page) -> None:
    assert syncing.one(syncing.site.put("/a", page)).status == "fetched"


def test_what_the_list_says_anew_of_a_page_that_has_not_changed_is_taken_over(
    syncing: Syncing,
) -> None:
    url = syncing.site.put("/a", Page(article("A page", "Kept words."), etag='"1"'))
    syncing.run_sources([source(url)])
    renamed = source(url, title="A better name", dated="2024-06-01")
    (outcome,) = syncing.run_sources([renamed])
    (document,) = syncing.documents
    assert (document.title, document.dated) == ("A better name", "2024-06-01")
    assert outcome.status == "fetched"
    (again,) = syncing.run_sources([renamed])
    assert again.status == "unchanged"
    assert syncing.site.log[-1].headers["if-none-match"] == '"1"'
