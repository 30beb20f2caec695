import re

import pytest

from corpus.errors import ConfigError
from corpus.library import load_shipped
from eval.cases import Case, load_cases, parse_cases

LINE = '{"id": "a", "slice": "lookup", "question": "Who?", "facts": [["Meta"]]}'


def test_the_shipped_questions_can_be_read_and_cover_both_halves() -> None:
    cases = load_cases()
    assert len(cases) >= 110
    assert sum(not case.answerable for case in cases) >= 30
    for half in ("dev", "test"):
        assert sum(case.half == half for case in cases) >= 0.4 * len(cases)


def test_no_question_is_asked_twice() -> None:
    questions = [re.sub(r"\W+", " ", case.question.lower()).strip() for case in load_cases()]
    assert len(questions) == len(set(questions))


@pytest.mark.parametrize(
    ("variant", "answer", "found"),
    [
        ("7B", "It has 47B parameters.", False),
        ("7B", "Sizes are 7B and 13B.", True),
        ("2", "input price: 2.50", False),
        ("2", "input price: 2; output price: 6.", True),
        ("apache-2.0", "It is under Apache‑2.0.", True),
        ("re:takes? text only", "The id takes text only.", True),
        ("no", "Nothing is known.", False),
    ],
)
def test_a_variant_is_found_as_whole_words_only(variant: str, answer: str, found: bool) -> None:
    case = Case(id="x", slice="lookup", question="What?", facts=((variant,),))
    assert case.facts_found(answer) == (found,)


@pytest.mark.parametrize(
    "line",
    [
        '{"id": "a", "slice": "lookup", "question": "Who?"}',
        '{"id": "a", "slice": "unanswerable", "question": "Who?", "facts": [["x"]]}',
        '{"id": "a", "slice": "lookup", "question": "Who?", "facts": [[]]}',
        '{"id": "a", "slice": "lookup", "question": "Who?", "facts": [["re:("]]}',
        '{"id": "A b", "slice": "lookup", "question": "Who?", "facts": [["x"]]}',
        '{"id": "a", "slice": "lookup", "question": "Who?", "facts": [["x"]], "answer": "y"}',
        LINE.replace("}", ', "answered_by": ["v/card.md"]}'),
        "not json",
    ],
)
def test_a_damaged_line_is_named_by_its_number(line: str) -> None:
    with pytest.raises(ConfigError, match="Line 3"):
        parse_cases(["", LINE.replace('"a"', '"b"'), line])


def test_two_cases_with_one_id_are_refused() -> None:
    with pytest.raises(ConfigError, match="“a”"):
        parse_cases([LINE, LINE])


def test_a_question_is_left_out_only_where_an_added_document_answers_it() -> None:
    line = '{"id": "a", "slice": "unanswerable", "question": "Who?", "answered_by": ["v/card.md"]}'
    (case,) = parse_cases([line])
    assert case.counts_over(["lesson", "v/other.md"])
    assert not case.counts_over(["lesson", "v/card.md"])


def test_what_comes_along_answers_no_unanswerable_question() -> None:
    shipped = {document.id for document in load_shipped()}
    assert all(case.counts_over(shipped) for case in load_cases())
