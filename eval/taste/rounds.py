"""One round of the blind test: a question, two sealed answers, and what may happen when."""

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, Literal

from assistant.evidence import Evidence
from assistant.turns import Answer, Status
from corpus.errors import CounterpointError, InputError
from eval.taste.ballots import Choice, Guess, Seat, Vote
from eval.taste.scrubbing import scrub

Place = Literal["a", "b"]
PLACES: Final[tuple[Place, Place]] = ("a", "b")


class Stage(StrEnum):
    """Where a round stands."""

    WRITING = "writing"
    READY = "ready"
    VOTED = "voted"
    REVEALED = "revealed"
    DONE = "done"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a voter sees of one answer: the words, and nothing that tells whose they are.

    Attributes:
        place: a or b.
        text: the answer without self-naming.
    """

    place: Place
    text: str


@dataclass(slots=True)
class Round:
    """A round; everything that tells the sides apart stays in here until the reveal.

    Attributes:
        number: within its sitting, from 1.
        question: as it is asked.
        backends: the two that are compared; the first is the one that the guess is about.
        stage: where it stands.
        evidence: what both answers rest on, once both are there.
        vote: the vote as far as it has come, for keeping.
        failure: why a round is void; it names a side, so it is told at the end only.
    """

    number: int
    question: str
    backends: tuple[str, str]
    coin: Callable[[int], int] = field(default_factory=lambda: secrets.randbelow, repr=False)
    stage: Stage = Stage.WRITING
    evidence: Evidence | None = None
    vote: Vote | None = None
    failure: CounterpointError | None = None
    _first_at: Place = field(init=False, repr=False)
    _answers: dict[Place, Answer] = field(default_factory=dict, repr=False)
    _sheets: tuple[Sheet, ...] = field(default=(), repr=False)
    _changes: int = field(default=0, repr=False)

    def __post_init__(self) -> None:
        if self.backends[0] == self.backends[1]:
            raise InputError("Both sides are the same model.", "Choose two different ones.")
        self._first_at = PLACES[self.coin(2)]

    def seal(
        self, evidence: Evidence, answers: tuple[Answer, Answer], names: Collection[str]
    ) -> None:
        """Take both answers, in the order of ``backends``; an incomplete one makes the round void.

        Args:
            evidence: what both rest on.
            answers: one of each backend.
            names: what must not be shown where a model speaks of itself.
        """
        self._expect(Stage.WRITING)
        whole = [a.status is Status.FINISHED and bool(a.text.strip()) for a in answers]
        if not all(whole):
            self.give_up(next((a.error for a in answers if a.error is not None), None))
            return
        scrubbed = [scrub(answer.text, names) for answer in answers]
        if not all(each.text for each in scrubbed):
            self.give_up()
            return
        places = self._places
        self._answers = dict(zip(places, answers, strict=True))
        texts = dict(zip(places, (each.text for each in scrubbed), strict=True))
        self._sheets = tuple(Sheet(place, texts[place]) for place in PLACES)
        self._changes = sum(each.changes for each in scrubbed)
        self.evidence, self.stage = evidence, Stage.READY

    def give_up(self, failure: CounterpointError | None = None) -> None:
        """Make the round void: it counts nowhere."""
        self._expect(Stage.WRITING)
        self.stage, self.failure = Stage.VOID, failure

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """A and B as they may be shown at any time."""
        return self._sheets

    def cast(self, choice: Choice, sitting: str, now_s: float) -> None:
        """Take the vote; ``now_s`` is in seconds since 1970."""
        self._expect(Stage.READY)
        seats = [self._seat(self._answers[place]) for place in PLACES]
        self.vote = Vote(
            id=secrets.token_urlsafe(12),
            sitting=sitting,
            number=self.number,
            question=self.question,
            evidence_hash=self.evidence.hash if self.evidence else "",
            a=seats[0],
            b=seats[1],
            subject=self.backends[0],
            choice=choice,
            voted_at=now_s,
        )
        self.stage = Stage.VOTED

    def reveal(self, guess: Guess | None, now_s: float) -> None:
        """Take the guess where the first backend sits, None when it was not asked; then reveal."""
        self._expect(Stage.VOTED)
        if self.vote is not None:
            self.vote = replace(self.vote, guess=guess, revealed_at=now_s)
        self.stage = Stage.REVEALED

    def cast_again(self, choice: Choice, now_s: float) -> None:
        """Take the second vote, given after the bill was seen."""
        self._expect(Stage.REVEALED)
        if self.vote is not None:
            self.vote = replace(self.vote, again=choice, again_at=now_s)
        self.stage = Stage.DONE

    @property
    def revealed(self) -> dict[Place, Answer]:
        """The answers by place.

        Raises:
            InputError: the vote is not in yet.
        """
        if self.stage not in {Stage.REVEALED, Stage.DONE}:
            raise InputError("The sides are still sealed.", "Vote first.")
        return self._answers

    @property
    def changes(self) -> int:
        """In how many places self-naming was taken out of both answers together."""
        return self._changes

    @property
    def _places(self) -> tuple[Place, Place]:
        return ("a", "b") if self._first_at == "a" else ("b", "a")

    def _expect(self, stage: Stage) -> None:
        if self.stage is not stage:
            raise InputError(f"This round is {self.stage.value} already.", "Go on from there.")

    @staticmethod
    def _seat(answer: Answer) -> Seat:
        receipt = answer.receipt
        return Seat(
            backend=answer.backend,
            label=answer.label,
            kind=receipt.kind,
            cost=receipt.money.amount,
            currency=receipt.money.currency,
            total_s=receipt.total_s,
            destination=receipt.destination,
        )
