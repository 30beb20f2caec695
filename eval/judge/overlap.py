"""Token F1: how many words an answer shares with the reference. Whatever a judge adds, it adds to
this.

Source: the answer score of SQuAD (Rajpurkar et al., 2016): lower case, without punctuation and
articles, each word counted as often as it stands in both.
"""

import re
from collections import Counter
from typing import Final

from eval.judge.pairs import Pair, Winner

_WORD: Final = re.compile(r"\w+(?:[.,]\d\w*)*")
_ARTICLES: Final = frozenset({"a", "an", "the"})


def token_f1(answer: str, reference: str) -> float:
    """From 0 (no word shared) to 1 (the same words)."""
    said, expected = _words(answer), _words(reference)
    shared = (said & expected).total()
    if not shared:
        return 0.0
    precision, recall = shared / said.total(), shared / expected.total()
    return 2 * precision * recall / (precision + recall)


def f1_winner(pair: Pair) -> Winner:
    """The answer with the higher F1; a tie when they are level."""
    first, second = (token_f1(text, pair.reference) for text in (pair.first, pair.second))
    if first == second:
        return "tie"
    return "first" if first > second else "second"


def _words(text: str) -> Counter[str]:
    words = (word.casefold() for word in _WORD.findall(text))
    return Counter(word for word in words if word not in _ARTICLES)
