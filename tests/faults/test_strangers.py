"""Under load nobody gets at another's conversation, session or events by knowing its id."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest_asyncio

from tests.support.kept import keep
from tests.support.scripted_assistant import ScriptedAssistant
from ui.web.app import build_app
from ui.web.guards import Guards
from ui.web.visitor import owner_of

PEOPLE = 50
JOIN = "/gradio_api/queue/join"
SECRET = "What does person {} pay for tokens?"


@pytest_asyncio.fixture
async def app(tmp_path: Path) -> AsyncIterator[tuple[Guards, ScriptedAssistant]]:
    assistant = ScriptedAssistant(tmp_path)
    yield build_app(assistant, "127.0.0.1"), assistant


class Person:
    """A browser with one conversation."""

    def __init__(self, app: Guards, number: int) -> None:
        self.number = number
        transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
        self.client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7860")
        self.session = f"session{number}"
        self.kept = ""

    async def arrive(self, assistant: ScriptedAssistant) -> None:
        await self.client.get("/")
        request = httpx.Request("GET", "http://127.0.0.1:7860/")
        self.client.cookies.set_cookie_header(request)
        self.kept = await keep(assistant, owner_of(request), SECRET.format(self.number))
        # Named first, the session is this browser's.
        beat = await self.client.post(
            JOIN, json={"data": [None], "fn_index": 0, "session_hash": self.session}
        )
        assert beat.status_code == 200

    async def export(self, other: "Person", form: str) -> httpx.Response:
        return await self.client.get(f"/export/{other.kept}.{form}")

    async def pry(self, other: "Person") -> list[httpx.Response]:
        """Every way in by the other's names."""
        named = {"data": [None], "fn_index": 0, "session_hash": other.session}
        cancel = {"session_hash": other.session, "fn_index": 0, "event_id": "x"}
        return [
            await self.client.post(JOIN, json=named),
            await self.client.get(f"/gradio_api/queue/data?session_hash={other.session}"),
            await self.client.get(f"/gradio_api/heartbeat/{other.session}"),
            await self.client.post("/gradio_api/cancel", json=cancel),
        ]


async def test_fifty_people_at_once_see_their_own_and_nothing_else(
    app: tuple[Guards, ScriptedAssistant],
) -> None:
    guards, assistant = app
    people = [Person(guards, number) for number in range(PEOPLE)]
    for person in people:
        await person.arrive(assistant)

    async def look_round(person: Person) -> None:
        for form in ("md", "json", "html"):
            own = await person.export(person, form)
            assert own.status_code == 200
            assert SECRET.format(person.number) in own.text
        strangers = [people[(person.number + step) % PEOPLE] for step in (1, 7, 25)]
        for stranger in strangers:
            refused = await person.export(stranger, "json")
            none = await person.client.get("/export/nobody-has-this-id.json")
            assert (refused.status_code, refused.text) == (none.status_code, none.text)
            assert refused.status_code == 404
            pried = await person.pry(stranger)
            assert {each.status_code for each in pried} == {403}
            assert not any("person" in each.text for each in pried)

    try:
        await asyncio.gather(*(look_round(person) for person in people))
        # A made-up cookie is nobody's, and a cookie in another place does not count.
        visitor = people[0].client.cookies["counterpoint_visitor"]
        for headers in (
            {"cookie": "counterpoint_visitor=" + "A" * 43},
            {"x-cookie": f"counterpoint_visitor={visitor}"},
            {"authorization": f"Bearer {visitor}"},
        ):
            transport = httpx.ASGITransport(guards)  # type: ignore[arg-type]
            base = "http://127.0.0.1:7860"
            async with httpx.AsyncClient(transport=transport, base_url=base) as client:
                answer = await client.get(f"/export/{people[0].kept}.json", headers=headers)
                assert answer.status_code == 404
    finally:
        for person in people:
            await person.client.aclose()
