"""Manners toward sites: robots.txt, waits, one request at a time, leaving alone who asks for it."""

import itertools
import json
import threading
import tracemalloc
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from corpus.fetch.addresses import parse_address
from corpus.fetch.hosts import retry_after_s
from corpus.fetch.ledger import HostRecord
from corpus.fetch.robots import Robots
from corpus.fetch.rules import Rules
from tests.support.syncing import Syncing
from tests.support.web_site import Asked, Page, WebSite, article, in_turn, moved

GOOD = Page(article("A page", "Some words that are worth keeping on a shelf."))


@pytest.fixture
def syncing(home: Path):
    with WebSite() as site:
        yield Syncing(home, site, site.rules("a.test", "b.test"))


def put_robots(site: WebSite, text: str | bytes, host: str = "127.0.0.1") -> None:
    body = text if isinstance(text, bytes) else text.encode()
    site.put("/robots.txt", Page(body, "text/plain"), host)


@pytest.mark.parametrize(
    "robots",
    [
        "User-agent: *\nDisallow: /private/",
        "User-agent: counterpoint\nDisallow: /private/\n\nUser-agent: *\nAllow: /",
        "\ufeffUser-agent: Counterpoint\nDisallow: /priv*/\nAllow: /",
        "User-agent: *\r\nDisallow: /\r\nAllow: /public",
    ],
)
def test_what_robots_txt_forbids_is_never_asked_for(syncing: Syncing, robots: str) -> None:
    put_robots(syncing.site, robots)
    public = syncing.site.put("/public", GOOD)
    private = syncing.site.put("/private/a", GOOD)
    outcomes = syncing.run(public, private)
    assert [o.status for o in outcomes] == ["fetched", "refused"]
    assert "robots.txt" in str(outcomes[1].what)
    assert syncing.site.asked() == ["/public"]


def test_rules_for_other_programs_do_not_count(syncing: Syncing) -> None:
    put_robots(syncing.site, "User-agent: otherbot\nDisallow: /\n\nUser-agent: *\nDisallow:")
    assert syncing.one(syncing.site.put("/a", GOOD)).status == "fetched"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_without_a_robots_txt_everything_may_be_fetched(syncing: Syncing, status: int) -> None:
    syncing.site.put("/robots.txt", Page(b"User-agent: *\nDisallow: /", status=status))
    assert syncing.one(syncing.site.put("/a", GOOD)).status == "fetched"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_while_robots_txt_cannot_be_read_nothing_is_asked_for(
    syncing: Syncing, status: int
) -> None:
    syncing.site.put("/robots.txt", Page(status=status))
    pages = [syncing.site.put(f"/{n}", GOOD) for n in range(3)]
    assert [o.status for o in syncing.run(*pages)] == ["failed"] * 3
    assert syncing.site.asked() == []
    assert len(syncing.site.log) == 1  # and it is asked for once, not once for each page


def test_robots_txt_is_read_once_a_day_and_kept_between_runs(syncing: Syncing) -> None:
    put_robots(syncing.site, "User-agent: *\nDisallow: /b")
    a, b = syncing.site.put("/a", GOOD), syncing.site.put("/b", GOOD)
    syncing.run(a, b)
    syncing.run(a, b)
    assert [asked.path for asked in syncing.site.log].count("/robots.txt") == 1
    syncing.site.clock.passed_s += 24 * 3600 + 1
    put_robots(syncing.site, "User-agent: *\nDisallow: /a")
    assert [o.status for o in syncing.run(a, b)] == ["refused", "fetched"]


def test_robots_txt_may_be_elsewhere_but_not_in_a_circle(syncing: Syncing) -> None:
    put_robots(syncing.site, "User-agent: *\nDisallow: /a", "b.test")
    site = syncing.site
    site.put("/robots.txt", moved(site.url("/robots.txt", "b.test")), "a.test")
    assert syncing.one(site.put("/a", GOOD, "a.test")).status == "refused"
    site.put("/robots.txt", moved("/robots.txt"))
    assert syncing.one(site.put("/a", GOOD)).status == "fetched"  # unavailable, after RFC 9309
    assert len([asked for asked in site.log if asked.host == "127.0.0.1"]) == 6 + 1


def test_a_huge_robots_txt_is_read_to_its_limit(syncing: Syncing) -> None:
    early = b"User-agent: *\nDisallow: /early\n"
    late = b"Disallow: /late\n"
    put_robots(syncing.site, early + b"# padding\n" * 1_000_000 + late)
    pages = [syncing.site.put(path, GOOD) for path in ("/early", "/late")]
    assert [o.status for o in syncing.run(*pages)] == ["refused", "fetched"]


def test_robots_txt_of_nonsense_forbids_nothing_and_hurts_nothing(syncing: Syncing) -> None:
    put_robots(syncing.site, bytes(range(256)) * 100 + b"\nDisallow: " + b"*a" * 50_000)
    assert syncing.one(syncing.site.put("/a", GOOD)).status == "fetched"


