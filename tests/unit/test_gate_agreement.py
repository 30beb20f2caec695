"""What the gate rests on: names, words and what is asked in one sentence with its headings."""

import pytest

from assistant.answerability import corpus_vocabulary, judge_answerability
from assistant.reading.agreement import FEATURES, gate_features
from assistant.reading.reading import read
from corpus.documents import Document
from index.hash_embedder import HashEmbedder
from index.passages import Passage
from tests.support.evidence import make_passage

GEMINI = (
    "# Gemini API\n\n## Models\n\nNano Banana is an image model with 5 billion parameters.\n\n"
    "Gemini Pro has 70 billion parameters."
)
HUB = (
    "# Quickstart\n\nTo use the model, make sure to install the latest version of Hugging Face.\n\n"
    "Any company may install the library from the source."
)
GPT = (
    "# GPT-4 (OpenAI)\n\nGPT-4 has a price of 30 US dollars per million tokens.\n\n"
    "gpt-oss-120b has 117 billion parameters.\n\nOpenAI was asked to train its staff."
)
PLANS = "# Claude (Anthropic)\n\nThe plans Free, Pro and Max cost nothing, 20 and 100 US dollars."
EMBEDDER = HashEmbedder()


def features(question: str, text: str) -> dict[str, float]:
    vocabulary = corpus_vocabulary([Document("note", "Note", text, "note")])
    reading = read(question, (passage_of(text),), EMBEDDER)
    return gate_features(reading, vocabulary)[0]


def passage_of(text: str) -> Passage:
    return make_passage(1, text, "note", 0)


def test_the_features_have_the_names_that_the_weights_have() -> None:
    assert tuple(features("Who makes GPT-4?", GPT)) == FEATURES


def test_a_word_of_another_name_does_not_make_a_name_known() -> None:
    lost = features("How many parameters does Gemini Nano have?", GEMINI)
    known = features("How many parameters does Gemini Pro have?", GEMINI)
    assert lost["named"] == 0.5
    assert known["named"] == 1.0
    assert lost["topic and words"] < known["topic and words"]


def test_a_plan_that_stands_alone_is_known_by_the_title_above_it() -> None:
    assert features("What does Claude Pro cost?", PLANS)["named"] == 1.0


def test_a_version_that_no_sentence_speaks_of_is_missing_from_the_names() -> None:
    assert features("How many parameters does GPT-5 have?", GPT)["named"] < 1.0


def test_the_price_of_use_is_not_the_cost_of_training() -> None:
    training = features("How much did it cost to train GPT-4?", GPT)
    use = features("What is the price of GPT-4?", GPT)
    assert training["topic and first"] < use["topic and first"]


def test_making_sure_is_no_maker() -> None:
    vocabulary = corpus_vocabulary([Document("note", "Note", HUB, "note")])
    question = "Which company owns Hugging Face?"
    judged = judge_answerability(question, (passage_of(HUB),), vocabulary, EMBEDDER)
    assert not judged.answerable
    assert "owns" in judged.unexplained


@pytest.mark.parametrize(
    ("asked", "plain"),
    [("A zebra! What is the price of GPT-4?", "What is the price of GPT-4 zebra?")],
)
def test_words_before_the_clause_that_asks_count_less(asked: str, plain: str) -> None:
    assert features(asked, GPT)["first"] > features(plain, GPT)["first"]
