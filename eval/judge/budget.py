"""What a judge will cost, and a ceiling that is kept before each question, as in a run."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from assistant.backends.base import Backend, BackendRequest, Usage
from assistant.evidence import Evidence
from assistant.money import cost_of
from assistant.settings import TimeoutSettings
from corpus.errors import CounterpointError
from eval.judge.asking import ANSWER_TOKENS, Judgement, Question, judge, repair_tokens, tokens_of
from eval.runs.estimate import is_local_contestant, most_output, require_prices
from eval.runs.limits import Purse
from eval.runs.records import Contestant
from eval.runs.spending import DOLLARS, NOTHING, Spent

_ORDERS: Final = 2
_SAID_USUAL: Final = 60
"""Tokens of a reply that keeps to the schema: one short sentence and a letter."""
_NOTHING: Final = Evidence("", "", (), (), answerable=False, retrieval_s=0.0)


class CeilingReached(CounterpointError):
    """The ceiling does not allow for the next question; what was judged is kept."""


@dataclass(frozen=True, slots=True)
class JudgeEstimate:
    """What judging will take.

    Attributes:
        label, host: who is asked, and where.
        is_local: whether the model runs on this machine, where a token has no price.
        pairs: how many pairs of answers it is asked about.
        requests_usual, requests_most: each pair is shown twice; a reply that breaks the schema is
            sent back once.
        cost_usual, cost_most: in US dollars; None when the price is not known.
    """

    label: str
    host: str
    is_local: bool
    pairs: int
    requests_usual: int
    requests_most: int
    cost_usual: float | None
    cost_most: float | None


Agree = Callable[[JudgeEstimate], None]
"""Told what judging will take before anything is asked or written, though it may be nothing;
raises what shall end it."""


def agreed(_: JudgeEstimate) -> None:
    """Go on, whatever it takes."""


class Budget:
    """The judge's prices and a purse for its questions.

    Args:
        contestant: the judge.
        ceiling: in US dollars; None sets none.
        spent: what earlier processes spent on the same judging.

    Raises:
        ConfigError: the ceiling cannot be kept.
    """

    def __init__(
        self, contestant: Contestant, ceiling: float | None = None, spent: Spent = NOTHING
    ) -> None:
        require_prices([contestant], ceiling)
        self._contestant = contestant
        self._purse = Purse(ceiling, spent)
        self.is_spent = False

    async def judge(
        self, backend: Backend, timeouts: TimeoutSettings, asked: Question
    ) -> Judgement | None:
        """A judgement, or None when the ceiling does not allow for it."""
        most = self.most(asked)
        if self.is_spent or not await self._purse.lay_aside(most):
            self.is_spent = True
            return None
        made: Judgement | None = None
        try:
            made = await judge(backend, timeouts, asked)
        finally:
            known = made.spent.cost if made else None
            await self._purse.settle(most, known, most if known is None else known)
        return made

    def check(self) -> None:
        """Say that the ceiling ended it.

        Raises:
            CeilingReached: it did.
        """
        if self.is_spent:
            raise CeilingReached(
                self._purse.why_not,
                "What was judged is kept. Go on: the same command with a higher --max-cost.",
            )

    def most(self, asked: Question) -> float | None:
        """The most that a question can cost, in US dollars; None when it is not known."""
        reply = _most_said(self._contestant)
        once = [(tokens_of(each), reply) for each in (asked, asked.turned)]
        again = [(sent + reply + repair_tokens(), reply) for sent, reply in once]
        return _cost(self._contestant, [*once, *again])

    def estimate(self, asked: Iterable[Question]) -> JudgeEstimate:
        """What these questions will take."""
        questions = list(asked)
        usual = [(tokens_of(one), _SAID_USUAL) for one in questions for _ in range(_ORDERS)]
        most = [self.most(one) for one in questions]
        return JudgeEstimate(
            label=self._contestant.entry.label,
            host=self._contestant.destination,
            is_local=is_local_contestant(self._contestant),
            pairs=len(questions),
            requests_usual=_ORDERS * len(questions),
            requests_most=2 * _ORDERS * len(questions),
            cost_usual=_cost(self._contestant, usual),
            cost_most=None if None in most else sum(one for one in most if one is not None),
        )


def _most_said(contestant: Contestant) -> int:
    entry = contestant.entry
    room = min(ANSWER_TOKENS, entry.max_output_tokens)
    request = BackendRequest((), _NOTHING, room, entry.context_window_tokens, 0)
    return most_output(entry, request)


def _cost(contestant: Contestant, requests: Iterable[tuple[int, int]]) -> float | None:
    """Of requests with so many tokens in and out."""
    if is_local_contestant(contestant):
        return 0.0
    total = 0.0
    for tokens_in, tokens_out in requests:
        money = cost_of(Usage(tokens_in, tokens_out), contestant.entry, local=False)
        if money.amount is None or money.currency != DOLLARS:
            return None
        total += money.amount
    return total