def test_a_redirect_does_not_lead_around_robots_txt(syncing: Syncing) -> None:
    put_robots(syncing.site, "User-agent: *\nDisallow: /private", "b.test")
    private = syncing.site.put("/private", GOOD, "b.test")
    assert syncing.one(syncing.site.put("/a", moved(private), "a.test")).status == "refused"
    assert syncing.site.asked("b.test") == []


def test_one_host_is_asked_one_thing_at_a_time_with_a_wait_between(syncing: Syncing) -> None:
    urls = [syncing.site.put(f"/{n}", GOOD) for n in range(4)]
    syncing.run(*urls)
    times = [asked.at_s for asked in syncing.site.log]
    assert len(times) == 5
    assert [b - a for a, b in itertools.pairwise(times)] == [1.0] * 4
    assert syncing.site.most_at_once["127.0.0.1"] == 1


@pytest.mark.parametrize(("asked_for", "waited"), [("10", 10.0), ("0.1", 1.0), ("86400", 30.0)])
def test_a_crawl_delay_is_kept_to_up_to_a_bound(
    syncing: Syncing, asked_for: str, waited: float
) -> None:
    put_robots(syncing.site, f"User-agent: *\nCrawl-delay: {asked_for}")
    syncing.run(*[syncing.site.put(f"/{n}", GOOD) for n in range(2)])
    first, second = [asked.at_s for asked in syncing.site.log][-2:]
    assert second - first == waited


def test_hosts_are_asked_side_by_side(syncing: Syncing) -> None:
    meet = threading.Barrier(2, timeout=20)

    def together(asked: Asked) -> Iterable[bytes]:
        meet.wait()  # comes back only when both hosts are being asked at the same time
        yield from GOOD(asked)

    urls = [syncing.site.put("/a", together, host) for host in ("a.test", "b.test")]
    syncing.rules = replace(syncing.rules, page_timeout_s=20.0)
    assert [o.status for o in syncing.run(*urls)] == ["fetched", "fetched"]


def test_not_more_hosts_than_allowed_are_asked_side_by_side(syncing: Syncing) -> None:
    syncing.rules = replace(syncing.rules, parallel_hosts=1)
    urls = [syncing.site.put(f"/{n}", GOOD, host) for host in ("a.test", "b.test") for n in "12"]
    syncing.run(*urls)
    hosts = [asked.host for asked in syncing.site.log]
    assert hosts == ["a.test"] * 3 + ["b.test"] * 3


@pytest.mark.parametrize("status", [429, 503])
def test_a_site_that_asks_for_a_short_wait_gets_it(syncing: Syncing, status: int) -> None:
    busy = Page(status=status, headers=("Retry-After: 7",))
    url = syncing.site.put("/a", in_turn(busy, GOOD))
    assert syncing.one(url).status == "fetched"
    first, second = [asked.at_s for asked in syncing.site.log][-2:]
    assert second - first == 7.0


def test_a_site_that_asks_for_a_long_wait_is_left_alone_until_then(syncing: Syncing) -> None:
    site = syncing.site
    busy = Page(status=503, headers=("Retry-After: 7200",))
    urls = [site.put("/a", in_turn(busy, GOOD)), site.put("/b", GOOD)]
    outcomes = syncing.run(*urls)
    assert [o.status for o in outcomes] == ["failed", "failed"]
    assert "asked not to be asked" in str(outcomes[1].what)
    assert site.asked() == ["/a"]
    site.clock.passed_s += 7000
    assert [o.status for o in syncing.run(*urls)] == ["failed", "failed"]
    assert site.asked() == ["/a"]  # a later run keeps to it too
    site.clock.passed_s += 200
    assert [o.status for o in syncing.run(*urls)] == ["fetched", "fetched"]


def test_a_site_that_has_had_enough_without_naming_a_wait_is_left_alone(syncing: Syncing) -> None:
    urls = [syncing.site.put(f"/{n}", Page(status=429)) for n in range(3)]
    assert [o.status for o in syncing.run(*urls)] == ["failed"] * 3
    assert syncing.site.asked() == ["/0"]


def test_a_host_that_fails_again_and_again_is_left_alone(syncing: Syncing) -> None:
    urls = [syncing.site.put(f"/{n}", lambda asked: [b"nonsense"], "a.test") for n in range(6)]
    outcomes = syncing.run(*urls, syncing.site.put("/a", GOOD, "b.test"))
    assert [o.status for o in outcomes] == ["failed"] * 6 + ["fetched"]
    assert syncing.site.asked("a.test") == ["/0", "/1", "/2"]
    assert "3 times" in str(outcomes[5].what)


