"""Conversations as JSON and back, without a loss."""

import asyncio
import dataclasses
import enum
import json
import types
import typing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.conversations.codec import (
    RecordUnreadable,
    decode_answer,
    decode_evidence,
    decode_turn,
    encode_answer,
    encode_evidence,
    encode_turn,
)
from assistant.evidence import Evidence
from assistant.settings import load_settings
from assistant.turns import Answer, Finished, Turn
from assistant.wiring import open_assistant
from corpus.errors import CounterpointError


def anything_of(hint: Any) -> st.SearchStrategy[Any]:
    """Values of a type, whatever fields it comes to have."""
    plain: dict[Any, st.SearchStrategy[Any]] = {
        str: st.text(max_size=20),
        int: st.integers(),
        float: st.floats(allow_nan=False, allow_infinity=False),
        bool: st.booleans(),
        types.NoneType: st.none(),
        CounterpointError: st.builds(CounterpointError, st.text(), st.text()),
    }
    if hint in plain:
        return plain[hint]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is tuple:
        return st.lists(anything_of(arguments[0]), max_size=2).map(tuple)
    if origin is typing.Literal:
        return st.sampled_from(arguments)
    if arguments:
        return st.one_of([anything_of(argument) for argument in arguments])
    if issubclass(hint, enum.Enum):
        return st.sampled_from(list(hint))
    hints = typing.get_type_hints(hint)
    return st.builds(hint, **{name: anything_of(each) for name, each in hints.items()})


def same(one: Answer, other: Answer) -> bool:
    """Whether two answers are the same, their errors by their words."""
    words = [
        (answer.error.what, answer.error.cure) if answer.error else None for answer in (one, other)
    ]
    return words[0] == words[1] and dataclasses.replace(one, error=None) == dataclasses.replace(
        other, error=None
    )


@given(anything_of(Turn))
def test_a_turn_comes_back_as_it_was(turn: Turn) -> None:
    back = decode_turn(encode_turn(turn))
    assert (back.question, back.evidence) == (turn.question, turn.evidence)
    assert len(back.answers) == len(turn.answers)
    assert all(map(same, back.answers, turn.answers))


@given(anything_of(Answer))
def test_an_answer_comes_back_as_it_was(answer: Answer) -> None:
    assert same(decode_answer(encode_answer(answer)), answer)


@given(anything_of(Evidence))
def test_evidence_comes_back_with_the_same_hash(evidence: Evidence) -> None:
    back = decode_evidence(encode_evidence(evidence))
    assert back == evidence
    assert back.hash == evidence.hash


def example() -> Turn:
    from tests.contract.test_conversations import EVIDENCE, make_answer

    error = CounterpointError("It broke.", "Mend it.")
    return Turn("Who?", EVIDENCE, (make_answer(error=error), make_answer("claude-sonnet")))


@pytest.mark.model
async def test_a_real_answer_of_the_reader_comes_back_as_it_was(built_home: Path) -> None:
    assistant = open_assistant(load_settings(built_home, environ={}))
    question = "Who makes Phi-3 and is it proprietary?"
    events = assistant.ask(question, (), "reader", asyncio.Event())
    (answer,) = [event.answer async for event in events if isinstance(event, Finished)]
    evidence = await assistant.retrieve(question, ())
    back = decode_turn(encode_turn(Turn(question, evidence, (answer,))))
    assert (back.evidence, back.answers) == (evidence, (answer,))
    assert answer.text
    assert answer.sentences
    assert answer.disputes
    assert back.evidence.hash == answer.receipt.evidence_hash


def test_fields_that_a_newer_program_added_are_passed_over() -> None:
    turn = example()

    def add(fields: Any) -> Any:
        if isinstance(fields, dict):
            return {**{name: add(value) for name, value in fields.items()}, "added_later": [1]}
        return [add(value) for value in fields] if isinstance(fields, list) else fields

    back = decode_turn(json.dumps(add(json.loads(encode_turn(turn)))))
    assert all(map(same, back.answers, turn.answers))
    assert back.evidence == turn.evidence


def test_fields_that_an_older_program_did_not_know_get_their_defaults() -> None:
    fields = json.loads(encode_answer(example().answers[1]))
    for name in ("prompt_hash", "fitted_to", "watts", "search_host", "retention_date"):
        del fields["receipt"][name]
    receipt = decode_answer(json.dumps(fields)).receipt
    assert (receipt.prompt_hash, receipt.fitted_to, receipt.watts) == ("", "", None)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "1", "{}", '{"form":1}', '{"form":2,"text":""}', '{"form":"1"}'],
)
def test_what_is_no_record_is_refused(text: str) -> None:
    for decode in (decode_turn, decode_answer, decode_evidence):
        with pytest.raises(RecordUnreadable):
            decode(text)


def test_a_record_with_a_field_of_the_wrong_kind_is_refused() -> None:
    fields = json.loads(encode_answer(example().answers[0]))
    fields["receipt"]["usage"] = "many"
    with pytest.raises(RecordUnreadable):
        decode_answer(json.dumps(fields))


@pytest.mark.parametrize("written", ["NaN", "Infinity", "-Infinity", "1e999", '"\\ud800"'])
def test_what_is_no_number_or_half_a_character_is_refused(written: str) -> None:
    fields = json.loads(encode_answer(example().answers[0]))
    field = "label" if written.startswith('"') else "receipt"
    value: object = "HERE" if field == "label" else {**fields["receipt"], "total_s": "HERE"}
    text = json.dumps({**fields, field: value}).replace('"HERE"', written)
    with pytest.raises(RecordUnreadable):
        decode_answer(text)


def test_a_record_that_is_nested_without_end_is_refused() -> None:
    for decode in (decode_turn, decode_answer, decode_evidence):
        with pytest.raises(RecordUnreadable):
            decode("[" * 100_000)
