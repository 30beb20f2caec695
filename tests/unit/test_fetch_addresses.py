"""Addresses of pages: parsed once, strictly; and the network addresses that are public."""

import ipaddress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from corpus.errors import SourceRefused
from corpus.fetch.addresses import document_id, parse_address
from corpus.fetch.public import is_public, may_be_private_site


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("HTTPS://Example.ORG", "https://example.org/"),
        ("https://example.org./a#part", "https://example.org/a"),
        ("https://example.org:443/a?b=c", "https://example.org/a?b=c"),
        ("http://example.org:8080/", "http://example.org:8080/"),
        ("https://bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4"),
        ("http://[2606:4700::1111]:80/", "http://[2606:4700::1111]/"),
        ("http://１２７.0.0.1/", "http://127.0.0.1/"),
    ],
)
def test_an_address_is_written_in_one_way(text: str, url: str) -> None:
    assert parse_address(text).url == url
    assert parse_address(url).url == url


@pytest.mark.parametrize(
    "text",
    [
        "file:///etc/passwd", "FILE:///etc/passwd", "ftp://example.org/", "javascript:alert(1)",
        "//example.org/", "/etc/passwd", "http:/example.org", "http:///x", "",
        "http://user@example.org/", "http://a:b@127.0.0.1/", "http://127.0.0.1@example.org/",
        "http://2130706433/", "http://0x7f000001/", "http://0x7f.1/", "http://0177.0.0.1/",
        "http://127.1/", "http://example.0x1/", "http://1.2.3.4.5/", "http://256.1.1.1/",
        "http://example.org\\@127.0.0.1/", "http://example.org\r\nHost: a/", "http://a b/",
        "http://example.org/a\tb", "http://example.org/\x00", "http://exa%6dple.org/",
        "http://a..b/", "http://-a.org-/", "http://.org/", "http://[::1/", "http://[1.2.3.4]/",
        "http://[fe80::1%25eth0]/", "http://example.org:0/", "http://example.org:70000/",
        "http://example.org:8o/", "http://example.org:٨٠/", "http://" + "a" * 64 + ".org/",
        "http://xn--\udcff/", "http://example.org/" + "a" * 2_000,
    ],
)  # fmt: skip
def test_an_address_that_is_none_or_hides_what_it_is_gets_refused(text: str) -> None:
    with pytest.raises(SourceRefused) as caught:
        parse_address(text)
    assert "\n" not in caught.value.what


@given(st.text(max_size=60).map(lambda rest: "http://" + rest) | st.text(max_size=40))
@example("http://a/%")
def test_whatever_is_given_comes_out_safe_to_send_or_is_refused(text: str) -> None:
    try:
        address = parse_address(text)
    except SourceRefused:
        return
    sent = address.authority + address.target
    assert sent.isascii()
    assert sent.isprintable()
    assert " " not in sent
    assert "@" not in address.authority
    assert address.target.startswith("/")
    assert parse_address(address.url) == address
    parts = document_id(address).split("/")
    assert parts[0] == "web"
    assert not {"", ".", ".."} & set(parts)


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/b", "https://example.org/b"),
        ("../c?d=e", "https://example.org/c?d=e"),
        ("//other.org/x", "https://other.org/x"),
        ("HTTP://other.org", "http://other.org/"),
        ("", "https://example.org/a/b"),
    ],
)
def test_a_redirect_is_read_from_where_it_stands(location: str, url: str) -> None:
    assert parse_address("https://example.org/a/b").join(location).url == url


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "gopher://x", "http://a@b/", "http://[", "http://x\\y", "x\r\nSet: y"],
)
def test_a_redirect_to_what_is_no_page_is_refused(location: str) -> None:
    with pytest.raises(SourceRefused):
        parse_address("https://example.org/a").join(location)


def ids(*urls: str) -> list[str]:
    return [document_id(parse_address(url)) for url in urls]


def test_an_id_is_readable_and_one_page_has_one() -> None:
    assert ids("https://falcon-lm.github.io/blog/falcon-180b/") == [
        "web/falcon-lm.github.io/blog/falcon-180b"
    ]
    assert len(set(ids("http://a.org/b", "https://a.org/b/", "https://a.org/b#c"))) == 1


def test_different_pages_never_share_an_id() -> None:
    found = ids(
        "https://a.org/b?c=1", "https://a.org/b?c=2", "https://a.org/b",
        "https://a.org/%2e%2e/b", "https://a.org:8080/b", "https://a.org/B", "https://a.org//b",
    )  # fmt: skip
    assert len(set(found)) == len(found)


PUBLIC = "8.8.8.8 140.82.112.3 2606:4700::1111 ::ffff:8.8.8.8 64:ff9b::808:808 2002:808:808::1"
NOT_PUBLIC = (
    "0.0.0.0 0.1.2.3 10.1.2.3 100.64.0.1 100.100.100.200 127.0.0.1 127.9.9.9 169.254.169.254 "
    "172.16.0.1 192.0.0.9 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.1 203.0.113.1 "
    "224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255 :: ::1 ::7f00:1 ::ffff:127.0.0.1 "
    "::ffff:169.254.169.254 ::ffff:10.0.0.1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 "
    "100::1 2001::1 2001:db8::1 2002:7f00:1::1 2002:a00:1::1 3fff::1 5f00::1 fc00::1 "
    "fd00:ec2::254 fe80::1 fec0::1 ff02::1 ff0e::1"
)


@pytest.mark.parametrize("text", PUBLIC.split())
def test_an_address_of_the_open_internet_is_public(text: str) -> None:
    assert is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", NOT_PUBLIC.split())
def test_every_other_address_is_not(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize(
    "text", "0.0.0.0 169.254.169.254 224.0.0.1 255.255.255.255 :: fe80::1 ff02::1 "
    "::ffff:169.254.169.254 64:ff9b::a9fe:a9fe".split()
)  # fmt: skip
def test_not_even_a_site_of_ones_own_may_be_where_clouds_keep_keys(text: str) -> None:
    assert not may_be_private_site(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", "127.0.0.1 10.0.0.1 192.168.1.1 100.64.0.1 ::1 fd00::1".split())
def test_a_site_of_ones_own_may_be_in_ones_own_network(text: str) -> None:
    assert may_be_private_site(ipaddress.ip_address(text))
