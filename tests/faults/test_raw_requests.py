"""Requests that no browser writes, on a real socket: refused in few words, with every header."""

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.scripted_assistant import ScriptedAssistant
from ui.web.app import launch_page
from ui.web.guards import MAX_BODY_BYTES
from ui.web.protocol import MAX_HEAD_BYTES, LimitedProtocol

HEADERS = {
    "content-security-policy",
    "x-content-type-options",
    "referrer-policy",
    "x-frame-options",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
}
JOIN = "/gradio_api/queue/join"
SECRET = "the-file-beside-the-page"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    home: Path = tmp_path_factory.mktemp("home")
    (home / ".env").write_text(f"OPENAI_API_KEY={SECRET}")
    url, close = launch_page(ScriptedAssistant(home))
    yield urlsplit(url).port or 0
    close()


def send(port: int, request: bytes, timeout_s: float = 10) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of what comes back until the connection is closed."""
    came = b""
    with socket.create_connection(("127.0.0.1", port), timeout_s) as connection:
        try:
            connection.sendall(request)
            while piece := connection.recv(65536):
                came += piece
        except (ConnectionError, TimeoutError):
            pass
    head, _, body = came.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    status = re.match(r"HTTP/1\.1 (\d{3})", first)
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return int(status[1]) if status else 0, headers, body


def ask(
    port: int, line: str, *headers: str, body: bytes = b"", host: str | None = None
) -> tuple[int, dict[str, str], bytes]:
    named = f"127.0.0.1:{port}" if host is None else host
    lines = [f"{line} HTTP/1.1", f"Host: {named}", "Connection: close", *headers]
    return send(port, "\r\n".join([*lines, "", ""]).encode("latin-1") + body)


def post(port: int, path: str, body: bytes, *headers: str) -> tuple[int, dict[str, str], bytes]:
    given = ["Content-Type: application/json", f"Content-Length: {len(body)}", *headers]
    return ask(port, f"POST {path}", *given, body=body)


def event(**given: object) -> bytes:
    return json.dumps({"data": [], "fn_index": 0, "session_hash": "s", **given}).encode()


def test_every_response_carries_the_headers_whoever_writes_it(port: int) -> None:
    upgrade = ("Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: eHl6")
    answers = {
        "page": ask(port, "GET /"),
        "file": ask(port, "GET /page/page.css"),
        "no file": ask(port, "GET /page/none.css"),
        "folder above": ask(port, "GET /assets//etc/passwd"),
        "nothing": ask(port, "GET /nowhere"),
        "export": ask(port, "GET /export/none.md"),
        "report": ask(port, "GET /report/none.html"),
        "away": ask(port, "GET /logout"),
        "head": ask(port, "HEAD /"),
        "stream": ask(port, "GET /gradio_api/queue/data?session_hash=none"),
        "no session": ask(port, "GET /gradio_api/queue/data"),
        "no event": post(port, JOIN, b"{}"),
        "no JSON": post(port, JOIN, b"{"),
        "no number": post(port, JOIN, b'{"data": [NaN], "fn_index": 0}'),
        "no function": post(port, JOIN, event(fn_index=99_999)),
        "foreign": post(port, JOIN, event(), "Origin: https://evil.example"),
        "no origin": post(port, JOIN, event(), "Origin: http://["),
        "closed": post(port, "/gradio_api/upload", b"x"),
        "method": ask(port, "TRACE /"),
        "host": ask(port, "GET /", host="evil.example"),
        "two hosts": ask(port, "GET /", "Host: evil.example"),
        "socket": ask(port, "GET /gradio_api/queue/data", *upgrade),
        "no HTTP": send(port, b"\x16\x03\x01\x02\x00\r\n\r\n"),
        "two lengths": send(
            port,
            f"POST {JOIN} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 2\r\n"
            "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n".encode(),
        ),
        "long head": ask(port, "GET /", f"X-Long: {'a' * MAX_HEAD_BYTES}"),
        "long address": ask(port, f"GET /?{'a' * MAX_HEAD_BYTES}"),
    }
    for name, (status, headers, body) in answers.items():
        assert status, name
        assert set(headers) >= HEADERS, name
        assert headers["x-content-type-options"] == "nosniff", name
        assert "server" not in headers, name
        assert b"Traceback" not in body, name
        if status >= 400:
            assert len(body) < 400, name
    assert {
        answers[name][0] for name in ("no HTTP", "two lengths", "long head", "long address")
    } == {400}
    assert answers["page"][0] == answers["file"][0] == 200


@pytest.mark.parametrize(
    "origin",
    ["null", "http://[", "http://127.0.0.1", "https://127.0.0.1:1", "", "file://", "//", "a b"],
)
def test_whatever_an_origin_says_only_the_page_s_own_is_taken(port: int, origin: str) -> None:
    assert post(port, JOIN, event(), f"Origin: {origin}")[0] == 403


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "[::1", "0.0.0.0"),
        *("127.0.0.1@evil.example", "evil.example#127.0.0.1", "2130706433", "127.1", "", "a b"),
    ],
)
def test_whatever_a_host_says_only_the_page_s_own_is_taken(port: int, host: str) -> None:
    assert ask(port, "GET /config", host=host)[0] == 400


CLOSED = (
    *("/gradio_api/upload", "/gradio_api/file=.env", "/gradio_api/file=/etc/passwd", "/.env"),
    *("/gradio_api/proxy=http://127.0.0.1:9/", "/gradio_api/run/predict", "/gradio_api/info"),
    *("/monitoring", "/docs", "/openapi.json", "/gradio_api/component_server", "/file=.env"),
    *("/page/../guards.py", "/static/../../routes.py", "/assets/../../../../etc/passwd"),
    *("/export/../.env", "/report/../.env", "/gradio_api/mcp/sse", "/gradio_api/stream/s/1/1"),
)
DISGUISES = (
    lambda path: path,
    lambda path: path.replace("..", "%2e%2e"),
    lambda path: path.replace("..", "%252e%252e"),
    lambda path: path.replace("../", "..%2f"),
    lambda path: path.replace("../", "..%5c"),
    lambda path: path.replace("../", "....//"),
    lambda path: path.replace("/", "//"),
    lambda path: f"/.{path}",
    lambda path: f"/page/..{path}",
    lambda path: path + "%00.css",
    lambda path: path + "/",
    lambda path: path + "?session_hash=s",
    lambda path: path + ";.css",
    lambda path: path.upper(),
    lambda path: path.replace("=", "%3D").replace(":", "%3A"),
    lambda path: path.replace("e", "%65"),
    lambda path: f"http://127.0.0.1{path}",
)


def test_closed_routes_stay_closed_however_they_are_written(port: int) -> None:
    empty = ("Content-Type: application/json", "Content-Length: 0")
    for path in CLOSED:
        for disguise in DISGUISES:
            written = disguise(path)
            for method in ("GET", "POST"):
                status, _, body = ask(port, f"{method} {written}", *empty)
                assert status in {400, 403, 404, 422}, (method, written)
                assert b"root:" not in body, written
                assert SECRET.encode() not in body, written


def test_a_body_is_cut_off_at_its_limit_however_it_is_sent(port: int) -> None:
    big = event(data=["x" * MAX_BODY_BYTES])
    assert post(port, JOIN, big)[0] == 413
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(big[i : i + 9000]), big[i : i + 9000])
                       for i in range(0, len(big), 9000))  # fmt: skip
    head = ["Content-Type: application/json", "Transfer-Encoding: chunked"]
    assert ask(port, f"POST {JOIN}", *head, body=chunked + b"0\r\n\r\n")[0] in {0, 413}
    # A read with a body is no way round it.
    status, _, _ = ask(port, "GET /config", f"Content-Length: {len(big)}", body=big)
    assert status in {0, 200, 413}
    deep = b"[" * 100_000
    assert post(port, JOIN, deep)[0] == 422
    assert post(port, JOIN, b'{"data": ' + b"9" * 20_000 + b"}")[0] == 422
    assert ask(port, "GET /page/page.css")[0] == 200


def test_a_head_without_end_is_refused_as_soon_as_it_is_too_long(port: int) -> None:
    endless = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Long: {'a' * MAX_HEAD_BYTES}".encode()
    assert send(port, endless)[0] == 400
    # So it is where it follows another request on the same connection.
    with socket.create_connection(("127.0.0.1", port), 10) as kept:
        kept.sendall(f"HEAD /page/page.css HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        came = b""
        while not came.endswith(b"\r\n\r\n"):
            came += kept.recv(65536)
        assert came.startswith(b"HTTP/1.1 200")
        try:
            kept.sendall(endless + b"a" * 1_000_000)
            answer = kept.recv(65536)
        except ConnectionError:
            answer = b""
        assert answer == b"" or answer.startswith(b"HTTP/1.1 400")


def test_a_head_that_never_ends_is_not_waited_for(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LimitedProtocol, "head_within_s", 0.2)
    with socket.create_connection(("127.0.0.1", port), 10) as silent:
        assert silent.recv(1) == b""
    with socket.create_connection(("127.0.0.1", port), 10) as dripping:
        dripping.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
        assert dripping.recv(1) == b""
    # A second request on the same connection is waited for no longer than the first.
    with socket.create_connection(("127.0.0.1", port), 10) as kept:
        kept.sendall(f"GET /page/page.css HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\nGET ".encode())
        came = b""
        while piece := kept.recv(65536):
            came += piece
        assert came.startswith(b"HTTP/1.1 200")
