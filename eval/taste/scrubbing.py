"""Taking out of an answer what its model says about itself, before anyone votes.

Only self-references are touched: a name counts where the sentence speaks in the first person
("I'm …", "As …, I", "my makers at …"). A sentence about a system keeps every name. English,
German, French and Spanish are known; in other languages only names of templates are found.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache

from eval.taste.names import name_pattern
from eval.taste.self_naming import rules_with

_BEGINS = "\ue000"
_TEMPLATE = re.compile(
    r"<think>.*?(?:</think>|\Z)|<\|[^|>\n]{1,40}\|>|</?s>(?!\w)|\[/?INST\]|<</?SYS>>"
    r"|<(?:start|end)_of_turn>(?:model|user)?",
    re.DOTALL,
)
_FOLLOWS = re.compile(rf"{_BEGINS}(\s*[*_]{{0,2}})(\w?)")


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """An answer as it may be shown before the vote.

    Attributes:
        text: without self-naming.
        changes: how many places were changed.
    """

    text: str
    changes: int


def scrub(text: str, names: Collection[str] = ()) -> Scrubbed:
    """Take self-naming out of an answer.

    Args:
        text: the answer as the model gave it.
        names: labels, models and providers, beside the ones that are known anyway.
    """
    clean, changes = _TEMPLATE.subn("", text.replace(_BEGINS, ""))
    for pattern, replace in _compiled(frozenset(names)):
        clean, found = pattern.subn(replace, clean)
        changes += found
    clean = _FOLLOWS.sub(lambda match: match[1] + match[2].upper(), clean)
    return Scrubbed(clean.strip() if changes else text, changes)


@lru_cache(maxsize=32)
def _compiled(
    names: frozenset[str],
) -> tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...]:
    made = []
    for rule in rules_with(name_pattern(names), name_pattern(names, owning=True)):
        flags = re.IGNORECASE | re.MULTILINE
        made.append((re.compile(rule.pattern, flags), _replacing(rule.put)))
    return tuple(made)


def _replacing(put: str) -> Callable[[re.Match[str]], str]:
    def replace(match: re.Match[str]) -> str:
        new = match.expand(put)
        # What began with a capital still does: the words put there, or those that follow.
        starts_high = match[0].lstrip(" *_\n")[:1].isupper()
        if not new.strip():
            return new + (_BEGINS if starts_high else "")
        at = len(new) - len(new.lstrip())
        return new[:at] + (new[at].upper() if starts_high else new[at]) + new[at + 1 :]

    return replace
