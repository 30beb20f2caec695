"""The loopback server itself."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import httpx
import pytest

from tests.support.vendor_server import Script, VendorServer
from tests.support.wires import Reply, recut, write_reply

PROMPT = '<passage number="2" from="Note">\n## Phi-3 is made by Microsoft (2024). More.\n</passage>'


def test_bytes_that_are_cut_anew_are_the_same_bytes() -> None:
    events = write_reply("openai", Reply(("ä", "b")))
    assert b"".join(recut(events.deltas, 3)) == b"".join(events.deltas)


def test_requests_are_recorded_as_they_came() -> None:
    with VendorServer() as server:
        httpx.post(server.url + "/v1/messages", json={"a": 1}, headers={"X-Api-Key": "k"})
    (request,) = server.questions
    assert (request.method, request.path, request.body) == ("POST", "/v1/messages", {"a": 1})
    assert request.headers["x-api-key"] == "k"


def test_scripts_are_played_in_order_and_the_last_is_repeated() -> None:
    with VendorServer(scripts=(Script(fault="server"), Script(fault="busy"))) as server:
        url = server.base_url("openai") + "/chat/completions"
        statuses = [httpx.post(url, json={}).status_code for _ in range(3)]
    assert statuses == [500, 503, 503]


def test_without_a_script_the_answer_quotes_the_first_passage() -> None:
    with VendorServer(scripts=(Script(reply=None),)) as server:
        body = {"messages": [{"role": "user", "content": PROMPT}]}
        reply = httpx.post(server.url + "/api/chat", json=body)
    lines = [json.loads(line) for line in reply.text.splitlines()]
    text = "".join(line["message"]["content"] for line in lines)
    assert text == "Scripted stand-in: Phi-3 is made by Microsoft (2024) [2]."
    assert lines[-1]["eval_count"] == len(lines) - 1


@pytest.mark.parametrize(("model", "last"), [("llama3.2", "status"), ("no-such-model", "error")])
def test_a_pull_reports_progress_and_its_end(model: str, last: str) -> None:
    with VendorServer() as server:
        reply = httpx.post(server.url + "/api/pull", json={"model": model})
    lines = [json.loads(line) for line in reply.text.splitlines()]
    done = [line["completed"] for line in lines if "completed" in line]
    assert done == sorted(done)
    assert done[-1] == lines[1]["total"]
    assert last in lines[-1]


def test_an_unknown_route_is_not_found() -> None:
    with VendorServer() as server:
        assert httpx.get(server.url + "/elsewhere").status_code == 404


def test_it_runs_by_hand_and_prints_settings_that_are_valid() -> None:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "tests.support.vendor_server", "--port", "0"]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        try:
            assert httpx.get(url + "/api/version").json() == {"version": "0.30.0"}
        finally:
            process.terminate()
        printed = process.stdout.read()
    settings = tomllib.loads(printed[printed.index("[base_urls]") :])
    assert settings["ollama"]["base_url"].startswith(url)
    assert all(address.startswith(url) for address in settings["base_urls"].values())
