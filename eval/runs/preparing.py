"""From a wish to a run that can be begun: its plan, its evidence, and what it will take."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from assistant.receipts import search_host_of
from assistant.wiring import Assistant
from corpus.errors import InputError
from eval.cases import Case, load_cases
from eval.runs.estimate import (
    Estimate,
    SideEstimate,
    estimate,
    is_local_contestant,
    require_prices,
)
from eval.runs.habits import habits_of
from eval.runs.planning import check_ready, contestant_of, freeze_all, plan_run
from eval.runs.records import Contestant, FrozenEvidence, Mode, RunPlan

MOST_BACKENDS: Final = 4
MOST_REPEATS: Final = 5


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to be asked, of the questions that come along.

    Attributes:
        backends: ids of who is asked.
        limit: so many questions, spread over their sorts; None takes all.
        slices: sorts of questions; all of them when empty.
        modes: how evidence is made.
        repeats: how often each question is asked.
        max_cost: in US dollars; None sets no ceiling.
    """

    backends: tuple[str, ...]
    limit: int | None = None
    slices: tuple[str, ...] = ()
    modes: tuple[Mode, ...] = ("own",)
    repeats: int = 1
    max_cost: float | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A run that nobody has been asked for yet.

    Attributes:
        plan: the plan.
        frozen: its evidence.
        estimate: what it will take.
        search_host: where the vectors of the questions went for the search, or None for here.
    """

    plan: RunPlan
    frozen: tuple[FrozenEvidence, ...]
    estimate: Estimate
    search_host: str | None = None

    @property
    def paid(self) -> tuple[SideEstimate, ...]:
        """Those where money can be spent, or where that is not known."""
        both = zip(self.estimate.sides, self.plan.contestants, strict=True)
        return tuple(side for side, one in both if side.cost_most != 0 and not one.stand_in)

    @property
    def away(self) -> tuple[Contestant, ...]:
        """Those that questions and passages are sent to, away from this machine."""
        return away_of(self.plan)


def away_of(plan: RunPlan) -> tuple[Contestant, ...]:
    """Those of a plan that questions and passages are sent to, away from this machine."""
    return tuple(
        one for one in plan.contestants if not one.stand_in and not is_local_contestant(one)
    )


async def prepare(
    assistant: Assistant, wish: Wish, tell: Callable[[int, int], None] = lambda *_: None
) -> Prepared:
    """Plan what is wished for and reckon what it will take; no backend gets a question.

    Args:
        assistant: gathers the evidence.
        wish: what is wanted.
        tell: told, from another thread, how many questions have their evidence, and of how many.

    Raises:
        InputError: the wish cannot be granted.
        ConfigError: a backend cannot answer now, or the ceiling cannot be kept.
        StoreError: the index cannot be used.
    """
    _check(wish)
    cases = _cases(wish.slices)
    contestants = [contestant_of(assistant, backend) for backend in wish.backends]
    require_prices(contestants, wish.max_cost)
    await check_ready(assistant, [one for one in contestants if not one.stand_in])
    plan = await plan_run(
        assistant,
        contestants,
        cases=cases,
        modes=wish.modes,
        repeats=wish.repeats,
        limit=wish.limit,
        max_cost=wish.max_cost,
    )
    frozen = await asyncio.to_thread(freeze_all, assistant, plan, tell)
    guess = await asyncio.to_thread(_estimate, assistant, plan, frozen)
    return Prepared(plan, frozen, guess, search_host_of(assistant.settings.index))


def _estimate(assistant: Assistant, plan: RunPlan, frozen: Sequence[FrozenEvidence]) -> Estimate:
    habits = habits_of(assistant.settings.home, plan.contestants)
    return estimate(plan, frozen, habits)


def _check(wish: Wish) -> None:
    if not 1 <= len(wish.backends) <= MOST_BACKENDS:
        raise InputError(
            f"A run asks one to {MOST_BACKENDS} backends.", "Choose the two to be compared."
        )
    if not 1 <= wish.repeats <= MOST_REPEATS or (wish.limit is not None and wish.limit < 1):
        raise InputError(
            f"Each question is asked 1 to {MOST_REPEATS} times, and at least one is asked.",
            "Choose other numbers.",
        )
    if not wish.modes:
        raise InputError("No kind of evidence is chosen.", "Choose one: as it was found.")


def _cases(slices: Sequence[str]) -> Sequence[Case]:
    cases = load_cases()
    return [case for case in cases if case.slice in slices] if slices else cases
