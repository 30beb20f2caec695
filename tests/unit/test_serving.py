"""Knowledge that is replaced while questions are answered."""

import asyncio
import shutil
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest

from assistant.home_index import build_home_index, index_folder
from assistant.knowledge import Knowledge, load_knowledge, open_knowledge
from assistant.serving import Serving, _Held
from assistant.settings import load_settings
from corpus.documents import Document
from corpus.errors import IndexCorrupt, IndexLocked
from corpus.shelf import home_shelf
from index.build_lock import build_lock
from index.hash_embedder import HashEmbedder
from index.places import VectorPlace
from tests.unit.test_home_index import put

EMBEDDER = HashEmbedder()
NEW = Document("zebra.md", "Zebra", "# Zebra\n\nThe zebra costs forty crowns.\n", "file")


@pytest.fixture
def serving(home: Path) -> Serving:
    return open_serving(home)


def open_serving(
    home: Path, warn: Callable[[str], None] | None = None, patience_s: float = 60
) -> Serving:
    serving = Serving(
        load_settings(home), lambda _: None, warn=warn, embedder=EMBEDDER, patience_s=patience_s
    )
    assert not serving.is_loaded
    return serving


def sources(serving: Serving, question: str = "What does the zebra cost?") -> list[str]:
    return serving.use(lambda knowledge: [p.source for p in knowledge.find(question, 3)])


def working_copies(home: Path) -> int:
    return len(list(index_folder(home).glob("open/*.lock")))


def test_what_was_added_is_found_by_the_next_question(home: Path, serving: Serving) -> None:
    assert "zebra.md" not in sources(serving)
    put(home, NEW)
    build_home_index(home, EMBEDDER)
    assert sources(serving)[0] == "zebra.md"
    assert working_copies(home) == 1


