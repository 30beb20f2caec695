"""Parts of a question that can be looked for on their own.

A message may hold more than its question: what is told before it, orders, code. And a question may
name several systems, about which no single sentence of the sources speaks.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from assistant.reading.terms import STOP_WORDS, terms_of
from assistant.text.sentences import split_sentences

_MOST_NAMES: Final = 3
_ASKS: Final = re.compile(r"\?[\"'”’)\]*_]*$")
_TOKEN: Final = re.compile(r"\S+")
_EDGE: Final = ".,;:!?()[]\"'“”‘’"
_GENERIC: Final = terms_of(
    "open source vs proprietary LLMs large language models lesson note"
).stems
_GOES_ON: Final = re.compile(r"[A-Z0-9]|\w*\d")
_ENDS: Final = re.compile(r"[,;:?!]$")
_JOINED: Final = re.compile(
    r"\s*,\s*|\W*(?:\w+\W+){0,2}?(?:and|or|than|vs\.?|versus)\b(?:\W+\w+){0,3}?\W*", re.IGNORECASE
)


def asking_part(message: str) -> str | None:
    """The sentences of a message that ask, when it holds others beside them; else None."""
    sentences = [message[span.start : span.end] for span in split_sentences(message)]
    asking = [sentence for sentence in sentences if _ASKS.search(sentence)]
    return " ".join(asking) if 0 < len(asking) < len(sentences) else None


def named_parts(question: str, titles: Sequence[str]) -> tuple[str, ...]:
    """The question once for each system that it names, without the names of the others.

    “How large are Mixtral 8x7B and Falcon 40B?” is asked of Mixtral 8x7B and of Falcon 40B. Names
    count that are joined by a comma, *and*, *or* or *than*; empty unless there are two or three.

    Args:
        question: one that stands alone.
        titles: of documents; a word of a title names a system, with the version behind it.
    """
    known = frozenset[str]().union(*(terms_of(title).stems for title in titles)) - _GENERIC
    names = _joined(_names(question, known), question)
    if not 2 <= len({question[begin:end].casefold() for begin, end in names}) <= _MOST_NAMES:
        return ()
    return tuple(_without(question, [other for other in names if other != name]) for name in names)


def _names(question: str, known: frozenset[str]) -> list[tuple[int, int]]:
    """Ranges of the names: a known word and what belongs to it behind, such as a version."""
    found: list[tuple[int, int]] = []
    is_open = False
    for match in _TOKEN.finditer(question):
        word = match[0].strip(_EDGE)
        begin = match.start() + match[0].find(word) if word else match.start()
        end = begin + len(word)
        if is_open and _GOES_ON.match(word):
            found[-1] = (found[-1][0], end)
        elif _is_name(word, known):
            found.append((begin, end))
            is_open = True
        else:
            is_open = False
        is_open = is_open and not _ENDS.search(match[0])
    return found


def _joined(names: Sequence[tuple[int, int]], question: str) -> list[tuple[int, int]]:
    pairs = [
        (one, other)
        for one, other in pairwise(names)
        if _JOINED.fullmatch(question[one[1] : other[0]])
    ]
    return sorted({name for pair in pairs for name in pair})


def _is_name(word: str, known: frozenset[str]) -> bool:
    stems = {one for one in terms_of(word).stems if not one.isdigit()}
    return bool(stems & known) and word.casefold() not in STOP_WORDS


def _without(question: str, left_out: Sequence[tuple[int, int]]) -> str:
    kept, at = [], 0
    for begin, end in left_out:
        kept.append(question[at:begin])
        at = end
    return " ".join("".join([*kept, question[at:]]).split())
