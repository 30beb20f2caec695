"""Votes and answers for the tests of the taste test."""

from assistant.backends.base import StopReason, Usage
from assistant.evidence import Evidence
from assistant.turns import Answer, Money, Receipt, Status
from corpus.errors import CounterpointError
from eval.taste.ballots import Choice, Guess, Seat, Vote
from tests.support.scripted_objects import make_passages

OPEN, PAID = "llama3.2-3b", "claude-sonnet"


def make_seat(backend: str = OPEN, label: str = "Llama 3.2 3B", kind: str = "open") -> Seat:
    """One side of a vote."""
    return Seat(backend, label, kind, 0.0 if kind == "open" else 0.002, "USD", 1.5, "somewhere")


def make_vote(
    number: int = 1,
    choice: Choice = Choice.A,
    *,
    open_at: str = "a",
    guess: Guess | None = None,
    again: Choice | None = None,
    revealed: bool = True,
    question: str = "Who makes Phi-3?",
    sitting: str = "sitting-1",
    second: Seat | None = None,
) -> Vote:
    """A vote between the open model and another, the open one at A or at B."""
    first = make_seat()
    second = second or make_seat(PAID, "Claude Sonnet", "proprietary")
    a, b = (first, second) if open_at == "a" else (second, first)
    return Vote(
        id=f"{sitting}-{number}",
        sitting=sitting,
        number=number,
        question=question,
        evidence_hash="e" * 64,
        a=a,
        b=b,
        subject=first.backend,
        choice=choice,
        voted_at=1_000.0 + number,
        guess=guess,
        revealed_at=1_001.0 + number if revealed else None,
        again=again,
        again_at=1_002.0 + number if again else None,
    )


def make_evidence(question: str = "Who makes Phi-3?") -> Evidence:
    """What both sides rest on."""
    return Evidence(question, question, make_passages(), (), True, 0.01)


def scripted_answer(
    backend: str,
    text: str = "Microsoft makes it [2].",
    *,
    kind: str = "open",
    status: Status = Status.FINISHED,
    error: CounterpointError | None = None,
) -> Answer:
    """An answer with a receipt."""
    receipt = Receipt(
        backend=backend, model=f"{backend}-model", kind=kind, retrieval_s=0.01, first_token_s=0.2,
        load_s=None, total_s=1.5, usage=Usage(10, 5), tokens_estimated=False,
        money=Money(0.0, "USD", None, ""), energy_wh=None, destination="this process",
        stayed_local=True, bytes_sent=10, passages_sent=(1, 2), passages_cut=(), turns_cut=0,
        prompt_tokens_estimate=10, context_window_tokens=1000, context_shortfall=False,
        retention="", evidence_hash="e", stop_reason=StopReason.END,
    )  # fmt: skip
    return Answer(backend, backend.title(), kind, text, (), (), (), receipt, status, error)
