"""The labelled sentences: every place is found, the halves do not mix, the scores add up."""

import json

import pytest

from assistant.turns import SentenceVerdict
from eval.sentence_checks.__main__ import main
from eval.sentence_checks.alternatives import token_overlap, with_best_threshold
from eval.sentence_checks.labels import LabelledAnswer, half_of, load_answers, load_fresh
from eval.sentence_checks.outcomes import Outcome, score


def test_there_are_enough_sentences_of_each_label() -> None:
    labels = [s.label for answer in load_answers() for s in answer.sentences]
    assert len(labels) >= 700
    assert {label: labels.count(label) > 10 for label in set(labels)} == dict.fromkeys(
        ("supported", "partly", "not found", "left out"), True
    )


def test_every_place_stands_in_a_passage_that_was_shown() -> None:
    for answer in (*load_answers(), *load_fresh()):
        shown = [p for p in answer.evidence.passages if p.number in answer.shown]
        claimed = [span for d in answer.evidence.disputes for span in d.claim.spans]
        for sentence in answer.sentences:
            for place in sentence.places:
                inside = any(
                    p.source == place.source and p.start <= place.span.start < p.end for p in shown
                )
                assert inside or place.span in claimed, sentence.text


def test_supported_sentences_say_where() -> None:
    missing = [
        s.text
        for answer in load_answers()
        for s in answer.sentences
        if s.label == "supported" and not s.places
    ]
    assert missing == []


def test_a_question_belongs_to_one_half_and_both_have_every_origin() -> None:
    halves = {(answer.half, answer.origin) for answer in load_answers()}
    assert len(halves) == 6
    assert all(a.half == half_of(a.evidence.question) for a in load_answers())


def test_fresh_questions_are_in_neither_half() -> None:
    known = {answer.evidence.question for answer in load_answers()}
    assert known.isdisjoint(answer.evidence.question for answer in load_fresh())
    labels = [s.label for answer in load_fresh() for s in answer.sentences]
    assert (labels.count("supported"), len(labels)) == (20, 60)


def test_sentences_lie_one_after_the_other_in_their_answer() -> None:
    for answer in load_answers():
        end = 0
        for sentence in answer.sentences:
            assert sentence.span.start >= end
            assert answer.text[sentence.span.start : sentence.span.end] == sentence.text
            end = sentence.span.end


def outcomes_of(answer: LabelledAnswer, verdict: SentenceVerdict | None) -> list[Outcome]:
    return [Outcome(answer, sentence, verdict) for sentence in answer.sentences]


def test_a_checker_that_believes_everything_catches_nothing() -> None:
    scores = score([o for a in load_answers() for o in outcomes_of(a, "supported")])
    assert scores.shares["supported, recall"].value == 1.0
    assert scores.shares["flagged, recall"].value == 0.0
    assert scores.shares["flagged, precision"].value is None
    assert scores.kinds["✗ name swapped"].value == 0.0


def test_a_sentence_left_out_is_neither_caught_nor_supported() -> None:
    scores = score([o for a in load_answers() for o in outcomes_of(a, None)])
    assert scores.shares["flagged, recall"].value == 0.0
    assert scores.shares["supported, recall"].value == 0.0
    assert scores.shares["left out that should be"].value == 1.0


def test_a_threshold_is_chosen_on_dev_and_holds_for_test() -> None:
    check = with_best_threshold(token_overlap, load_answers())
    answer = next(a for a in load_answers() if a.half == "test" and a.origin == "reader")
    assert {o.verdict for o in check(answer)} <= {"supported", "not found"}


def test_the_command_prints_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json", "--half", "dev"]) == 0
    found = json.loads(capsys.readouterr().out)
    shares = found["scores"]["dev"]["sentence check"]["shares"]
    assert shares["supported, precision"]["value"] >= 0.9
    assert shares["flagged, recall"]["value"] >= 0.9
