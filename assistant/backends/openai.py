"""OpenAI's chat completions, and everything else that speaks them.

The Responses API is left alone: it stores what it is asked unless told otherwise.
"""

import contextlib
from collections.abc import AsyncIterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from assistant.backends.clients import client_options, timeout_parts
from assistant.backends.wire import Call, Reply, plain_name, take_usage

if TYPE_CHECKING:
    import httpx2
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk


class OpenAIWire:
    """OpenAI itself."""

    library = "langchain_openai"
    key_aliases: tuple[str, ...] = ()

    @contextlib.asynccontextmanager
    async def chat_model(self, call: Call) -> "AsyncIterator[BaseChatModel]":
        """``ChatOpenAI`` over a client of our own."""
        async with http_clients(call) as clients:
            yield _chat_openai()(
                model=call.entry.model,
                max_tokens=call.max_tokens,
                use_responses_api=False,
                **options(call, clients),
            )

    def read(self, chunk: "AIMessageChunk", reply: Reply) -> str:
        """Text, counts and end of a chunk."""
        return read_chunk(chunk, reply)

    def errors(self) -> tuple[type[Exception], ...]:
        """The SDK's and its HTTP library's."""
        return errors()


class CompatibleWire(OpenAIWire):
    """vLLM, llama.cpp, a company gateway: ``max_tokens`` as everybody understands it."""

    @contextlib.asynccontextmanager
    async def chat_model(self, call: Call) -> "AsyncIterator[BaseChatModel]":
        """``BaseChatOpenAI``, which keeps to the oldest common form."""
        async with http_clients(call) as clients:
            yield _base_chat_openai()(
                model=call.entry.model,
                max_tokens=call.max_tokens,
                temperature=0.0,
                **options(call, clients),
            )


@contextlib.asynccontextmanager
async def http_clients(
    call: Call,
) -> "AsyncIterator[tuple[httpx2.AsyncClient, httpx2.Client]]":
    """A client for the request; the waiting one is never used, but would be made with a cost."""
    import httpx2

    timeout = httpx2.Timeout(**timeout_parts(call.timeouts))
    arguments = client_options(call.base_url)
    async with httpx2.AsyncClient(timeout=timeout, **arguments) as client:
        with httpx2.Client(timeout=timeout, **arguments) as idle:
            yield client, idle


def options(call: Call, clients: "tuple[httpx2.AsyncClient, httpx2.Client]") -> dict[str, Any]:
    """What every model of this family is given."""
    return {
        "api_key": call.key.get_secret_value() if call.key else "none",
        "base_url": call.base_url,
        "max_retries": 0,
        "stream_usage": True,
        "stream_chunk_timeout": None,
        "timeout": clients[0].timeout,
        "http_async_client": clients[0],
        "http_client": clients[1],
    }


def read_chunk(chunk: "AIMessageChunk", reply: Reply) -> str:
    """Text, counts and end of a chunk of chat completions."""
    take_usage(chunk, reply)
    metadata = chunk.response_metadata
    reply.model = plain_name(metadata.get("model_name")) or reply.model
    reply.mark_stop(metadata.get("finish_reason"))
    refusal = chunk.additional_kwargs.get("refusal")
    if isinstance(refusal, str) and refusal:
        reply.refused = True
    if reply.stop is not None and reply.refused:
        reply.mark_stop("refusal")
    return str(chunk.text) + (refusal if isinstance(refusal, str) else "")


def errors() -> tuple[type[Exception], ...]:
    """The root errors of the SDK and its HTTP library."""
    import httpx2
    import openai

    return openai.OpenAIError, httpx2.HTTPError, httpx2.InvalidURL


@lru_cache(maxsize=1)
def _chat_openai() -> type[Any]:
    from langchain_openai import ChatOpenAI

    return keeping_refusals(ChatOpenAI)


@lru_cache(maxsize=1)
def _base_chat_openai() -> type[Any]:
    from langchain_openai.chat_models.base import BaseChatOpenAI

    return keeping_refusals(BaseChatOpenAI)


def keeping_refusals(base: type[Any]) -> type[Any]:
    """The same chat model with the text of a refusal, which LangChain drops while streaming."""

    class Keeping(base):  # type: ignore[misc]
        def _convert_chunk_to_generation_chunk(
            self, chunk: dict[str, Any], *args: Any, **kwargs: Any
        ) -> Any:
            made = super()._convert_chunk_to_generation_chunk(chunk, *args, **kwargs)
            choices = chunk.get("choices") or [{}]
            if made is not None and (refusal := (choices[0].get("delta") or {}).get("refusal")):
                made.message.additional_kwargs["refusal"] = refusal
            return made

    Keeping.__name__ = Keeping.__qualname__ = base.__name__
    return Keeping
