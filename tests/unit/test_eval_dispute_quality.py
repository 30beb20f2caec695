"""Callouts come where an answer speaks of a disputed claim, and not otherwise."""

from collections import Counter

import pytest

from corpus.claims import load_claims
from corpus.library import load_lesson
from eval.dispute_quality import labelled_answers, main, report, run, score


def test_half_of_the_labelled_answers_speak_of_no_disputed_claim() -> None:
    answers = labelled_answers()
    due = sum(bool(each.touched) for each in answers)
    assert len(answers) == 161
    assert due == 82
    assert Counter(each.by for each in answers) == {"reader": 61, "written": 100}
    assert len({each.id for each in answers}) == len(answers)


def test_labels_name_disputed_claims_and_no_claim_twice() -> None:
    disputed = {claim.id for claim in load_claims(load_lesson()) if claim.disputed}
    for each in labelled_answers():
        told = [*each.touched, *each.fair]
        assert disputed.issuperset({*told, *each.offered}), each.id
        assert len(set(told)) == len(told), each.id


def test_callouts_come_where_they_should_and_seldom_elsewhere() -> None:
    rows = run(labelled_answers())
    unseen = [row for row in rows if row.labelled.half == "test"]
    for part in (rows, unseen):
        figures = score(part)
        assert figures.precision >= 0.95
        assert figures.recall >= 0.95
        assert figures.claim_precision >= 0.95
        assert figures.claim_recall >= 0.90


def test_the_report_says_how_many_answers_it_rests_on() -> None:
    rows = run(labelled_answers()[:3])
    assert report(rows).startswith("3 answers, 3 touch a disputed claim, 0 touch none\n")
    assert "precision 1.000, recall 1.000" in report(rows)


def test_the_command_shows_what_goes_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--show"]) == 0
    shown = capsys.readouterr().out
    assert "n-hybrid: missing [], wrong ['claim-21']" in shown
    assert "test: 40 answers" in shown
