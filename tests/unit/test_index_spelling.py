"""Slips in a question and the words that were meant."""

import pytest

from index.spelling import Correction, Speller
from index.word_counts import WordCounts

TEXTS = [
    *["The license of Mixtral 8x7B allows commercial use. Anthropic keeps data for 30 days."] * 30,
    *["The GPT-4 model has parameters and a context window; fine-tuning costs more."] * 30,
    "Open source models, and the retention of what customers send.",
]
SPELLER = Speller(WordCounts.of(TEXTS), is_word={"snowflake", "costume", "dates"}.__contains__)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("lisence of mixtrl 8x7b", "license of mixtral 8x7b"),
        ("gtp-4 paramters", "gpt-4 parameters"),
        ("GTP-4", "Gpt-4"),
        ("antropic data retension", "anthropic data retention"),
        ("open sourc", "open source"),
        ("contex windw", "context window"),
        ("what does finetuning cost", "what does fine-tuning cost"),
        ("is comercial use alows", "is commercial use allows"),
        ("contextwindow", "context window"),
    ],
)
def test_a_slip_is_read_as_the_nearest_known_word(written: str, read: str) -> None:
    assert SPELLER.correct(written)[0].lower() == read.lower()


@pytest.mark.parametrize(
    "question",
    [
        "the license of Mixtral 8x7B",
        "allowing customer licenses",  # other inflections
        "snowflakes and a costume and some dates",  # words that the documents lack
        "zebra",  # nothing is near
        "set licence_id = data.get('licens')",
        "https://example.org/modl",
        "TGP and ABX",
        "my key is sk-proj-a1B2c3D4e5F6g7H8",
        "20245 8x22b",
        "",
    ],
)
def test_what_is_no_slip_is_left_as_it_is(question: str) -> None:
    spelled, changed = SPELLER.correct(question)
    assert (spelled, changed) == (question, ())


def test_what_was_changed_is_told_once_in_the_words_of_both() -> None:
    _, changed = SPELLER.correct("Antropic or antropic or Antropic?")
    assert changed == (
        Correction("Antropic", "Anthropic"),
        Correction("antropic", "anthropic"),
    )


def test_of_two_near_words_the_commoner_wins() -> None:
    speller = Speller(WordCounts.of(["grant"] * 2 + ["giant"] * 200))
    assert speller.correct("gant")[0] == "giant"


def test_documents_without_a_word_change_nothing() -> None:
    assert Speller(WordCounts.of([])).correct("lisence of mixtrl") == ("lisence of mixtrl", ())


def test_a_question_of_endless_letters_is_read_at_once() -> None:
    question = "x" * 100_000 + " " + "lisence" * 1000
    assert SPELLER.correct(question) == (question, ())


def test_a_pasted_text_full_of_slips_is_mended_at_its_beginning_only() -> None:
    spelled, changed = SPELLER.correct(" ".join(["lisence"] * 100))
    assert spelled.split()[0] == "license"
    assert spelled.split()[-1] == "lisence"
    assert len(changed) == 1
