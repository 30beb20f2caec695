"""What a vote is."""

from dataclasses import dataclass
from enum import StrEnum


class Choice(StrEnum):
    """What a vote says."""

    A = "a"
    B = "b"
    TIE = "tie"
    BOTH_BAD = "both bad"


class Guess(StrEnum):
    """Where the voter believes that the first backend sits."""

    A = "a"
    B = "b"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Seat:
    """Who sat at A or at B, and what the answer took.

    Attributes:
        backend, label, kind: who it was; ``kind`` is what was proven.
        cost: in ``currency``, or None when it is not known.
        currency: ISO code.
        total_s: time for the whole answer, in seconds.
        destination: host that the prompt went to.
    """

    backend: str
    label: str
    kind: str
    cost: float | None
    currency: str
    total_s: float
    destination: str


@dataclass(frozen=True, slots=True)
class Vote:
    """One round that was voted on. Times are seconds since 1970.

    Attributes:
        id: unguessable.
        sitting: the test that it belongs to.
        number: of the round in its sitting, from 1.
        question: as it was asked.
        evidence_hash: of the evidence that both answers rest on.
        a, b: who sat where.
        subject: the backend that the guess was about.
        choice: the vote before the reveal.
        voted_at: when.
        guess: where the voter believed the subject, or None when that was not asked.
        revealed_at: when the names were shown, or None.
        again: the vote after the bill, or None.
        again_at: when.
    """

    id: str
    sitting: str
    number: int
    question: str
    evidence_hash: str
    a: Seat
    b: Seat
    subject: str
    choice: Choice
    voted_at: float
    guess: Guess | None = None
    revealed_at: float | None = None
    again: Choice | None = None
    again_at: float | None = None

    @property
    def guessed_right(self) -> bool | None:
        """Whether the guess was right, or None without one."""
        if self.guess in {None, Guess.UNSURE}:
            return None
        return (self.a if self.guess is Guess.A else self.b).backend == self.subject
