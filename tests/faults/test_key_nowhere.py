"""A key is sent to its vendor and stands nowhere else, whatever the vendor says back."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from assistant.conversations import open_store
from assistant.settings import ConversationSettings, Settings
from assistant.wiring import open_assistant
from tests.support.canary import CANARY
from tests.support.vendor_server import Script, VendorServer
from ui.web.app import launch_page
from ui.web.visitor import owner_of

pytestmark = pytest.mark.model

KEY = f"sk-{CANARY}"
VENDOR = "gpt-6.2-sol"
WENT_WRONG = (True, False, True, True, False)


class Browser:
    """As much of a browser as it takes to raise the page's events.

    Attributes:
        got: everything that the page has sent.
    """

    def __init__(self, url: str) -> None:
        self.got = ""
        self.client = httpx.Client(base_url=url, timeout=30)
        self.get("/")
        config = json.loads(self.get("/config"))
        names = {part["id"]: part["props"].get("elem_id") for part in config["components"]}
        self._calls = {
            (names.get(target), event): call
            for call in config["dependencies"]
            for target, event in call["targets"]
        }

    def get(self, path: str) -> str:
        text = self.client.get(path).text
        self.got += text
        return text

    def raises(self, place: str, event: str, detail: Any = None, *data: Any) -> None:
        """One event, to its end; ``data`` is what stands in the inputs."""
        call = self._calls[place, event]
        given = [*data, *[None] * (len(call["inputs"]) - len(data))]
        body = {"data": given, "fn_index": call["id"], "event_data": detail, "session_hash": "s1"}
        assert self.client.post("/gradio_api/queue/join", json=body).status_code == 200
        address = "/gradio_api/queue/data?session_hash=s1"
        with self.client.stream("GET", address) as lines:
            for line in lines.iter_lines():
                self.got += line
                if '"process_completed"' in line:
                    assert '"success": true' in line or '"success":true' in line
                    return


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[VendorServer]:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with VendorServer() as running:
        yield running


def test_a_key_is_in_no_page_file_log_or_export(
    server: VendorServer,
    built_home: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    settings = Settings(
        home=built_home,
        base_urls={VENDOR: server.base_url("openai")},
        conversations=ConversationSettings.model_validate(
            {"database_url": f"sqlite:///{tmp_path / 'kept.sqlite'}"}
        ),
    )
    assistant = open_assistant(settings)
    url, close = launch_page(assistant)
    try:
        browser = Browser(url)
        browser.raises("history", "load", {"chat": ""})
        chosen = (None, "both", "reader", VENDOR)
        browser.raises("look", "click", None, "Who makes Phi-3?", *chosen)
        server.play(
            Script(fault="auth", echo=True),
            Script(),
            Script(fault="quota", echo=True),
            Script(html=True),
            Script(),
        )
        browser.raises("question", "submit", None, "Who makes Phi-3?", *chosen)
        for _ in range(4):
            browser.raises("conversation", "retry", {"turn": 1, "answer": 1}, *chosen)
        test = (None, "reader", VENDOR, 3, "own", "Who makes Falcon?")
        browser.raises("taste-start", "click", None, *test)
        browser.raises("taste-stage", "click", {"action": "vote", "value": "a", "round": "1-ready"})
        browser.raises("taste-stage", "click", {"action": "end", "round": "1-voted"})
        browser.raises("tab-bill", "select")
        request = httpx.Request("GET", url)
        browser.client.cookies.set_cookie_header(request)
        store, owner = open_store(settings), owner_of(request)
        (kept,) = store.list(owner)
        answers = store.load(owner, kept.id).turns[0].answers
        files = [f"{kept.id}.{form}" for form in ("md", "json", "html")]
        for name in [*files, "taste-votes.csv", "taste-votes.json"]:
            assert len(browser.get(f"/export/{name}")) > 100
        browser.client.close()
    finally:
        close()
    sent = [dict(each.headers) for each in server.questions]
    assert len(sent) >= 6
    assert all(KEY in str(headers) for headers in sent)
    assert [answer.error is not None for answer in answers] == [False, *WENT_WRONG]
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"Phi-3" in written
    said = "".join(capfd.readouterr()) + caplog.text
    for place in (browser.got, written.decode(errors="replace"), said):
        assert KEY not in place
        assert KEY[-8:] not in place
