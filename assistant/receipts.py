"""What an answer took, measured while it runs."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from assistant.backends.addresses import destination_of, is_local, is_loopback, policy_at
from assistant.backends.base import Backend, Done, StopReason, Usage
from assistant.backends.catalogue import BackendEntry
from assistant.money import cost_of
from assistant.prompt import PromptPlan, estimate_tokens
from assistant.settings import IndexSettings
from assistant.turns import Money, Receipt

# A word-piece count and a vendor's own differ by less than this on English text and Markdown.
SHORTFALL_SHARE = 0.65
SECONDS_PER_HOUR = 3600


@dataclass(slots=True)
class Meter:
    """Takes the times of one answer.

    Attributes:
        clock: seconds, monotonic.
    """

    clock: Callable[[], float] = time.perf_counter
    started_s: float = field(init=False)
    first_token_s: float | None = field(init=False, default=None)
    _ended_s: float | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.started_s = self.clock()

    def mark_text(self) -> None:
        """Remember when the first text came."""
        if self.first_token_s is None:
            self.first_token_s = self.clock() - self.started_s

    def mark_end(self) -> None:
        """Remember when the answer ended, so that what comes after is not billed to it."""
        if self._ended_s is None:
            self._ended_s = self.clock()

    @property
    def total_s(self) -> float:
        """Seconds from sending to the end, or until now."""
        return (self.clock() if self._ended_s is None else self._ended_s) - self.started_s


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came back from a backend.

    Attributes:
        text: the answer as far as it came.
        done: the end marker, or None when there was none.
        requests: how many of them took the prompt to the backend; a try that fails is one, too.
        remote_host: where the answer was really made, as far as it came, when that is not where
            the prompt was sent to.
    """

    text: str
    done: Done | None
    requests: int = 1
    remote_host: str | None = None

    @property
    def was_sent(self) -> bool:
        """Whether the prompt left for the backend at all."""
        return self.requests > 0


def write_receipt(
    backend: Backend,
    plan: PromptPlan,
    meter: Meter,
    outcome: Outcome,
    *,
    watts: float,
    search_host: str | None,
    count_tokens: Callable[[str], int],
) -> Receipt:
    """Put the receipt of an answer together.

    Args:
        backend: who answered.
        plan: what was sent, and what was cut.
        meter: the times.
        outcome: what came back.
        watts: assumed power of this machine, for local answers.
        search_host: where the question's vector went for the search, or None.
        count_tokens: our own count, to notice a prompt that was cut on the other side.
    """
    entry, done = backend.entry, outcome.done
    usage, estimated = _counted(outcome)
    destination = outcome.remote_host or backend.destination
    # A vendor's model does not run here: what a loopback address takes, a gateway passes on.
    local = entry.kind == "open" and is_local(destination)
    evidence = plan.request.evidence
    total_s = meter.total_s
    policy = policy_at(entry, destination)
    return Receipt(
        backend=entry.id,
        model=(done.model if done and done.model else entry.model),
        kind=entry.kind if entry.kind == "proprietary" or local else "open, not local",
        retrieval_s=evidence.retrieval_s,
        first_token_s=meter.first_token_s,
        load_s=usage.load_s,
        total_s=total_s,
        usage=usage,
        tokens_estimated=estimated,
        money=_money(entry, outcome, local=local),
        energy_wh=watts * total_s / SECONDS_PER_HOUR if local else None,
        destination=destination,
        stayed_local=local,
        bytes_sent=plan.request.payload_bytes * outcome.requests,
        passages_sent=plan.passages_sent if outcome.was_sent else (),
        passages_cut=plan.passages_cut,
        turns_cut=plan.turns_cut,
        prompt_tokens_estimate=plan.request.prompt_tokens_estimate,
        context_window_tokens=plan.request.context_window_tokens,
        # The built-in reader reads the evidence itself; what it counts is not our prompt.
        context_shortfall=entry.adapter != "reader" and _is_short(usage, plan, count_tokens),
        retention=policy.words,
        evidence_hash=evidence.hash,
        stop_reason=done.stop_reason if done else StopReason.UNKNOWN,
        prompt_hash=plan.prompt_hash if outcome.was_sent else "",
        fitted_to=plan.fitted_to,
        retention_source=policy.source,
        retention_date=policy.date,
        search_host=search_host,
        watts=watts if local else None,
    )


def search_host_of(index: IndexSettings) -> str | None:
    """The host of the index's vectors, which each question's vector is sent to; None for here."""
    url = index.chroma_url
    return None if url is None or is_loopback(url) else destination_of(url)


def _counted(outcome: Outcome) -> tuple[Usage, bool]:
    """What the provider counted, and whether the tokens that were written are our estimate."""
    usage = outcome.done.usage if outcome.done else Usage()
    if usage.output_tokens is not None or not outcome.text:
        return usage, False
    return replace(usage, output_tokens=estimate_tokens(outcome.text)), True


def _money(entry: BackendEntry, outcome: Outcome, *, local: bool) -> Money:
    if not outcome.was_sent:
        return Money(0.0, "USD", None, "", "nothing was sent")
    return cost_of(outcome.done.usage if outcome.done else Usage(), entry, local=local)


def _is_short(usage: Usage, plan: PromptPlan, count_tokens: Callable[[str], int]) -> bool:
    if usage.input_tokens is None:
        return False
    sent = sum(count_tokens(message.content) for message in plan.request.messages)
    return usage.input_tokens < SHORTFALL_SHARE * sent
