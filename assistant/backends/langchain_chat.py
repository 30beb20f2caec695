"""Backends that are LangChain chat models: one streaming core, one small module per vendor."""

import asyncio
import contextlib
import importlib
import logging
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import httpx

from assistant.backends.addresses import base_url_of, destination_of, is_loopback, runs_here
from assistant.backends.base import (
    BackendRequest,
    Delta,
    Done,
    Health,
    HealthState,
    StopReason,
    TextDelta,
    Usage,
)
from assistant.backends.catalogue import BackendEntry
from assistant.backends.errors import ContentFiltered
from assistant.backends.failure import ErrorInStream
from assistant.backends.translate import bad_reply, interrupted, translate
from assistant.settings import Settings, TimeoutSettings, read_key
from corpus.errors import BackendError, ConfigError, KeyMissing

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk, BaseMessage
    from pydantic import SecretStr

logger = logging.getLogger(__name__)

# After the model has said why it stopped, only the token counts are still to come.
TAIL_S = 2.0

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


class ChatBackend:
    """A backend over a LangChain chat model.

    Args:
        entry: its catalogue entry.
        settings: address, timeouts, and where the key is looked up.
        wire: how its chat model is built and read.
    """

    def __init__(self, entry: BackendEntry, settings: Settings, wire: Wire) -> None:
        self._entry = entry
        self._settings = settings
        self._wire = wire

    @property
    def entry(self) -> BackendEntry:
        """Its catalogue entry."""
        return self._entry

    @property
    def destination(self) -> str:
        """Host (and port) that the prompt is sent to; empty while no address is set."""
        try:
            return destination_of(base_url_of(self._entry, self._settings))
        except ConfigError:
            return ""

    async def stream(self, request: BackendRequest) -> AsyncGenerator[Delta, None]:
        """Answer the request.

        Raises:
            ConfigError: address or key is missing; nothing was sent.
            BackendError: anything else.
        """
        call = await asyncio.to_thread(self._call, request)
        await asyncio.to_thread(importlib.import_module, self._wire.library)
        reply = Reply()
        async with contextlib.AsyncExitStack() as stack:
            chunks = await self._open(call, stack)
            clock = asyncio.get_running_loop().time
            deadline_s = clock() + self._first_token_s(call)
            while True:
                text = await self._next(chunks, call, reply, deadline_s)
                if text is None:
                    break
                if reply.stop is not None:
                    deadline_s = clock() + min(TAIL_S, call.timeouts.between_tokens_s)
                elif reply.is_alive:
                    deadline_s = clock() + call.timeouts.between_tokens_s
                if text:
                    reply.has_text = True
                    yield TextDelta(text)
        if reply.stop is None:
            if reply.chunks:
                raise interrupted(self._entry)
            raise bad_reply(self._entry, self.destination)
        yield reply.done()

    async def health(self) -> Health:
        """Whether address and key are there; nothing is sent to a vendor."""
        entry = self._entry
        try:
            url = base_url_of(entry, self._settings)
            # A system keyring may take its time.
            await asyncio.to_thread(self._key)
        except KeyMissing as exc:
            return Health(HealthState.NO_KEY, exc.what, exc.cure)
        except ConfigError as exc:
            return Health(HealthState.NOT_RUNNING, exc.what, exc.cure)
        if entry.adapter == "openai-compatible":
            return await self._knock(url)
        return Health(HealthState.READY, "A key is set; it has not been tried.")

    def _call(self, request: BackendRequest) -> Call:
        url = base_url_of(self._entry, self._settings)
        return Call(self._entry, url, self._key(), request, self._settings.timeouts)

    def _key(self) -> "SecretStr | None":
        variable = self._entry.key_variable
        if variable is None:
            return None
        for name in (variable, *self._wire.key_aliases):
            if key := read_key(name, self._settings.home):
                return key
        raise KeyMissing(
            f"{self._entry.label} needs a key of {self._entry.provider}, and none is set.",
            f"Set {variable} in the environment or in a .env file, then ask again.",
        )

    def _first_token_s(self, call: Call) -> float:
        here = runs_here(call.entry, call.base_url)
        timeouts = call.timeouts
        return timeouts.first_token_local_s if here else timeouts.first_token_vendor_s

    async def _open(
        self, call: Call, stack: contextlib.AsyncExitStack
    ) -> "AsyncGenerator[AIMessageChunk, None]":
        model = await stack.enter_async_context(self._wire.chat_model(call))
        chunks: Any = model.astream(_messages(call.request), config={"callbacks": []})
        stack.push_async_callback(chunks.aclose)
        return chunks  # type: ignore[no-any-return]

    async def _next(
        self,
        chunks: "AsyncGenerator[AIMessageChunk, None]",
        call: Call,
        reply: Reply,
        deadline_s: float,
    ) -> str | None:
        """The text of the next chunk, or None at the end."""
        try:
            async with asyncio.timeout_at(deadline_s):
                chunk = await anext(chunks)
            reply.chunks += 1
            # LangChain marks the end by itself with an empty chunk; it proves nothing.
            reply.is_alive = bool(chunk.content or chunk.additional_kwargs)
            return self._wire.read(chunk, reply)
        except StopAsyncIteration:
            return None
        except (*_COMMON_ERRORS, *self._wire.errors()) as exc:
            if reply.stop is not None:
                return None
            raise self._failed(exc, call, reply) from exc

    def _failed(self, exc: Exception, call: Call, reply: Reply) -> BackendError:
        logger.info("%s failed: %s", self._entry.id, type(exc).__name__)
        error = translate(exc, self._entry, self.destination, self._first_token_s(call))
        if reply.has_text and not isinstance(error, ContentFiltered):
            return interrupted(self._entry)
        return error

    async def _knock(self, url: str) -> Health:
        """Whether somebody listens; for an endpoint on this machine only."""
        if not is_loopback(url):
            return Health(HealthState.READY, "An address is set; it has not been tried.")
        parts = httpx.URL(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            async with asyncio.timeout(self._settings.timeouts.health_s):
                _, writer = await asyncio.open_connection(parts.host, port)
        except (OSError, TimeoutError):
            detail = f"{self._entry.label} does not answer at {self.destination}."
            return Health(HealthState.NOT_RUNNING, detail, "Start it.")
        writer.close()
        return Health(HealthState.READY, f"Listens at {self.destination}.")


# What parsing a reply that makes no sense raises, and what a network does.
_COMMON_ERRORS: tuple[type[Exception], ...] = (
    ErrorInStream,
    OSError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    RuntimeError,
    AssertionError,
    httpx.HTTPError,
    httpx.InvalidURL,
)


def _messages(request: BackendRequest) -> "list[BaseMessage]":
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    kinds: dict[str, type[BaseMessage]] = {
        "system": SystemMessage,
        "user": HumanMessage,
        "assistant": AIMessage,
    }
    return [kinds[message.role](content=message.content) for message in request.messages]


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
