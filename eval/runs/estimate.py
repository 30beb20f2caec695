"""What a run will take, before anybody is asked; and the most that each question can cost."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from assistant.backends.addresses import is_local
from assistant.backends.base import BackendRequest, Usage
from assistant.backends.catalogue import BackendEntry
from assistant.backends.errors import ContextOverflow
from assistant.money import cost_of
from assistant.prompt import PromptPlan, plan_prompt, plan_reading
from corpus.errors import ConfigError
from eval.cases import Case
from eval.runs.habits import Habit
from eval.runs.planning import history_of
from eval.runs.records import Contestant, FrozenEvidence, RunPlan
from eval.runs.spending import DOLLARS

BYTES_PER_TOKEN_USUAL: Final = 4
ANSWER_TOKENS_USUAL: Final = 200
"""What an answer of at most six sentences takes, until a run has measured it."""


@dataclass(frozen=True, slots=True)
class SideEstimate:
    """What one backend will take.

    Attributes:
        backend, label: who is asked.
        is_local: whether the model runs on this machine, where a token has no price.
        questions: how many it is asked.
        input_tokens_most, output_tokens_most: bounds that no answer can pass.
        input_tokens_usual, output_tokens_usual: what is expected.
        cost_most, cost_usual: in US dollars; None when the price is not known.
        note: why the cost is not known, or how old the price is said to be.
        seconds: how long its answers took before, all of them one after the other; None when it
            has not been asked in a run yet.
    """

    backend: str
    label: str
    is_local: bool
    questions: int
    input_tokens_most: int
    input_tokens_usual: int
    output_tokens_most: int
    output_tokens_usual: int
    cost_most: float | None
    cost_usual: float | None
    note: str
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run will take.

    Attributes:
        sides: one for each backend, in the plan's order.
        questions: how many questions there are, each asked of each backend.
        left_out: how many have no evidence in one of the modes, by reason.
        seconds: how long it takes in all; None when that is not known of every backend.
    """

    sides: tuple[SideEstimate, ...]
    questions: int
    left_out: Mapping[str, int]
    seconds: float | None

    @property
    def cost_most(self) -> float | None:
        """The most that the run can cost; None when a price is not known."""
        return _sum(side.cost_most for side in self.sides)

    @property
    def cost_usual(self) -> float | None:
        """What the run is expected to cost; None when a price is not known."""
        return _sum(side.cost_usual for side in self.sides)


def estimate(
    plan: RunPlan,
    frozen: Iterable[FrozenEvidence],
    habits: Mapping[str, Habit] | None = None,
    concurrency: int = 4,
) -> Estimate:
    """What a run will take; pure.

    Args:
        plan: the plan.
        frozen: its evidence.
        habits: what the backends' answers took before; see ``habits_of``.
        concurrency: how many questions a vendor's backend is asked at a time.
    """
    made = list(frozen)
    asked = [one for one in made if one.evidence is not None]
    left_out: dict[str, int] = {}
    for one in made:
        if one.evidence is None:
            left_out[one.why_not] = left_out.get(one.why_not, 0) + 1
    known = habits or {}
    sides = tuple(
        _side(plan, contestant, asked, known.get(contestant.entry.id))
        for contestant in plan.contestants
    )
    return Estimate(sides, len(asked) * plan.repeats, left_out, _seconds(sides, concurrency))


def is_local_contestant(contestant: Contestant) -> bool:
    """Whether an open model of this machine is asked, as far as can be known before its reply."""
    return contestant.entry.kind == "open" and is_local(contestant.destination)


def planned_request(
    plan: RunPlan, contestant: Contestant, case: Case, frozen: FrozenEvidence
) -> BackendRequest | None:
    """What a backend will be sent, or None when nothing fits into its window.

    The small packaged model's own shorter prompt, which it gets where no other model is compared
    with it, is bounded by the usual one.
    """
    planned = _planned(plan, contestant, case, frozen)
    return planned.request if planned else None


