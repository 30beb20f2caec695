"""What a vendor's module gives to the streaming core: how its chat model is built and read."""

import contextlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from assistant.backends.base import BackendRequest, Done, StopReason, Usage
from assistant.backends.catalogue import BackendEntry
from assistant.settings import TimeoutSettings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk
    from pydantic import SecretStr

_STOPS = {
    "stop": StopReason.END,
    "end_turn": StopReason.END,
    "stop_sequence": StopReason.END,
    "length": StopReason.LENGTH,
    "max_tokens": StopReason.LENGTH,
    "model_length": StopReason.LENGTH,
    "model_context_window_exceeded": StopReason.LENGTH,
    "content_filter": StopReason.FILTER,
    "safety": StopReason.FILTER,
    "recitation": StopReason.FILTER,
    "blocklist": StopReason.FILTER,
    "prohibited_content": StopReason.FILTER,
    "spii": StopReason.FILTER,
    "refusal": StopReason.REFUSAL,
}


@dataclass(slots=True)
class Reply:
    """What has come of one reply so far.

    Attributes:
        is_alive: whether the last chunk shows that the model is at work.
        has_text: whether any text came.
        chunks: how many chunks came.
        refused: whether the text is a refusal.
        stop: why the model stopped, as soon as it says so; the end marker.
    """

    is_alive: bool = False
    has_text: bool = False
    chunks: int = 0
    refused: bool = False
    stop: StopReason | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    load_s: float | None = None
    model: str | None = None
    remote_host: str | None = None

    def mark_stop(self, word: object) -> None:
        """Take the vendor's word for why the model stopped, if this is one."""
        if isinstance(word, str) and word:
            self.stop = _STOPS.get(word.lower(), StopReason.UNKNOWN)

    def done(self) -> Done:
        """The end marker."""
        usage = Usage(self.input_tokens, self.output_tokens, self.cached_tokens, self.load_s)
        return Done(self.stop or StopReason.UNKNOWN, usage, self.model, self.remote_host)


@dataclass(frozen=True, slots=True)
class Call:
    """What a wire needs to build a chat model for one request.

    Attributes:
        entry: the backend.
        base_url: where the request goes.
        key: the vendor's key; unwrapped only where the model is built.
        request: what is asked.
        timeouts: how long is waited.
    """

    entry: BackendEntry
    base_url: str
    key: "SecretStr | None" = field(repr=False)
    request: BackendRequest
    timeouts: TimeoutSettings

    @property
    def max_tokens(self) -> int:
        """Where the answer is cut, hidden reasoning included."""
        wanted = self.request.max_output_tokens + self.entry.thinking_tokens
        return max(self.request.max_output_tokens, min(self.entry.max_output_tokens, wanted))


class Wire(Protocol):
    """How one vendor's chat model is built and read."""

    library: str
    """The module that is imported before the first request."""
    key_aliases: tuple[str, ...]
    """Other variables that may hold the key."""

    def chat_model(self, call: Call) -> "contextlib.AbstractAsyncContextManager[BaseChatModel]":
        """A chat model for one request; leaving the context closes its connection."""
        ...

    def read(self, chunk: "AIMessageChunk", reply: Reply) -> str:
        """Take what a chunk says into the reply; give its text."""
        ...

    def errors(self) -> tuple[type[Exception], ...]:
        """The root errors of the libraries beneath."""
        ...


def whole_number(value: object) -> int | None:
    """A count of a service, or None when it is not one."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def plain_name(value: object) -> str | None:
    """A model's or host's name from a service, or None when it is not a plain name."""
    return value if isinstance(value, str) and re.fullmatch(r"[\w.:/@\-]{1,100}", value) else None


def take_usage(chunk: "AIMessageChunk", reply: Reply) -> None:
    """Take the counts of a chunk; the last ones that came hold."""
    usage = chunk.usage_metadata
    if not usage:
        return
    reply.input_tokens = whole_number(usage.get("input_tokens"))
    reply.output_tokens = whole_number(usage.get("output_tokens"))
    reply.cached_tokens = whole_number((usage.get("input_token_details") or {}).get("cache_read"))
