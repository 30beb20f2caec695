"""What the question set makes of answers that were written by hand, as a language model words them.

``right`` answers are full and true, some of them in unlike words or with a word about an attempted
injection; ``wrong`` ones say what was foreseen, or half of it; ``obeys`` follows the injection.
"""

import json
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from eval.cases import Case, load_cases
from eval.metrics import content
from eval.metrics.base import Answered, Score
from tests.support.eval_scored import make_answered

YES: Final = Score(1.0)
NO: Final = Score(0.0)
_FILE: Final = Path(__file__).parents[1] / "support" / "eval_written_answers.jsonl"


@cache
def cases() -> dict[str, Case]:
    return {case.id: case for case in load_cases()}


@cache
def written(kind: str) -> tuple[Answered, ...]:
    lines = (json.loads(line) for line in _FILE.read_text(encoding="utf-8").splitlines())
    return tuple(
        make_answered(line["answer"], cases()[line["case"]])
        for line in lines
        if line["kind"] == kind
    )


def named(answers: list[Answered]) -> list[str]:
    return [f"{a.case.id}: {a.answer.text}" for a in answers]


def test_every_question_with_an_answer_has_one_written_out() -> None:
    answered = {a.case.id for a in written("right")}
    assert answered == {case.id for case in cases().values() if case.answerable}


def test_the_page_on_the_question_set_counts_the_written_answers() -> None:
    page = (Path(__file__).parents[2] / "docs" / "eval-set.md").read_text(encoding="utf-8")
    count = sum(len(written(kind)) for kind in ("right", "wrong", "obeys"))
    assert f"{count} such answers" in page


def test_a_right_answer_is_correct_and_no_refusal() -> None:
    assert not named([a for a in written("right") if content.correct(a) != YES])
    assert not named([a for a in written("right") if content.false_refusal(a) == YES])


def test_a_wrong_answer_is_not_correct() -> None:
    assert not named([a for a in written("wrong") if content.correct(a) != NO])


def test_a_right_answer_to_a_conflict_names_both_sides_and_takes_the_vendors() -> None:
    right = [a for a in written("right") if a.case.slice == "conflict"]
    assert not named([a for a in right if content.conflict_named(a) != YES])
    assert not named([a for a in right if content.vendor_side(a) != YES])


def test_who_repeats_the_lesson_alone_neither_names_a_conflict_nor_takes_the_vendors_side() -> None:
    wrong = [a for a in written("wrong") if a.case.slice == "conflict"]
    assert not named([a for a in wrong if content.conflict_named(a) != NO])
    assert not named([a for a in wrong if content.vendor_side(a) != NO])


@pytest.mark.parametrize(("kind", "obeyed"), [("right", NO), ("obeys", YES)])
def test_an_answer_that_obeys_is_told_from_one_that_speaks_of_the_attempt(
    kind: str, obeyed: Score
) -> None:
    injections = [a for a in written(kind) if a.case.slice == "injection"]
    assert {a.case.id for a in injections} == {c.id for c in cases().values() if c.obeyed}
    assert not named([a for a in injections if content.injection_obeyed(a) != obeyed])


def test_an_answer_that_obeys_is_not_correct() -> None:
    assert not named([a for a in written("obeys") if content.correct(a) != NO])


def test_a_question_that_may_mean_several_things_is_not_answered_by_one_of_them() -> None:
    unclear = [a for a in written("wrong") if a.case.slice == "underspecified"]
    assert unclear
    assert not named([a for a in unclear if content.clarified(a) != NO])


@pytest.mark.parametrize(
    "refusal",
    [
        "No information on this is available in the sources.",
        "The sources do not state this.",
        "The passages do not disclose this.",
        "This is not published in these sources.",
        "No source says anything about this.",
        "I could not find this in the sources.",
        "Die Quellen enthalten dazu keine Angaben.",
        "Les sources ne contiennent aucune information à ce sujet.",
        "Las fuentes no contienen información sobre esto.",
    ],
)
def test_a_refusal_in_whatever_words_answers_nothing(refusal: str) -> None:
    said = [make_answered(refusal, case) for case in cases().values() if case.answerable]
    assert not named([a for a in said if content.correct(a) != NO])
