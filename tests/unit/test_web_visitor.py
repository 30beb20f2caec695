"""A cookie per browser, and the owner that it stands for."""

import re
from collections.abc import AsyncIterator
from http.cookies import SimpleCookie

import httpx
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from tests.support.scripted_assistant import ScriptedAssistant
from ui.web.app import build_app
from ui.web.guards import Guards
from ui.web.visitor import COOKIE, cookie_header, fresh_visitor, owner_of, visitor_in


class Request:
    def __init__(self, cookies: str | None) -> None:
        self.headers = {} if cookies is None else {"cookie": cookies}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app(tmp_path_factory: pytest.TempPathFactory) -> Guards:
    return build_app(ScriptedAssistant(tmp_path_factory.mktemp("home")), "127.0.0.1")


@pytest.fixture
async def client(app: Guards) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7860") as client:
        yield client


def test_the_same_cookie_is_the_same_owner_and_another_is_another() -> None:
    one, two = fresh_visitor(), fresh_visitor()
    assert owner_of(Request(f"{COOKIE}={one}")) == owner_of(Request(f"a=b; {COOKIE}={one}; c=d"))
    assert owner_of(Request(f"{COOKIE}={one}")) != owner_of(Request(f"{COOKIE}={two}"))


def test_an_owner_does_not_tell_the_cookie() -> None:
    visitor = fresh_visitor()
    owner = owner_of(Request(f"{COOKIE}={visitor}"))
    assert re.fullmatch(r"[0-9a-f]{64}", owner)
    assert visitor not in owner


@pytest.mark.parametrize("cookies", [None, "", f"{COOKIE}=", f"{COOKIE}=admin", "other=1"])
def test_two_requests_without_a_cookie_share_nothing(cookies: str | None) -> None:
    assert owner_of(Request(cookies)) != owner_of(Request(cookies))


@given(st.text())
def test_whatever_a_cookie_header_holds_only_our_shape_is_a_visitor(cookies: str) -> None:
    found = visitor_in(cookies)
    assert found is None or re.fullmatch(r"[A-Za-z0-9_-]{43}", found)


@given(st.text(alphabet=st.characters(exclude_characters=";"), max_size=60))
def test_a_value_that_we_never_gave_is_nobody(value: str) -> None:
    known = re.fullmatch(r"[A-Za-z0-9_-]{43}", value.strip())
    assert (visitor_in(f"{COOKIE}={value}") is None) == (known is None)


async def test_the_page_makes_a_browser_a_visitor(client: httpx.AsyncClient) -> None:
    given_cookie = (await client.get("/")).headers["set-cookie"]
    morsel = SimpleCookie(given_cookie)[COOKIE]
    assert visitor_in(f"{COOKIE}={morsel.value}") == morsel.value
    assert morsel["httponly"]
    assert morsel["samesite"] == "Strict"
    assert morsel["path"] == "/"
    assert int(morsel["max-age"]) > 300 * 24 * 3600
    assert not morsel["secure"]
    assert not morsel["domain"]


async def test_a_visitor_stays_the_same_and_a_made_up_one_is_replaced(
    client: httpx.AsyncClient,
) -> None:
    await client.get("/")
    first = client.cookies[COOKIE]
    await client.get("/?chat=abc")
    assert client.cookies[COOKIE] == first
    answer = await client.get("/", headers={"cookie": f"{COOKIE}=guess"})
    assert SimpleCookie(answer.headers["set-cookie"])[COOKIE].value not in {"guess", first}


async def test_only_the_page_itself_gives_the_cookie(client: httpx.AsyncClient) -> None:
    for path in ("/config", "/page/page.css", "/nowhere"):
        assert "set-cookie" not in (await client.get(path)).headers


async def test_a_link_on_another_site_does_not_make_a_visitor_somebody_else(
    client: httpx.AsyncClient,
) -> None:
    """A strict cookie is held back then, so the page cannot know that it is there."""
    from_elsewhere = {"sec-fetch-site": "cross-site"}
    answer = await client.get("/?chat=a-B_1", headers=from_elsewhere)
    assert "set-cookie" not in answer.headers
    assert answer.headers["refresh"] == "0; url=/?chat=a-B_1"
    odd = await client.get("/?chat=a%0d%0ab&next=//evil.example", headers=from_elsewhere)
    assert odd.headers["refresh"] == "0; url=/"


async def test_by_https_the_cookie_goes_by_https_alone(app: Guards) -> None:
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="https://localhost") as client:
        assert "; Secure" in (await client.get("/")).headers["set-cookie"]
    assert b"Secure" not in cookie_header(fresh_visitor(), is_encrypted=False)
