import pytest

from assistant.reading.features import Asked
from assistant.reading.terms import Vocabulary, figures, terms_of
from assistant.reading.topics import asked_topics, told_topics


@pytest.mark.parametrize("written", ["phi3", "Phi-3", "phi 3", "PHI-3", "Phi‑3"])
def test_a_name_with_its_version_is_one_however_it_is_written(written: str) -> None:
    assert "phi3" in terms_of(f"who made {written}?").names


def test_another_version_is_another_name() -> None:
    assert not terms_of("Grok 4.7").names & terms_of("Grok 4.3 and Grok-1").names


def test_years_are_no_versions() -> None:
    assert terms_of("released in March 2024").names == frozenset()


def test_british_and_american_spelling_are_the_same_word() -> None:
    assert terms_of("licence").stems == terms_of("License").stems


def test_numbers_of_names_and_of_sources_are_no_figures() -> None:
    assert figures("Phi-3 and Llama 4 have 7B (Meta, April 2025).") == {7e9}


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    vocabulary = Vocabulary.of(["open model", "open weights", "open licence apache"])
    assert vocabulary.idf("apach") > vocabulary.idf("open")
    assert vocabulary.idf("unheard") > vocabulary.idf("apach")
    assert vocabulary.share(["open", "unheard"], frozenset({"open"})) < 0.5
    assert vocabulary.share([], frozenset()) == 0.0


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("How expensive is gpt-4-turbo?", "Input costs 10 US dollars."),
        ("who is behind grok", "Grok is made by xAI."),
        ("How big is it?", "It has 7 billion parameters."),
        ("when did it come out? was it released in May", "It was released on 4 May 2024."),
        ("Does it train on my data?", "xAI does not train on data sent to its API."),
    ],
)
def test_a_question_and_the_sentence_that_answers_it_share_a_topic(
    question: str, sentence: str
) -> None:
    assert asked_topics(question) & told_topics(sentence)


def test_a_question_says_what_it_wants() -> None:
    asked = Asked.of("How many parameters does Grok-1 have?", ["Note: Grok (xAI)", "Lesson"])
    assert asked.wants_number
    assert not asked.wants_list
    assert asked.systems == {"grok"}
    assert Asked.of("List the advantages of closed models", []).sides == {"closed"}
