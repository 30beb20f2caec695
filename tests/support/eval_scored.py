"""One answer beside its question, as metrics get it; checked by the real sentence check."""

from collections.abc import Sequence
from dataclasses import replace

from assistant.backends.base import StopReason
from assistant.checks.support import check_sentences
from assistant.evidence import Evidence
from assistant.turns import Answer, Status
from eval.cases import Case
from eval.metrics.base import Answered
from eval.runs.records import Alteration, FrozenEvidence, Mode
from index.hash_embedder import HashEmbedder
from tests.support.eval_answers import STAND_IN, make_answer
from tests.support.evidence import make_evidence

EMBEDDER = HashEmbedder()
SIZE = "Mixtral 8x7B has 46.7 billion parameters in total."
ACTIVE = "Mixtral 8x7B uses 12.9 billion parameters for each token."
LICENCE = "Falcon 7B is under the licence Apache 2.0."


def make_case(slice_: str = "lookup", **said: object) -> Case:
    """A question with two facts, or with what is said of it."""
    facts: Sequence[Sequence[str]] = () if slice_ == "unanswerable" else (("46.7B",), ("12.9B",))
    return Case.model_validate(
        {"id": "q-1", "slice": slice_, "question": "How large is Mixtral?", "facts": facts, **said}
    )


def make_answered(
    text: str,
    case: Case | None = None,
    *,
    passages: Sequence[str] = (SIZE, ACTIVE, LICENCE),
    evidence: Evidence | None = None,
    status: Status = Status.FINISHED,
    stop: StopReason | None = None,
    mode: Mode = "own",
    alterations: Sequence[Alteration] = (),
    is_cut: bool = False,
) -> Answered:
    """An answer of a vendor's model that was shown all passages, numbered from 1."""
    asked = case or make_case()
    shown = evidence or make_evidence(*passages, question=asked.question)
    answer = make_answer(STAND_IN, FrozenEvidence(asked.id, mode, shown), text, status)
    numbers = [passage.number for passage in shown.passages]
    receipt = replace(answer.receipt, context_shortfall=is_cut)
    if stop is not None:
        receipt = replace(receipt, stop_reason=stop)
    checked: Answer = replace(
        answer,
        sentences=check_sentences(text, shown, numbers, EMBEDDER),
        receipt=receipt,
    )
    return Answered(asked, mode, shown, tuple(alterations), checked)
