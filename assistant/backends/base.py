"""What a backend is: the one protocol that every adapter keeps."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol

from assistant.backends.catalogue import BackendEntry
from assistant.evidence import Evidence

Role = Literal["system", "user", "assistant"]


class StopReason(StrEnum):
    """Why the model stopped."""

    END = "end"
    LENGTH = "length"
    FILTER = "filter"
    REFUSAL = "refusal"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the prompt."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class BackendRequest:
    """What is asked of a backend.

    Attributes:
        messages: the prompt, system message first, the question last.
        evidence: what was retrieved; the built-in reader reads it, language models do not.
        max_output_tokens: where the answer is cut.
        context_window_tokens: room for prompt and answer together.
        prompt_tokens_estimate: our count of the prompt, in tokens.
        payload_bytes: size of the messages as UTF-8, for the receipt.
    """

    messages: tuple[Message, ...]
    evidence: Evidence
    max_output_tokens: int
    context_window_tokens: int
    prompt_tokens_estimate: int

    @property
    def payload_bytes(self) -> int:
        """Size of the messages' text as UTF-8, in bytes."""
        return sum(len(message.content.encode()) for message in self.messages)


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of the answer.

    Attributes:
        text: the piece.
        remote_host: where it was really made, as in ``Done``, or None.
    """

    text: str
    remote_host: str | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the provider counted them; None where it did not say.

    Attributes:
        input_tokens: tokens of the prompt, cached ones included.
        output_tokens: tokens of the answer.
        cached_tokens: tokens of the prompt that were read from a cache.
        load_s: time to load the model, in seconds.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    load_s: float | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """The end marker of a complete stream.

    A stream that ends without it was interrupted.

    Attributes:
        stop_reason: why the model stopped.
        usage: what the provider counted.
        model: the model's name as the reply gave it, or None.
        remote_host: where a reply that came through a local address was really made, or None.
    """

    stop_reason: StopReason
    usage: Usage
    model: str | None = None
    remote_host: str | None = None


Delta = TextDelta | Done


class HealthState(StrEnum):
    """Whether a backend can answer now."""

    READY = "ready"
    NO_KEY = "no key"
    NOT_RUNNING = "not running"
    MODEL_MISSING = "model not pulled"
    UNKNOWN = "not checked"


@dataclass(frozen=True, slots=True)
class Health:
    """The state of a backend, and the one thing that mends it.

    Attributes:
        state: whether it can answer.
        detail: one sentence for a person.
        cure: one command or step; empty when ready.
    """

    state: HealthState
    detail: str
    cure: str = ""

    @property
    def ready(self) -> bool:
        """Whether a question can be asked."""
        return self.state is HealthState.READY


class Backend(Protocol):
    """A model that can answer.

    ``stream`` yields text deltas and exactly one ``Done``, last. Closing the iterator closes the
    request upstream. Everything that goes wrong is a ``BackendError`` or a ``ConfigError``.
    """

    @property
    def entry(self) -> BackendEntry:
        """Its catalogue entry."""
        ...

    @property
    def destination(self) -> str:
        """Host (and port) that the prompt is sent to, or ``this process``."""
        ...

    async def prepare(self) -> None:
        """Import what a first request would wait for, so that it is not billed to the model.

        Contacts nobody, and loads no model: that time belongs to the receipt.
        """
        ...

    def stream(self, request: BackendRequest) -> AsyncIterator[Delta]:
        """Answer the request."""
        ...

    async def health(self) -> Health:
        """Look, within two seconds, whether it can answer; sends nothing of the user's."""
        ...
