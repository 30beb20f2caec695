"""Token counts of long texts, put together from the counts of their words.

Cutting a corpus asks for the length of each text several times over. A BERT tokenizer never looks
across white space, so a text is as long as its words together, and words come again.
"""

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_WORD = re.compile(r"[^ \t\n\r]+")
"""Other white space is left alone: such a tokenizer removes some, which joins what it parts."""

_REMEMBERED = 200_000
_LONGEST = 40
"""Letters; a longer word is hardly met twice."""


def token_counter(tokenizer: "Tokenizer") -> Callable[[str], int]:
    """Return what counts a text's tokens, special ones left out; safe to use from several threads.

    Args:
        tokenizer: one that neither cuts nor pads. One that is not known to look at each word by
            itself is given whole texts.
    """

    def count(text: str) -> int:
        return len(tokenizer.encode(text, add_special_tokens=False).ids)

    if not _reads_word_by_word(json.loads(tokenizer.to_str())):
        return count
    count_word = _Counts(count).__getitem__
    return lambda text: sum(map(count_word, _WORD.findall(text)))


class _Counts(dict[str, int]):
    """Counts by word; full, it goes on counting without remembering."""

    def __init__(self, count: Callable[[str], int]) -> None:
        super().__init__()
        self._count = count

    def __missing__(self, word: str) -> int:
        tokens = self._count(word)
        if len(word) <= _LONGEST and len(self) < _REMEMBERED:
            self[word] = tokens
        return tokens


def _reads_word_by_word(tokenizer: dict[str, Any]) -> bool:
    kinds = [(tokenizer.get(part) or {}).get("type") for part in ("normalizer", "pre_tokenizer")]
    added = tokenizer.get("added_tokens") or []
    return kinds == ["BertNormalizer", "BertPreTokenizer"] and all(
        _WORD.fullmatch(token["content"]) and not token["normalized"] for token in added
    )
