"""Where votes are kept: the database of the home folder, each visitor's own apart."""

import time
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa

from assistant.database import Database, open_database, writable
from assistant.settings import Settings
from eval.taste.ballots import Choice, Guess, Seat, Vote

PART: Final = "taste"
VERSION: Final = 1
# Between the vote and the reveal a vote tells where the sides sit. A round that was left then is
# over after this time.
OPEN_FOR_S: Final = 3600.0


def _seat_columns(place: str) -> list[sa.Column[Any]]:
    return [
        sa.Column(f"{place}_backend", sa.Text, nullable=False),
        sa.Column(f"{place}_label", sa.Text, nullable=False),
        sa.Column(f"{place}_kind", sa.Text, nullable=False),
        sa.Column(f"{place}_cost", sa.Double),
        sa.Column(f"{place}_currency", sa.Text, nullable=False),
        sa.Column(f"{place}_total_s", sa.Double, nullable=False),
        sa.Column(f"{place}_destination", sa.Text, nullable=False),
    ]


meta: Final = sa.MetaData()
votes: Final = sa.Table(
    "taste_votes",
    meta,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("owner", sa.String(128), nullable=False),
    sa.Column("sitting", sa.String(64), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("evidence_hash", sa.String(64), nullable=False),
    *_seat_columns("a"),
    *_seat_columns("b"),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("choice", sa.String(16), nullable=False),
    sa.Column("voted_at", sa.Double, nullable=False),
    sa.Column("guess", sa.String(16)),
    sa.Column("revealed_at", sa.Double),
    sa.Column("again", sa.String(16)),
    sa.Column("again_at", sa.Double),
    sa.Index("taste_votes_by_owner", "owner", "voted_at"),
)


class VoteStore:
    """Votes by owner. Every method takes the owner first and sees nobody else's votes.

    Args:
        database: where they are kept.
        clock: seconds since 1970.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def keep(self, owner: str, vote: Vote) -> None:
        """Write a vote down, or what has come to it since.

        Raises:
            StoreError: the database cannot be used, or the id is another owner's.
        """
        self._prepare()
        row = _row(vote)
        mine = (votes.c.id == vote.id) & (votes.c.owner == owner)
        with self._database.writing() as connection:
            if not connection.execute(sa.update(votes).where(mine).values(**row)).rowcount:
                connection.execute(sa.insert(votes).values(owner=owner, **row))

    def all_of(self, owner: str, sitting: str | None = None) -> tuple[Vote, ...]:
        """The owner's votes, oldest first, without one whose sides are still sealed.

        Args:
            owner: whose.
            sitting: of one test alone.

        Raises:
            StoreError: the database cannot be used.
        """
        self._prepare()
        is_over = votes.c.revealed_at.is_not(None) | (votes.c.voted_at < self._clock() - OPEN_FOR_S)
        wanted = sa.select(votes).where(votes.c.owner == owner, is_over)
        if sitting is not None:
            wanted = wanted.where(votes.c.sitting == sitting)
        with self._database.reading() as connection:
            rows = connection.execute(wanted.order_by(votes.c.voted_at, votes.c.number)).mappings()
            return tuple(_vote(row) for row in rows)

    def forget(self, owner: str) -> int:
        """Delete all votes of an owner; says how many there were.

        Raises:
            StoreError: the database cannot be used.
        """
        self._prepare()
        with self._database.writing() as connection:
            return connection.execute(sa.delete(votes).where(votes.c.owner == owner)).rowcount

    def _prepare(self) -> None:
        self._database.prepare(PART, VERSION, meta)


def open_votes(settings: Settings) -> VoteStore:
    """The votes in the database of these settings; nothing is read or written yet.

    Raises:
        ConfigError: the database's address or driver cannot be used.
    """
    return VoteStore(open_database(settings))


def _row(vote: Vote) -> dict[str, Any]:
    plain = (
        "id", "sitting", "number", "question", "evidence_hash", "subject", "choice", "voted_at",
        "guess", "revealed_at", "again", "again_at",
    )  # fmt: skip
    row = {name: getattr(vote, name) for name in plain}
    row["question"] = writable(vote.question)
    for place, seat in (("a", vote.a), ("b", vote.b)):
        for name in Seat.__slots__:
            row[f"{place}_{name}"] = getattr(seat, name)
    return {
        name: value.value if isinstance(value, StrEnum) else value for name, value in row.items()
    }


def _vote(row: Any) -> Vote:
    plain = ("id", "sitting", "number", "question", "evidence_hash", "subject")
    return Vote(
        **{name: row[name] for name in plain},
        a=Seat(**{name: row[f"a_{name}"] for name in Seat.__slots__}),
        b=Seat(**{name: row[f"b_{name}"] for name in Seat.__slots__}),
        choice=Choice(row["choice"]),
        voted_at=row["voted_at"],
        guess=Guess(row["guess"]) if row["guess"] else None,
        revealed_at=row["revealed_at"],
        again=Choice(row["again"]) if row["again"] else None,
        again_at=row["again_at"],
    )
