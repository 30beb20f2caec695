"""What an answer holds, and what it asserts: the ground that the metrics of content stand on."""

import re
from collections.abc import Iterator
from typing import Final

from assistant.text.sentences import split_sentences
from assistant.turns import Answer, Status
from corpus.documents import Span
from eval.cases import Case, Variants
from eval.metrics.refusals import lacks, points, stance_of
from eval.variants import holds

ENOUGH: Final = 0.5
"""From this share of the facts on, what is said to be missing is a part, and no refusal."""

_LESSON: Final = re.compile(
    r"\b(?:the|this|your)\s+lesson\b|\blesson['’]s\b|^\W*lesson\b|\bLektion\b|\bleçon\b|\blección\b|"
    r"\blezione\b|\blição\b",
    re.IGNORECASE,
)
_DENIED: Final = re.compile(
    r"(?:\b(?:not|rather\s+than|instead\s+of|unlike|nicht|anstatt)|n['’]t)\s+(?:[^\s,.;:]+\s*){1,5}?"
    r"(?=[,.;:]|$)",
    re.IGNORECASE | re.MULTILINE,
)
_ITEM: Final = re.compile(r"(?:[-*•]|\d{1,2}[.)])\s+[*_]*$")
_BARE: Final = re.compile(r"[\W\d]*(?:no|not|cannot|nein|nicht|non|não)?[\W\d]*", re.IGNORECASE)


def is_whole(answer: Answer) -> bool:
    """Whether the answer came to its end."""
    return answer.status is Status.FINISHED


def share_of_facts(case: Case, text: str) -> float:
    """The share of a case's facts that an answer holds, 0 to 1.

    What a refusal names as nearest does not count, and neither does the ``not`` of a refusal.
    """
    if stance_of(text) == "answers":
        found = case.facts_found(text)
    else:
        told, lacking = _told_and_lacking(text)
        found = tuple(
            holds(told, fact) or holds(lacking, [one for one in fact if not _BARE.fullmatch(one)])
            for fact in case.facts
        )
    return sum(found) / len(found) if found else 0.0


def refuses(case: Case, text: str) -> bool:
    """Whether an answer refuses: it says that the sources hold no answer, and gives none.

    What lacks at the beginning is no refusal when at least half of the facts follow.
    """
    if stance_of(text) not in {"refuses", "refuses first"}:
        return False
    return not case.answerable or share_of_facts(case, text) < ENOUGH


def asserts_forbidden(case: Case, text: str) -> bool:
    """Whether an answer states something that the case forbids, as its own.

    What it says that the lesson says, and what it denies, it does not state.
    """
    if not any(case.forbidden_found(text)):
        return False
    return any(case.forbidden_found(own_words(text)))


def asserts(text: str, entry: Variants) -> bool:
    """Whether an answer states one of the variants as its own."""
    return holds(text, entry) and holds(own_words(text), entry)


def own_words(text: str) -> str:
    """An answer without what it says that the lesson says, and without what it denies."""
    kept = (text[span.start : span.end] for span in _not_of_the_lesson(text))
    return "\n".join(_DENIED.sub(" ", sentence) for sentence in kept)


def names_the_lesson(text: str) -> bool:
    """Whether an answer speaks of the lesson."""
    return any(_LESSON.search(text[s.start : s.end]) for s in split_sentences(text))


def _not_of_the_lesson(text: str) -> Iterator[Span]:
    """Sentences that are not put down to the lesson, themselves or by the line above their list."""
    is_list_of_the_lesson = False
    for span in split_sentences(text):
        sentence = text[span.start : span.end]
        line = text[text.rfind("\n", 0, span.start) + 1 : span.start]
        is_list_of_the_lesson = is_list_of_the_lesson and bool(_ITEM.search(line))
        if _LESSON.search(sentence):
            is_list_of_the_lesson = sentence.rstrip(" *_").endswith(":")
        elif not is_list_of_the_lesson:
            yield span


def _told_and_lacking(text: str) -> tuple[str, str]:
    sentences = [text[span.start : span.end] for span in split_sentences(text)]
    lacking = [sentence for sentence in sentences if lacks(sentence)]
    told = [one for one in sentences if one not in lacking and not points(one)]
    return "\n".join(told), "\n".join(lacking)
