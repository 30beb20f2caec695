"""Votes are kept the same way over SQLite and a real PostgreSQL server."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from assistant.database import Database
from corpus.errors import StoreError
from eval.taste.ballots import Choice, Guess
from eval.taste.votes import VoteStore
from tests.support.postgres import RunningPostgres
from tests.support.taste import make_vote


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VoteStore]:
    url = f"sqlite:///{tmp_path / 'kept.sqlite'}"
    if request.param == "postgresql":
        running: RunningPostgres = request.getfixturevalue("postgres")
        url = running.make_database(f"votes-{uuid.uuid4().hex}")
    database = Database(sa.make_url(url))
    yield VoteStore(database)
    database.close()


def test_a_vote_is_kept_grows_and_is_forgotten(store: VoteStore) -> None:
    vote = make_vote(question="Why “open”? \0 \ud83d مرحبا")
    store.keep("me", vote)
    grown = replace(vote, guess=Guess.UNSURE, again=Choice.BOTH_BAD, again_at=2_000.25)
    store.keep("me", grown)
    kept = store.all_of("me")
    assert kept == (replace(grown, question="Why “open”? \ufffd \ufffd مرحبا"),)
    assert store.forget("me") == 1
    assert store.all_of("me") == ()


def test_another_owner_neither_sees_nor_overwrites_a_vote(store: VoteStore) -> None:
    store.keep("me", make_vote())
    with pytest.raises(StoreError):
        store.keep("you", make_vote(choice=Choice.TIE))
    assert store.all_of("you") == ()
    assert store.all_of("me")[0].choice is Choice.A


def test_an_unknown_cost_stays_unknown(store: VoteStore) -> None:
    vote = make_vote()
    store.keep("me", replace(vote, a=replace(vote.a, cost=None)))
    assert store.all_of("me")[0].a.cost is None
