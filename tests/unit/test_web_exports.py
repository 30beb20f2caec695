"""Taking a conversation away as a file."""

import json
import re
from collections.abc import AsyncIterator
from email.message import Message
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from assistant.settings import ServerSettings
from tests.support.kept import keep
from tests.support.scripted_assistant import ScriptedAssistant
from ui.web.app import build_app
from ui.web.exports import disposition, file_name
from ui.web.visitor import COOKIE, fresh_visitor, owner_of

QUESTION = "Who makes <b>Phi-3</b>, and where?"
BASE = "http://127.0.0.1:7860"


class Visit:
    """A browser with a cookie, and what it may see."""

    def __init__(self, app: object) -> None:
        self.visitor = fresh_visitor()
        self.headers = {"cookie": f"{COOKIE}={self.visitor}"}
        self.owner = owner_of(self)
        transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
        self.client = httpx.AsyncClient(
            transport=transport, base_url=BASE, cookies={COOKIE: self.visitor}
        )


@pytest_asyncio.fixture
async def assistant(tmp_path: Path) -> ScriptedAssistant:
    return ScriptedAssistant(tmp_path)


@pytest_asyncio.fixture
async def visit(assistant: ScriptedAssistant) -> AsyncIterator[Visit]:
    visit = Visit(build_app(assistant, "127.0.0.1"))
    yield visit
    await visit.client.aclose()


async def test_a_conversation_is_taken_away_in_three_forms(
    visit: Visit, assistant: ScriptedAssistant
) -> None:
    made = await keep(assistant, visit.owner, QUESTION)
    markdown = await visit.client.get(f"/export/{made}.md")
    assert markdown.headers["content-type"].startswith("text/markdown")
    assert "Phi-3" in markdown.text
    record = (await visit.client.get(f"/export/{made}.json")).json()
    assert QUESTION in json.dumps(record)
    page = await visit.client.get(f"/export/{made}.html")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "&lt;b&gt;Phi-3" in page.text
    assert "<script" not in page.text


@pytest.mark.parametrize("form", ["md", "json", "html"])
async def test_what_is_taken_away_is_saved_and_can_do_nothing(
    visit: Visit, assistant: ScriptedAssistant, form: str
) -> None:
    made = await keep(assistant, visit.owner, QUESTION)
    answer = await visit.client.get(f"/export/{made}.{form}")
    assert answer.status_code == 200
    headers = answer.headers
    name = Message()
    name["content-disposition"] = headers["content-disposition"]
    assert name.get_content_disposition() == "attachment"
    assert str(name.get_filename()).endswith(f".{form}")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"].startswith("sandbox; default-src 'none'; ")
    assert "script" not in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"


async def test_a_foreign_conversation_and_none_are_refused_in_the_same_words(
    visit: Visit, assistant: ScriptedAssistant
) -> None:
    foreign = await keep(assistant, "somebody else", QUESTION)
    answers = [
        await visit.client.get(f"/export/{name}.{form}")
        for name in (foreign, "A" * len(foreign))
        for form in ("md", "json", "html")
    ]
    assert {(each.status_code, each.text) for each in answers} == {
        (404, "There is no such conversation.")
    }


async def test_without_the_cookie_there_is_nothing(
    visit: Visit, assistant: ScriptedAssistant
) -> None:
    made = await keep(assistant, visit.owner, QUESTION)
    visit.client.cookies.clear()
    assert (await visit.client.get(f"/export/{made}.md")).status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/export/a", "/export/a.exe", "/export/.md", "/export/a.b.md", "/export/a%2f..%2fb.md"],
)
async def test_no_other_path_leads_anywhere(visit: Visit, path: str) -> None:
    assert (await visit.client.get(path)).status_code == 404
    assert (await visit.client.post(path)).status_code in {403, 404}


async def test_behind_a_password_nothing_is_taken_away_before_it_is_given(
    assistant: ScriptedAssistant,
) -> None:
    server = ServerSettings.model_validate({"password": "long and secret"})
    assistant.settings = assistant.settings.model_copy(update={"server": server})
    visit = Visit(build_app(assistant, "127.0.0.1"))
    made = await keep(assistant, visit.owner, QUESTION)
    async with visit.client as client:
        refused = await client.get(f"/export/{made}.json")
        assert refused.status_code == 401
        assert "Phi-3" not in refused.text
        forged = {"cookie": f"{COOKIE}={visit.visitor}; access-token-unsecure-x=y"}
        assert (await client.get(f"/export/{made}.json", headers=forged)).status_code == 401
        for form in ("csv", "json"):
            assert (await client.get(f"/export/taste-votes.{form}")).status_code == 401
        await client.post("/login", data={"username": "a", "password": "long and secret"})
        assert (await client.get(f"/export/{made}.json")).status_code == 200
        assert (await client.get("/export/taste-votes.json")).status_code == 200
        # What the page gives to those whom it lets in has a name that can be known, and a secret.
        named = "; ".join(f"{name}=guess" for name in client.cookies if name != COOKIE)
        assert "access-token" in named
        forged = {"cookie": f"{COOKIE}={visit.visitor}; {named}"}
        assert (await client.get(f"/export/{made}.json", headers=forged)).status_code == 401


async def test_a_store_that_cannot_be_read_is_said_to_be_so(
    visit: Visit, assistant: ScriptedAssistant
) -> None:
    (assistant.home / "counterpoint.sqlite").write_bytes(b"this is no database" * 100)
    answer = await visit.client.get("/export/abc.md")
    assert answer.status_code == 503
    assert "Traceback" not in answer.text
    assert len(answer.text) > 20


@given(st.text())
def test_a_file_name_is_one_that_every_system_takes(title: str) -> None:
    name = file_name(title, "md")
    assert re.fullmatch(r"counterpoint-[\w-]+\.md", name)
    assert len(name) < 100
    header = disposition(title, "md").encode("ascii").decode()
    assert re.fullmatch(
        r"""attachment; filename="counterpoint-[\w-]+\.md"; filename\*=UTF-8''[\w%.~-]+""", header
    )


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Who makes Phi-3?", "counterpoint-Who-makes-Phi-3.md"),
        ("../../etc/passwd", "counterpoint-etc-passwd.md"),
        ("من صنع", "counterpoint-من-صنع.md"),
        ("???", "counterpoint-conversation.md"),
        ('a"\r\nSet-Cookie: x', "counterpoint-a-Set-Cookie-x.md"),
    ],
)
def test_a_file_is_named_after_the_conversation(title: str, name: str) -> None:
    assert file_name(title, "md") == name
