"""Whether an answer holds a fact, which may be worded in several ways."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

_PATTERN_MARK: Final = "re:"
_DASHES: Final = str.maketrans({"‑": "-", "–": "-", "—": "-", "\u00a0": " ", "\u202f": " "})
# The 2 of "[2]" is no figure of the answer.
_MARKERS: Final = re.compile(r"\s?\[\d{1,3}(?:\s*[,;]\s*\d{1,3})*\]")


def holds(answer: str, variants: Iterable[str]) -> bool:
    """Whether the answer holds one of the variants.

    Citation markers, case, kinds of dashes and spaces do not matter.

    Args:
        answer: any text.
        variants: each plain text that must stand as whole words, or ``re:`` and a regular
            expression.
    """
    text = " ".join(_MARKERS.sub("", answer.translate(_DASHES)).split())
    return any(pattern_of(variant).search(text) for variant in variants)


@lru_cache(maxsize=4096)
def pattern_of(variant: str) -> re.Pattern[str]:
    """What is looked for in an answer.

    Raises:
        re.error: the variant is no valid regular expression.
    """
    if is_pattern(variant):
        return re.compile(variant.removeprefix(_PATTERN_MARK), re.IGNORECASE)
    plain = re.escape(" ".join(variant.translate(_DASHES).split()))
    # "2" is not in "2.5" or "12", and "7B" not in "47B"; a full stop may follow.
    return re.compile(rf"(?<![\w.,]){plain}(?!\w|[.,]\d)", re.IGNORECASE)


def is_pattern(variant: str) -> bool:
    """Whether a variant is a regular expression and not plain text."""
    return variant.startswith(_PATTERN_MARK)
