import re
from pathlib import Path

import pytest

from corpus.errors import ConfigError, InputError
from corpus.library import load_shipped
from eval.cases import (
    MAX_FILE_BYTES,
    Case,
    cases_hash,
    load_case_file,
    load_cases,
    parse_cases,
)

LINE = '{"id": "a", "slice": "lookup", "question": "Who?", "facts": [["Meta"]]}'


def test_the_shipped_questions_can_be_read_and_cover_both_halves() -> None:
    cases = load_cases()
    assert len(cases) >= 110
    assert sum(not case.answerable for case in cases) >= 30
    for half in ("dev", "test"):
        assert sum(case.half == half for case in cases) >= 0.4 * len(cases)


def test_no_question_is_asked_twice() -> None:
    asked = [
        re.sub(
            r"\W+", " ", " ".join((*(e.question for e in case.history), case.question)).lower()
        ).strip()
        for case in load_cases()
    ]
    assert len(asked) == len(set(asked))


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
        ("2", "It needs a lot of memory [2].", False),
        ("2", "It uses experts [1, 2][2].", False),
        ("2", "It uses 2 experts [1].", True),
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


def test_a_file_of_ones_own_is_read_whatever_its_line_ends_and_mark(tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    other = LINE.replace('"a"', '"b"').replace("Who?", "Who\u2028else?")
    file.write_bytes(b"\xef\xbb\xbf" + f"{LINE}\r\n\r\n{other}".encode())
    assert [case.id for case in load_case_file(file)] == ["a", "b"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "mine.jsonl holds no question"),
        (b" \n\n", "mine.jsonl holds no question"),
        (LINE.encode("utf-16"), "mine.jsonl is not UTF-8"),
        (b"[1]", "Line 1 of mine.jsonl"),
        (b"who", "Line 1 of mine.jsonl is not a valid case: it is not a JSON object"),
        (f"{LINE}\n{LINE}".encode(), "Line 2 of mine.jsonl has the id “a”"),
        (LINE.replace("facts", "fakts").encode(), "“fakts”: Extra inputs"),
        (LINE.replace("lookup", "look-up").encode(), "“slice”: Input should be 'lookup'"),
        (LINE.replace("Meta", " ").encode(), "a variant in facts is empty"),
        (LINE.replace("Meta", "re:(").encode(), "a variant in facts is no regular expression"),
        (
            LINE.replace("Meta", "re:" + "(" * 900).encode(),
            "a variant in facts is nested too deeply",
        ),
        (LINE.replace('"Meta"', "7").encode(), "“facts.0.0”: Input should be a valid string"),
    ],
)
def test_a_damaged_file_of_ones_own_is_told_with_line_and_field(
    tmp_path: Path, content: bytes, said: str
) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_bytes(content)
    with pytest.raises(InputError) as caught:
        load_case_file(file)
    assert said in caught.value.what


def test_a_file_that_is_not_there_or_too_large_is_refused_unread(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not there"):
        load_case_file(tmp_path)
    with pytest.raises(InputError, match="not there"):
        load_case_file(tmp_path / "none.jsonl")
    large = tmp_path / "large.jsonl"
    with large.open("wb") as opened:
        opened.truncate(MAX_FILE_BYTES + 1)
    with pytest.raises(InputError, match="larger than 20 MB"):
        load_case_file(large)


def test_the_hash_over_cases_is_that_of_what_they_say_and_not_of_their_order() -> None:
    first, second = LINE, LINE.replace('"a"', '"b"')
    whole = cases_hash(parse_cases([first, second]))
    assert whole == cases_hash(parse_cases([second, first]))
    spelled_out = first.replace("}", ', "history": []}')
    assert whole == cases_hash(parse_cases([spelled_out, second]))
    assert whole != cases_hash(parse_cases([first.replace("Meta", "meta"), second]))
    assert whole != cases_hash(parse_cases([first]))
    assert re.fullmatch("[0-9a-f]{64}", whole)
