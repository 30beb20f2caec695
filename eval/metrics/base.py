"""A metric and what it looks at."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from assistant.evidence import Evidence
from assistant.turns import Answer
from eval.cases import Case
from eval.runs.records import Alteration, Mode

Unit = Literal["share", "s", "tokens/s", "USD", "tokens", "sentences", "Wh"]


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer beside what it is measured against.

    Attributes:
        case: the question, with what an answer must and must not say.
        mode: how the evidence was made.
        evidence: what the backend was shown.
        alterations: what was changed in counterfactual evidence.
        answer: the answer; a failed one is measured too.
    """

    case: Case
    mode: Mode
    evidence: Evidence
    alterations: tuple[Alteration, ...]
    answer: Answer


@dataclass(frozen=True, slots=True)
class Score:
    """A value, or why there is none.

    Attributes:
        value: in the metric's unit; None when this answer cannot be scored by it.
        reason: why there is none; one of few short sentences, so that they can be counted.
        applies: whether the metric is about this case at all; one that is not is not counted as
            unscored.
    """

    value: float | None
    reason: str = ""
    applies: bool = True


NOT_ABOUT_THIS = Score(None, "the metric is not about such questions", applies=False)


@dataclass(frozen=True, slots=True)
class Metric:
    """One measure of an answer.

    Attributes:
        id: short name, as in JSON.
        label: as a person reads it, short enough for a table.
        unit: of its values; a share lies from 0 to 1.
        better: which way is better; None for a figure that is only reported.
        binary: whether every value is 0 or 1, so that rates and McNemar's test are right for it.
        announced: whether it belongs to the family that is tested, fixed before any run; the others
            are explored.
        range: what values it can take, in words.
        about: what it measures, one or two sentences.
        source: where the definition is from.
        cannot_tell: what it does not see.
        score: measures one answer.
    """

    id: str
    label: str
    unit: Unit
    better: Literal["higher", "lower"] | None
    binary: bool
    announced: bool
    range: str
    about: str
    source: str
    cannot_tell: str
    score: Callable[[Answered], Score]
