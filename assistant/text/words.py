"""Words that carry no meaning, words that are names, plain numbers, and the stems of the rest."""

import re
from functools import lru_cache
from typing import Final

_NUMBER: Final = re.compile(
    r"(?<![\w.])(?P<digits>\d+(?:[.,]\d+)*)\s?(?P<unit>k|m|b|t|bn|gb|mb|tb|kb|%|thousand|million|"
    r"billion|trillion|percent)?\b(?!-?\d)",
    re.IGNORECASE,
)
SCALES: Final = {
    "k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "b": 1e9, "bn": 1e9, "billion": 1e9,
    "t": 1e12, "trillion": 1e12,
}  # fmt: skip
_WORD: Final = re.compile(r"[^\W_]+(?:[.\-'][^\W_]+)*")
_ENDINGS: Final = (("ing", ""), ("ies", "y"), ("ss", "ss"), ("ed", ""), ("s", ""))
_SHORTEST_STEM: Final = 4
_THOUSANDS: Final = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
STOP_WORDS: Final = frozenset(
    """a about after all also an and any are as at be because been before being both but by can did
    do does for from had has have he her his how however i if in into is it its lesson like may more
    most of on one only or other our over says she so some such than that the their them then there
    these they this those through to under until up use used uses very vendor was we were what when
    where which while who will with would you your""".split()
)

# Systems and makers of the lesson: names even in lower case or at the head of a sentence.
SYSTEM_NAMES: Final = frozenset(
    """anthropic claude falcon gemini gemma google gpt grok inflection llama meta microsoft mistral
    mixtral ollama openai phi tii xai""".split()
)


def numbers_in(text: str) -> frozenset[float]:
    """The numbers of a text in plain units: ``128K`` and ``128,000`` are the same."""
    found = set()
    for match in _NUMBER.finditer(text):
        value = number_of(match.group("digits"))
        if value is not None:
            found.add(value * SCALES.get((match.group("unit") or "").lower(), 1.0))
    return frozenset(found)


def number_of(digits: str) -> float | None:
    """The value of ``8,192`` or ``3.8``; None for what is a version, such as ``1.2.3``."""
    if _THOUSANDS.fullmatch(digits):
        digits = digits.replace(",", "")
    try:
        return float(digits.replace(",", "."))
    except ValueError:
        return None


def content_words(text: str) -> frozenset[str]:
    """The words that carry meaning, lower-cased, common endings cut."""
    words = (w.lower().removesuffix("'s") for w in _WORD.findall(text))
    return frozenset(_stem(w) for w in words if w not in STOP_WORDS)


@lru_cache(maxsize=2048)
def _stem(word: str) -> str:
    """The word without a common ending, the same for ``release``, ``releases``, ``released``."""
    for ending, left in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            word = word.removesuffix(ending) + left
            break
    return word.removesuffix("e") if len(word) > _SHORTEST_STEM else word
