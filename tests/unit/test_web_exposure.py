"""Nobody beyond this machine reaches the page without a password and encryption."""

import ssl
from pathlib import Path

import httpx
import pytest

from assistant.settings import ServerSettings, load_settings
from corpus.errors import ConfigError
from tests.support.certificate import write_certificate
from tests.support.scripted_assistant import ScriptedAssistant
from ui.web.app import build_app, launch_page
from ui.web.exposure import certificate_options, check_exposure, is_loopback
from ui.web.held import Held

PASSWORD = "long and secret"
PROXY = "chat.example.org"


def server(**given: object) -> ServerSettings:
    return ServerSettings.model_validate(given)


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "192.168.1.7", "::", "machine.example", "", "169.254.1.1"]
)
def test_listening_beyond_this_machine_needs_a_password_and_encryption(
    host: str, tmp_path: Path
) -> None:
    certificate, key = write_certificate(tmp_path)
    encrypted = {"certificate": certificate, "certificate_key": key}
    with pytest.raises(ConfigError, match="PASSWORD"):
        check_exposure(server(), host)
    with pytest.raises(ConfigError, match="PASSWORD"):
        check_exposure(server(**encrypted), host)
    with pytest.raises(ConfigError, match="unencrypted"):
        check_exposure(server(password=PASSWORD), host)
    check_exposure(server(password=PASSWORD, **encrypted), host)
    check_exposure(server(password=PASSWORD, proxy_name=PROXY), host)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.3.2.1", "[::1]"])
def test_loopback_needs_neither(host: str) -> None:
    assert is_loopback(host)
    check_exposure(server(), host)


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "localhost.example", "127.0.0.1.example", "2130706433", "0x7f.1", "127.1"]
)
def test_what_only_looks_like_loopback_is_not_taken_for_it(host: str) -> None:
    assert not is_loopback(host)


def test_a_proxy_that_shows_the_page_to_others_needs_a_password_on_loopback_too() -> None:
    with pytest.raises(ConfigError, match="PASSWORD"):
        check_exposure(server(proxy_name=PROXY), "127.0.0.1")
    check_exposure(server(proxy_name=PROXY, password=PASSWORD), "127.0.0.1")


def test_an_empty_password_is_none(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"server\.password"):
        load_settings(tmp_path, {"COUNTERPOINT_SERVER__PASSWORD": ""})


@pytest.mark.parametrize(
    "name", ["https://chat.example.org", "chat.example.org/", "*", "a b", "user@host", ""]
)
def test_a_proxy_is_named_by_its_host_alone(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=r"server\.proxy_name"):
        load_settings(tmp_path, {"COUNTERPOINT_SERVER__PROXY_NAME": name})


def test_half_a_certificate_or_a_wrong_one_is_refused_before_anything_listens(
    tmp_path: Path,
) -> None:
    certificate, key = write_certificate(tmp_path)
    (tmp_path / "other").mkdir()
    _, other_key = write_certificate(tmp_path / "other")
    for given in (
        {"certificate": certificate},
        {"certificate_key": key},
        {"certificate": certificate, "certificate_key": other_key},
        {"certificate": key, "certificate_key": key},
        {"certificate": tmp_path / "none.pem", "certificate_key": key},
    ):
        with pytest.raises(ConfigError, match="certificate"):
            check_exposure(server(**given), "127.0.0.1")
    assert certificate_options(server()) == {}


def test_with_a_certificate_the_page_is_encrypted_and_its_cookie_too(tmp_path: Path) -> None:
    certificate, key = write_certificate(tmp_path)
    assistant = ScriptedAssistant(tmp_path)
    given = server(certificate=certificate, certificate_key=key)
    assistant.settings = assistant.settings.model_copy(update={"server": given})
    url, close = launch_page(assistant)
    try:
        assert url.startswith("https://127.0.0.1:")
        trusting = ssl.create_default_context(cafile=str(certificate))
        page = httpx.get(url, verify=trusting, trust_env=False)
        assert page.status_code == 200
        assert "; Secure" in page.headers["set-cookie"]
        with pytest.raises(httpx.HTTPError):
            httpx.get(url.replace("https:", "http:"), trust_env=False)
    finally:
        close()


async def test_with_a_password_nothing_is_shown_before_it_is_given(tmp_path: Path) -> None:
    certificate, key = write_certificate(tmp_path)
    assistant = ScriptedAssistant(tmp_path)
    given = server(password=PASSWORD, certificate=certificate, certificate_key=key)
    assistant.settings = assistant.settings.model_copy(update={"server": given})
    transport = httpx.ASGITransport(build_app(assistant, "0.0.0.0"))  # type: ignore[arg-type]
    base = "https://192.168.1.7:7860"
    async with httpx.AsyncClient(transport=transport, base_url=base) as client:
        assert (await client.get("/config")).status_code == 401
        assert "Who makes Phi-3" not in (await client.get("/")).text
        assert PASSWORD not in (await client.get("/")).text
        for guess in ("guess", PASSWORD[:-1], f"{PASSWORD} ", PASSWORD.upper(), PASSWORD[0]):
            wrong = await client.post("/login", data={"username": "a", "password": guess})
            assert wrong.status_code == 400
        right = await client.post("/login", data={"username": "a", "password": PASSWORD})
        assert right.status_code == 200
        assert (await client.get("/config")).status_code == 200