def test_pages_that_are_refused_do_not_count_as_a_host_that_fails(syncing: Syncing) -> None:
    urls = [syncing.site.put(f"/{n}", Page(status=500)) for n in range(5)]
    syncing.run(*urls, syncing.site.put("/a", GOOD))
    assert len(syncing.site.asked()) == 6


def test_an_address_in_utf8_is_followed(syncing: Syncing) -> None:
    syncing.site.put("/%C3%A4", GOOD)
    location = "/ä".encode().decode("latin-1")
    assert syncing.one(syncing.site.put("/a", moved(location))).status == "fetched"


def test_no_site_can_ask_to_be_left_alone_for_ever(syncing: Syncing) -> None:
    busy = Page(status=503, headers=("Retry-After: Fri, 31 Dec 9999 23:59:59 GMT",))
    url = syncing.site.put("/a", in_turn(busy, GOOD))
    assert syncing.one(url).status == "failed"
    syncing.site.clock.passed_s += 24 * 3600 + 1
    assert syncing.one(url).status == "fetched"


NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0), (" 0 ", 0.0), ("Mon, 23 Nov 2026 12:01:00 GMT", 60.0),
        ("Mon, 23 Nov 2020 12:01:00 GMT", 0.0), ("Mon, 23 Nov 2026 12:01:00", 60.0),
        ("", None), ("-5", None), ("soon", None), ("9" * 400, None), ("1e9", None),
        ("٣", None), ("nan", None), ("Mon, 99 Nov 2026", None),
    ],
)  # fmt: skip
def test_a_wait_is_read_from_seconds_or_a_date_and_from_nothing_else(
    text: str, seconds: float | None
) -> None:
    assert retry_after_s(text, NOW) == seconds


def test_a_damaged_memory_of_a_host_or_page_is_as_none(syncing: Syncing) -> None:
    url = syncing.site.put("/a", GOOD)
    syncing.run(url)
    for file in (syncing.home / "sync").rglob("*.json"):
        file.write_text('{"format": 99}')
    assert syncing.one(url).status == "unchanged"
    origin = url.removesuffix("/a")
    assert syncing.ledger.host(origin) != HostRecord(origin=origin)


def test_the_settings_and_the_rules_have_the_same_names_and_defaults() -> None:
    from assistant.settings import SyncSettings

    assert Rules(**SyncSettings().model_dump()) == Rules()
    assert timedelta(seconds=Rules().min_age_s) == timedelta(hours=1)


@pytest.mark.parametrize(
    ("robots", "allowed"),
    [
        ("User-agent: counter\nAllow: /\n\nUser-agent: *\nDisallow: /\n", False),
        ("User-agent: c\nDisallow: /\n", True),
        ("User-agent: counterpoint-images\nDisallow: /\n", True),
        ("User-agent: CounterPoint/1.0 (any)\nDisallow: /\n", False),
        ("User-agent: counterpoint\nAllow: /\n\nUser-agent: *\nDisallow: /\n", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: counterpoint/2\nDisallow: /b\n", True),
        ("User-agent: other\nUser-agent: counterpoint\nDisallow: /\n", False),
        ("User-agent: *  # everybody\nDisallow: /*$\n", False),
    ],
)
def test_a_group_is_for_a_program_whose_whole_name_it_names(robots: str, allowed: bool) -> None:
    assert Robots(robots).allows(parse_address("http://a.test/a")) is allowed


def test_a_robots_txt_that_names_thousands_of_programs_is_read_in_no_time() -> None:
    # Each program beside each rule: 500 KB that would be 180 million rules.
    robots = "".join(f"User-agent: x{n}\n" for n in range(12_000))
    robots += "".join(f"Disallow: /{n}\n" for n in range(15_000)) + "User-agent: *\nDisallow: /b\n"
    tracemalloc.start()
    rules = Robots(robots)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 50_000_000
    assert not rules.allows(parse_address("http://a.test/b"))
    assert rules.allows(parse_address("http://a.test/1"))


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("pages", {"checked_at": "2026-11-23T12:00:00"}),
        ("pages", {"etag": "a\r\nX-Other: b"}),
        ("pages", {"etag": "“1”"}),
        ("pages", {"last_modified": "a\nb"}),
        ("hosts", {"robots_at": "2026-11-23T12:00:00"}),
        ("hosts", {"not_before": "2026-11-23T12:00:00"}),
        ("hosts", {"not_before": "2036-11-23T12:00:00Z"}),
    ],
)
def test_a_record_with_a_value_that_none_can_have_hinders_no_page(
    syncing: Syncing, kind: str, changes: dict[str, str]
) -> None:
    page = syncing.site.put("/a", replace(GOOD, etag='"1"'), "a.test")
    syncing.run(page)
    (file,) = (syncing.home / "sync" / kind).glob("*.json")
    file.write_text(json.dumps({**json.loads(file.read_text("utf-8")), **changes}))
    assert syncing.one(page).status == "unchanged"
