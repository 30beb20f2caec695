"""Chats at once on the real page, adapter and sockets, with a scripted backend."""

import asyncio
import threading
import tomllib
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from assistant.answering import Answering
from assistant.backends.catalogue import BackendEntry
from assistant.backends.registry import open_backend
from assistant.evidence import Evidence
from assistant.settings import ServerSettings
from assistant.turns import Exchange, SideEvent
from eval.bench.chat.load import Setting, is_right, left, refused, soak, together
from eval.bench.chat.page import read_page
from eval.bench.chat.plain import by_plain_page, plain_page
from eval.bench.chat.program import ENTRY, Process, paced_backend
from eval.bench.chat.visitor import Visitor, shown
from index.hash_embedder import HashEmbedder
from tests.support.scripted_assistant import ScriptedAssistant
from ui.web.app import launch_page

TOKENS = 60


@dataclass
class OverTheWire(ScriptedAssistant):
    """Searches nothing, and answers with the real adapter over a socket."""

    url: str = ""
    server: ServerSettings = field(default_factory=ServerSettings)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.entries = (*self.entries, BackendEntry(**tomllib.loads(ENTRY)["backend"][0]))
        self.settings = self.settings.model_copy(
            update={"base_urls": {"paced": self.url}, "server": self.server}
        )

    def answer_sides(  # type: ignore[override]
        self,
        evidence: Evidence,
        history: Sequence[Exchange],
        backend_ids: Sequence[str],
        stops: Sequence[asyncio.Event],
        *,
        beside: Sequence[str] = (),
    ) -> AsyncGenerator[SideEvent, None]:
        backends = [open_backend(self.entry(i), self.settings, HashEmbedder) for i in backend_ids]
        return Answering(self.settings, HashEmbedder).answer_sides(
            evidence, history, backends, stops, [self.entry(i) for i in beside]
        )


@pytest.fixture(scope="module")
def backend() -> Iterator[Process]:
    with paced_backend(first_token_s=0.02, tokens_per_s=100, tokens=TOKENS) as running:
        yield running


Serve = Callable[..., Setting]


def silent(step: str, done: int, total: int) -> None:
    del step, done, total


@pytest.fixture
def serve(backend: Process, tmp_path: Path) -> Iterator[Serve]:
    """Serve the page with so many answers at once and so many waiting."""
    closing: list[Callable[[], None]] = []

    def start(concurrency: int, queue: int, behind: Process = backend) -> Setting:
        server = ServerSettings(concurrency=concurrency, queue=queue)
        url = f"http://127.0.0.1:{behind.port}/v1"
        assistant = OverTheWire(tmp_path, url=url, server=server)
        address, close = launch_page(assistant)  # type: ignore[arg-type]
        closing.append(close)
        port = int(address.rstrip("/").rpartition(":")[2])
        page = asyncio.run(read_page(port, ""))
        return Setting(page, Here(port), behind, TOKENS, silent)  # type: ignore[arg-type]

    yield start
    for close in closing:
        close()


@dataclass
class Here:
    """This process, in the place of the program's own."""

    port: int

    def holding(self) -> Any:
        from os import getpid

        from eval.bench.chat.program import holding_of

        return holding_of(getpid())


def test_twenty_chats_at_once_each_get_their_own_answer_whole(serve: Serve) -> None:
    found = asyncio.run(together(serve(20, 20), range(1, 21)))
    assert (found["right"], found["mixed_up"], found["broken"], found["refused"]) == (20, 0, 0, 0)
    assert found["total_s"]["highest"] < 60
    assert found["memory_mb"]["after"] - found["memory_mb"]["before"] < 200


def test_more_chats_than_run_at_once_wait_for_their_turn(serve: Serve) -> None:
    found = asyncio.run(together(serve(3, 60), range(101, 113)))
    assert (found["right"], found["refused"]) == (12, 0)


def test_what_may_not_wait_is_refused_in_our_words_and_later_answered(serve: Serve) -> None:
    found = asyncio.run(refused(serve(2, 4), range(201, 231), after=231))
    assert found["refused"] > 0
    assert found["right"] + found["refused"] == 30
    assert found["broken"] == 0
    assert found["statuses"] == [429]
    assert all("send it again in a moment" in words for words in found["refusals"])
    assert found["recovered"]


def test_requests_of_those_who_leave_are_closed_upstream(serve: Serve) -> None:
    before = threading.active_count()
    with paced_backend(first_token_s=0.02, tokens_per_s=2, tokens=TOKENS) as slow:
        found = asyncio.run(left(serve(20, 40, slow), range(301, 316)))
    assert (found["asked"], found["closed_early"], found["finished"]) == (15, 15, 0)
    assert found["still_running"] == 0
    assert found["files"]["after"] <= found["files"]["before"] + 5
    assert threading.active_count() <= before + 60  # what the pools of threads may hold


def test_a_question_a_second_of_one_visitor_after_the_other(serve: Serve) -> None:
    found = asyncio.run(soak(serve(4, 8), 3, 351))
    assert (found["right"], found["wrong"]) == (3, 0)
    assert [each["running"] for each in found["holdings"]][-1] == 0


async def test_words_come_while_the_answer_is_written_and_only_its_own(serve: Serve) -> None:
    setting = await asyncio.to_thread(serve, 4, 4)
    visitor = Visitor(setting.page, "paced")
    await visitor.open()
    said = await visitor.ask(401)
    await visitor.close()
    view = shown(said, setting.page)
    assert is_right(said, view, TOKENS)
    assert view.updates >= 2
    assert view.first_s is not None
    assert view.last_s is not None
    assert view.first_s < view.last_s <= said.total_s


def test_the_plain_page_beside_which_this_one_is_measured_answers_everybody_too(
    backend: Process,
) -> None:
    with plain_page(backend, 4) as page:
        found = asyncio.run(by_plain_page(page, range(700, 704), 0, TOKENS))
    assert found["right"] == 4
    assert found["total_s"]["median"] >= 0.02 + (TOKENS - 1) / 100