async def test_nobody_has_a_session_before_the_password_is_given(tmp_path: Path) -> None:
    certificate, key = write_certificate(tmp_path)
    assistant = ScriptedAssistant(tmp_path)
    given = server(password=PASSWORD, certificate=certificate, certificate_key=key)
    assistant.settings = assistant.settings.model_copy(update={"server": given})
    app = build_app(assistant, "0.0.0.0")
    assert app.visits is not None and isinstance(app.visits.sessions, Held)
    held, event = app.visits.sessions, {"session_hash": "s" * 11, "fn_index": 0, "data": []}
    base = "https://192.168.1.7:7860"
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base) as client:
        await client.get("/")
        refused = await client.post("/gradio_api/queue/join", json=event)
        assert (refused.status_code, held.whole, app.visits.open) == (401, 0, 0)
        await client.post("/login", data={"username": "a", "password": PASSWORD})
        await client.post("/gradio_api/queue/join", json=event)
        assert held.whole == 1


async def test_behind_a_proxy_the_page_answers_to_its_name_alone(tmp_path: Path) -> None:
    assistant = ScriptedAssistant(tmp_path)
    given = server(password=PASSWORD, proxy_name=PROXY)
    assistant.settings = assistant.settings.model_copy(update={"server": given})
    transport = httpx.ASGITransport(build_app(assistant, "0.0.0.0"))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{PROXY}") as client:
        page = await client.get("/")
        assert page.status_code == 200
        # The proxy took it by https, so that is what the cookie is kept to.
        assert "; Secure" in page.headers["set-cookie"]
        for name in ("192.168.1.7:7860", "other.example.org", f"{PROXY}.evil.example"):
            assert (await client.get("/", headers={"host": name})).status_code == 400
        login = {"username": "a", "password": PASSWORD}
        foreign = {"origin": "https://evil.example"}
        assert (await client.post("/login", data=login, headers=foreign)).status_code == 403
        own = {"origin": f"https://{PROXY}"}
        assert (await client.post("/login", data=login, headers=own)).status_code == 200
        # Some proxies pass on the name by which they reach the page.
        inside = own | {"host": "127.0.0.1:7860"}
        assert (await client.post("/login", data=login, headers=inside)).status_code == 200


async def test_after_ten_passwords_a_minute_no_more_are_tried(tmp_path: Path) -> None:
    assistant = ScriptedAssistant(tmp_path)
    assistant.settings = assistant.settings.model_copy(update={"server": server(password=PASSWORD)})
    transport = httpx.ASGITransport(build_app(assistant, "127.0.0.1"))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7860") as client:
        tries = [
            (await client.post("/login", data={"username": "a", "password": f"guess {n}"}))
            for n in range(12)
        ]
        assert [each.status_code for each in tries] == [400] * 10 + [429] * 2
        # The right one is not told from a wrong one either.
        right = await client.post("/login", data={"username": "a", "password": PASSWORD})
        assert right.status_code == 429
        assert (await client.get("/config")).status_code == 401


async def test_passwords_are_counted_by_the_address_they_come_from_and_by_nothing_else(
    tmp_path: Path,
) -> None:
    assistant = ScriptedAssistant(tmp_path)
    assistant.settings = assistant.settings.model_copy(update={"server": server(password=PASSWORD)})
    app = build_app(assistant, "127.0.0.1")

    async def guess(address: str, port: int, path: str = "/login") -> int:
        transport = httpx.ASGITransport(app, client=(address, port))
        base = "http://127.0.0.1:7860"
        async with httpx.AsyncClient(transport=transport, base_url=base) as client:
            data = {"username": f"name{port}", "password": "guess"}
            return (await client.post(path, data=data)).status_code

    # Another connection, another name and another way to write the route are no new start.
    assert [await guess("192.168.1.8", port) for port in range(12)] == [400] * 10 + [429] * 2
    assert await guess("192.168.1.8", 1, "/login/") == 429
    assert await guess("192.168.1.9", 1) == 400


def test_what_a_request_says_of_whom_it_speaks_for_is_not_believed(tmp_path: Path) -> None:
    assistant = ScriptedAssistant(tmp_path)
    assistant.settings = assistant.settings.model_copy(update={"server": server(password=PASSWORD)})
    url, close = launch_page(assistant)
    try:
        with httpx.Client(trust_env=False) as client:
            tries = [
                client.post(
                    f"{url}login",
                    data={"username": "a", "password": "guess"},
                    headers={"x-forwarded-for": f"192.168.1.{number}"},
                ).status_code
                for number in range(11)
            ]
    finally:
        close()
    assert tries == [400] * 10 + [429]
