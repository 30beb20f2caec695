"""The order of asking, the ceiling, and the pace that backends ask for."""

import asyncio
from collections import Counter
from collections.abc import Callable

import pytest

from eval.cases import load_cases
from eval.runs.estimate import estimate, most_cost, most_output, planned_request
from eval.runs.limits import PUT_OFFS, REST_S, UNREACHED, Lane, Purse, Side
from eval.runs.planning import Ask, asking_order, spread
from eval.runs.records import FrozenEvidence, Key
from eval.runs.spending import NOTHING
from tests.support.eval_runs import STAND_IN, WrittenRun, make_run


@pytest.fixture
def written() -> WrittenRun:
    return make_run(questions=12, repeats=2, modes=("own", "oracle"))


def asks(written: WrittenRun, backend: str) -> list[Ask]:
    order = asking_order(written.plan, written.evidence.values())
    return [ask for ask in order if ask.key.backend == backend]


def side_of(written: WrittenRun, backend: str) -> Side:
    (contestant,) = [c for c in written.plan.contestants if c.entry.id == backend]
    side = Side(contestant)
    side.asks.extend(asks(written, backend))
    return side


def test_everything_is_asked_once_and_the_seed_alone_decides_the_order(
    written: WrittenRun,
) -> None:
    order = asking_order(written.plan, written.evidence.values())
    assert [ask.position for ask in order] == list(range(12 * 2 * 2 * 2))
    assert len({ask.key for ask in order}) == len(order)
    assert asking_order(written.plan, written.evidence.values()) == order
    other = written.plan.model_copy(update={"seed": 7})
    shuffled = asking_order(other, written.evidence.values())
    assert [ask.key for ask in shuffled] != [ask.key for ask in order]
    assert {ask.key for ask in shuffled} == {ask.key for ask in order}


def test_backends_follow_each_other_on_a_question_and_neither_is_always_first(
    written: WrittenRun,
) -> None:
    order = asking_order(written.plan, written.evidence.values())
    pairs = list(zip(order[::2], order[1::2], strict=True))
    assert all((a.key.case, a.key.mode) == (b.key.case, b.key.mode) for a, b in pairs)
    assert set(Counter(first.key.backend for first, _ in pairs)) == {"reader", "stand-in"}
    half = len(order) // 2
    assert {ask.key.repeat for ask in order[:half]} == {0}


def test_a_mode_without_evidence_is_not_asked(written: WrittenRun) -> None:
    evidence = dict(written.evidence)
    case = written.plan.cases[0].id
    evidence[case, "oracle"] = FrozenEvidence(case, "oracle", None, "no gold")
    order = asking_order(written.plan, evidence.values())
    assert len(order) == 12 * 2 * 2 * 2 - 4
    assert Key("reader", case, "oracle", 0) not in {ask.key for ask in order}
    guess = estimate(written.plan, evidence.values())
    assert (guess.questions, dict(guess.left_out)) == (23 * 2, {"no gold": 1})


def test_the_first_questions_are_a_fair_small_picture_of_all_slices() -> None:
    cases = load_cases()
    slices = {case.slice for case in cases}
    first = spread(cases, "0")[: len(slices)]
    assert {case.slice for case in first} == slices
    assert [case.id for case in spread(cases, "1")] != [case.id for case in spread(cases, "0")]
    assert sorted(case.id for case in spread(cases, "0")) == sorted(case.id for case in cases)


def test_the_most_that_a_question_can_cost_counts_hidden_reasoning_and_the_model_s_own_limit(
    written: WrittenRun,
) -> None:
    contestant = written.plan.contestants[1]
    case = written.plan.cases[0]
    request = planned_request(written.plan, contestant, case, written.evidence[case.id, "own"])
    assert request is not None
    thinking = STAND_IN.model_copy(update={"thinking_tokens": 900, "max_output_tokens": 1500})
    assert most_output(STAND_IN, request) == request.max_output_tokens == 1000
    assert most_output(thinking, request) == 1500
    assert most_cost(contestant, request) == pytest.approx(
        (request.prompt_tokens_estimate * 2.0 + 1000 * 8.0) / 1e6
    )
    assert most_cost(written.plan.contestants[0], request) == 0.0
    assert most_cost(contestant, None) == 0.0, "what does not fit is not sent"


def in_a_loop(work: Callable[[], object]) -> None:
    asyncio.run(work())  # type: ignore[arg-type]


def test_a_purse_lays_aside_and_waits_for_those_in_flight_before_it_refuses() -> None:
    async def work() -> None:
        purse = Purse(1.0, NOTHING)
        assert await purse.lay_aside(0.6)
        waiting = asyncio.create_task(purse.lay_aside(0.6))
        await asyncio.sleep(0)
        assert not waiting.done()
        await purse.settle(0.6, 0.1, 0.1)
        assert await waiting
        await purse.settle(0.6, None, 0.6)
        assert not await purse.lay_aside(0.6), "an answer of unknown price may have cost all of it"
        assert await purse.lay_aside(0.0)
        assert (purse.spent.known, purse.spent.at_most) == (0.1, pytest.approx(0.7))
        assert "The ceiling of $1.00 would be passed" in purse.why_not

    in_a_loop(work)


def test_a_purse_that_does_not_know_what_was_spent_pays_for_nothing_more() -> None:
    async def work() -> None:
        purse = Purse(1.0, NOTHING.plus(None, None))
        assert not await purse.lay_aside(0.01)
        assert not await purse.lay_aside(None)
        assert "not known" in purse.why_not
        assert await Purse(None, NOTHING.plus(None, None)).lay_aside(None)

    in_a_loop(work)


def test_backends_of_one_machine_take_turns_in_the_order_of_the_plan(written: WrittenRun) -> None:
    reader, other = side_of(written, "reader"), side_of(written, "stand-in")
    lane = Lane([reader, other], 1, lambda: 0.0)
    taken = [lane.next() for _ in range(8)]
    assert [found[1].position for found in taken if found] == list(range(8))


def test_a_backend_that_rests_is_passed_over_and_asked_the_same_question_later(
    written: WrittenRun,
) -> None:
    now_s = 0.0
    reader, other = side_of(written, "reader"), side_of(written, "stand-in")
    lane = Lane([reader, other], 1, lambda: now_s)
    first = other.asks[0]
    assert other.rest(other.asks.popleft(), None, now_s) == REST_S
    while (found := lane.next()) is not None:
        assert found[0] is reader
    assert lane.rest_s == REST_S
    now_s = REST_S
    found = lane.next()
    assert found is not None
    assert found[1] == first
    for _ in range(PUT_OFFS - 1):
        other.rest(first, 0.0, now_s)
    assert not other.may_be_put_off(first)


def test_what_was_in_flight_together_counts_as_one_miss(written: WrittenRun) -> None:
    side = side_of(written, "stand-in")
    taken = [side.asks.popleft() for _ in range(4)]
    for ask in taken:
        side.miss("Nobody answers.", 0.0)
        side.rest(ask, None, 0.0)
    assert (side.unreached, side.stopped) == (1, "")
    assert side.asks[0] in taken
    for round_ in range(1, UNREACHED):
        side.miss("Nobody answers.", 1000.0 * round_)
    assert side.stopped == "Nobody answers."
    assert not side.asks
