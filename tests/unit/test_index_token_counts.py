"""A text's tokens, counted word by word."""

import random

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from index.embedder import SentenceTransformerEmbedder
from index.token_counts import token_counter

PARTS = (
    *"a b Z é ß Σ 語 한 ё 1 . , - _ ' ’ # [ ] ( ) | / \\ @ 🙂 ﬁ".split(),
    *("the", "tokenizer", "Mixtral-8x7B", "antidisestablishmentarianism", "x" * 120, "[MASK]"),
    *(" ", "  ", "\n", "\t", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\xa0", "\xad", "\u2003"),
    *("\u200b", "\u2028", "\u0301", "\ufeff", "\x00", "\ufffd", "\u3000"),
)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return SentenceTransformerEmbedder()._tokenizer


def whole(tokenizer: Tokenizer, text: str) -> int:
    return len(tokenizer.encode(text, add_special_tokens=False).ids)


def test_the_words_of_a_text_are_together_as_long_as_the_text(tokenizer: Tokenizer) -> None:
    count, generator = token_counter(tokenizer), random.Random(7)
    for _ in range(2000):
        text = "".join(generator.choices(PARTS, k=generator.randrange(1, 30)))
        assert count(text) == whole(tokenizer, text), repr(text)


def test_nothing_and_white_space_hold_no_token(tokenizer: Tokenizer) -> None:
    assert [token_counter(tokenizer)(text) for text in ("", " ", "\n\t")] == [0, 0, 0]


def test_a_tokenizer_that_looks_across_white_space_is_given_whole_texts() -> None:
    crossing = Tokenizer(models.WordLevel({"a b": 0, "a": 1, "b": 2, "?": 3}, unk_token="?"))
    crossing.pre_tokenizer = pre_tokenizers.Split("|", "removed")
    assert token_counter(crossing)("a b|a") == 2


def test_an_added_token_that_holds_a_space_is_found(tokenizer: Tokenizer) -> None:
    other = Tokenizer.from_str(tokenizer.to_str())
    other.add_special_tokens(["new york city"])
    assert token_counter(other)("in new york city now") == 3
