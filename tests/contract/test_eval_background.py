"""Preparing a run and asking it in the background, over real adapters and the real index."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistant.settings import load_settings
from assistant.wiring import Assistant, open_assistant
from corpus.errors import ConfigError, InputError
from eval.runs.background import Background
from eval.runs.errors import RunBusy
from eval.runs.folder import RUNS, RunFolder, create_run, open_run, read_progress
from eval.runs.listing import list_runs, running_run
from eval.runs.preparing import Prepared, Wish, prepare
from eval.runs.progress import progress_in
from eval.stand_in import STAND_IN_ID, stand_in
from tests.support.vendor_server import Script, VendorServer
from tests.support.wires import Counts, Reply

pytestmark = pytest.mark.model

GPT = "gpt-4"
PAID = Script(Reply(("It is so ", "[1]."), Counts(1000, 50, cached=0)))
SLOW = Script(Reply(tuple(f"word{n} " for n in range(400))), tokens_per_s=20)


@pytest.fixture(scope="module")
def listening() -> Iterator[VendorServer]:
    with VendorServer(scripts=(PAID,)) as running:
        yield running


@pytest.fixture(scope="module")
def loaded(
    listening: VendorServer, built_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Assistant:
    """The program over a home of its own, loaded once."""
    home = tmp_path_factory.mktemp("background") / "home"
    shutil.copytree(built_home, home, ignore=shutil.ignore_patterns("runs", "*.sqlite*"))
    urls = {GPT: listening.base_url("openai")}
    settings = load_settings(home, environ={}).model_copy(update={"base_urls": urls})
    return open_assistant(settings)


@pytest.fixture
def server(listening: VendorServer, monkeypatch: pytest.MonkeyPatch) -> VendorServer:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    listening.questions.clear()
    listening.play(PAID)
    return listening


@pytest.fixture
def assistant(loaded: Assistant, server: VendorServer) -> Iterator[Assistant]:
    """The program without runs; what a test does to its catalogue is undone."""
    entries = loaded.entries
    shutil.rmtree(loaded.settings.home / RUNS, ignore_errors=True)
    yield loaded
    loaded.entries = entries
    loaded._backends.clear()
    loaded._healths.clear()


@pytest.fixture
def make(assistant: Assistant) -> Callable[..., Prepared]:
    def make_(*backends: str, **wished: object) -> Prepared:
        wish = Wish(backends, **{"limit": 3, **wished})  # type: ignore[arg-type]
        return asyncio.run(prepare(assistant, wish))

    return make_


def kept(assistant: Assistant, prepared: Prepared) -> RunFolder:
    return create_run(assistant.settings.home, prepared.plan, prepared.frozen)


async def ended(background: Background) -> None:
    while background.run_id is not None:
        await asyncio.sleep(0.01)


async def until(is_so: Callable[[], bool]) -> None:
    while not is_so():
        await asyncio.sleep(0.01)


def test_what_is_prepared_says_who_is_paid_and_where_data_goes_and_asks_nobody(
    make: Callable[..., Prepared], server: VendorServer
) -> None:
    prepared = make("reader", GPT, STAND_IN_ID, max_cost=2.0)
    assert [side.backend for side in prepared.paid] == [GPT]
    assert [one.entry.id for one in prepared.away] == [GPT]
    assert (len(prepared.plan.cases), prepared.plan.max_cost) == (3, 2.0)
    assert len(prepared.frozen) == 3
    assert prepared.search_host is None
    assert server.questions == []


def test_the_reader_against_the_stand_in_costs_and_sends_nothing(
    make: Callable[..., Prepared],
) -> None:
    prepared = make("reader", STAND_IN_ID, slices=("lookup",), modes=("own", "oracle"))
    assert (prepared.paid, prepared.away) == ((), ())
    assert {case.slice for case in prepared.plan.cases} == {"lookup"}
    assert len(prepared.frozen) == 6


def test_a_sort_that_no_question_is_of_is_named_and_not_passed_over(
    make: Callable[..., Prepared],
) -> None:
    with pytest.raises(InputError, match="No question is of the sort “price list”"):
        make("reader", slices=("lookup", "price list"))


@pytest.mark.parametrize(
    "wished",
    [
        {"repeats": 0},
        {"repeats": 6},
        {"limit": 0},
        {"modes": ()},
        {"slices": ("no such sort",)},
    ],
)
def test_a_wish_beyond_the_limits_is_refused(
    make: Callable[..., Prepared], wished: dict[str, object]
) -> None:
    with pytest.raises(InputError):
        make("reader", STAND_IN_ID, **wished)


def test_more_backends_than_a_run_takes_and_one_named_twice_are_refused(
    make: Callable[..., Prepared],
) -> None:
    with pytest.raises(InputError, match="one to 4"):
        make("reader", "smollm2", GPT, STAND_IN_ID, "llama3.2")
    with pytest.raises(InputError, match="named twice"):
        make("reader", "reader")


def test_a_backend_that_cannot_answer_is_refused_with_its_cure(
    make: Callable[..., Prepared], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(ConfigError, match="OPENAI_API_KEY"):
        make("reader", GPT)


def test_a_ceiling_over_an_unknown_price_is_refused(
    make: Callable[..., Prepared], assistant: Assistant
) -> None:
    unpriced = assistant.entry(GPT).model_copy(update={"price": None})
    assistant.entries = tuple(unpriced if e.id == GPT else e for e in assistant.entries)
    assistant._backends.clear()
    with pytest.raises(ConfigError, match="is not known"):
        make("reader", GPT, max_cost=1.0)


def test_a_run_is_asked_in_the_background_and_tells_its_progress_in_its_folder(
    make: Callable[..., Prepared], assistant: Assistant
) -> None:
    folder = kept(assistant, make("reader", STAND_IN_ID))

    async def go() -> None:
        background = Background(assistant)
        background.begin(folder)
        assert background.run_id == folder.plan.id
        await ended(background)
        assert background.ending(folder.plan.id) is None

    asyncio.run(go())
    (summary,) = list_runs(assistant.settings.home)
    assert (summary.is_whole, summary.answered, summary.questions) == (True, 6, 3)
    progress = progress_in(read_progress(folder.path))
    assert progress is not None
    assert (progress.done, progress.total, progress.now) == (6, 6, "done")


def test_one_run_is_asked_at_a_time_also_when_another_process_asks(
    make: Callable[..., Prepared], assistant: Assistant
) -> None:
    folder, other = (kept(assistant, make("reader", STAND_IN_ID)) for _ in range(2))

    async def go() -> None:
        background, elsewhere = Background(assistant), Background(assistant)
        background.begin(folder)
        with pytest.raises(RunBusy, match=folder.plan.id):
            background.begin(other)
        await until(lambda: running_run(assistant.settings.home) == folder.plan.id)
        with pytest.raises(RunBusy, match=folder.plan.id):
            elsewhere.begin(other)
        await ended(background)
        elsewhere.begin(other)
        await ended(elsewhere)

    asyncio.run(go())
    assert running_run(assistant.settings.home) is None
    assert all(summary.is_whole for summary in list_runs(assistant.settings.home))


def test_a_run_that_is_stopped_goes_on_later_and_asks_nothing_twice(
    make: Callable[..., Prepared], assistant: Assistant, server: VendorServer
) -> None:
    server.play(PAID, PAID, SLOW)
    folder = kept(assistant, make("reader", GPT, limit=8))

    async def stopped() -> None:
        background = Background(assistant)
        background.begin(folder, grace_s=0.0)
        await until(lambda: len(server.questions) >= 3)
        background.stop()
        assert background.is_stopping
        await ended(background)

    async def gone_on() -> None:
        background = Background(assistant)
        background.begin(open_run(assistant.settings.home, folder.plan.id))
        await ended(background)

    asyncio.run(stopped())
    before = {row.key: row.asked_at for row in folder.rows()}
    assert len(before) < folder.wanted
    server.play(PAID)
    asyncio.run(gone_on())
    after = {row.key: row.asked_at for row in folder.rows()}
    assert len(after) == folder.wanted
    assert {key: after[key] for key in before} == before


def test_a_run_that_its_process_closes_keeps_what_was_answered_and_is_free_to_go_on(
    make: Callable[..., Prepared], assistant: Assistant, server: VendorServer
) -> None:
    server.play(SLOW)
    folder = kept(assistant, make("reader", GPT))

    async def go() -> None:
        background = Background(assistant)
        background.begin(folder)
        await until(lambda: len(server.questions) == 3 and len(folder.rows()) == 3)
        await background.close()
        assert background.run_id is None
        await background.close()

    asyncio.run(go())
    assert not folder.is_running
    assert {row.key.backend for row in folder.rows()} == {"reader"}
    assert folder.lost == 3


def test_why_a_run_ended_is_told(
    make: Callable[..., Prepared], assistant: Assistant, server: VendorServer
) -> None:
    server.play(Script(fault="auth"))
    folder = kept(assistant, make("reader", GPT))

    async def go() -> None:
        background = Background(assistant)
        background.begin(folder)
        await ended(background)
        ending = background.ending(folder.plan.id)
        assert ending is not None
        assert "key" in ending.stops[GPT]
        assistant.entries = tuple(e for e in assistant.entries if e.id != GPT)
        background.begin(folder)
        await ended(background)
        ending = background.ending(folder.plan.id)
        assert ending is not None
        assert isinstance(ending.error, ConfigError)

    asyncio.run(go())


def test_the_stand_in_shares_the_index_and_the_models_that_are_open(assistant: Assistant) -> None:
    with stand_in(port=0) as listening:
        joined = listening.beside(assistant)
        assert joined.backend("reader") is assistant.backend("reader")
        assert joined.search("Who makes Phi-3?").passages
        assert assistant.readiness().ready
        assert joined.backend(STAND_IN_ID).entry.id == STAND_IN_ID
    with pytest.raises(ConfigError):
        assistant.backend(STAND_IN_ID)
