"""Citations by ALCE's definition, over the program's own sentence check; supported sentences.

Gao et al. (2023), "Enabling Large Language Models to Generate Text with Citations": a statement has
recall 1 when it cites passages that together support it; a citation counts when its statement has
recall 1 and it is not irrelevant; it is irrelevant when it alone does not support the statement and
the others of the statement still do without it. There a language model judges whether passages
support a statement; here ``assistant.checks.grounds`` does, the same for every backend.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from assistant.checks.grounds import Grounds
from assistant.checks.judgement import Meanings
from assistant.turns import Answer, SentenceCheck
from eval.metrics.base import NOT_ABOUT_THIS, Answered, Score
from eval.metrics.holding import is_whole
from eval.metrics.reasons import CITES_NOTHING, FAILED, STATES_NOTHING, without
from eval.metrics.refusals import lacks, points
from index.embedder import Embedder

_REMEMBERED: Final = 4
_WIDEST: Final = 8
"""Beyond this many citations, a statement's citations are not tried one by one but count as they
are: nobody cites so many in earnest."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of an answer with its citations.

    Attributes:
        check: the sentence with its verdict.
        cited: numbers that were shown, in order, each once.
        invalid: how many numbers it cites that were not shown.
        supported: whether the passages that it cites support it together, and nothing else.
        irrelevant: those of ``cited`` that add nothing.
    """

    check: SentenceCheck
    cited: tuple[int, ...]
    invalid: int
    supported: bool
    irrelevant: frozenset[int]


class Citing:
    """The statements of an answer, worked out once for all metrics that look at them.

    Args:
        embedder: gives the embedder when it is first needed; to compare meaning.
    """

    def __init__(self, embedder: Callable[[], Embedder]) -> None:
        self._embedder = embedder
        self._meanings: Meanings | None = None
        self._known: OrderedDict[int, tuple[Answered, tuple[Statement, ...]]] = OrderedDict()

    def statements(self, a: Answered) -> tuple[Statement, ...]:
        """Every statement of the answer; refusals and pointers to other places are none."""
        known = self._known.get(id(a))
        if known is not None and known[0] is a:
            return known[1]
        if self._meanings is None:
            self._meanings = Meanings(self._embedder())
        grounds = Grounds(a.evidence, self._meanings)
        found = tuple(_statement(a.answer, check, grounds) for check in stated(a.answer))
        self._known[id(a)] = (a, found)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return found

    def recall(self, a: Answered) -> Score:
        """The share of statements whose citations support them."""
        if (none := _none(a)) is not None:
            return none
        statements = self.statements(a)
        return Score(sum(one.supported for one in statements) / len(statements))

    def precision(self, a: Answered) -> Score:
        """The share of citations that count; one to a number that was not shown does not."""
        if (none := _none(a)) is not None:
            return none
        statements = self.statements(a)
        cited = sum(len(one.cited) + one.invalid for one in statements)
        if not cited:
            return without(CITES_NOTHING)
        good = sum(len(one.cited) - len(one.irrelevant) for one in statements if one.supported)
        return Score(good / cited)


def invalid_citations(a: Answered) -> Score:
    """The share of citations, of the whole answer, to numbers that were not shown."""
    if not is_whole(a.answer) and not a.answer.citations:
        return without(FAILED)
    if not a.answer.citations:
        return without(CITES_NOTHING)
    return Score(sum(not one.valid for one in a.answer.citations) / len(a.answer.citations))


def supported_rate(a: Answered) -> Score:
    """The share of statements that any passage bears out; partly is not."""
    if (none := _none(a)) is not None:
        return none
    checks = stated(a.answer)
    return Score(sum(check.verdict == "supported" for check in checks) / len(checks))


def stated(answer: Answer) -> tuple[SentenceCheck, ...]:
    """The checked sentences that state something of the world."""
    return tuple(
        check for check in answer.sentences if not lacks(check.text) and not points(check.text)
    )


def _none(a: Answered) -> Score | None:
    """Why there is no share of statements, or 0 where an answer should have been; else None."""
    if not is_whole(a.answer):
        return Score(0.0) if a.case.answerable else without(FAILED)
    if stated(a.answer):
        return None
    return without(STATES_NOTHING) if a.case.answerable else NOT_ABOUT_THIS


def _statement(answer: Answer, check: SentenceCheck, grounds: Grounds) -> Statement:
    cites = [one for one in answer.citations if check.span.overlaps(one.span)]
    cited = tuple(dict.fromkeys(one.number for one in cites if one.valid))
    invalid = sum(not one.valid for one in cites)
    supported = bool(cited) and grounds.bear_out(check.text, cited)
    irrelevant: frozenset[int] = frozenset()
    if supported and 1 < len(cited) <= _WIDEST:
        irrelevant = frozenset(
            number
            for number in cited
            if not grounds.bear_out(check.text, (number,))
            and grounds.bear_out(check.text, [one for one in cited if one != number])
        )
    return Statement(check, cited, invalid, supported, irrelevant)
