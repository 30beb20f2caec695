"""Opening a run's report, and taking it away."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr

from assistant.settings import ServerSettings, Settings
from corpus.errors import InputError
from eval.report.card import Limits
from eval.report.model import Report
from eval.report.recent import RecentReports
from eval.runs.folder import RunFolder
from tests.support.eval_runs import make_run, save_run
from tests.support.scripted_assistant import ScriptedAssistant
from ui.web.app import build_app
from ui.web.reports import limits_in, query_of

RUN = "20261124-050000-aaaa"
BASE = "http://127.0.0.1:7860"
Client = httpx.AsyncClient


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return save_run(make_run(questions=6, run_id=RUN), tmp_path)


def client_of(home: Path, **server: object) -> Client:
    assistant = ScriptedAssistant(home)
    assistant.settings = Settings(home=home, server=ServerSettings(**server))  # type: ignore[arg-type]
    app = build_app(assistant, "127.0.0.1")
    return Client(transport=httpx.ASGITransport(app), base_url=BASE)  # type: ignore[arg-type]


@pytest_asyncio.fixture
async def client(tmp_path: Path, folder: RunFolder) -> AsyncIterator[Client]:
    async with client_of(tmp_path) as client:
        yield client


async def test_the_report_opens_in_the_browser_and_can_do_nothing_there(client: Client) -> None:
    answer = await client.get(f"/report/{RUN}.html")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "content-disposition" not in answer.headers
    assert "Built-in reader" in answer.text
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox ")
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert "allow-scripts" not in policy
    assert answer.headers["cache-control"] == "no-store"


async def test_it_is_saved_as_markdown_and_as_json(client: Client) -> None:
    markdown = await client.get(f"/report/{RUN}.md")
    assert f'filename="counterpoint-run-{RUN}.md"' in markdown.headers["content-disposition"]
    assert markdown.text.startswith("# Built-in reader and Stand-in, 6 questions")
    record = (await client.get(f"/report/{RUN}.json")).json()
    assert (record["run"], record["answered"]) == (RUN, 12)
    assert "card" not in record


async def test_limits_in_the_address_add_the_decision_card(client: Client) -> None:
    limits = Limits(quality=0.5, stays_here=True)
    record = (await client.get(f"/report/{RUN}.json?{query_of(limits)}")).json()
    assert [choice["backend"] for choice in record["card"]["choices"]] == ["reader", "stand-in"]
    page = await client.get(f"/report/{RUN}.html?{query_of(limits)}")
    assert "must stay on this machine" in page.text
    assert (await client.get(f"/report/{RUN}.json?quality=much")).status_code == 400
    assert (await client.get(f"/report/{RUN}.json?quality=0.5&by=nothing")).status_code == 400


@pytest.mark.parametrize(
    "name",
    [
        "20261124-050000-ffff.html",
        f"{RUN}.exe",
        f"{RUN}",
        "latest.html",
        "..%2f..%2fetc%2fpasswd.html",
        f"%2e%2e/{RUN}.html",
        f"{RUN}%00.html",
        f"../runs/{RUN}.html",
    ],
)
async def test_what_is_no_run_is_not_found(client: Client, name: str) -> None:
    answer = await client.get(f"/report/{name}")
    assert answer.status_code == 404
    assert "root:" not in answer.text


async def test_a_damaged_run_is_told_with_what_mends_it(client: Client, folder: RunFolder) -> None:
    (folder.path / "evidence.jsonl").write_text("{}\n", encoding="utf-8")
    answer = await client.get(f"/report/{RUN}.html")
    assert answer.status_code == 503
    assert "Put the file back from a copy" in answer.text


async def test_a_page_with_a_password_shows_no_report_without_it(
    tmp_path: Path, folder: RunFolder
) -> None:
    async with client_of(tmp_path, password=SecretStr("open sesame, and then some")) as client:
        for form in ("html", "md", "json"):
            assert (await client.get(f"/report/{RUN}.{form}")).status_code == 401


async def test_on_a_page_with_a_password_a_run_over_questions_of_ones_own_is_not_there(
    tmp_path: Path, folder: RunFolder
) -> None:
    own = make_run(questions=6, run_id="20261124-060000-bbbb")
    own = replace(own, plan=own.plan.model_copy(update={"cases_name": "salaries.jsonl"}))
    save_run(own, tmp_path)
    password = "open sesame, and then some"
    async with client_of(tmp_path) as alone:
        assert (await alone.get(f"/report/{own.plan.id}.json")).status_code == 200
    async with client_of(tmp_path, password=SecretStr(password)) as shared:
        login = {"username": "a", "password": password}
        assert (await shared.post("/login", data=login)).status_code == 200
        assert (await shared.get(f"/report/{own.plan.id}.json")).status_code == 404
        assert (await shared.get(f"/report/{RUN}.json")).status_code == 200


async def test_a_report_is_built_once_and_again_when_the_run_has_changed(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    from eval.report import recent

    built: list[Report] = []

    def build(of: RunFolder) -> Report:
        built.append(recent_build(of))
        return built[-1]

    recent_build = recent.build_report
    monkeypatch.setattr(recent, "build_report", build)
    reports = RecentReports(folder.path.parent.parent)
    first = await reports.report_of(folder)
    assert await reports.report_of(folder) is first
    rows = folder.path / "rows.jsonl"
    rows.write_text("".join(rows.read_text("utf-8").splitlines(keepends=True)[:8]), "utf-8")
    again = await reports.report_of(folder)
    assert (first.answered, again.answered) == (12, 8)
    assert len(built) == 2


def test_limits_come_back_from_the_address_that_they_are_written_into() -> None:
    from urllib.parse import parse_qsl

    for limits in (
        Limits(quality=0.8),
        Limits("citation_recall", 0.25, 1.5, stays_here=True, first_token_s=2.0),
        Limits(stays_here=True),
        Limits(cost_per_1000=0.0),
    ):
        assert limits_in(dict(parse_qsl(query_of(limits)))) == limits
    assert limits_in({}) is None
    assert limits_in({"by": "fact_recall"}) is None
    for wrong in ("nan", "inf", "-1", "x"):
        with pytest.raises(InputError):
            limits_in({"cost": wrong})
