"""Turns, answers, receipts, and the events that a turn sends while it runs."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from assistant.backends.base import StopReason, Usage
from assistant.backends.catalogue import Kind
from assistant.evidence import Dispute, Evidence
from corpus.documents import Span
from corpus.errors import CounterpointError

SentenceVerdict = Literal["supported", "partly", "not found"]


class Status(StrEnum):
    """How an answer ended."""

    FINISHED = "finished"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


def side_of(kind: str) -> Kind:
    """The side that an answer stands on, whatever was proven of its kind."""
    return "open" if kind.startswith("open") else "proprietary"


@dataclass(frozen=True, slots=True)
class Citation:
    """A ``[n]`` in an answer.

    Attributes:
        number: the passage's number.
        span: where the marker stands in the answer's text.
        valid: whether the passage was retrieved in this turn and shown to the model.
    """

    number: int
    span: Span
    valid: bool


@dataclass(frozen=True, slots=True)
class SentenceCheck:
    """Whether one sentence of an answer is borne out by the passages.

    Attributes:
        span: the sentence in the answer's text.
        text: the sentence without its citation markers.
        verdict: supported, partly, or not found.
        passage: number of the passage that supports it best, or None.
        support: the supporting range as offsets in that passage's document, or None.
        misplaced: whether the sentence cites passages of which none supports it, while
            ``passage`` does.
    """

    span: Span
    text: str
    verdict: SentenceVerdict
    passage: int | None
    support: Span | None
    misplaced: bool = False


@dataclass(frozen=True, slots=True)
class Money:
    """What an answer cost.

    Attributes:
        amount: in ``currency``, or None when it is not known; never 0 for unknown.
        currency: ISO code.
        price_date: the day that the price speaks for (ISO), or None.
        price_source: where the price is from.
        note: why it is unknown, what it leaves out, or which of several prices held; empty
            otherwise.
    """

    amount: float | None
    currency: str
    price_date: str | None
    price_source: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one answer took, and where the data went. Times are seconds, None is unknown.

    Attributes:
        backend, model, kind: who answered; ``kind`` is what was proven, not what was hoped.
        retrieval_s, first_token_s, load_s, total_s: times; first token and total from sending.
        usage: tokens as the provider counted them.
        tokens_estimated: whether the output count is ours because the provider gave none.
        money: cost by provider usage and a dated price.
        energy_wh: declared estimate for local computing, or None.
        destination: host that the prompt was sent to, or ``this process``.
        stayed_local: whether prompt and answer stayed on this machine; where the question went
            for the search stands in ``search_host``.
        bytes_sent: size of the prompt that left for the destination.
        passages_sent: numbers of the passages that the model was shown.
        passages_cut: numbers of those that did not fit.
        turns_cut: earlier turns that did not fit.
        prompt_tokens_estimate: our count of the prompt.
        context_window_tokens: the room there was.
        context_shortfall: whether the backend read clearly fewer tokens than were sent.
        retention: what the provider says that it keeps.
        evidence_hash: hash of the evidence.
        stop_reason: why the model stopped.
        prompt_hash: SHA-256 over the messages that were sent; empty when a backend reads the
            evidence itself or nothing was sent.
        fitted_to: label of the backend whose smaller window cut the prompt of both sides, or empty.
        retention_source, retention_date: where and when (ISO) ``retention`` was read.
        search_host: host that the question's vector went to for the search, or None when the
            search stayed on this machine.
        watts: the power that ``energy_wh`` assumes.
    """

    backend: str
    model: str
    kind: str
    retrieval_s: float
    first_token_s: float | None
    load_s: float | None
    total_s: float
    usage: Usage
    tokens_estimated: bool
    money: Money
    energy_wh: float | None
    destination: str
    stayed_local: bool
    bytes_sent: int
    passages_sent: tuple[int, ...]
    passages_cut: tuple[int, ...]
    turns_cut: int
    prompt_tokens_estimate: int
    context_window_tokens: int
    context_shortfall: bool
    retention: str
    evidence_hash: str
    stop_reason: StopReason
    prompt_hash: str = ""
    fitted_to: str = ""
    retention_source: str = ""
    retention_date: str | None = None
    search_host: str | None = None
    watts: float | None = None

    @property
    def tokens_per_second(self) -> float | None:
        """Output tokens over the time after the first one, or None when unknown."""
        tokens = self.usage.output_tokens
        if tokens is None or self.first_token_s is None or self.total_s <= self.first_token_s:
            return None
        return tokens / (self.total_s - self.first_token_s)


@dataclass(frozen=True, slots=True)
class Answer:
    """One backend's answer in one turn, whole or not."""

    backend: str
    label: str
    kind: str
    text: str
    citations: tuple[Citation, ...]
    sentences: tuple[SentenceCheck, ...]
    disputes: tuple[Dispute, ...]
    receipt: Receipt
    status: Status
    error: CounterpointError | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """An earlier question and its answer, as later questions and prompts see it."""

    question: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and the answers it got."""

    question: str
    evidence: Evidence
    answers: tuple[Answer, ...]

    @property
    def exchange(self) -> Exchange:
        """The question with one answer: the open side's where there is one, its latest version.

        One rule whoever is asked next: two sides that are compared get the same history.
        """
        said = [answer for answer in self.answers if answer.text]
        of_open = [answer for answer in said if answer.kind == "open"]
        return Exchange(self.question, (of_open or said)[-1].text if said else "")


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The evidence is there.

    Attributes:
        evidence: the same for all sides.
        destinations: host (and port) that each side's prompt is sent to, or ``this process``.
    """

    evidence: Evidence
    destinations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request is about to be sent again, before its first token."""

    wait_s: float
    reason: str


@dataclass(frozen=True, slots=True)
class Token:
    """The answer grew by this text.

    Attributes:
        text: what came.
        remote_host: where it was made, when the prompt was passed on to there; None otherwise.
    """

    text: str
    remote_host: str | None = None


@dataclass(frozen=True, slots=True)
class UsageReported:
    """The provider said what it counted."""

    usage: Usage


@dataclass(frozen=True, slots=True)
class Checked:
    """The answer's citations and sentences have been checked."""

    citations: tuple[Citation, ...]
    sentences: tuple[SentenceCheck, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """The answer is complete."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Failed:
    """The answer broke off; what had arrived is in it."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Stopped:
    """The user stopped the answer; what had arrived is in it."""

    answer: Answer


TurnEvent = Retrieved | Waiting | Token | UsageReported | Checked | Finished | Failed | Stopped


@dataclass(frozen=True, slots=True)
class SideEvent:
    """An event of one of the backends that answer the same question at the same time.

    Attributes:
        side: its place in the list of backends that were asked, from 0; None for ``Retrieved``,
            which concerns all of them and comes once.
        event: what happened.
    """

    side: int | None
    event: TurnEvent
