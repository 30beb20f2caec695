"""What a question asks of the index."""

import pytest

from index.hash_embedder import HashEmbedder
from index.lexical import LexicalIndex, terms
from index.query import QuestionReader
from index.variants import added_terms
from index.word_counts import WordCounts

TEXTS = [
    "The license of Mixtral-8x7B allows commercial use and fine-tuning.",
    "GPT-4 reads a context window of 128,000 tokens; retrieval augmented generation is offered.",
    "The data retention of Mistral is thirty days, with a dataset of 1M tokens.",
]


class PieceEmbedder(HashEmbedder):
    """Reads no word whole, so that each unknown one may be a slip."""

    def count_tokens(self, text: str) -> int:
        return 2 * super().count_tokens(text)


READER = QuestionReader(LexicalIndex.build(TEXTS), WordCounts.of(TEXTS), PieceEmbedder())


def test_a_plain_question_asks_for_its_own_words() -> None:
    query = READER.read("Does the license allow commercial use?")
    assert query.text == "Does the license allow commercial use?"
    assert set(query.terms) == set(terms(query.text))
    assert query.corrections == ()
    assert query.language is None


def test_a_slip_is_mended_and_told_and_still_asked_for() -> None:
    query = READER.read("comercial lisense of mixtrl")
    assert query.text == "commercial license of mixtral"
    assert {c.written for c in query.corrections} == {"comercial", "lisense", "mixtrl"}
    assert {"mixtral", "mixtrl"} <= set(query.terms)


def test_a_foreign_question_is_asked_in_english() -> None:
    query = READER.read("Wie lange ist die Datenaufbewahrung bei Mistral?")
    assert query.language == "de"
    assert {"data", "retent", "mistral"} <= set(query.terms)
    assert "datenaufbewahrung" not in query.text.lower()


def test_documents_in_the_language_of_the_question_are_searched_in_it() -> None:
    texts = ["Die Kosten der Modelle sind hoch.", "Was kostet ein Modell? Es ist teuer."]
    reader = QuestionReader(LexicalIndex.build(texts), WordCounts.of(texts), PieceEmbedder())
    query = reader.read("Was kostet ein Modell?")
    assert query.text == "Was kostet ein Modell?"
    assert {"kostet", "cost"} <= set(query.terms)


@pytest.mark.parametrize(
    ("question", "term"),
    [
        ("gpt4 context", "gpt-4"),
        ("GPT 4", "gpt-4"),
        ("mixtral 8 x 7B", "8x7b"),
        ("a 128k window", "128000"),
        ("1 million tokens", "1m"),
        ("which data set", "dataset"),
        ("RAG", "retriev"),
    ],
)
def test_another_way_to_write_it_is_asked_for_too_and_weighs_less(question: str, term: str) -> None:
    assert 0 < READER.read(question).terms[term] < 1


def test_nothing_is_added_that_no_text_holds() -> None:
    assert added_terms("gpt5 and GDPR", lambda _: False) == {}


@pytest.mark.parametrize("before", ["", "a ", "of ", "the "])
def test_no_word_is_cut_where_the_reading_of_a_long_question_ends(before: str) -> None:
    question = before + "license " * 1000
    assert READER.read(question).text == question
    german = READER.read(before + "Was kostet die Lizenz von Mixtral? " * 100)
    assert german.language == "de"
    words = {"was", "what", "kostet", "cost", "die", "lizenz", "license", "von", "of", "mixtral"}
    assert {word.strip("?").lower() for word in german.text.split()} <= {*words, before.strip()}


def test_a_question_of_one_endless_word_is_read() -> None:
    assert READER.read("x" * 5000).text == "x" * 5000


def test_what_stands_far_behind_in_a_long_question_is_asked_for_as_it_stands() -> None:
    query = READER.read("license " * 1000 + "lisense")
    assert query.text.endswith("license lisense")
    assert "lisens" in query.terms
