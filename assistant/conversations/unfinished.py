"""An answer that was never brought to its end, as a person gets to see it."""

import re
from dataclasses import dataclass
from typing import Any, Final

from assistant.backends.addresses import THIS_PROCESS, is_local
from assistant.backends.base import StopReason, Usage
from assistant.backends.catalogue import BackendEntry
from assistant.citations import parse_citations
from assistant.evidence import Evidence
from assistant.turns import Answer, Money, Receipt, Status
from corpus.errors import CounterpointError, StoreError

_AGAIN: Final = "Ask again to get a whole one."
NOT_RECORDED: Final = "a host that was not recorded"
_HOST: Final = re.compile(r"(?:[\w.\-]{1,253}|\[[\da-fA-F:.]{2,45}\])(?::\d{1,5})?")


@dataclass(frozen=True, slots=True)
class Side:
    """Who was asked, as far as it is known before the answer ends.

    Attributes:
        backend, label, kind, model: as in the catalogue.
        local: whether it runs in this process, so that nothing can have left it.
        window: its room, in tokens.
        destination: host (and port) that the prompt was sent to, or where its reply said that it
            was made; empty when that was not kept.
    """

    backend: str
    label: str
    kind: str
    model: str
    local: bool
    window: int
    destination: str

    @property
    def receiver(self) -> str:
        """Where the prompt went, as a receipt says it."""
        if self.local:
            return THIS_PROCESS
        return self.destination or NOT_RECORDED

    @property
    def proven_kind(self) -> str:
        """Its kind, as a receipt says it."""
        is_away = self.receiver != NOT_RECORDED and not is_local(self.receiver)
        return "open, not local" if self.kind == "open" and is_away else self.kind

    def stayed_local(self, text: str) -> bool:
        """Whether all stayed on this machine, by the text that had come.

        A model server here may pass a prompt on; only its reply tells.
        """
        here = self.kind == "open" and is_local(self.receiver)
        return self.local or (here and bool(text))


def side_of(entry: BackendEntry, destination: str) -> dict[str, Any]:
    """What is kept of a backend when it is asked, and of where."""
    return {
        "backend": entry.id,
        "label": entry.label,
        "kind": entry.kind,
        "model": entry.model,
        "local": entry.adapter in {"reader", "gguf"},
        "window": entry.context_window_tokens,
        "destination": destination,
    }


def read_side(fields: dict[str, Any]) -> Side:
    """What ``side_of`` wrote; what is missing or of another kind counts as unknown."""
    window, destination = fields.get("window"), fields.get("destination")
    is_host = isinstance(destination, str) and _HOST.fullmatch(destination)
    return Side(
        backend=str(fields.get("backend", "")),
        label=str(fields.get("label", "")),
        kind=str(fields.get("kind", "")),
        model=str(fields.get("model", "")),
        local=fields.get("local") is True,
        window=window if isinstance(window, int) else 0,
        destination=str(destination) if is_host else "",
    )


def still_growing() -> CounterpointError:
    """Its writer gave a sign of life a moment ago."""
    return StoreError(
        "This answer is still being written in another window, or broke off just now.",
        "Open the conversation again in a few seconds.",
    )


def writer_gone() -> CounterpointError:
    """Its writer gave no sign of life for a while."""
    return StoreError("The program ended while this answer was being written.", _AGAIN)


def left_early() -> CounterpointError:
    """Nobody listened any more."""
    return StoreError("The page was closed while this answer was being written.", _AGAIN)


def unfinished(
    side: Side, text: str, took_s: float, evidence: Evidence, error: CounterpointError
) -> Answer:
    """An answer without a receipt of its own: what was not counted is unknown, not zero.

    Its evidence is taken to have been sent: that is the most that may have left the machine.

    Args:
        side: who was asked.
        text: what had arrived.
        took_s: from asking to the last sign of life, in seconds.
        evidence: of its turn.
        error: why it has no end.
    """
    sent = sum(len(f"{passage.lead}{passage.text}".encode()) for passage in evidence.passages)
    receipt = Receipt(
        backend=side.backend,
        model=side.model,
        kind=side.proven_kind,
        retrieval_s=evidence.retrieval_s,
        first_token_s=None,
        load_s=None,
        total_s=max(took_s, 0.0),
        usage=Usage(),
        tokens_estimated=False,
        money=Money(None, "USD", None, "", "the answer broke off before its cost was counted"),
        energy_wh=None,
        destination=side.receiver,
        stayed_local=side.stayed_local(text),
        bytes_sent=sent + len(evidence.question.encode()),
        passages_sent=tuple(passage.number for passage in evidence.passages),
        passages_cut=(),
        turns_cut=0,
        prompt_tokens_estimate=0,
        context_window_tokens=side.window,
        context_shortfall=False,
        retention="",
        evidence_hash=evidence.hash,
        stop_reason=StopReason.UNKNOWN,
    )
    return Answer(
        backend=side.backend,
        label=side.label,
        kind=side.kind,
        text=text,
        citations=parse_citations(text, {passage.number for passage in evidence.passages}),
        sentences=(),
        disputes=evidence.disputes,
        receipt=receipt,
        status=Status.INTERRUPTED,
        error=error,
    )
