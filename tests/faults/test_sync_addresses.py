"""Where a sync connects to: public addresses only, the one that was checked, and a proven name."""

import asyncio
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from corpus.errors import SourceRefused, SourceUnreachable
from corpus.fetch.addresses import parse_address
from corpus.fetch.network import CheckedNetwork
from corpus.fetch.replies import Requests
from corpus.fetch.rules import Rules
from tests.support.syncing import BODY, GOOD, Syncing, require
from tests.support.web_site import WebSite, moved


@pytest.fixture
def syncing(home: Path):
    with WebSite() as site:
        yield Syncing(home, site, site.rules("a.test", "b.test"))


# --- addresses -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd", "FILE:/etc/passwd", "ftp://a.test/", "gopher://127.0.0.1:25/",
        "http://user:secret@a.test/", "http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/",
        "http://127.0.0.1:22/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://localhost:1/",
        "http://169.254.169.254/latest/meta-data/", "http://a.test\\@b.test/", "http://", "http://[",
        "http://a.test/" + "x" * 3_000, "data:text/html,hello",
    ],
)  # fmt: skip
def test_a_redirect_to_where_no_page_may_be_is_refused(syncing: Syncing, location: str) -> None:
    said = require(syncing, moved(location, 302), "refused")
    assert "secret" not in said
    assert len(syncing.site.asked("a.test")) == 1


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1",
        "fe80::1%eth0", "fd00:ec2::254", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
    ],
)  # fmt: skip
@pytest.mark.parametrize("beside", [[], ["93.184.216.34"]])
def test_a_name_with_a_private_address_is_refused_even_beside_a_public_one(
    address: str, beside: list[str]
) -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return [*beside, address]

    async def connect() -> None:
        await Requests(Rules(), CheckedNetwork((), resolve)).get(parse_address("http://evil.test/"))

    with pytest.raises(SourceRefused) as caught:
        asyncio.run(connect())
    assert "not public" in caught.value.what


def test_the_connection_goes_to_the_address_that_was_checked(syncing: Syncing) -> None:
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    site = syncing.site
    network = CheckedNetwork(syncing.rules.private_hosts, rebinding)

    async def get() -> int:
        requests = Requests(syncing.rules, network)
        found = await requests.get(parse_address(site.put("/a", GOOD, "a.test")))
        await requests.aclose()
        return found.status

    assert asyncio.run(get()) == 200
    assert asked == ["a.test"]  # looked up once, and never by anything else on the way


def test_a_name_that_is_bound_anew_is_checked_anew(syncing: Syncing) -> None:
    answers = [["127.0.0.1"], ["169.254.169.254"]]

    async def rebinding(host: str, port: int) -> Sequence[str]:
        return answers.pop(0)

    syncing.network = CheckedNetwork(syncing.rules.private_hosts, rebinding)
    outcome = syncing.one(syncing.site.put("/a", GOOD, "a.test"))  # robots.txt, then the page
    assert outcome.status == "refused"
    assert answers == []


def test_a_host_with_an_address_that_is_dead_is_reached_by_its_next_one(syncing: Syncing) -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["::1", "127.0.0.1"]

    syncing.network = CheckedNetwork(syncing.rules.private_hosts, resolve)
    assert syncing.one(syncing.site.put("/a", GOOD, "a.test")).status == "fetched"


def test_ports_that_are_not_of_the_web_are_refused() -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        raise AssertionError("looked up")

    async def connect() -> None:
        await Requests(Rules(), CheckedNetwork((), resolve)).get(parse_address("http://a.test:22/"))

    with pytest.raises(SourceRefused) as caught:
        asyncio.run(connect())
    assert "ports" in caught.value.what


def test_a_public_site_cannot_send_the_program_into_ones_own_network(syncing: Syncing) -> None:
    inside = syncing.site.put("/secret", GOOD, "inside.test")
    outside = syncing.site.put("/a", moved(inside), "outside.test")
    own = f"inside.test:{syncing.site.port}"

    class Open(CheckedNetwork):
        async def look_up(self, host, port):  # type: ignore[no-untyped-def]
            import ipaddress

            return [ipaddress.ip_address("127.0.0.1")]

    syncing.rules = Rules(private_hosts=(own,))
    syncing.network = Open(())
    outcome = syncing.one(outside)
    assert outcome.status == "refused"
    assert "your own" in str(outcome.what)
    assert syncing.site.asked("inside.test") == []
    assert syncing.one(inside).status == "fetched"


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"])
def test_a_proxy_of_the_environment_is_not_used(
    syncing: Syncing, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with WebSite() as proxy:
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert syncing.one(syncing.site.put("/a", GOOD)).status == "fetched"
        assert proxy.log == []


# --- TLS -------------------------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A key and a certificate for ``a.test``, signed by itself."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("a.test")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "a.test.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.mark.parametrize(
    ("host", "trusted"), [("a.test", True), ("b.test", True), ("a.test", False)]
)
def test_a_host_must_prove_its_name_though_its_address_was_chosen_here(
    certificate: Path, host: str, trusted: bool
) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    client = ssl.create_default_context(cafile=certificate) if trusted else None

    async def get(site: WebSite) -> bytes:
        rules = site.rules("a.test", "b.test")
        requests = Requests(rules, site.network(rules), client)
        try:
            return (await requests.get(parse_address(site.put("/a", GOOD, host)))).body
        finally:
            await requests.aclose()

    with WebSite(tls=server) as site:
        if host == "a.test" and trusted:
            assert asyncio.run(get(site)) == BODY
        else:
            with pytest.raises(SourceUnreachable) as caught:
                asyncio.run(get(site))
            assert "prove" in caught.value.what
            assert site.log == []
