import json
import unicodedata
from collections import Counter
from math import log
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import IndexCorrupt
from index.embedder import FloatArray
from index.lexical import LexicalIndex, terms

TEXTS = [
    "Phi-3 is made by Microsoft and has 3.8B parameters.",
    "Mixtral-8x7B is a mixture of experts by Mistral AI.",
    "GPT-4 is made by OpenAI.",
    "",
    "Open models can be downloaded.",
]


def scores(index: LexicalIndex, question: str) -> FloatArray:
    return index.scores(Counter(terms(question)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mixtral-8x7B", {"mixtral-8x7b", "mixtral", "8x7b"}),
        ("GPT-4", {"gpt-4", "gpt", "4"}),
        ("GPT-4's", {"gpt-4", "gpt", "4"}),
        ("LLaMA", {"llama"}),
        ("OpenAI", {"openai"}),
        ("xAI", {"xai"}),
        ("3.8B", {"3.8b"}),
        ("7B-40B", {"7b-40b", "7b", "40b"}),
        ("$1,500,000", {"1500000"}),
        ("maxTokenCount", {"maxtokencount", "max", "token", "count"}),
        ("snake_case", {"snake_cas", "snake", "case"}),
        ("DiffExecutor", {"diffexecutor", "diff", "executor"}),
        ("HTTPServer", {"httpserver", "http", "server"}),
        ("APIs", {"api"}),
        (
            "client.files.list_all",
            {"client.files.list_al", "list_al", "client", "file", "list", "all"},
        ),
        ("fine-tuning", {"fine", "tune"}),
        ("mistral.ai/news", {"mistral.ai", "mistral", "ai", "news"}),
        ("naïve", {"naiv"}),
        ("模型", {"模", "型"}),
        ("the and of", set()),
    ],
)
def test_a_name_counts_as_a_whole_and_by_its_parts(text: str, expected: set[str]) -> None:
    assert set(terms(text)) == expected


def test_a_question_and_a_text_meet_in_the_stem() -> None:
    assert set(terms("models licensing")) == set(terms("Model licensed"))


@given(st.text(max_size=60))
def test_the_two_unicode_forms_of_a_text_have_the_same_terms(text: str) -> None:
    assert terms(unicodedata.normalize("NFC", text)) == terms(unicodedata.normalize("NFD", text))


def test_the_text_that_holds_the_rare_words_scores_highest() -> None:
    index = LexicalIndex.build(TEXTS)
    assert scores(index, "Who made Phi-3?").argmax() == 0
    assert scores(index, "the parts of mixtral").argmax() == 1
    assert scores(index, "8x7B").argmax() == 1


def test_a_score_is_bm25_in_lucenes_form() -> None:
    index = LexicalIndex.build(["alpha beta", "alpha", "gamma gamma delta epsilon"])
    length, mean = 4, 7 / 3
    idf = log(1 + (3 - 1 + 0.5) / (1 + 0.5))
    expected = idf * 2 / (2 + 0.9 * (1 - 0.4 + 0.4 * length / mean))
    assert scores(index, "gamma")[2] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("question", ["", "the of", "zebra", "???"])
def test_a_question_that_meets_no_text_scores_nothing(question: str) -> None:
    found = scores(LexicalIndex.build(TEXTS), question)
    assert found.shape == (5,)
    assert not found.any()


def test_the_weight_of_a_term_multiplies_its_share() -> None:
    index = LexicalIndex.build(TEXTS)
    once, half = index.scores({"mixtral": 1.0}), index.scores({"mixtral": 0.5})
    np.testing.assert_allclose(half, once / 2)
    both = index.scores({"mixtral": 0.5, "openai": 1.0, "zebra": 9.0})
    np.testing.assert_allclose(both, half + index.scores({"openai": 1.0}))


@given(st.lists(st.sampled_from("phi-3 mixtral made by open zebra 3.8b".split()), max_size=8))
def test_no_score_exceeds_the_best_there_can_be(said: list[str]) -> None:
    index = LexicalIndex.build([*TEXTS, " ".join(said * 9)])
    weights = {term: 0.5 + i for i, term in enumerate(terms("phi-3 mixtral zebra 3.8b"))}
    assert index.scores(weights).max() <= index.best_score(weights)
    assert index.best_score({"nobody": 1.0}) == 0


def test_the_index_knows_its_terms_and_how_common_they_are() -> None:
    index = LexicalIndex.build(TEXTS)
    assert index.texts_with("made") == 2
    assert index.texts_with("zebra") == 0
    assert {"phi-3", "microsoft"} <= set(index.vocabulary)


def test_texts_without_a_word_make_an_index_that_finds_nothing() -> None:
    index = LexicalIndex.build(["the", ""])
    assert index.count == 2
    assert not scores(index, "anything").any()


def test_a_saved_index_scores_the_same_and_its_files_do_not_change(tmp_path: Path) -> None:
    index = LexicalIndex.build(TEXTS)
    index.save(tmp_path / "a")
    LexicalIndex.build(TEXTS).save(tmp_path / "b")
    loaded = LexicalIndex.load(tmp_path / "a")
    np.testing.assert_array_equal(scores(loaded, "open phi-3"), scores(index, "open phi-3"))
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()


def test_a_damaged_index_is_said_to_be_damaged(tmp_path: Path) -> None:
    LexicalIndex.build(TEXTS).save(tmp_path)
    (tmp_path / "vocab.index.json").write_text(json.dumps(None) + "x")
    with pytest.raises(IndexCorrupt):
        LexicalIndex.load(tmp_path)


def test_the_terms_of_a_text_are_those_of_its_words_one_after_another() -> None:
    text = "Mixtral-8x7B’s 1,000 fine-tuned\u00a0runs\x85of v1.2\n語 and\u2003snake_case"
    assert terms(text) == [term for word in text.split() for term in terms(word)]
    assert terms(text) == terms(text.replace("\n", " \n "))
