"""Backends that are LangChain chat models: one streaming core, one small module per vendor."""

import asyncio
import contextlib
import importlib
import logging
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, cast

import httpx

from assistant.backends.addresses import base_url_of, destination_for, is_loopback, runs_here
from assistant.backends.base import (
    BackendRequest,
    Delta,
    Health,
    HealthState,
    TextDelta,
)
from assistant.backends.catalogue import BackendEntry
from assistant.backends.errors import ContentFiltered
from assistant.backends.failure import ErrorInStream
from assistant.backends.translate import bad_reply, interrupted, translate
from assistant.backends.wire import Call, Reply, Wire
from assistant.settings import Settings, read_key
from corpus.errors import BackendError, ConfigError, KeyMissing

if TYPE_CHECKING:
    from langchain_core.messages import AIMessageChunk, BaseMessage
    from pydantic import SecretStr

logger = logging.getLogger(__name__)

# After the model has said why it stopped, only the token counts are still to come.
TAIL_S = 2.0


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
        return destination_for(self._entry, self._settings)

    async def prepare(self) -> None:
        """Import the vendor's library."""
        await asyncio.to_thread(importlib.import_module, self._wire.library)

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
                    yield TextDelta(text, reply.remote_host)
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
        # It is a generator, though LangChain promises an iterator only: closing it closes upstream.
        chunks = cast(
            "AsyncGenerator[AIMessageChunk, None]",
            model.astream(_messages(call.request), config={"callbacks": []}),
        )
        stack.push_async_callback(chunks.aclose)
        return chunks

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
