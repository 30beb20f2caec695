"""What a run has cost so far, and what it may have cost at most."""

from dataclasses import dataclass
from typing import Final

from assistant.turns import Answer
from eval.runs.journal import Journal

DOLLARS: Final = "USD"


@dataclass(frozen=True, slots=True)
class Spent:
    """Money, in US dollars.

    Attributes:
        known: what is known to have been spent.
        at_most: with everything that may have been billed besides: attempts that were lost,
            requests that broke off, answers whose tokens nobody reported. None when even that is
            not known, as for a backend without a price.
        unknown: how many attempts are priced by their upper bound, or not at all.
    """

    known: float
    at_most: float | None
    unknown: int

    @property
    def is_at_least(self) -> bool:
        """Whether there may be more to pay than ``known``."""
        return self.unknown > 0

    def plus(self, known: float | None, most: float | None) -> "Spent":
        """With one attempt more; ``known`` is None when it is not known."""
        if known is not None:
            at_most = None if self.at_most is None else self.at_most + known
            return Spent(self.known + known, at_most, self.unknown)
        at_most = None if self.at_most is None or most is None else self.at_most + most
        return Spent(self.known, at_most, self.unknown + 1)


NOTHING: Final = Spent(0.0, 0.0, 0)


def spent_on(journal: Journal, *, backend: str | None = None, is_running: bool = False) -> Spent:
    """What the attempts of a run cost; those in flight count once their process is gone.

    Args:
        journal: what happened.
        backend: count this one alone.
        is_running: whether a process asks now.
    """
    spent = NOTHING
    for row in (*journal.replaced, *journal.rows):
        if backend not in {None, row.key.backend}:
            continue
        most = journal.most_cost.get((row.key, row.attempt))
        spent = spent.plus(*cost_of_answer(row.answer, most))
    for mark in journal.lost if is_running else (*journal.lost, *journal.in_flight):
        if backend not in {None, mark.key.backend}:
            continue
        spent = spent.plus(0.0 if mark.most_cost == 0 else None, mark.most_cost)
    return spent


def cost_of_answer(answer: Answer, most: float | None) -> tuple[float | None, float | None]:
    """What an answer is known to have cost, and the most that it can have cost.

    Args:
        answer: the answer with its receipt.
        most: the bound that was reckoned before it was asked.
    """
    receipt = answer.receipt
    money = receipt.money
    if money.amount is not None and (money.currency == DOLLARS or money.amount == 0):
        return money.amount, money.amount
    # A bound of nothing held for a model that was thought to be on this machine.
    return None, None if most == 0 and not receipt.stayed_local else most