def test_the_old_index_answers_while_the_new_one_takes_too_long(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serving = open_serving(home, patience_s=0)
    sources(serving)
    put(home, NEW)
    build_home_index(home, EMBEDDER)
    may_open = threading.Event()

    def open_late(folder: Path, embedder: HashEmbedder, place: VectorPlace) -> Knowledge:
        may_open.wait()
        return open_knowledge(folder, embedder, place)

    monkeypatch.setattr("assistant.serving.open_knowledge", open_late)
    for _ in range(2):
        assert "zebra.md" not in sources(serving)
    may_open.set()
    serving.settle()
    assert sources(serving)[0] == "zebra.md"


def test_an_index_in_use_is_closed_only_after_its_last_user(home: Path, serving: Serving) -> None:
    used: list[Knowledge] = []

    def work(knowledge: Knowledge) -> list[str]:
        used.append(knowledge)
        put(home, NEW)
        build_home_index(home, EMBEDDER)
        sources(serving)
        serving.settle()
        assert sources(serving)[0] == "zebra.md"
        assert working_copies(home) == 2
        return [p.source for p in knowledge.find("What is open source?", 3)]

    assert serving.use(work)
    assert used[0] is not serving.knowledge
    assert working_copies(home) == 1


def test_a_newer_index_that_cannot_be_used_is_tried_once_and_the_old_one_serves(
    home: Path, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sources(serving)
    put(home, NEW)
    build_home_index(home, HashEmbedder(name="2"))
    tried: list[Path] = []

    def count(folder: Path, embedder: HashEmbedder, place: VectorPlace) -> Knowledge:
        tried.append(folder)
        return open_knowledge(folder, embedder, place)

    monkeypatch.setattr("assistant.serving.open_knowledge", count)
    for _ in range(3):
        assert sources(serving) == before
        serving.settle()
    assert len(tried) == 1


def test_a_home_that_is_deleted_under_a_running_program_is_built_again(
    home: Path, serving: Serving
) -> None:
    before = sources(serving)
    shutil.rmtree(home)
    assert sources(serving) == before
    assert sources(serving) == before


def test_damage_under_a_running_program_is_mended_by_the_question_that_meets_it(
    serving: Serving,
) -> None:
    first = serving.knowledge
    asked: list[Knowledge] = []

    def work(knowledge: Knowledge) -> str:
        asked.append(knowledge)
        if knowledge is first:
            raise IndexCorrupt("The vector index cannot be read.", "Build it.")
        return "answered"

    assert serving.use(work) == "answered"
    assert len(asked) == 2


def test_damage_that_stays_is_told_after_one_more_try(serving: Serving) -> None:
    asked: list[Knowledge] = []

    def work(knowledge: Knowledge) -> str:
        asked.append(knowledge)
        raise IndexCorrupt("The vector index cannot be read.", "Build it.")

    with pytest.raises(IndexCorrupt):
        serving.use(work)
    assert len(asked) == 2


def test_while_another_process_builds_the_last_index_answers_and_says_so(home: Path) -> None:
    build_home_index(home, EMBEDDER)
    put(home, NEW)
    warned: list[str] = []
    with build_lock(index_folder(home)):
        assert "zebra.md" not in sources(open_serving(home, warned.append))
    assert "Another process" in warned[0]
    assert sources(open_serving(home))[0] == "zebra.md"


def test_the_first_index_is_waited_for(home: Path) -> None:
    index_folder(home).mkdir(parents=True)
    told: list[str] = []
    is_waiting = threading.Event()

    def tell(step: str) -> None:
        told.append(step)
        if "wait" in step:
            is_waiting.set()

    serving = Serving(load_settings(home), tell, embedder=EMBEDDER)
    found: list[list[str]] = []
    with build_lock(index_folder(home)):
        asking = threading.Thread(target=lambda: found.append(sources(serving, "open source")))
        asking.start()
        assert is_waiting.wait(60)
    asking.join(60)
    assert found
    assert told[-1] == "ready"


def test_a_wait_for_the_first_index_ends_with_who_builds(
    home: Path, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.knowledge.BUILD_WAIT_S", 0.0)
    with build_lock(index_folder(home)), pytest.raises(IndexLocked, match="pid"):
        sources(serving)


def test_questions_of_many_threads_survive_many_swaps(home: Path, serving: Serving) -> None:
    errors: list[BaseException] = []
    is_over = threading.Event()

    def ask() -> None:
        try:
            while not is_over.is_set():
                sources(serving)
        except BaseException as exc:  # noqa: BLE001 - whatever it is, the test names it
            errors.append(exc)

    sources(serving)
    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(3):
        put(home, Document(f"{number}.md", "N", f"Zebra number {number}.", "file"))
        build_home_index(home, EMBEDDER)
        sources(serving)
        serving.settle()
    is_over.set()
    for thread in threads:
        thread.join()
    assert errors == []
    assert {f"{n}.md" for n in range(3)} <= set(sources(serving, "zebra number"))
    assert len(home_shelf(home).documents()) == 3
    serving.settle()
    assert working_copies(home) == 1


async def test_questions_are_searched_for_in_the_order_of_asking_beside_the_loop(
    serving: Serving,
) -> None:
    running, most, order = 0, 0, []

    def note(number: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        order.append((number, threading.current_thread() is threading.main_thread()))
        running -= 1

    def search(number: int) -> Coroutine[None, None, None]:
        return serving.use_in_turn(lambda _: note(number))

    await asyncio.gather(*(search(number) for number in range(20)))
    assert order == [(number, False) for number in range(20)]
    assert most == 1


async def test_a_server_of_vectors_elsewhere_is_waited_for_by_many_questions_at_once(
    home: Path,
) -> None:
    settings = load_settings(home, {"COUNTERPOINT_INDEX__CHROMA_URL": "http://127.0.0.1:1"})
    knowledge = load_knowledge(load_settings(home), lambda _: None, embedder=EMBEDDER)
    serving = Serving(settings, lambda _: None, embedder=EMBEDDER)
    serving._held = _Held(knowledge)
    together = threading.Barrier(8, timeout=60)
    await asyncio.gather(*(serving.use_in_turn(lambda _: together.wait()) for _ in range(8)))
    knowledge.close()


async def test_what_is_searched_for_when_the_program_ends_comes_to_its_end_and_no_more_is_begun(
    serving: Serving,
) -> None:
    begun, gate, done = threading.Event(), threading.Event(), []

    def search(number: int) -> None:
        begun.set()
        gate.wait(60)
        done.append(number)

    def asked(number: int) -> asyncio.Task[None]:
        return asyncio.create_task(serving.use_in_turn(lambda _: search(number)))

    first, second = asked(0), asked(1)
    async with asyncio.timeout(60):
        while not begun.is_set():
            await asyncio.sleep(0)
    finishing = asyncio.create_task(asyncio.to_thread(serving.finish))
    with pytest.raises(asyncio.CancelledError):
        await second
    assert not finishing.done()
    gate.set()
    await asyncio.gather(first, finishing)
    assert done == [0]
    # A page that is opened again by the same program goes on.
    await serving.use_in_turn(lambda _: done.append(2))
    assert done == [0, 2]
