"""Open models on this machine, through Ollama's native API and ``ChatOllama``."""

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import httpx

from assistant.backends.addresses import base_url_of
from assistant.backends.base import BackendRequest, Delta, Health, HealthState
from assistant.backends.catalogue import BackendEntry
from assistant.backends.clients import client_options, timeout_parts
from assistant.backends.errors import ModelMissing
from assistant.backends.failure import ErrorInStream
from assistant.backends.langchain_chat import ChatBackend
from assistant.backends.lines import lines_of
from assistant.backends.translate import missing_model, unreachable
from assistant.backends.wire import Call, Reply, plain_name, take_usage, whole_number
from assistant.settings import Settings
from corpus.errors import ConfigError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk

# A window of another size makes Ollama load the model again, so it grows in steps.
WINDOW_STEP_TOKENS = 4096
NANOSECONDS = 1e9
OLLAMA_CLOUD = "ollama.com"
_REMOTE = ("remote_host", "remote_model")


def window_of(request: BackendRequest, thinking_tokens: int = 0) -> int:
    """``num_ctx``: room for prompt and answer, rounded up, never above the model's window."""
    needed = request.prompt_tokens_estimate + request.max_output_tokens + thinking_tokens
    rounded = -(-needed // WINDOW_STEP_TOKENS) * WINDOW_STEP_TOKENS
    return min(request.context_window_tokens, rounded)


class OllamaWire:
    """Ollama's ``/api/chat``."""

    library = "langchain_ollama"
    key_aliases: tuple[str, ...] = ()

    @contextlib.asynccontextmanager
    async def chat_model(self, call: Call) -> "AsyncIterator[BaseChatModel]":
        """``ChatOllama`` over a client of our own."""
        arguments = client_options(call.base_url)
        timeout = httpx.Timeout(**timeout_parts(call.timeouts))
        async with httpx.AsyncClient(timeout=timeout, **arguments) as client:
            model = _chat_ollama()(
                model=call.entry.model,
                base_url=call.base_url,
                num_ctx=window_of(call.request, call.entry.thinking_tokens),
                num_predict=call.max_tokens,
                temperature=0.0,
                client_kwargs=arguments,
            )
            model._our_client = client
            model._our_url = f"{call.base_url}/api/chat"
            yield model

    def read(self, chunk: "AIMessageChunk", reply: Reply) -> str:
        """Text, counts and end of a chunk; and whether the reply was really made here."""
        # A line comes only when a token was made, shown or not.
        reply.is_alive = True
        take_usage(chunk, reply)
        metadata = chunk.response_metadata
        if metadata.get("done") is True:
            reply.mark_stop(metadata.get("done_reason") or "stop")
        reply.model = plain_name(metadata.get("model")) or reply.model
        load = whole_number(metadata.get("load_duration"))
        reply.load_s = load / NANOSECONDS if load is not None else reply.load_s
        if metadata.get("remote_host") or metadata.get("remote_model"):
            host = httpx.URL(str(metadata.get("remote_host") or "")).host
            reply.remote_host = plain_name(host) or OLLAMA_CLOUD
        return str(chunk.text)

    def errors(self) -> tuple[type[Exception], ...]:
        """All are in the common ones."""
        return ()


class OllamaBackend(ChatBackend):
    """A model that Ollama runs."""

    def __init__(self, entry: BackendEntry, settings: Settings) -> None:
        super().__init__(entry, settings, OllamaWire())

    async def stream(self, request: BackendRequest) -> AsyncGenerator[Delta, None]:
        """Answer the request; a model that is missing is named with those that are there.

        Raises:
            ConfigError: the address is not set; nothing was sent.
            BackendError: anything else.
        """
        try:
            async with contextlib.aclosing(super().stream(request)) as deltas:
                async for delta in deltas:
                    yield delta
        except ModelMissing as exc:
            raise missing_model(self.entry, await self._present()) from exc

    async def _present(self) -> tuple[str, ...]:
        with contextlib.suppress(*_NO_ANSWER):
            async with self._asking(base_url_of(self.entry, self._settings)) as ask:
                return tuple(_models(await ask("tags")))
        return ()

    async def health(self) -> Health:
        """Whether Ollama runs and has the model."""
        try:
            url = base_url_of(self.entry, self._settings)
        except ConfigError as exc:
            return Health(HealthState.NOT_RUNNING, exc.what, exc.cure)
        error = unreachable(self.entry, self.destination)
        stopped = Health(HealthState.NOT_RUNNING, error.what, error.cure)
        try:
            async with self._asking(url) as ask:
                version, tags = await ask("version"), await ask("tags")
            return self._judge(str(version.get("version")), _models(tags))
        except _NO_ANSWER:
            return stopped

    @contextlib.asynccontextmanager
    async def _asking(self, url: str) -> AsyncIterator[Callable[[str], Awaitable[Any]]]:
        """Ask what Ollama is and has; for no longer than a look at its health may take."""
        async with (
            asyncio.timeout(self._settings.timeouts.health_s),
            httpx.AsyncClient(**client_options(url), timeout=None) as client,  # noqa: S113
        ):

            async def ask(what: str) -> Any:
                return (await client.get(f"{url}/api/{what}")).raise_for_status().json()

            yield ask

    def _judge(self, version: str, models: dict[str, dict[str, Any]]) -> Health:
        wanted = self.entry.model
        found = models.get(wanted) or models.get(f"{wanted}:latest")
        if found is None:
            error = missing_model(self.entry, tuple(models))
            return Health(HealthState.MODEL_MISSING, error.what, error.cure)
        number = version if re.fullmatch(r"[\w.\-]{1,20}", version) else "of unknown version"
        where = "here"
        if found.get("remote_host") or found.get("remote_model"):
            where = "elsewhere: Ollama passes what you ask on to its cloud"
        return Health(HealthState.READY, f"Ollama {number} has the model; it runs {where}.")


_NO_ANSWER: tuple[type[Exception], ...] = (
    httpx.HTTPError,
    TimeoutError,
    ValueError,
    AttributeError,
    OSError,
)


def _models(tags: Any) -> dict[str, dict[str, Any]]:
    models = tags.get("models") or []
    return {
        name: model
        for model in models
        if isinstance(model, dict) and (name := plain_name(model.get("name")))
    }


@lru_cache(maxsize=1)
def _chat_ollama() -> type[Any]:
    from langchain_ollama import ChatOllama
    from pydantic import PrivateAttr

    class Native(ChatOllama):
        """Asks ``/api/chat`` itself: see ``docs/adr/0003-ollama-native.md``."""

        _our_client: Any = PrivateAttr(default=None)
        _our_url: str = PrivateAttr(default="")
        _passed_on: dict[str, Any] = PrivateAttr(default_factory=dict)

        async def _acreate_chat_stream(
            self, messages: Any, stop: Any = None, **kwargs: Any
        ) -> AsyncIterator[dict[str, Any]]:
            params = self._chat_params(messages, stop, **kwargs)
            body = {name: value for name, value in params.items() if value is not None}
            # Neither the front of the prompt nor, later, of the window may be dropped in silence.
            body |= {"stream": True, "truncate": False, "shift": False}
            async with self._our_client.stream("POST", self._our_url, json=body) as response:
                if response.is_error or response.is_redirect:
                    await response.aread()
                response.raise_for_status()
                async for line in lines_of(response):
                    if not line.strip():
                        continue
                    part = json.loads(line)
                    if not isinstance(part, dict) or "error" in part:
                        raise ErrorInStream(part)
                    self._passed_on |= {n: part[n] for n in _REMOTE if isinstance(part.get(n), str)}
                    yield part

        async def _aiterate_over_stream(
            self, messages: Any, stop: Any = None, **kwargs: Any
        ) -> AsyncIterator[Any]:
            # LangChain keeps what a line says beside its text of the last one alone, and an answer
            # that breaks off has none.
            parts = cast(
                "AsyncGenerator[Any, None]", super()._aiterate_over_stream(messages, stop, **kwargs)
            )
            async with contextlib.aclosing(parts):
                async for chunk in parts:
                    if self._passed_on:
                        chunk.generation_info = {**(chunk.generation_info or {}), **self._passed_on}
                    yield chunk

    Native.__name__ = Native.__qualname__ = "ChatOllama"
    return Native
