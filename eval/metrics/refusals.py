"""Whether an answer says that the sources do not hold what was asked.

By wording alone, in English, German, French, Spanish, Italian and Portuguese. A sentence *lacks*
when it says that something is not in the sources, or that it cannot be told. What matters then is
where it stands: at the beginning it refuses, after facts it says that a part is missing.
"""

import re
from functools import lru_cache
from typing import Final, Literal

from assistant.checks.meta import is_meta
from assistant.citations import strip_markers
from assistant.text.sentences import split_sentences
from corpus.documents import Span
from eval.metrics.refusal_words import LACKS

Stance = Literal["refuses", "refuses first", "partial", "answers", "empty"]
"""``refuses``: nothing is stated. ``refuses first``: it is said to be missing, then something else
is told. ``partial``: facts first, then what is missing. ``answers``: nothing is said to be missing.
``empty``: there is no sentence at all.
"""
_MARKS: Final = re.compile(r"[*_#>`~]+")
_POINTS: Final = re.compile(
    r"^(?:the\s+nearest\s+passages?|sources?\s*:|quellen?\s*:|fuentes?\s*:|fonti\s*:|fontes\s*:|"
    r"please\b|bitte\b|if\s+you\b|you\s+(?:may|can|could|might|should)\b|feel\s+free|let\s+me|"
    r"would\s+you|for\s+(?:this|that|more|up-to-date|current|accurate)\b[^.]*\b(?:check|consult|see|visit|refer)|"
    r"i\s+(?:recommend|suggest|can\s+(?:only|help)|['’]d\s+be|would|hope|only\s+have|apologi[sz]e)|"
    r"(?:es\s+)?tut\s+mir\s+leid|désolée?|je\s+suis\s+désolée?|lo\s+siento|mi\s+dispiace|lamento|"
    r"desculpe|sorry|unfortunately[.,!]?$|leider[.,!]?$)",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)  # several metrics ask of the same sentence
def lacks(sentence: str) -> bool:
    """Whether a sentence says that something is not in the sources, or cannot be told."""
    return bool(LACKS.search(_plain(sentence)))


@lru_cache(maxsize=4096)
def points(sentence: str) -> bool:
    """Whether a sentence only points elsewhere: to the nearest passages, to other places, to us."""
    return bool(_POINTS.match(_plain(sentence)))


@lru_cache(maxsize=1024)
def stance_of(text: str) -> Stance:
    """What an answer does, by which of its sentences lack and which state something."""
    kinds = [_kind(text[span.start : span.end]) for span in split_sentences(text)]
    if not kinds:
        return "empty"
    if "lacks" not in kinds:
        return "answers"
    if "states" not in kinds:
        return "refuses"
    return "refuses first" if kinds.index("lacks") < kinds.index("states") else "partial"


def statements_in(text: str) -> tuple[Span, ...]:
    """The sentences of an answer that state something: none that lack, none that only point."""
    return tuple(
        span for span in split_sentences(text) if _kind(text[span.start : span.end]) == "states"
    )


def _kind(sentence: str) -> Literal["lacks", "states", "points"]:
    if lacks(sentence):
        return "lacks"
    return "points" if points(sentence) or is_meta(sentence) else "states"


def _plain(sentence: str) -> str:
    return " ".join(_MARKS.sub("", strip_markers(sentence)).split())
