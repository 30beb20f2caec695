"""A sitting: so many rounds with the same two backends, one after the other."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from assistant.backends.catalogue import BackendEntry
from assistant.evidence import Evidence
from assistant.turns import Answer, Exchange, Failed, Finished, Retrieved, SideEvent, Stopped
from corpus.errors import BackendError, CounterpointError, InputError
from eval.cases import load_cases
from eval.taste.rounds import Round, Stage

ROUND_COUNTS: Final = (3, 5, 10)
MAX_ROUNDS: Final = 30
TIMEOUT_S: Final = 300.0
_CLOSING_S: Final = 5.0
# Questions with an answer to be weighed, not only one figure to be found.
_SUGGESTED_SLICES: Final = ("paraphrase", "multi-source", "data")


class Asker(Protocol):
    """Who answers, as far as a round needs it."""

    @property
    def entries(self) -> Sequence[BackendEntry]:
        """The catalogue."""
        ...

    def ask_sides(
        self,
        question: str,
        history: Sequence[Exchange],
        backend_ids: Sequence[str],
        stops: Sequence[asyncio.Event],
    ) -> AsyncGenerator[SideEvent, None]:
        """Ask all backends the same question."""
        ...


@dataclass(slots=True)
class Sitting:
    """The rounds of one test.

    Attributes:
        backends: the two ids; guesses are about the first.
        questions: one for each round.
        id: unguessable.
        rounds: those begun so far; a void one stays here and its question may be asked again.
        position: index of the question that is asked now.
        is_over: whether the voter is done, or has stopped.
        stop: set to give up the round that is being written.
        writing: what writes it, or wrote the last one.
    """

    backends: tuple[str, str]
    questions: tuple[str, ...]
    id: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    rounds: list[Round] = field(default_factory=list)
    position: int = -1
    is_over: bool = False
    stop: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    writing: "asyncio.Task[None] | None" = field(default=None, repr=False)
    coin: Callable[[int], int] = field(default_factory=lambda: secrets.randbelow, repr=False)

    def __post_init__(self) -> None:
        if not self.questions:
            raise InputError("There is no question to ask.", "Type one question on each line.")
        if len(self.questions) > MAX_ROUNDS:
            raise InputError(
                f"These are {len(self.questions)} questions; at most {MAX_ROUNDS} are taken.",
                "Leave some out.",
            )
        if self.backends[0] == self.backends[1]:
            raise InputError("Both sides are the same model.", "Choose two different ones.")

    @property
    def current(self) -> Round | None:
        """The latest round, or None before the first."""
        return self.rounds[-1] if self.rounds else None

    @property
    def is_between(self) -> bool:
        """Whether nothing is left to do in the round that stands."""
        done = {Stage.DONE, Stage.REVEALED, Stage.VOID}
        return self.current is None or self.current.stage in done

    @property
    def is_broken_off(self) -> bool:
        """Whether a round has not been written to its end, and nobody writes it any more."""
        is_open = self.current is not None and self.current.stage is Stage.WRITING
        return is_open and (self.writing is None or self.writing.done())

    @property
    def is_last(self) -> bool:
        """Whether no question is left after this one."""
        return self.position + 1 >= len(self.questions)

    @property
    def void(self) -> tuple[Round, ...]:
        """The rounds that did not count."""
        return tuple(each for each in self.rounds if each.stage is Stage.VOID)

    def begin(self, *, again: bool = False) -> Round:
        """The next round, sides seated by lot; ``again`` for the question of a void one.

        Raises:
            InputError: the last one is not over, or there is no question left.
        """
        current = self.current
        if not self.is_between:
            raise InputError("This round is not over yet.", "Vote first, or stop.")
        if again and (current is None or current.stage is not Stage.VOID):
            raise InputError("This round counts already.", "Go on to the next question.")
        if not again:
            if self.is_last:
                raise InputError("There is no question left.", "Look at the result.")
            self.position += 1
        question = self.questions[self.position]
        self.rounds.append(Round(self.position + 1, question, self.backends, coin=self.coin))
        return self.rounds[-1]


async def write(
    assistant: Asker, current: Round, stop: asyncio.Event, *, timeout_s: float = TIMEOUT_S
) -> None:
    """Get both answers of a round; nothing of them is to be seen before both are whole.

    A side that fails, is stopped or takes too long makes the round void and stops the other.

    Args:
        assistant: who answers.
        current: the round, being written.
        stop: set to give up.
        timeout_s: for both answers together, in seconds.
    """
    answering = asyncio.ensure_future(_answers(assistant, current, stop))
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait(
            {answering, stopping}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED
        )
        if stop.is_set():
            # Both have been told; what they need to close their requests they may have.
            await asyncio.wait({answering}, timeout=_CLOSING_S)
    finally:
        stopping.cancel()
        if not answering.done():
            answering.cancel()
        await asyncio.gather(answering, stopping, return_exceptions=True)
    _seal(current, answering, names_of(assistant.entries), was_stopped=stop.is_set())


Answered = tuple[Evidence | None, dict[int, Answer]]


def _seal(
    current: Round,
    answering: "asyncio.Future[Answered]",
    names: frozenset[str],
    *,
    was_stopped: bool,
) -> None:
    if answering.cancelled():
        slow = BackendError("An answer took too long.", "Try a shorter question or a faster model.")
        current.give_up(None if was_stopped else slow)
        return
    failure = answering.exception()
    if failure is not None:
        if not isinstance(failure, CounterpointError):
            raise failure
        current.give_up(failure)
        return
    evidence, answers = answering.result()
    if evidence is None or len(answers) < len(current.backends):
        current.give_up(next((a.error for a in answers.values() if a.error), None))
        return
    current.seal(evidence, (answers[0], answers[1]), names)


async def _answers(assistant: Asker, current: Round, stop: asyncio.Event) -> Answered:
    evidence: Evidence | None = None
    answers: dict[int, Answer] = {}
    events = assistant.ask_sides(current.question, (), current.backends, (stop, stop))
    async with contextlib.aclosing(events):
        async for each in events:
            match each.side, each.event:
                case None, Retrieved(found):
                    evidence = found
                case int(side), Finished(answer):
                    answers[side] = answer
                case int(side), (Failed(answer) | Stopped(answer)):
                    answers[side] = answer
                    # The round is void: the other side need not go on, and be paid for.
                    stop.set()
    return evidence, answers


def names_of(entries: Sequence[BackendEntry]) -> frozenset[str]:
    """Names that must not stand where a model speaks of itself."""
    plain = {"this process", "your own"}
    names = {name for entry in entries for name in (entry.label, entry.model, entry.provider)}
    return frozenset(names - plain)


def failures(sitting: Sitting) -> tuple[CounterpointError, ...]:
    """Why rounds were void, each reason once; to be told when the sitting is over."""
    found = {each.failure.what: each.failure for each in sitting.void if each.failure is not None}
    return tuple(found.values())


def answers_of(current: Round) -> dict[str, Answer]:
    """The answers of a revealed round by backend."""
    return {answer.backend: answer for answer in current.revealed.values()}


def suggested_questions(
    count: int,
    starters: Sequence[str] = (),
    draw: Callable[[Sequence[str], int], list[str]] | None = None,
) -> tuple[str, ...]:
    """Questions by lot, none twice, from the question set and the starters of the chat.

    Args:
        count: how many.
        starters: further questions.
        draw: draws without putting back; a fair lot when it is not given.
    """
    pool = [
        case.question
        for case in load_cases()
        if case.slice in _SUGGESTED_SLICES
        and not case.history
        and case.question[:1].isupper()
        and case.question.endswith("?")
        and not case.question.startswith(("I ", "I'm "))
    ]
    both = tuple(dict.fromkeys((*starters, *pool)))
    draw = draw or secrets.SystemRandom().sample
    return tuple(draw(both, min(count, len(both))))


def own_questions(lines: str) -> tuple[str, ...]:
    """One question a line; empty lines and repeats are left out."""
    return tuple(dict.fromkeys(line.strip() for line in lines.splitlines() if line.strip()))
