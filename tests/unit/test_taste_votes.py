"""Votes: kept, taken away as files, and counted."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.settings import Settings
from corpus.errors import StoreError
from eval.taste import words
from eval.taste.ballots import Choice, Guess
from eval.taste.exports import to_csv, to_json
from eval.taste.summary import pairs_of, summarise
from eval.taste.votes import OPEN_FOR_S, VoteStore, open_votes
from tests.support.taste import OPEN, PAID, make_seat, make_vote
from ui.web.render.taste_result import plot


@pytest.fixture
def store(tmp_path: Path) -> VoteStore:
    return open_votes(Settings(home=tmp_path / "home"))


def test_a_vote_comes_back_as_it_was_kept_and_grows(store: VoteStore) -> None:
    vote = make_vote(again=None)
    store.keep("me", vote)
    later = replace(vote, guess=Guess.UNSURE, again=Choice.BOTH_BAD, again_at=2_000.5)
    store.keep("me", later)
    assert store.all_of("me") == (later,)
    assert store.all_of("me", sitting="another") == ()


def test_nobody_sees_or_changes_the_votes_of_another(store: VoteStore) -> None:
    vote = make_vote()
    store.keep("me", vote)
    with pytest.raises(StoreError):
        store.keep("you", replace(vote, choice=Choice.B))
    assert store.all_of("you") == ()
    assert store.forget("you") == 0
    assert store.all_of("me") == (vote,)
    assert store.forget("me") == 1
    assert store.all_of("me") == ()


def test_a_vote_whose_sides_are_sealed_is_not_given_out_until_its_round_is_over(
    tmp_path: Path,
) -> None:
    from assistant.database import open_database

    now = [1_010.0]
    store = VoteStore(open_database(Settings(home=tmp_path / "home")), clock=lambda: now[0])
    store.keep("me", make_vote(revealed=False))
    assert store.all_of("me") == ()
    now[0] += OPEN_FOR_S
    assert len(store.all_of("me")) == 1


def test_votes_are_kept_in_the_order_in_which_they_were_given(store: VoteStore) -> None:
    for number in (3, 1, 2):
        store.keep("me", make_vote(number))
    assert [vote.number for vote in store.all_of("me")] == [1, 2, 3]


def test_a_question_with_half_a_pair_or_a_zero_is_kept(store: VoteStore) -> None:
    store.keep("me", make_vote(question="a\ud83d\0b"))
    assert store.all_of("me")[0].question == "a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}b"


def test_a_table_program_finds_no_formula_in_the_votes() -> None:
    hostile = ("=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\t=1", "  =1+1", "＝1", 'plain, "quoted"')
    votes = [make_vote(n, question=text) for n, text in enumerate(hostile)]
    rows = list(csv.DictReader(io.StringIO(to_csv(votes))))
    for row, text in zip(rows, hostile, strict=True):
        assert row["question"] == (text if text.startswith("plain") else f"'{text}")
    assert not any(
        (cell or "").lstrip().startswith(("=", "+", "-", "@"))
        for row in rows
        for cell in row.values()
    )


def test_an_export_tells_questions_sides_votes_guesses_and_times() -> None:
    vote = make_vote(2, Choice.B, open_at="b", guess=Guess.B, again=Choice.TIE)
    record = json.loads(to_json([vote]))["votes"][0]
    assert record["a"]["backend"] == PAID
    assert record["b"]["label"] == "Llama 3.2 3B"
    assert (record["choice"], record["guess"], record["again"]) == ("b", "b", "tie")
    assert record["guessed_right"] is True
    assert record["voted_at"] == "1970-01-01T00:16:42+00:00"
    assert record["evidence_hash"] == "e" * 64
    row = next(csv.DictReader(io.StringIO(to_csv([vote]))))
    assert (row["a_backend"], row["b_backend"], row["subject"]) == (PAID, OPEN, OPEN)
    assert row["number"] == "2"
    assert to_csv([]).count("\r\n") == 1


def test_wins_are_counted_for_the_side_wherever_it_sat() -> None:
    votes = [
        make_vote(1, Choice.A, open_at="a"),
        make_vote(2, Choice.B, open_at="b"),
        make_vote(3, Choice.A, open_at="b"),
        make_vote(4, Choice.TIE),
        make_vote(5, Choice.BOTH_BAD),
    ]
    summary = summarise(votes, OPEN, PAID)
    assert summary is not None
    tally = summary.before
    assert (tally.wins, tally.losses, tally.ties, tally.both_bad, tally.total) == (2, 1, 1, 1, 5)
    assert (summary.places.wins, summary.places.losses) == (2, 1)
    mirrored = summarise(votes, PAID, OPEN)
    assert mirrored is not None
    assert (mirrored.before.wins, mirrored.before.losses) == (1, 2)
    assert mirrored.first.label == "Claude Sonnet"


def test_votes_for_other_pairs_are_not_counted() -> None:
    other = make_vote(2, second=make_seat("gpt-mini", "GPT mini", "proprietary"))
    summary = summarise([make_vote(1), other], OPEN, PAID)
    assert summary is not None
    assert summary.before.total == 1
    assert summarise([other], OPEN, PAID) is None
    assert pairs_of([make_vote(1), other]) == ((OPEN, "gpt-mini"), (OPEN, PAID))


def test_who_changed_their_mind_after_the_bill_and_in_which_direction() -> None:
    votes = [
        make_vote(1, Choice.B, again=Choice.A),  # from the paid one to the open one
        make_vote(2, Choice.A, open_at="b", again=Choice.TIE),  # away from the paid one
        make_vote(3, Choice.A, again=Choice.B),  # to the paid one
        make_vote(4, Choice.TIE, again=Choice.BOTH_BAD),
        make_vote(5, Choice.A, again=Choice.A),
        make_vote(6, Choice.A),
    ]
    summary = summarise(votes, OPEN, PAID)
    assert summary is not None
    changes = summary.changes
    assert (changes.asked, changes.changed) == (5, 4)
    assert (changes.to_first, changes.to_second, changes.between_none) == (2, 1, 1)
    assert words.mind(summary) == (
        "You changed your mind in 4 of 5 rounds after seeing the bill: "
        "2 towards Llama 3.2 3B, 1 towards Claude Sonnet, 1 towards no side."
    )
    assert summary.after.total == 5


def test_seven_of_ten_is_told_in_plain_words() -> None:
    votes = [make_vote(n, Choice.A if n < 7 else Choice.B) for n in range(10)]
    votes += [make_vote(10, Choice.TIE), make_vote(11, Choice.BOTH_BAD), make_vote(12, Choice.TIE)]
    summary = summarise(votes, OPEN, PAID)
    assert summary is not None
    assert words.verdict(summary.before, "the open side") == (
        "7 of 10 for the open side. By chance alone, a split like this or a clearer one happens "
        "in 34 of 100 cases: this does not tell yet; about 20 votes more would, if the share stays."
    )
    assert words.left_out(summary.before) == (
        "2 ties and 1 “both bad” take no side and are left out of this."
    )
    assert "in four of five tests, about 37 votes more." in words.surer(summary.before)
    assert "Settle on a number first" in words.surer(summary.before)
    assert (summary.before.share.low, summary.before.share.high) == (
        pytest.approx(0.3968, abs=5e-5),
        pytest.approx(0.8922, abs=5e-5),
    )


@pytest.mark.parametrize(
    ("wins", "losses", "said"),
    [
        (9, 1, "in 2 of 100 cases: this tells the two apart."),
        (20, 0, "in fewer than 1 of 100 cases: this tells the two apart."),
        (3, 3, "while the split is even no number of votes would."),
        (51, 50, "at this share more than a thousand votes would not."),
        (0, 0, "No vote took a side yet"),
    ],
)
def test_every_split_has_its_words(wins: int, losses: int, said: str) -> None:
    votes = [make_vote(n, Choice.A if n < wins else Choice.B) for n in range(wins + losses)]
    summary = summarise(votes or [make_vote(1, Choice.TIE)], OPEN, PAID)
    assert summary is not None
    assert said in words.verdict(summary.before, "the open side")


def test_a_voter_who_knows_the_sides_is_told_that_the_blinding_is_weak() -> None:
    votes = [make_vote(n, guess=Guess.A) for n in range(8)]
    votes.append(make_vote(9, guess=Guess.UNSURE))
    summary = summarise(votes, OPEN, PAID)
    assert summary is not None
    assert summary.guesses.gives_away
    told = words.blinding(summary, "the open side")
    assert "right in 8 of 8 rounds (plausible range 68% to 100%" in told
    assert "In 1 round you could not tell." in told
    assert "the blinding is weak" in told
    guessing = summarise(
        [make_vote(n, guess=Guess.A if n % 2 else Guess.B) for n in range(30)], OPEN, PAID
    )
    assert guessing is not None
    assert "did not clearly give the sides away" in words.blinding(guessing, "the open side")


def test_a_voter_who_takes_each_side_for_the_other_is_told_so() -> None:
    summary = summarise([make_vote(n, guess=Guess.B) for n in range(8)], OPEN, PAID)
    assert summary is not None
    told = words.blinding(summary, "the open side")
    assert "right in 0 of 8 rounds (plausible range 0% to 32%" in told
    assert "took each side for the other" in told


@pytest.mark.parametrize(("wins", "losses"), [(4, 0), (5, 0), (0, 5), (15, 6)])
def test_a_bar_that_ends_short_of_the_middle_and_does_not_tell_is_explained(
    wins: int, losses: int
) -> None:
    votes = [make_vote(n, Choice.A if n < wins else Choice.B) for n in range(wins + losses)]
    summary = summarise(votes, OPEN, PAID)
    assert summary is not None
    assert not summary.before.test.tells()
    assert "counted exactly" in words.few(summary.before)
    assert "counted exactly" in plot(summary)


@pytest.mark.parametrize(("wins", "losses"), [(6, 0), (2, 1), (3, 0), (0, 0)])
def test_elsewhere_the_bar_and_the_words_agree(wins: int, losses: int) -> None:
    votes = [make_vote(n, Choice.A if n < wins else Choice.B) for n in range(wins + losses)]
    summary = summarise(votes or [make_vote(1, Choice.TIE)], OPEN, PAID)
    assert summary is not None
    assert words.few(summary.before) == ""


def test_a_leaning_to_one_place_shows() -> None:
    votes = [make_vote(n, Choice.A, open_at="ab"[n % 2]) for n in range(12)]
    summary = summarise(votes, OPEN, PAID)
    assert summary is not None
    assert "more than chance explains" in words.seats(summary)
    assert (summary.before.wins, summary.before.losses) == (6, 6)
