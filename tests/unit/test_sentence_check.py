"""The sentence check, on planted errors."""

from collections.abc import Sequence

import pytest

from assistant.checks.support import check_sentences
from assistant.text.sentences import split_sentences
from assistant.text.words import content_words, numbers_in
from index.embedder import FloatArray
from index.hash_embedder import HashEmbedder
from tests.support.evidence import make_evidence

EMBEDDER = HashEmbedder()
NOTE = (
    "Phi-3 mini has 3.8 billion parameters and a 128K context window (Microsoft, June 2024). "
    "Mixtral 8x7B has 46.7 billion parameters in total. "
    "Claude cannot be downloaded. "
    "Grok-1 is under Apache 2.0. "
    "Claude Haiku costs 5 USD per million output tokens."
)


def verdict(sentence: str) -> str:
    (check,) = check_sentences(sentence, make_evidence(NOTE), (1,), EMBEDDER)
    return check.verdict


@pytest.mark.parametrize(
    "sentence",
    [
        "Phi-3 mini has 3.8 billion parameters [1].",
        "Phi-3 mini has a 128,000 context window [1].",
        "Mixtral 8x7B has 46.7B parameters in total [1].",
        "Claude cannot be downloaded [1].",
        "Claude can’t be downloaded [1].",
        "Claude Haiku costs 5 USD per million output tokens [1].",
    ],
)
def test_a_sentence_that_says_what_the_passage_says_is_supported(sentence: str) -> None:
    assert verdict(sentence) == "supported"


@pytest.mark.parametrize(
    "sentence",
    [
        "Phi-3 mini has 7.5 billion parameters [1].",
        "Falcon has 46.7 billion parameters in total [1].",
        "Claude can be downloaded [1].",
        "Mixtral 8x22B has 46.7 billion parameters in total [1].",
        "Grok-2 is under Apache 2.0 [1].",
        "Claude Haiku costs 5 USD per million input tokens [1].",
        "Bananas are rich in potassium [1].",
    ],
)
def test_a_planted_error_is_never_supported(sentence: str) -> None:
    assert verdict(sentence) != "supported"


def test_the_span_that_supports_a_sentence_is_given_in_the_document() -> None:
    evidence = make_evidence(NOTE)
    (check,) = check_sentences("Claude cannot be downloaded [1].", evidence, (1,), EMBEDDER)
    assert check.support is not None
    offset = evidence.passages[0].start
    assert NOTE[check.support.start - offset : check.support.end - offset] == (
        "Claude cannot be downloaded."
    )


def test_sentences_about_the_sources_themselves_are_left_out() -> None:
    text = "The answer is not in these sources. The nearest passages are listed."
    assert check_sentences(text, make_evidence(NOTE), (1,), EMBEDDER) == ()


def test_headings_and_heads_of_tables_are_left_out_and_rows_are_not() -> None:
    text = "## Licence\n\nPhi-3 is bad.\n\n| Model | Maker |\n|---|---|\n| Phi-3 | Nobody |"
    found = check_sentences(text, make_evidence("Phi-3 is good."), (1,), HashEmbedder())
    assert [check.text for check in found] == ["Phi-3 is bad.", "Phi-3 | Nobody"]


def test_passages_that_were_cut_from_the_prompt_support_nothing() -> None:
    (check,) = check_sentences("Claude cannot be downloaded.", make_evidence(NOTE), (), EMBEDDER)
    assert check.verdict == "not found"


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("It costs e.g. 2 USD. Yes.", ["It costs e.g. 2 USD.", "Yes."]),
        ("A claim. [1] Another [2].", ["A claim. [1]", "Another [2]."]),
        ("- item one\n- item two", ["item one", "item two"]),
        ("Version 3.8 is out.", ["Version 3.8 is out."]),
        ("Is it open? No. Falcon is.", ["Is it open?", "No.", "Falcon is."]),
        ("It has 12. Falcon has 8.", ["It has 12.", "Falcon has 8."]),
        ("1. Item one.\n2. Item two.", ["1. Item one.", "2. Item two."]),
    ],
)
def test_text_is_cut_at_sentence_ends(text: str, sentences: list[str]) -> None:
    assert [text[s.start : s.end] for s in split_sentences(text)] == sentences


def test_numbers_are_compared_in_plain_units() -> None:
    assert numbers_in("128K") == numbers_in("128,000") == {128_000.0}
    assert numbers_in("46.7B") == numbers_in("46.7 billion")
    assert numbers_in("30 days") == {30.0}


@pytest.mark.parametrize(
    "forms",
    ["release releases released releasing", "licence licences", "company companies", "class"],
)
def test_the_forms_of_a_word_are_one_word(forms: str) -> None:
    assert len(content_words(forms)) == 1


class ListeningEmbedder(HashEmbedder):
    """Remembers what it was asked to encode."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[list[str]] = []

    def encode(self, texts: Sequence[str]) -> FloatArray:
        self.calls.append(list(texts))
        return super().encode(texts)


@pytest.mark.parametrize(
    "sentence",
    ["Grok-1 is under Apache 2.0 [1].", "Gemini 2.5 Pro has 46.7 billion parameters [1]."],
)
def test_nothing_is_encoded_where_words_names_and_numbers_decide(sentence: str) -> None:
    embedder = ListeningEmbedder()
    check_sentences(sentence, make_evidence(NOTE), (1,), embedder)
    assert embedder.calls == []


def test_a_text_whose_meaning_decides_is_encoded_once_however_often_it_is_compared() -> None:
    embedder = ListeningEmbedder()
    text = "Claude is impossible to fetch [1]. Claude is impossible to get hold of [1]."
    check_sentences(text, make_evidence(NOTE), (1,), embedder)
    encoded = [each for call in embedder.calls for each in call]
    assert "Claude cannot be downloaded." in encoded
    assert len(encoded) == len(set(encoded))
    assert len(embedder.calls) <= 2
