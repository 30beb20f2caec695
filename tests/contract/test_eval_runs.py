"""Runs over real adapters, real sockets and the real index: what is asked, kept and paid."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.settings import Settings, TimeoutSettings, load_settings
from assistant.turns import Status
from assistant.wiring import Assistant, open_assistant
from corpus.errors import ConfigError, InputError
from eval.cases import load_cases
from eval.runs.comparable import comparable, prompts_that_differ
from eval.runs.estimate import estimate
from eval.runs.folder import RunFolder, create_run, open_run, read_progress
from eval.runs.habits import habits_of
from eval.runs.planning import check_ready, contestant_of, freeze_all, plan_run
from eval.runs.progress import Progress
from eval.runs.records import RunPlan
from eval.runs.runner import RunEnd, run
from eval.runs.spending import spent_on
from tests.support.vendor_server import Script, VendorServer
from tests.support.wires import Counts, Reply

pytestmark = pytest.mark.model

CLAUDE, GPT, LLAMA = "claude-sonnet", "gpt-4", "llama3.2"
ADDRESSES = {CLAUDE: "anthropic", GPT: "openai", LLAMA: "ollama"}
PAID = Script(Reply(("It is so ", "[1]."), Counts(1000, 50, cached=0)))
FULL = (("retry-after", "0"),)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[VendorServer]:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-canary")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    with VendorServer(scripts=(PAID,)) as running:
        yield running


@pytest.fixture
def settings(server: VendorServer, built_home: Path) -> Settings:
    urls = {id_: server.base_url(wire) for id_, wire in ADDRESSES.items()}
    quick = TimeoutSettings(connect_s=2, longest_retry_wait_s=1)
    plain = load_settings(built_home, environ={})
    return plain.model_copy(update={"base_urls": urls, "timeouts": quick})


@pytest.fixture
def assistant(settings: Settings) -> Assistant:
    return open_assistant(settings)


@pytest.fixture
def begin(assistant: Assistant, tmp_path: Path) -> Callable[..., RunFolder]:
    def begin_(*backends: str, **options: object) -> RunFolder:
        plan = planned(assistant, *backends, **options)
        return create_run(tmp_path / "runs-home", plan, freeze_all(assistant, plan))

    return begin_


def planned(assistant: Assistant, *backends: str, **options: object) -> RunPlan:
    contestants = [contestant_of(assistant, backend) for backend in backends]
    wanted: dict[str, object] = {"cases": load_cases(), "limit": 4, **options}
    return asyncio.run(plan_run(assistant, contestants, **wanted))  # type: ignore[arg-type]


def go(assistant: Assistant, folder: RunFolder, **options: object) -> RunEnd:
    async def inside() -> RunEnd:
        return await run(assistant, folder, asyncio.Event(), **options)  # type: ignore[arg-type]

    return asyncio.run(inside())


def test_every_backend_gets_the_same_evidence_and_every_model_the_same_prompt(
    assistant: Assistant, begin: Callable[..., RunFolder], server: VendorServer
) -> None:
    folder = begin("reader", CLAUDE, LLAMA, modes=("own", "oracle"))
    end = go(assistant, folder)
    assert (end.is_whole, end.was_stopped, end.stops) == (True, False, {})
    rows, frozen = folder.rows(), folder.frozen()
    assert len(rows) == folder.wanted > 12
    for row in rows:
        evidence = frozen[row.key.case, row.key.mode].evidence
        assert evidence is not None
        assert row.answer.receipt.evidence_hash == evidence.hash
    assert prompts_that_differ(folder) == ()
    hashes = {
        (row.key.backend, row.key.case, row.key.mode): row.answer.receipt.prompt_hash
        for row in rows
    }
    assert all(hashes[key] == "" for key in hashes if key[0] == "reader")
    assert all(hashes[LLAMA, *key[1:]] == hashes[key] != "" for key in hashes if key[0] == CLAUDE)
    # A model of this machine was warmed up by one question that is not kept; the vendor was not.
    asked = [question.path for question in server.questions]
    per_model = folder.wanted // 3
    assert sum("/ollama/" in path for path in asked) == per_model + 1
    assert sum("/anthropic" in path for path in asked) == per_model
    assert {row.position for row in rows} == set(range(folder.wanted))


def test_a_backend_that_asks_for_fewer_requests_is_left_alone_and_asked_again(
    assistant: Assistant, begin: Callable[..., RunFolder], server: VendorServer
) -> None:
    limited = Script(fault="rate", headers=FULL)
    server.play(*[limited] * 4, PAID)  # three tries of one question, and one of the next
    folder = begin("reader", CLAUDE)
    assert go(assistant, folder, concurrency=1).is_whole
    assert [row.answer.status for row in folder.rows()] == [Status.FINISHED] * 8
    journal = folder.journal()
    (put_off,) = journal.put_off
    assert (put_off.key.backend, put_off.attempt) == (CLAUDE, 1)
    assert folder.lost == 0
    assert len(server.questions) == 4 + 4
    assert not spent_on(journal).is_at_least


def test_a_backend_that_takes_no_question_at_all_is_not_asked_all_of_them(
    assistant: Assistant, begin: Callable[..., RunFolder], server: VendorServer
) -> None:
    server.play(Script(fault="rate", headers=FULL))
    folder = begin("reader", CLAUDE, limit=6)
    end = go(assistant, folder, concurrency=1)
    assert list(end.stops) == [CLAUDE]
    failed = [row for row in folder.rows() if row.key.backend == CLAUDE]
    assert [row.answer.status for row in failed] == [Status.FAILED] * 2
    assert len(server.questions) == 2 * 6 * 3


def test_a_backend_that_never_takes_a_question_fails_it_after_a_few_rounds(
    assistant: Assistant, begin: Callable[..., RunFolder], server: VendorServer
) -> None:
    server.play(Script(fault="rate", headers=FULL))
    folder = begin("reader", CLAUDE, limit=1)
    assert go(assistant, folder).is_whole
    rows = {row.key.backend: row for row in folder.rows()}
    reader, claude = rows["reader"], rows[CLAUDE]
    assert (reader.answer.status, claude.answer.status) == (Status.FINISHED, Status.FAILED)
    assert claude.attempt == 6
    assert len(server.questions) == 6 * 3


@pytest.mark.parametrize("fault", ["auth", "quota", "model"])
def test_a_backend_that_cannot_work_is_stopped_with_one_message_and_the_others_go_on(
    assistant: Assistant, begin: Callable[..., RunFolder], server: VendorServer, fault: str
) -> None:
    server.play(Script(fault=fault))
    folder = begin("reader", CLAUDE, limit=12)
    end = go(assistant, folder, concurrency=2)
    assert not end.is_whole
    assert list(end.stops) == [CLAUDE]
    rows = folder.rows()
    assert [row.key.backend for row in rows] == ["reader"] * 12
    assert len(server.questions) <= 2
    assert (folder.lost, spent_on(folder.journal()).known) == (0, 0.0)
    server.play(PAID)
    assert go(assistant, folder).is_whole, "the key was mended"


def test_nobody_at_the_address_stops_a_backend_after_a_few_tries(
    assistant: Assistant, begin: Callable[..., RunFolder], settings: Settings
) -> None:
    folder = begin("reader", CLAUDE)
    gone = {**settings.base_urls, CLAUDE: "http://127.0.0.1:9"}
    lonely = open_assistant(settings.model_copy(update={"base_urls": gone}))
    # A clock that jumps over the rests.
    ticks = iter(range(0, 10_000_000, 30))
    end = go(lonely, folder, concurrency=1, clock=lambda: float(next(ticks)))
    assert list(end.stops) == [CLAUDE]
    assert len(folder.rows()) == 4
    assert len(folder.journal().put_off) == 3
    assert spent_on(folder.journal()).at_most == 0


def test_a_ceiling_is_kept_and_a_higher_one_lets_the_run_go_on(
    assistant: Assistant, begin: Callable[..., RunFolder], server: VendorServer
) -> None:
    folder = begin("reader", CLAUDE, limit=12)
    guess = estimate(folder.plan, folder.frozen().values())
    assert guess.cost_most is not None
    price = assistant.entry(CLAUDE).price
    assert price is not None
    paid = (1000 * (price.input or 0) + 50 * (price.output or 0)) / 1e6
    ceiling = guess.cost_most / 12 * 1.2 + 2.5 * paid
    end = go(assistant, folder, max_cost=ceiling)
    spent = spent_on(folder.journal())
    assert "The ceiling of" in end.stops[CLAUDE]
    asked = len(server.questions)
    assert 3 <= asked < 12
    assert spent.known == spent.at_most == pytest.approx(asked * paid)
    assert spent.known <= ceiling
    assert len([row for row in folder.rows() if row.key.backend == "reader"]) == 12
    assert go(assistant, folder, max_cost=100.0).is_whole
    assert len(server.questions) == 12


def test_a_ceiling_over_an_unknown_price_is_refused_before_anybody_is_asked(
    settings: Settings, built_home: Path, tmp_path: Path, server: VendorServer
) -> None:
    assistant = open_assistant(settings)
    entry = assistant.entry(GPT).model_copy(update={"price": None})
    assistant.entries = tuple(entry if e.id == GPT else e for e in assistant.entries)
    plan = planned(assistant, "reader", GPT, max_cost=1.0)
    folder = create_run(tmp_path / "runs-home", plan, freeze_all(assistant, plan))
    with pytest.raises(ConfigError, match=r"price of .* is not known"):
        go(assistant, folder)
    assert estimate(plan, folder.frozen().values()).cost_most is None
    assert server.questions == []
    assert folder.rows() == ()


def test_the_estimate_is_an_upper_bound_and_learns_from_earlier_runs(
    assistant: Assistant, begin: Callable[..., RunFolder]
) -> None:
    folder = begin("reader", CLAUDE)
    before = estimate(folder.plan, folder.frozen().values())
    assert before.seconds is None
    go(assistant, folder)
    _, claude = before.sides
    receipts = [r.answer.receipt for r in folder.rows() if r.key.backend == CLAUDE]
    assert sum(r.usage.input_tokens or 0 for r in receipts) < claude.input_tokens_most
    assert sum(r.money.amount or 9 for r in receipts) < (claude.cost_most or 0)
    habits = habits_of(folder.path.parents[1], folder.plan.contestants)
    after = estimate(folder.plan, folder.frozen().values(), habits)
    assert after.sides[1].output_tokens_usual == 4 * 50
    assert after.seconds is not None


def test_a_run_that_is_stopped_keeps_what_came_and_goes_on_where_it_was(
    assistant: Assistant, begin: Callable[..., RunFolder], server: VendorServer
) -> None:
    server.play(replace(PAID, tokens_per_s=20))
    folder = begin("reader", CLAUDE, limit=8)
    stop = asyncio.Event()
    told: list[Progress] = []

    def tell(progress: Progress) -> None:
        told.append(progress)
        if progress.done >= 3:
            stop.set()

    end = asyncio.run(run(assistant, folder, stop, tell, concurrency=1))
    assert (end.was_stopped, end.is_whole) == (True, False)
    kept = folder.rows()
    assert 3 <= len(kept) < 16
    assert folder.lost == 0, "what was in flight could end"
    said = read_progress(folder.path)
    assert said is not None
    assert (said["done"], said["total"]) == (len(kept), 16)
    asked = len(server.questions)
    assert go(assistant, open_run(folder.path, folder.path)).is_whole
    assert len(server.questions) == 8
    assert asked < 8
    rows = {row.key: row for row in folder.rows()}
    assert all(rows[row.key].asked_at == row.asked_at for row in kept)
    assert told[-1].now == "stopped"


def test_answers_that_do_not_end_in_time_after_a_stop_are_lost_and_asked_again(
    assistant: Assistant, begin: Callable[..., RunFolder], server: VendorServer
) -> None:
    server.play(Script(stall_after=1), PAID)
    folder = begin(CLAUDE, limit=1)

    async def stop_soon() -> RunEnd:
        stop = asyncio.Event()
        task = asyncio.ensure_future(run(assistant, folder, stop, grace_s=0.0))
        while not server.questions:
            await asyncio.sleep(0.01)
        stop.set()
        return await task

    end = asyncio.run(stop_soon())
    assert end.was_stopped
    assert server.wait_until_left()
    assert (folder.rows(), folder.lost) == ((), 1)
    spent = spent_on(folder.journal())
    assert spent.is_at_least
    assert (spent.at_most or 0) > 0
    assert go(assistant, folder).is_whole
    assert [row.attempt for row in folder.rows()] == [2]


def test_failed_answers_are_rows_and_are_asked_again_only_when_that_is_wanted(
    assistant: Assistant, begin: Callable[..., RunFolder], server: VendorServer
) -> None:
    server.play(Script(end_after=1), PAID)
    folder = begin(CLAUDE, limit=3)
    assert go(assistant, folder, concurrency=1).is_whole
    assert [row.answer.status for row in folder.rows()].count(Status.INTERRUPTED) == 1
    assert go(assistant, folder).is_whole
    assert len(server.questions) == 3
    assert go(assistant, folder, retry_failed=True).is_whole
    assert len(server.questions) == 4
    assert {row.answer.status for row in folder.rows()} == {Status.FINISHED}
    assert [row.attempt for row in folder.journal().replaced] == [1]


def test_a_backend_that_has_changed_since_the_plan_is_not_mixed_in(
    assistant: Assistant, begin: Callable[..., RunFolder]
) -> None:
    folder = begin("reader", CLAUDE)
    other = assistant.entry(CLAUDE).model_copy(update={"model": "another"})
    assistant.entries = tuple(other if e.id == CLAUDE else e for e in assistant.entries)
    with pytest.raises(ConfigError, match="is not what it was when the run"):
        go(assistant, folder)


def test_a_missing_key_is_said_before_a_run_is_planned(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    contestants = [contestant_of(assistant, CLAUDE)]
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    with pytest.raises(ConfigError, match=r"cannot answer now: .*ANTHROPIC_API_KEY"):
        asyncio.run(check_ready(open_assistant(assistant.settings), contestants))


def test_a_backend_is_named_once_and_a_run_has_a_question(assistant: Assistant) -> None:
    with pytest.raises(InputError, match="twice"):
        planned(assistant, "reader", "reader")
    with pytest.raises(InputError, match="no question"):
        planned(assistant, "reader", cases=())


# Fourteen answers of a language model, and the index where it is not built yet, take half a minute
# alone and more than the usual limit on a machine that is busy; the limit is there for what hangs.
@pytest.mark.timeout(600)
def test_two_identical_runs_differ_in_nothing_but_times_and_ids(
    assistant: Assistant, begin: Callable[..., RunFolder]
) -> None:
    first, second = (begin("reader", "smollm2", limit=3, repeats=2) for _ in range(2))
    assert go(assistant, first).is_whole
    assert go(open_assistant(assistant.settings), second).is_whole
    assert first.plan.id != second.plan.id
    one, other = comparable(first), comparable(second)
    assert len(one["rows"]) == 12
    assert one == other
