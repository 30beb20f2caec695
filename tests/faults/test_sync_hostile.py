"""What a hostile web site does to a sync: nothing but a clear line."""

import gzip
import tracemalloc
import zlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.errors import SourceRefused
from corpus.fetch.addresses import parse_address
from corpus.fetch.content import Unpacker
from corpus.fetch.network import CheckedNetwork
from corpus.fetch.replies import Requests
from corpus.fetch.rules import Rules
from tests.support.syncing import BODY, GOOD, Syncing, require
from tests.support.web_site import Answer, Asked, Page, WebSite, article, in_turn, moved, reply

HTML = ("Content-Type: text/html",)


@pytest.fixture
def syncing(home: Path):
    with WebSite() as site:
        yield Syncing(home, site, site.rules("a.test", "b.test"))


def raw(*pieces: bytes) -> Answer:
    return lambda asked: pieces


def endless(head: bytes, piece: bytes, site: WebSite) -> Answer:
    def answer(_: Asked) -> Iterable[bytes]:
        yield head
        while not site.closing.is_set():
            yield piece

    return answer


def silent(site: WebSite, *pieces: bytes) -> Answer:
    def answer(_: Asked) -> Iterable[bytes]:
        yield from pieces
        site.closing.wait(30)

    return answer


# --- redirects -------------------------------------------------------------------------------


def test_redirects_in_a_circle_end(syncing: Syncing) -> None:
    syncing.site.put("/back", moved("/bad"), "a.test")
    assert "circle" in require(syncing, moved("/back"), "refused")


def test_redirects_without_end_end(syncing: Syncing) -> None:
    for n in range(20):
        syncing.site.put(f"/{n}", moved(f"/{n + 1}"), "a.test")
    assert "more than 5" in require(syncing, moved("/0"), "refused")
    assert len(syncing.site.asked("a.test")) == 6


def test_a_redirect_to_nowhere_named_is_refused(syncing: Syncing) -> None:
    require(syncing, Page(status=302), "refused")


def test_a_redirect_in_a_page_is_not_followed(syncing: Syncing) -> None:
    page = b'<html><head><meta http-equiv="refresh" content="0;url=/x"></head><body></body></html>'
    require(syncing, Page(page), "refused")
    assert syncing.site.asked("a.test") == ["/bad"]


def test_encryption_is_not_given_up_on_the_way(syncing: Syncing) -> None:
    from corpus.fetch.hosts import Hosts
    from corpus.fetch.replies import Reply

    rules = Rules()
    hosts = Hosts(Requests(rules, CheckedNetwork(())), rules, syncing.site.clock, syncing.ledger)
    here = parse_address("https://a.test/")
    with pytest.raises(SourceRefused):
        hosts.follow(here, Reply(here, 301, {"location": "http://a.test/"}))


# --- limits ----------------------------------------------------------------------------------


def small(syncing: Syncing) -> None:
    syncing.rules = replace(syncing.rules, max_page_bytes=100_000)


@pytest.mark.parametrize("declared", ["100001", "9" * 19])
def test_a_page_that_says_it_is_too_large_is_not_begun(syncing: Syncing, declared: str) -> None:
    small(syncing)
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {declared}\r\n\r\n"
    assert "larger" in require(syncing, silent(syncing.site, head.encode()), "refused")


def test_an_endless_body_is_cut_off_at_the_limit(syncing: Syncing) -> None:
    small(syncing)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
    assert "larger" in require(syncing, endless(head, b"x" * 10_000, syncing.site), "refused")


def test_endless_chunks_are_cut_off_at_the_limit(syncing: Syncing) -> None:
    small(syncing)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"2710\r\n" + b"x" * 10_000 + b"\r\n"
    assert "larger" in require(syncing, endless(head, chunk, syncing.site), "refused")


