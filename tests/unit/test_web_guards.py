"""What the page's guards let through, and what they do not."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.support.scripted_assistant import ScriptedAssistant
from ui.web.app import build_app
from ui.web.guards import MAX_BODY_BYTES, Guards

JOIN = "/gradio_api/queue/join"


# Built inside a running loop: outside of one, Gradio makes a loop of its own and leaves it open.
@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app(tmp_path_factory: pytest.TempPathFactory) -> Guards:
    return build_app(ScriptedAssistant(tmp_path_factory.mktemp("home")), "127.0.0.1")


@pytest.fixture
async def client(app: Guards) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7860") as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/config", "/page/page.css", "/nowhere", "/assets/none.js"])
async def test_every_response_carries_the_headers(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "default-src 'self'" in headers["content-security-policy"]


async def test_the_policy_names_no_other_host_and_forgets_no_way_out(
    client: httpx.AsyncClient,
) -> None:
    said = (await client.get("/")).headers["content-security-policy"]
    policy = dict(part.strip().split(" ", 1) for part in said.split(";"))
    nonce = policy["script-src"].split()[1]
    assert policy == {
        "default-src": "'self'",
        "script-src": f"'self' {nonce} 'unsafe-eval'",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self'",
        **dict.fromkeys(("media-src", "frame-src", "object-src", "worker-src"), "'none'"),
        **dict.fromkeys(("base-uri", "form-action"), "'self'"),
        "frame-ancestors": "'none'",
    }


async def test_a_header_of_ours_that_is_set_behind_the_guards_does_not_count() -> None:
    async def page(scope: object, receive: object, send: Any) -> None:
        theirs = [(b"Content-Security-Policy", b"default-src *"), (b"x-frame-options", b"ALLOW")]
        await send({"type": "http.response.start", "status": 200, "headers": theirs})
        await send({"type": "http.response.body", "body": b""})

    transport = httpx.ASGITransport(Guards(page))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        headers = (await client.get("/config")).headers
    assert headers.get_list("x-frame-options") == ["DENY"]
    (policy,) = headers.get_list("content-security-policy")
    assert "*" not in policy


async def test_scripts_run_by_a_fresh_nonce_alone(client: httpx.AsyncClient) -> None:
    seen = set()
    for _ in range(2):
        page = await client.get("/")
        policy = page.headers["content-security-policy"]
        nonce = re.search(r"'nonce-([\w-]+)'", policy)
        assert nonce is not None
        assert page.headers.get_list("content-length") == [str(len(page.content))]
        assert "'unsafe-inline'" not in re.findall(r"script-src [^;]+", policy)[0]
        opened = re.findall(r"<script[^>]*>", page.text)
        assert len(opened) >= 4
        assert all(f'nonce="{nonce.group(1)}"' in tag for tag in opened)
        seen.add(nonce.group(1))
    assert len(seen) == 2


async def test_the_page_names_no_other_host_to_load_from(client: httpx.AsyncClient) -> None:
    page = (await client.get("/")).text
    loaded = re.findall(r"""<(?:script|link|img)[^>]+(?:src|href)=["']([^"']+)""", page)
    assert loaded
    assert [url for url in loaded if url.startswith(("http:", "https:", "//"))] == []


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "127.0.0.1.evil.example:7860", "", "192.168.1.7"),
        *("evil-localhost:7860", "evil.localhost", "evil127.0.0.1", "localhost."),
    ],
)
async def test_a_foreign_host_name_is_refused(client: httpx.AsyncClient, host: str) -> None:
    assert (await client.get("/", headers={"host": host})).status_code == 400


@pytest.mark.parametrize("host", ["localhost:7860", "127.0.0.1:9", "[::1]:7860", "LOCALHOST"])
async def test_loopback_names_are_taken(client: httpx.AsyncClient, host: str) -> None:
    assert (await client.get("/page/page.css", headers={"host": host})).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
    ],
)
async def test_a_post_from_another_page_is_refused(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    given = {"content-type": "application/json", **headers}
    assert (await client.post(JOIN, content="{}", headers=given)).status_code == 403


async def test_a_post_of_the_page_itself_reaches_the_page(client: httpx.AsyncClient) -> None:
    headers = {"content-type": "application/json", "origin": "http://127.0.0.1:7860"}
    assert (await client.post(JOIN, content="{}", headers=headers)).status_code == 422


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/upload",
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file/etc/passwd",
        "/gradio_api/proxy=http://example.org",
        "/gradio_api/run/predict",
        "/gradio_api/call/ask",
        "/gradio_api/info",
        "/gradio_api/openapi.json",
        "/gradio_api/mcp/sse",
        "/gradio_api/component_server",
        "/gradio_api/runs",
        "/monitoring",
        "/monitoring/summary",
        "/docs",
        "/redoc",
        "/openapi.json",
        "/svelte/x.js",
        "/page/../guards.py",
        "/page/..%2fguards.py",
        "/static/%2e%2e/%2e%2e/routes.py",
        "/.env",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS"])
async def test_routes_that_the_page_does_not_need_are_closed(
    client: httpx.AsyncClient, method: str, path: str
) -> None:
    answer = await client.request(method, path, headers={"content-type": "application/json"})
    assert answer.status_code in {403, 404}
    assert "root:" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        *("/page/../guards.py", "/assets/..", "/static/a/../../b.js"),
        *("/gradio_api/file=/etc/passwd", "/gradio_api/file/x", "/gradio_api/upload", "/file=x"),
        *("/gradio_api/proxy=http://127.0.0.1:9/", "/gradio_api/run/predict", "/monitoring"),
        *("/gradio_api/info", "/gradio_api/stream/s/1/1", "/gradio_api/call/ask", "/docs"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_what_the_page_does_not_need_never_reaches_what_is_guarded(
    method: str, path: str
) -> None:
    """The library's own refusal is a second wall, and may change with it."""
    sent: list[Any] = []

    async def page(scope: object, receive: object, send: object) -> None:
        raise AssertionError("reached")

    async def receive() -> dict[str, object]:
        return {"type": "http.request"}

    async def send(message: object) -> None:
        sent.append(message)

    headers = [(b"host", b"127.0.0.1"), (b"content-type", b"application/json")]
    asked = {"type": "http", "method": method, "path": path, "query_string": b""}
    await Guards(page)({**asked, "headers": headers}, receive, send)
    assert sent[0]["status"] == 404


async def test_a_large_body_is_refused_whatever_it_says_of_itself(
    client: httpx.AsyncClient,
) -> None:
    headers = {"content-type": "application/json"}
    big = b'"' + b"x" * MAX_BODY_BYTES + b'"'

    async def drip() -> AsyncIterator[bytes]:
        for start in range(0, len(big), 4096):
            yield big[start : start + 4096]

    assert (await client.post(JOIN, content=big, headers=headers)).status_code == 413
    assert (await client.post(JOIN, content=drip(), headers=headers)).status_code == 413


async def test_no_key_or_question_is_in_what_the_page_sends(client: httpx.AsyncClient) -> None:
    config = (await client.get("/config")).json()
    assert config["footer_links"] == []
    assert all(each["api_visibility"] == "private" for each in config["dependencies"])


async def test_anything_but_http_is_closed(app: Guards) -> None:
    sent: list[object] = []

    async def receive() -> dict[str, object]:
        return {"type": "websocket.connect"}

    async def send(message: object) -> None:
        sent.append(message)

    await app({"type": "websocket", "path": "/", "headers": []}, receive, send)  # type: ignore[arg-type]
    assert sent == [{"type": "websocket.close", "code": 1008}]
