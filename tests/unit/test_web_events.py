"""Whose an event is, and what of it reaches the page."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.support.scripted_assistant import ScriptedAssistant
from ui.web.app import build_app
from ui.web.events import Sessions
from ui.web.guards import Guards
from ui.web.responses import Receive, Scope, Send
from ui.web.visitor import COOKIE, fresh_visitor

JOIN = "/gradio_api/queue/join"
BASE = "http://127.0.0.1:7860"


def visit(app: Any, *, cookie: bool = True) -> httpx.AsyncClient:
    cookies = {COOKIE: fresh_visitor()} if cookie else {}
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE, cookies=cookies)


@pytest_asyncio.fixture
async def app(tmp_path: Path) -> Guards:
    return build_app(ScriptedAssistant(tmp_path), "127.0.0.1")


@pytest_asyncio.fixture
async def owner(app: Guards) -> AsyncIterator[httpx.AsyncClient]:
    async with visit(app) as client:
        assert (await client.post(JOIN, json=event("the-owners"))).status_code == 200
        yield client


def event(session: str, **more: Any) -> dict[str, Any]:
    return {"data": [None], "fn_index": 0, "session_hash": session, **more}


@pytest.mark.parametrize("has_cookie", [True, False])
async def test_a_session_takes_no_event_from_another_browser(
    app: Guards, owner: httpx.AsyncClient, has_cookie: bool
) -> None:
    async with visit(app, cookie=has_cookie) as other:
        answers = [
            await other.post(JOIN, json=event("the-owners")),
            await other.post(
                "/gradio_api/cancel",
                json={"session_hash": "the-owners", "fn_index": 1, "event_id": "x"},
            ),
            await other.get("/gradio_api/queue/data?session_hash=the-owners"),
            await other.get("/gradio_api/queue/data?session_hash=x&session_hash=the-owners"),
            await other.get("/gradio_api/queue/data?session_hash=the%2downers"),
        ]
        assert {each.status_code for each in answers} == {403}
        assert (await other.post(JOIN, json=event("another"))).status_code == 200
    assert (await owner.post(JOIN, json=event("the-owners"))).status_code == 200


async def test_nobody_else_ends_a_session_by_its_heartbeat(app: Guards) -> None:
    async with visit(app) as owner, visit(app) as other:
        await owner.post(JOIN, json=event("beating"))
        assert (await other.get("/gradio_api/heartbeat/beating")).status_code == 403


async def test_a_session_may_be_named_twice_but_only_the_last_name_counts(
    app: Guards, owner: httpx.AsyncClient
) -> None:
    twice = '{"session_hash": "mine", "data": [], "fn_index": 0, "session_hash": "the-owners"}'
    headers = {"content-type": "application/json"}
    async with visit(app) as other:
        assert (await other.post(JOIN, content=twice, headers=headers)).status_code == 403
        utf16 = twice.encode("utf-16")
        assert (await other.post(JOIN, content=utf16, headers=headers)).status_code == 403


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'"x"', b"{", b"\xff", b"[" * 100_000, b'{"session_hash": ["a"]}']
)
async def test_what_is_no_event_is_refused(app: Guards, body: bytes) -> None:
    async with visit(app) as client:
        headers = {"content-type": "application/json"}
        assert (await client.post(JOIN, content=body, headers=headers)).status_code == 422


async def test_half_a_character_is_made_whole_before_anybody_reads_it() -> None:
    seen: list[tuple[bytes, dict[bytes, bytes]]] = []

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(((await receive())["body"], dict(scope["headers"])))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    sent = r'{"data": ["a \ud800 b \ud83d\ude00"], "event_data": {"\udfff": [1, null]}}'
    async with visit(Guards(page)) as client:
        await client.post(JOIN, content=sent, headers={"content-type": "application/json"})
    ((body, headers),) = seen
    assert json.loads(body) == {"data": ["a � b 😀"], "event_data": {"�": [1, None]}}
    assert headers[b"content-length"] == str(len(body)).encode()


def test_sessions_that_were_used_least_are_forgotten_first() -> None:
    sessions = Sessions(most=2)
    assert sessions.is_of("a", "one")
    assert sessions.is_of("b", "one")
    assert sessions.is_of("a", "one")
    assert sessions.is_of("c", "one")
    assert not sessions.is_of("a", "two")
    assert sessions.is_of("b", "two")


def test_a_session_with_a_long_name_is_nobodys() -> None:
    assert not Sessions().is_of("x" * 65, "one")