@pytest.mark.parametrize("times", [1, 2])
def test_a_packed_bomb_does_not_go_off(syncing: Syncing, times: int) -> None:
    small(syncing)
    bomb = gzip.compress(b"\0" * 50_000_000)
    if times == 2:
        bomb = gzip.compress(bomb * 300)
    page = Page(bomb, headers=("Content-Encoding: gzip",))
    assert len(bomb) < 100_000
    if times == 1:
        assert "larger" in require(syncing, page, "refused")
    else:
        require(syncing, page, "refused")


def test_a_packed_bomb_is_not_unpacked_beyond_the_limit() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(SourceRefused, match="larger"):
            Unpacker("gzip", 10_000).take(bomb)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_a_packed_page_is_read(syncing: Syncing) -> None:
    page = Page(gzip.compress(BODY), headers=("Content-Encoding: gzip",))
    assert syncing.one(syncing.site.put("/a", page)).status == "fetched"


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(BODY)[:-20]), ("gzip", BODY), ("gzip", zlib.compress(BODY)),
        ("x-gzip", b"\x1f\x8b" + b"\xff" * 100),
    ],
)  # fmt: skip
def test_a_damaged_packing_is_a_passing_trouble(syncing: Syncing, coding: str, body: bytes) -> None:
    page = Page(body, headers=(f"Content-Encoding: {coding}",))
    assert "damaged" in require(syncing, page, "failed")


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "deflate", "x" * 500])
def test_a_packing_that_was_not_asked_for_is_refused(syncing: Syncing, coding: str) -> None:
    require(syncing, Page(BODY, headers=(f"Content-Encoding: {coding}",)), "refused")


def test_a_site_that_dribbles_is_left_when_the_time_for_a_page_is_over(syncing: Syncing) -> None:
    site = syncing.site
    syncing.rules = replace(syncing.rules, page_timeout_s=0.4, read_timeout_s=0.3)

    def dribble(_: Asked) -> Iterable[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
        while not site.closing.wait(0.05):
            yield b"x"

    assert "in time" in require(syncing, dribble, "failed")


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nContent-"])
def test_a_site_that_falls_silent_is_left(syncing: Syncing, said: bytes) -> None:
    syncing.rules = replace(syncing.rules, read_timeout_s=0.2)
    assert "in time" in require(syncing, silent(syncing.site, said), "failed")


# --- what is no HTTP -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        raw(b""),
        raw(b"SSH-2.0-OpenSSH_9.6\r\n"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5000\r\n\r\nshort"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\nshort"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nshort"),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nnonsense"),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nsho"),
        raw(b"HTTP/1.1 200 OK\r\nBad\0Header: a\r\n\r\nx"),
        raw(b"HTTP/1.1 999999 OK\r\n\r\n"),
        raw(b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"y" * 300_000 + b"\r\n\r\n"),
        raw(b"HTTP/1.1 200 OK\r\n" + b"X-Many: y\r\n" * 50_000 + b"\r\n"),
        raw(b"\xff\xfe\x00" * 1_000),
    ],
)
def test_what_is_not_http_is_a_passing_trouble(syncing: Syncing, answer: Answer) -> None:
    assert "not HTTP" in require(syncing, answer, "failed")


