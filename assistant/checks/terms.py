"""What must agree to the letter between a sentence and its source: numbers and names."""

import re
from collections.abc import Set as AbstractSet

_NUMBER = re.compile(
    r"(?<![\w.])(?P<digits>\d+(?:[.,]\d+)*)\s?(?P<unit>k|m|b|t|bn|gb|mb|tb|kb|%|thousand|million|"
    r"billion|trillion|percent)?\b(?!-?\d)",
    re.IGNORECASE,
)
_SCALE = {
    "k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "b": 1e9, "bn": 1e9, "billion": 1e9,
    "t": 1e12, "trillion": 1e12,
}  # fmt: skip
_NAME = re.compile(
    r"\b(?:[A-Z][\w.]*(?:-[\w.]+)*|[a-z]+-?\d[\w.\-]*|\w*[a-z][A-Z]\w*|\d+x\d+[\w.]*)\b"
)
_WORD = re.compile(r"[^\W_]+(?:[.\-'][^\W_]+)*")
_NEGATION = re.compile(
    r"\b(?:not|no|never|none|neither|nor|cannot|without|\w+n['’]t)\b", re.IGNORECASE
)
_ENDINGS = (("ing", ""), ("ies", "y"), ("ss", "ss"), ("ed", ""), ("s", ""))
_SHORTEST_STEM = 4
STOP_WORDS = frozenset(
    """a about after all also an and any are as at be because been before being both but by can did
    do does for from had has have he her his how however i if in into is it its lesson like may more
    most of on one only or other our over says she so some such than that the their them then there
    these they this those through to under until up use used uses very vendor was we were what when
    where which while who will with would you your""".split()
)

# Systems and makers of the lesson: names even in lower case or at the head of a sentence.
SYSTEM_NAMES = frozenset(
    """anthropic claude falcon gemini gemma google gpt grok inflection llama meta microsoft mistral
    mixtral ollama openai phi tii xai""".split()
)


def numbers_in(text: str) -> frozenset[float]:
    """The numbers of a text in plain units: ``128K`` and ``128,000`` are the same."""
    found = set()
    for match in _NUMBER.finditer(text):
        digits = match.group("digits")
        if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", digits):
            digits = digits.replace(",", "")
        try:
            value = float(digits.replace(",", "."))
        except ValueError:
            continue  # a version such as 1.2.3: it is compared as a name
        found.add(value * _SCALE.get((match.group("unit") or "").lower(), 1.0))
    return frozenset(found)


def names_in(text: str) -> frozenset[str]:
    """Names of a text, lower-cased; its first word counts when it is compound or a known system."""
    found = set()
    first = _WORD.search(text)
    for match in _NAME.finditer(text):
        name = match.group().rstrip(".").lower()
        is_opening = first is not None and match.start() == first.start()
        is_word = match.group()[1:].replace("-", "").isalpha() and match.group()[1:].islower()
        is_plain = is_opening and is_word and name not in SYSTEM_NAMES
        if not is_plain and name not in STOP_WORDS and len(name) > 1:
            found.add(name.removesuffix("'s"))
    return frozenset(found)


def content_words(text: str) -> frozenset[str]:
    """The words that carry meaning, lower-cased, common endings cut."""
    words = (w.lower().removesuffix("'s") for w in _WORD.findall(text))
    return frozenset(_stem(w) for w in words if w not in STOP_WORDS)


def is_negated(text: str) -> bool:
    """Whether the text says no an odd number of times."""
    return len(_NEGATION.findall(text)) % 2 == 1


def contradict(words: AbstractSet[str], others: AbstractSet[str]) -> bool:
    """Whether ``words`` say one of a pair of opposites where ``others`` say only the other.

    Args:
        words: the content words of a sentence.
        others: those of its source.
    """
    return any(
        words & these and others & those and not others & these
        for one, other in _OPPOSITES
        for these, those in ((one, other), (other, one))
    )


def share(wanted: AbstractSet[object], given: AbstractSet[object]) -> float:
    """Share of ``wanted`` that is in ``given``, 0 to 1; 1 when nothing is wanted."""
    return len(wanted & given) / len(wanted) if wanted else 1.0


def _stem(word: str) -> str:
    """The word without a common ending, the same for ``release``, ``releases``, ``released``."""
    for ending, left in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            word = word.removesuffix(ending) + left
            break
    return word.removesuffix("e") if len(word) > _SHORTEST_STEM else word


_OPPOSITES = tuple(
    (content_words(one), content_words(other))
    for one, other in (
        ("input", "output"),
        ("minimum", "maximum"),
        ("advantages", "disadvantages"),
        ("free", "paid"),
        ("open open-source open-weight", "closed proprietary"),
        ("commercial", "non-commercial"),
        ("smaller smallest", "larger largest"),
        ("cheaper cheapest", "dearer dearest"),
    )
)
