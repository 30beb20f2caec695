"""The gate judges what was meant: slips and other languages are no reason to refuse."""

from pathlib import Path

import pytest

from assistant.knowledge import Knowledge, load_knowledge
from assistant.settings import load_settings

PASSAGES = 6


@pytest.fixture(scope="module")
def knowledge(built_home: Path) -> Knowledge:
    return load_knowledge(load_settings(built_home, environ={}), lambda _: None)


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("lisence of mixtrl 8x7b", "mixtral 8x7b"),
        ("Who mkaes Phi-3?", "Who makes Phi-3?"),
        ("Wie groß ist das Kontextfenster von Claude?", "context window of Claude"),
        ("Quelle est la licence de Falcon ?", "license of Falcon"),
        ("¿Cuántos parámetros tiene Mixtral 8x7B?", "how many parameters has Mixtral 8x7B"),
    ],
)
def test_a_question_is_answered_as_it_was_meant(
    knowledge: Knowledge, question: str, asked: str
) -> None:
    evidence = knowledge.gather(question, (), PASSAGES)
    assert asked in evidence.standalone_question
    assert evidence.question == question
    assert evidence.answerable


@pytest.mark.parametrize(
    "question",
    [
        "Wie viele Mitarbeiter hat OpenAI?",
        "Quelle est la meilleure recette de pizza ?",
        "¿Quién es el presidente de España?",
        "What is the best piza dogh?",
    ],
)
def test_what_the_sources_lack_is_refused_in_any_language(
    knowledge: Knowledge, question: str
) -> None:
    assert not knowledge.gather(question, (), PASSAGES).answerable
