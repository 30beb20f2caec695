from dataclasses import replace

import pytest

from assistant.answerability import corpus_vocabulary, judge_answerability
from corpus.documents import Document
from index.hash_embedder import HashEmbedder
from tests.support.evidence import make_evidence, make_passage

NOTE = (
    "# Grok (xAI)\n\nGrok is made by xAI. Grok-1 has 314 billion parameters.\n\n"
    "## Price\n\nGrok 4.7 costs 2 US dollars per million input tokens."
)
VOCABULARY = corpus_vocabulary([Document("notes/grok", "Grok (xAI)", NOTE, "note")])
EMBEDDER = HashEmbedder()


def judge(question: str) -> tuple[bool, str]:
    passage = make_passage(1, NOTE, "notes/grok", 0)
    judged = judge_answerability(question, (passage,), VOCABULARY, EMBEDDER)
    assert 0.0 <= judged.score <= 1.0
    return judged.answerable, judged.reason


@pytest.mark.parametrize(
    "question",
    [
        "How many parameters does Grok-1 have?",
        "price of grok 4.7",
        "How expensive is Grok 4.7?",
        "Who makes Grok?",
    ],
)
def test_a_question_that_the_passages_explain_is_answerable(question: str) -> None:
    assert judge(question)[0]


@pytest.mark.parametrize(
    "question",
    [
        "What is the best pizza dough?",
        "What does Cohere Command R cost?",
        "How many employees does xAI have?",
        "Does Grok speak Swahili?",
    ],
)
def test_a_question_with_words_that_nothing_explains_is_not(question: str) -> None:
    assert not judge(question)[0]


def test_a_version_that_the_sources_do_not_know_is_not_answerable() -> None:
    assert not judge("How many parameters does Grok-9 have?")[0]


def test_the_reason_names_the_words_as_they_were_written() -> None:
    assert "“Swahili”" in judge("Does Grok speak Swahili?")[1]


def test_without_passages_nothing_is_answerable() -> None:
    judged = judge_answerability("Who makes Grok?", (), VOCABULARY, EMBEDDER)
    assert not judged.answerable
    assert judged.score == 0.0


def test_the_same_input_gives_the_same_verdict() -> None:
    passages = make_evidence().passages
    first = judge_answerability("Who makes Phi-3?", passages, VOCABULARY, EMBEDDER)
    assert judge_answerability("Who makes Phi-3?", passages, VOCABULARY, EMBEDDER) == first


def test_what_is_wrong_with_the_lesson_is_always_answerable() -> None:
    assert judge("What is wrong in the lesson?")[0]


TITAN = "# Titan (Acme)\n\nTitan-2 has 7 billion parameters."


@pytest.mark.parametrize(
    ("question", "answerable"),
    [
        ("How many parameters do Grok-1 and Titan-2 have?", True),
        ("How many parameters do Grok-1 and Titan-9 have?", False),
        ("How many employees do Grok and Titan have?", False),
    ],
)
def test_a_comparison_is_answerable_when_it_is_for_each_of_the_two(
    question: str, answerable: bool
) -> None:
    passages = (
        make_passage(1, NOTE, "notes/grok", 0), make_passage(2, TITAN, "notes/titan", 0),
    )  # fmt: skip
    named = tuple(
        replace(passage, title=title, heading_path=(title,))
        for passage, title in zip(passages, ("Note: Grok (xAI)", "Note: Titan (Acme)"), strict=True)
    )
    words = corpus_vocabulary(
        [
            Document("notes/grok", "Grok (xAI)", NOTE, "note"),
            Document("notes/titan", "Titan (Acme)", TITAN, "note"),
        ]
    )
    assert judge_answerability(question, named, words, EMBEDDER).answerable is answerable
