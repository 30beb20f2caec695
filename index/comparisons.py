"""Questions that name several things side by side: what each asks for by itself.

Asked in one go, “the licences of Grok-1 and Llama 3.1” finds what speaks of the one that the texts
say more about. A question is therefore taken apart where it joins names, as in Min et al.,
"Multi-hop Reading Comprehension through Question Decomposition and Rescoring" (ACL 2019), by form
alone and with no model. How the findings are put together is in index/ranking.py.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Final

from index.lexical import STOP_WORDS, LexicalIndex, terms

SIDES_AT_MOST: Final = 4
_JOINTS: Final = frozenset("and or nor vs versus than against &".split())
_COMPARED: Final = re.compile(r"\bcompar(?:e|ed|ing|ison)\b", re.IGNORECASE)
_COMPARED_JOINTS: Final = _JOINTS | {"with", "to", "compared"}
_BETWEEN_AT_MOST: Final = 4
"""Words between two names of one list, as in “Falcon 180B and the Llama 4 models”."""
_EMPTY: Final = STOP_WORDS | _COMPARED_JOINTS | frozenset("which what from does do did s".split())

_TOKEN: Final = re.compile(r"\S+")
_OPENING: Final = "\"'“‘(["
_CLOSING: Final = "\"'”’)].,;:?!"
_POSSESSIVE: Final = re.compile(r"(?<=\w)['’]s?$")
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_INNER_CAPITAL: Final = re.compile(r"[a-z].*[A-Z]|[A-Z]{2}")
_WORD: Final = re.compile(r"[^\W_]+(?:[-_.][^\W_]+)*|&")
_OWN_WORD: Final = re.compile(r"[^\W\d_]{3,}")
_HEAD: Final = re.compile(r"(?:[^\W\d_]+[ -])+")
_SENTENCE_END: Final = re.compile(r"[.?!;:]\s")
_SIZES: Final = frozenset("nano mini small medium large tiny".split())

_LOOKED_AT: Final = 30
_OCCURRENCES: Final = 3
_LOWER_AT_MOST: Final = 0.25
_ALONE: Final = (r"(?<![\w/.@`\"'=<$-])", r"(?![\w/@`\"=(>-]|[.:]\w)")

IsName = Callable[[str], bool]
"""Whether the texts write a word, given in lower-case letters, as a name."""


@dataclass(frozen=True, slots=True)
class _Name:
    start: int
    end: int
    owner_end: int | None
    """Where its first word in the genitive ends: “Anthropic's” in “Anthropic's Claude”."""
    is_open: bool
    """Whether a further name that follows at once belongs to it."""


class NameTest:
    """Tells names from other words by how the texts write them.

    Args:
        words: which texts hold a word.
        text_of: a text by its number.
    """

    def __init__(self, words: LexicalIndex, text_of: Callable[[int], str]) -> None:
        self._words = words
        self._text_of = text_of
        self.is_name = lru_cache(maxsize=4096)(self._is_name)

    def _is_name(self, word: str) -> bool:
        stems = terms(word)
        places = self._words.places_with(stems[0]) if len(stems) == 1 else ()
        # From all over, since the texts of one document stand together.
        looked_at = places[:: max(1, len(places) // _LOOKED_AT)]
        # In addresses, file names and code a name is lower-case too.
        said = re.compile(rf"{_ALONE[0]}{re.escape(word)}{_ALONE[1]}", re.IGNORECASE)
        found = [hit for place in looked_at for hit in said.findall(self._text_of(int(place)))]
        lower = sum(hit == word for hit in found)
        return len(found) >= _OCCURRENCES and lower <= _LOWER_AT_MOST * len(found)


def sides(question: str, is_name: IsName) -> tuple[str, ...]:
    """The question once for each of the names that it joins; empty when it joins none.

    ``Who keeps data longer, OpenAI or xAI?`` gives ``Who keeps data longer, OpenAI?`` and the same
    for xAI. The words between the names stay with each of them.

    Args:
        question: as it is searched for.
        is_name: asked about words that do not look like a name, if the question could join any.
    """
    joints = _COMPARED_JOINTS if _COMPARED.search(question) else _JOINTS
    if joints.isdisjoint(_WORD.findall(question.lower())) and not re.search("[,/]", question):
        return ()
    joined = max(_lists(question, list(_names(question, is_name)), joints), key=len, default=[])
    if not 2 <= len(joined) <= SIDES_AT_MOST:
        return ()
    if any(name.owner_end == name.end for name in joined):
        # “OpenAI's and Mistral's API”: what is owned belongs to all of them.
        joined = [replace(name, end=name.owner_end or name.end) for name in joined]
    names = _whole([question[name.start : name.end] for name in joined])
    said = [frozenset(terms(name)) for name in names]
    if any(one <= other for one in said for other in said if one is not other):
        return ()
    between = " ".join(
        word
        for before, after in pairwise(joined)
        for word in _WORD.findall(question[before.end : after.start])
        if word.lower() not in _EMPTY
    )
    front, back = question[: joined[0].start], question[joined[-1].end :]
    return tuple(f"{front}{name}{between and ' '}{between}{back}" for name in names)


def _names(question: str, is_name: IsName) -> Iterator[_Name]:
    """The names of a question, neighbouring words taken together."""
    last: _Name | None = None
    begins = True
    for match in _TOKEN.finditer(question):
        token = match.group()
        start = match.start() + len(token) - len(token.lstrip(_OPENING))
        core = token.strip(_OPENING).rstrip(_CLOSING)
        possessive = _POSSESSIVE.search(core)
        end = start + len(core)
        core = core[: possessive.start()] if possessive else core
        goes_on = last is not None and last.is_open
        takes = bool(core) and _takes(core, begins=begins, goes_on=goes_on, is_name=is_name)
        if last is not None and not (takes and goes_on):
            yield last
        if takes:
            before = last if goes_on else None
            last = _Name(
                before.start if before else start,
                end,
                (before and before.owner_end) or (end if possessive else None),
                is_open=token[-1] not in ",;:?!.)",
            )
        else:
            last = None
        begins = token[-1] in ".?!:"
    if last is not None:
        yield last


def _takes(core: str, *, begins: bool, goes_on: bool, is_name: IsName) -> bool:
    """Whether a word is a name or part of one."""
    letters = _LETTERS.findall(core)
    has_digit = any(char.isdigit() for char in core)
    if not letters:
        return has_digit and goes_on
    if goes_on and (core.lower() in _SIZES):
        return True
    if len(core) == 1:
        return goes_on and core.isupper()
    if has_digit or _INNER_CAPITAL.search(core) or (core[0].isupper() and not begins):
        return True
    return any(is_name(part.lower()) for part in letters if len(part) > 2)


def _lists(question: str, names: Sequence[_Name], joints: frozenset[str]) -> Iterator[list[_Name]]:
    """Runs of names that stand side by side."""
    run: list[_Name] = []
    for name in names:
        if run and not _are_joined(question[run[-1].end : name.start], joints):
            yield run
            run = []
        run.append(name)
    if run:
        yield run


def _are_joined(between: str, joints: frozenset[str]) -> bool:
    if between.strip() in {",", "/"}:
        return True
    if _SENTENCE_END.search(between):
        return False
    words = _WORD.findall(between.lower())
    return len(words) <= _BETWEEN_AT_MOST and not joints.isdisjoint(words)


def _whole(names: list[str]) -> list[str]:
    """“Mixtral 8x7B” and “8x22B”: a later name that is a number only takes the first one's word."""
    head = _HEAD.match(names[0])
    if head is None:
        return names
    return [
        name if i == 0 or _OWN_WORD.search(name) else head.group() + name
        for i, name in enumerate(names)
    ]
