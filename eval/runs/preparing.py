"""From a wish to a run that can be begun: its plan, its evidence, and what it will take."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assistant.backends.catalogue import KINDS
from assistant.receipts import search_host_of
from assistant.wiring import Assistant
from corpus.errors import InputError
from eval.cases import Case, load_case_file, load_cases
from eval.runs.estimate import (
    Estimate,
    SideEstimate,
    estimate,
    is_local_contestant,
    require_prices,
)
from eval.runs.habits import habits_of
from eval.runs.planning import SHIPPED, check_ready, contestant_of, freeze_all, plan_run
from eval.runs.records import Contestant, FrozenEvidence, Mode, RunPlan
from eval.runs.runner import CONCURRENCY
from eval.stand_in import STAND_IN_ID

MOST_BACKENDS: Final = 4
MOST_REPEATS: Final = 5


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to be asked.

    Attributes:
        backends: ids of who is asked; the usual two when empty.
        limit: so many questions, spread over their sorts; None takes all.
        slices: sorts of questions; all of them when empty.
        modes: how evidence is made.
        repeats: how often each question is asked.
        max_cost: in US dollars; None sets no ceiling.
        file: questions of one's own; None takes those that come along.
        seed: of the order and of everything that is drawn.
    """

    backends: tuple[str, ...]
    limit: int | None = None
    slices: tuple[str, ...] = ()
    modes: tuple[Mode, ...] = ("own",)
    repeats: int = 1
    max_cost: float | None = None
    file: Path | None = None
    seed: int = 0


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
    plan = await plan_wish(assistant, wish)
    frozen = await asyncio.to_thread(freeze_all, assistant, plan, tell)
    return await asyncio.to_thread(reckon, assistant, plan, frozen)


async def plan_wish(assistant: Assistant, wish: Wish, *, only_looked: bool = False) -> RunPlan:
    """The plan of what is wished for, however much that is; no backend gets a question.

    Args:
        assistant: knows the backends and the documents.
        wish: what is wanted.
        only_looked: whether the plan will not be carried out, so that a backend need not be ready
            and a ceiling not be kept.

    Raises:
        InputError, ConfigError, StoreError: as ``prepare``.
    """
    cases, name = _cases(wish)
    ids = wish.backends or await _usual_backends(assistant)
    contestants = [contestant_of(assistant, backend) for backend in ids]
    if not only_looked:
        require_prices(contestants, wish.max_cost)
        await check_ready(assistant, [one for one in contestants if not one.stand_in])
    return await plan_run(
        assistant,
        contestants,
        cases=cases,
        cases_name=name,
        modes=wish.modes,
        repeats=wish.repeats,
        limit=wish.limit,
        seed=wish.seed,
        max_cost=wish.max_cost,
    )


def reckon(
    assistant: Assistant,
    plan: RunPlan,
    frozen: tuple[FrozenEvidence, ...],
    concurrency: int = CONCURRENCY,
) -> Prepared:
    """What a planned run will take.

    Args:
        assistant: knows what the backends' answers took before.
        plan: the plan.
        frozen: its evidence.
        concurrency: how many questions a vendor's backend is asked at a time.
    """
    habits = habits_of(assistant.settings.home, plan.contestants)
    guess = estimate(plan, frozen, habits, concurrency)
    return Prepared(plan, frozen, guess, search_host_of(assistant.settings.index))


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


def _cases(wish: Wish) -> tuple[Sequence[Case], str]:
    """The questions that are wished for, and what they are called."""
    cases = load_cases() if wish.file is None else load_case_file(wish.file)
    name = SHIPPED if wish.file is None else wish.file.name
    if not wish.slices:
        return cases, name
    slices = {case.slice for case in cases}
    unknown = [one for one in wish.slices if one not in slices]
    if unknown:
        raise InputError(
            f"No question is of the sort “{unknown[0]}”.",
            f"Choose of: {', '.join(sorted(slices))}.",
        )
    return tuple(case for case in cases if case.slice in wish.slices), name


async def _usual_backends(assistant: Assistant) -> tuple[str, str]:
    """The best open backend and the first proprietary one that can answer now."""
    best = await assistant.best_ready(KINDS[0])
    for entry in assistant.entries:
        if entry.kind == KINDS[1] and (await assistant.health(entry.id)).ready:
            return best, entry.id
    raise InputError(
        "No proprietary backend can answer: no key is set.",
        f"Set a key (see: counterpoint backends), or say who is compared: --backend {best} "
        f"--backend {STAND_IN_ID}.",
    )
