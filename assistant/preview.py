"""What would be sent, to whom and at what cost, before anything is.

The passages are part of what is sent, so the search has to run; the models are not asked, and no
key is needed. Answering over the preview's evidence sends the very messages that it shows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.backends.addresses import is_local, policy_at
from assistant.backends.base import Backend, Message, Usage
from assistant.backends.catalogue import BackendEntry
from assistant.backends.errors import ContextOverflow
from assistant.evidence import Evidence
from assistant.money import cost_of
from assistant.plans import plan_sides
from assistant.privacy import find_personal
from assistant.prompt import PromptPlan, hash_messages
from assistant.sides import UnopenedBackend
from assistant.turns import Exchange, Money
from corpus.documents import Span
from corpus.errors import CounterpointError
from index.embedder import Embedder

# No vendor's tokenizer makes more than five bytes of English into a token on average.
_MOST_BYTES_PER_TOKEN = 5


@dataclass(frozen=True, slots=True)
class PersonalMark:
    """Something in the prompt that looks personal.

    Attributes:
        message: its place in ``Preview.messages``.
        span: where it stands in that message's content.
        what: what it looks like, for people.
    """

    message: int
    span: Span
    what: str


@dataclass(frozen=True, slots=True)
class PreviewSide:
    """What one backend would be sent. The costs are estimates, the tokens are ours.

    Attributes:
        backend, label, kind: who would be asked.
        destination: host that the prompt would go to, or ``this process``.
        stays_local: whether prompt and answer stay on this machine, as far as can be known before
            the reply.
        bytes_sent: size of the messages; 0 for the built-in reader, which is sent none.
        tokens_low, tokens_high: bounds for the tokens of the prompt.
        answer_tokens: where the answer is cut, hidden reasoning included.
        cost_low: for the fewest tokens and an empty answer.
        cost_high: for the most tokens and the longest answer, nothing read from a cache.
        prompt_hash: as the receipt will show it; empty when no messages are sent.
        passages_sent, passages_cut, turns_cut, fitted_to: as in the receipt.
        retention, retention_source, retention_date: as in the receipt.
        error: why nothing would be sent, or None.
    """

    backend: str
    label: str
    kind: str
    destination: str
    stays_local: bool
    bytes_sent: int
    tokens_low: int
    tokens_high: int
    answer_tokens: int
    cost_low: Money
    cost_high: Money
    prompt_hash: str
    passages_sent: tuple[int, ...]
    passages_cut: tuple[int, ...]
    turns_cut: int
    fitted_to: str
    retention: str
    retention_source: str
    retention_date: str | None
    error: CounterpointError | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a question would send.

    Attributes:
        evidence: what was found for it; ask over this to send exactly what is shown.
        messages: the one prompt of all language models that are asked; empty when none is.
        prompt_hash: SHA-256 over the messages, or empty.
        sides: one for each backend, in the order that they were named.
        personal: what in the messages looks personal, in order.
        search_host: host that the question's vector went to for the search, or None.
    """

    evidence: Evidence
    messages: tuple[Message, ...]
    prompt_hash: str
    sides: tuple[PreviewSide, ...]
    personal: tuple[PersonalMark, ...]
    search_host: str | None = None


def make_preview(
    evidence: Evidence,
    history: Sequence[Exchange],
    backends: Sequence[Backend],
    embedder: Callable[[], Embedder],
    search_host: str | None = None,
) -> Preview:
    """Plan what ``backends`` would be sent, as asking them does, and send nothing.

    Args:
        evidence: what was found.
        history: earlier turns.
        backends: who would be asked; those that cannot be opened say why.
        embedder: gives the embedder, for the small packaged model's prompt.
        search_host: where the question's vector went for the search, or None.
    """
    plans = plan_sides(evidence, history, [backend.entry for backend in backends], embedder)
    sides = [_plan_or_error(*side) for side in zip(backends, plans, strict=True)]
    sent = (side.request.messages for side in sides if isinstance(side, PromptPlan))
    messages: tuple[Message, ...] = next(filter(None, sent), ())
    return Preview(
        evidence=evidence,
        messages=messages,
        prompt_hash=hash_messages(messages) if messages else "",
        sides=tuple(
            _side(backend, side, evidence) for backend, side in zip(backends, sides, strict=True)
        ),
        personal=tuple(mark_personal(messages)),
        search_host=search_host,
    )


def mark_personal(messages: Sequence[Message]) -> list[PersonalMark]:
    """What looks personal in messages; our own instructions are left out."""
    return [
        PersonalMark(place, span, what)
        for place, message in enumerate(messages)
        if message.role != "system"
        for span, what in find_personal(message.content)
    ]


def _plan_or_error(
    backend: Backend, planned: PromptPlan | ContextOverflow
) -> PromptPlan | CounterpointError:
    return backend.error if isinstance(backend, UnopenedBackend) else planned


def _side(
    backend: Backend, planned: PromptPlan | CounterpointError, evidence: Evidence
) -> PreviewSide:
    entry = backend.entry
    plan, error = (planned, None) if isinstance(planned, PromptPlan) else (None, planned)
    request = plan.request if plan else None
    bytes_sent = request.payload_bytes if request else 0
    low = bytes_sent // _MOST_BYTES_PER_TOKEN
    high = request.prompt_tokens_estimate if request and request.messages else 0
    answer_tokens = request.max_output_tokens + entry.thinking_tokens if request else 0
    stays_local = entry.kind == "open" and is_local(backend.destination)
    policy = policy_at(entry, backend.destination)
    everything = tuple(passage.number for passage in evidence.passages)
    return PreviewSide(
        backend=entry.id,
        label=entry.label,
        kind=entry.kind,
        destination=backend.destination,
        stays_local=stays_local,
        bytes_sent=bytes_sent,
        tokens_low=low,
        tokens_high=high,
        answer_tokens=answer_tokens,
        cost_low=_cost(entry, low, 0, is_sent=request is not None, local=stays_local),
        cost_high=_cost(entry, high, answer_tokens, is_sent=request is not None, local=stays_local),
        prompt_hash=plan.prompt_hash if plan else "",
        passages_sent=plan.passages_sent if plan else (),
        passages_cut=plan.passages_cut if plan else everything,
        turns_cut=plan.turns_cut if plan else 0,
        fitted_to=plan.fitted_to if plan else "",
        retention=policy.words,
        retention_source=policy.source,
        retention_date=policy.date,
        error=error,
    )


def _cost(entry: BackendEntry, tokens: int, answer: int, *, is_sent: bool, local: bool) -> Money:
    if not is_sent:
        return Money(0.0, "USD", None, "", "nothing is sent")
    return cost_of(Usage(tokens, answer), entry, local=local)