def test_endless_headers_end(syncing: Syncing) -> None:
    answer = endless(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n" * 100, syncing.site)
    assert "not HTTP" in require(syncing, answer, "failed")


def test_endless_preliminary_replies_end(syncing: Syncing) -> None:
    syncing.rules = replace(syncing.rules, page_timeout_s=0.5)
    answer = endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n", syncing.site)
    require(syncing, answer, "failed")


def test_an_unasked_for_304_is_a_passing_trouble(syncing: Syncing) -> None:
    require(syncing, Page(status=304), "failed")


@pytest.mark.parametrize("body", [b"", b" \n\t "])
def test_a_page_without_content_is_a_passing_trouble(syncing: Syncing, body: bytes) -> None:
    assert "empty" in require(syncing, Page(body), "failed")


@pytest.mark.parametrize("status", [201, 204, 206, 300, 305, 418, 599])
def test_other_statuses_never_reach_the_shelf(syncing: Syncing, status: int) -> None:
    bad = f"HTTP/1.1 {status} Hm\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\ntext"
    syncing.site.put("/bad", raw(bad.encode()))
    assert syncing.one(syncing.site.url("/bad")).status in {"refused", "failed"}
    assert syncing.entries == ()


# --- content ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/html; charset=utf-8", bytes(range(128, 256)) * 50),
        ("text/plain; charset=utf-16", b"\xff\xff\x00" * 333),
        ("text/plain", b"\x00" * 5_000),
        ("text/html; charset=" + "x" * 5_000, b"\x80\x81\x82" * 100),
        ("application/pdf", b"no PDF at all"),
        ("application/pdf", b"%PDF-1.7\n" + b"garbage " * 200),
        ("text/markdown; charset=unicode_escape", b"\\ud800 \x80\x81" * 40),
        ("image/png", BODY),
        ("application/octet-stream", BODY),
    ],
)
def test_content_that_is_not_what_it_says_never_breaks_a_run(
    syncing: Syncing, kind: str, body: bytes
) -> None:
    bad = syncing.site.put("/bad", Page(body, kind), "a.test")
    good = syncing.site.put("/good", GOOD, "b.test")
    outcomes = syncing.run(bad, good)
    assert outcomes[1].status == "fetched"
    for document in syncing.documents:
        assert document.text.isprintable() or "\n" in document.text
        assert "\x00" not in document.text


def test_validators_that_no_header_can_hold_are_not_kept(syncing: Syncing) -> None:
    nasty = (b'"' + b"x" * 5_000 + b'"', b'"\xff\xfe"')
    answers = [
        raw(reply(BODY, headers=(*HTML, "ETag: " + etag.decode("latin-1")))) for etag in nasty
    ]
    url = syncing.site.put("/a", in_turn(*answers, GOOD))
    for _ in range(3):
        assert syncing.one(url).status in {"fetched", "unchanged"}
    assert all("if-none-match" not in asked.headers for asked in syncing.site.log)


def test_a_date_that_is_none_is_passed_over(syncing: Syncing) -> None:
    url = syncing.site.put("/a", Page(BODY, last_modified="Mon, 99 Abc 99999 99:99:99"))
    assert syncing.one(url).status == "fetched"
    assert syncing.documents[0].dated == "2026-11-23"


@pytest.mark.parametrize(
    "login", ["/login?next=/a", "/users/sign_in", "/oauth2/authorize", "/SSO/"]
)
def test_a_page_that_has_moved_behind_a_login_does_not_become_the_login(
    syncing: Syncing, login: str
) -> None:
    page = syncing.site.put("/a", in_turn(GOOD, moved(login, 302)), "a.test")
    syncing.site.put(login.partition("?")[0], Page(article("Sign in", "Your password.")), "a.test")
    syncing.run(page)
    outcome = syncing.one(page)
    assert outcome.status == "refused"
    assert "sign in" in (outcome.what or "")
    (document,) = syncing.documents
    assert "worth keeping" in document.text


def test_a_page_about_logins_that_is_listed_itself_is_fetched(syncing: Syncing) -> None:
    syncing.site.put("/docs/login/new", GOOD, "a.test")
    page = syncing.site.put("/docs/login", moved("/docs/login/new"), "a.test")
    assert syncing.one(page).status == "fetched"


def test_a_host_that_answers_once_on_a_connection_loses_no_page(syncing: Syncing) -> None:
    answer = silent(syncing.site, reply(BODY, headers=HTML))  # the connection stays open, unheard
    pages = [syncing.site.put(f"/{n}", answer, "a.test") for n in range(3)]
    assert [outcome.status for outcome in syncing.run(*pages)] == ["fetched"] * 3
