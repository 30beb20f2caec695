"""What the votes for a pair of backends say."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eval.statistics import (
    Proportion,
    SignTest,
    sign_test,
    votes_for_power,
    votes_if_the_share_stays,
    wilson,
)
from eval.taste.ballots import Choice, Seat, Vote


@dataclass(frozen=True, slots=True)
class Tally:
    """Votes counted from the first side's point of view.

    Attributes:
        wins, losses: rounds that the first side won and lost.
        ties, both_bad: rounds that took no side.
    """

    wins: int
    losses: int
    ties: int
    both_bad: int

    @property
    def total(self) -> int:
        """All votes."""
        return self.wins + self.losses + self.ties + self.both_bad

    @property
    def share(self) -> Proportion:
        """The first side's part of the votes that took a side, with Wilson's interval."""
        return wilson(self.wins, self.wins + self.losses)

    @property
    def test(self) -> SignTest:
        """The sign test over the votes that took a side."""
        return sign_test(self.wins, self.losses, self.ties + self.both_bad)

    @property
    def more(self) -> int | None:
        """Decided votes more that would tell if the share stays; None when that cannot be said."""
        return votes_if_the_share_stays(self.wins, self.losses)

    @property
    def more_for_power(self) -> int | None:
        """Decided votes more to tell in four of five such tests."""
        return votes_for_power(self.wins, self.losses)


@dataclass(frozen=True, slots=True)
class Changes:
    """How the vote after the bill differs from the one before.

    Attributes:
        asked: rounds with both votes.
        to_first, to_second: changed in favour of that side, be it from the other or from none.
        between_none: changed between "tie" and "both bad".
    """

    asked: int
    to_first: int
    to_second: int
    between_none: int

    @property
    def changed(self) -> int:
        """Rounds with a second vote that is not the first."""
        return self.to_first + self.to_second + self.between_none


@dataclass(frozen=True, slots=True)
class Guesses:
    """How well the voter knew which side was which.

    Attributes:
        right: right guesses among those that were made, with Wilson's interval.
        unsure: rounds in which the voter could not tell.
        test: right against wrong.
    """

    right: Proportion
    unsure: int
    test: SignTest

    @property
    def gives_away(self) -> bool:
        """Whether guesses were right more often than chance explains."""
        return self.test.wins > self.test.losses and self.test.tells()

    @property
    def mistaken(self) -> bool:
        """Whether guesses were wrong more often than chance explains."""
        return self.test.wins < self.test.losses and self.test.tells()


@dataclass(frozen=True, slots=True)
class Summary:
    """What the votes for one pair say.

    Attributes:
        first, second: the sides, as they sat last.
        subject: id of the backend that guesses were about, in the latest round.
        before: votes before the reveal.
        after: second votes, after the bill, in the rounds that have one.
        changes: how the two differ.
        guesses: which side the voter took for which.
        places: the same votes by seat, A first: a voter who leans to one seat shows here.
    """

    first: Seat
    second: Seat
    subject: str
    before: Tally
    after: Tally
    changes: Changes
    guesses: Guesses
    places: Tally

    @property
    def same_kind(self) -> bool:
        """Whether both sides are of one kind, so that labels must tell them apart."""
        return self.first.kind == self.second.kind


def summarise(votes: Iterable[Vote], first: str, second: str) -> Summary | None:
    """Count the votes for a pair; None when there are none.

    Args:
        votes: any votes; those for other pairs are passed over.
        first: id of the backend whose wins are counted.
        second: id of the other one.
    """
    mine = [vote for vote in votes if {vote.a.backend, vote.b.backend} == {first, second}]
    if not mine:
        return None
    last = mine[-1]
    seats = {last.a.backend: last.a, last.b.backend: last.b}
    twice = [vote for vote in mine if vote.again is not None]
    return Summary(
        first=seats[first],
        second=seats[second],
        subject=last.subject,
        before=_tally(_side(vote, vote.choice, first) for vote in mine),
        after=_tally(_side(vote, vote.again, first) for vote in twice if vote.again),
        changes=_changes(twice, first),
        guesses=_guesses(mine),
        places=_tally(vote.choice.value for vote in mine),
    )


def pairs_of(votes: Iterable[Vote]) -> tuple[tuple[str, str], ...]:
    """The pairs that were voted on, the latest first; the one that is guessed about leads."""
    pairs: dict[frozenset[str], tuple[str, str]] = {}
    for vote in votes:
        other = vote.b.backend if vote.a.backend == vote.subject else vote.a.backend
        key = frozenset((vote.subject, other))
        pair = pairs.pop(key, (vote.subject, other))
        pairs[key] = pair
    return tuple(reversed(pairs.values()))


def _side(vote: Vote, choice: Choice, first: str) -> str:
    """A vote as "a" for the first side and "b" for the second, wherever they sat."""
    if choice not in {Choice.A, Choice.B} or vote.a.backend == first:
        return choice.value
    return Choice.B.value if choice is Choice.A else Choice.A.value


def _tally(sides: Iterable[str]) -> Tally:
    counts = Counter(sides)
    return Tally(counts["a"], counts["b"], counts["tie"], counts["both bad"])


def _changes(twice: Sequence[Vote], first: str) -> Changes:
    worth = {"a": 1, "b": -1}
    to_first = to_second = between = 0
    for vote in twice:
        if vote.again is None or vote.again is vote.choice:
            continue
        before = worth.get(_side(vote, vote.choice, first), 0)
        after = worth.get(_side(vote, vote.again, first), 0)
        to_first += after > before
        to_second += after < before
        between += after == before
    return Changes(len(twice), to_first, to_second, between)


def _guesses(votes: Sequence[Vote]) -> Guesses:
    right = sum(vote.guessed_right is True for vote in votes)
    wrong = sum(vote.guessed_right is False for vote in votes)
    unsure = sum(vote.guess is not None and vote.guessed_right is None for vote in votes)
    return Guesses(wilson(right, right + wrong), unsure, sign_test(right, wrong, unsure))