def most_cost(contestant: Contestant, request: BackendRequest | None) -> float | None:
    """The most that one question can cost, in US dollars; None when it is not known."""
    if request is None or is_local_contestant(contestant):
        return 0.0
    tokens = Usage(request.prompt_tokens_estimate, most_output(contestant.entry, request))
    money = cost_of(tokens, contestant.entry, local=False)
    return money.amount if money.currency == DOLLARS else None


def most_output(entry: BackendEntry, request: BackendRequest) -> int:
    """The most tokens that an answer can have, hidden reasoning among them."""
    wanted = request.max_output_tokens + entry.thinking_tokens
    return max(request.max_output_tokens, min(entry.max_output_tokens, wanted))


def require_prices(contestants: Iterable[Contestant], ceiling: float | None) -> None:
    """Refuse a ceiling that cannot be kept.

    Raises:
        ConfigError: a backend's price is not known, or is not in US dollars.
    """
    if ceiling is None:
        return
    for contestant in contestants:
        if is_local_contestant(contestant):
            continue
        entry = contestant.entry
        one = cost_of(Usage(1, 1), entry, local=False)
        if one.amount is None or one.currency != DOLLARS:
            why = f"is in {one.currency}" if one.amount is not None else "is not known"
            raise ConfigError(
                f"A ceiling of ${ceiling:,.2f} cannot be kept: the price of {entry.label} {why}.",
                "Give its price in backends.toml, or set no ceiling.",
            )


def _planned(
    plan: RunPlan, contestant: Contestant, case: Case, frozen: FrozenEvidence
) -> PromptPlan | None:
    if frozen.evidence is None:
        return None
    entry = contestant.entry
    if entry.adapter == "reader":
        return plan_reading(frozen.evidence, entry)
    others = [
        other.entry
        for other in plan.contestants
        if other.entry.id != entry.id and other.entry.adapter != "reader"
    ]
    try:
        return plan_prompt(frozen.evidence, history_of(case), entry, others)
    except ContextOverflow:
        return None


def _side(
    plan: RunPlan,
    contestant: Contestant,
    asked: Sequence[FrozenEvidence],
    habit: Habit | None,
) -> SideEstimate:
    entry = contestant.entry
    cases = {case.id: case for case in plan.cases}
    requests = [planned_request(plan, contestant, cases[one.case], one) for one in asked]
    sent = [request for request in requests if request is not None]
    bounds = [most_output(entry, request) for request in sent]
    usual_out = ANSWER_TOKENS_USUAL
    if habit is not None and habit.output_tokens is not None:
        usual_out = round(habit.output_tokens)
    usual = [
        Usage(r.payload_bytes // BYTES_PER_TOKEN_USUAL, min(usual_out, bound))
        for r, bound in zip(sent, bounds, strict=True)
    ]
    local = is_local_contestant(contestant)
    costs = [cost_of(usage, entry, local=local) for usage in usual]
    dollars = [c.amount if c.currency == DOLLARS or c.amount == 0 else None for c in costs]
    cost_usual, cost_most = _sum(dollars), _sum(most_cost(contestant, r) for r in sent)
    times = plan.repeats
    return SideEstimate(
        backend=entry.id,
        label=entry.label,
        is_local=local,
        questions=len(asked) * times,
        input_tokens_most=sum(r.prompt_tokens_estimate for r in sent) * times,
        input_tokens_usual=sum(u.input_tokens or 0 for u in usual) * times,
        output_tokens_most=sum(bounds) * times,
        output_tokens_usual=sum(u.output_tokens or 0 for u in usual) * times,
        cost_most=None if cost_most is None else cost_most * times,
        cost_usual=None if cost_usual is None else cost_usual * times,
        note=costs[0].note if costs else "",
        seconds=None if habit is None else habit.seconds * len(asked) * times,
    )


def _seconds(sides: Sequence[SideEstimate], concurrency: int) -> float | None:
    """Local backends one after the other, and each vendor's beside them."""
    if any(side.seconds is None for side in sides):
        return None
    here = sum(side.seconds or 0.0 for side in sides if side.is_local)
    away = [(side.seconds or 0.0) / concurrency for side in sides if not side.is_local]
    return max([here, *away])


def _sum(amounts: Iterable[float | None]) -> float | None:
    total = 0.0
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total
