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
    import openai
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk


class OpenAIWire:
    """OpenAI itself."""

    library = "langchain_openai"
    key_aliases: tuple[str, ...] = ()

    @contextlib.asynccontextmanager
    async def chat_model(self, call: Call) -> "AsyncIterator[BaseChatModel]":
        """``ChatOpenAI`` over a client of our own."""
        async with completions(call, is_openai=True) as client:
            yield _chat_openai()(
                model=call.entry.model,
                max_tokens=call.max_tokens,
                use_responses_api=False,
                **options(call, client),
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
        async with completions(call) as client:
            yield _base_chat_openai()(
                model=call.entry.model,
                max_tokens=call.max_tokens,
                temperature=0.0,
                **options(call, client),
            )


class Completions:
    """The SDK's chat completions with chunks as the plain JSON that came.

    The SDK makes a typed object of each chunk and LangChain a dictionary of that again, which is
    two thirds of what a token costs. LangChain takes the dictionary as well.

    Args:
        client: the SDK's client.
    """

    def __init__(self, client: "openai.AsyncOpenAI") -> None:
        self._client = client

    async def create(self, **body: Any) -> "openai.AsyncStream[object]":
        """Open a stream; what LangChain calls on the SDK's own."""
        import openai

        return await self._client.post(
            "/chat/completions",
            body=body,
            # Left out, the SDK would think of the key of an administrator as well.
            options={"security": {"bearer_auth": True}},
            cast_to=object,
            stream=True,
            stream_cls=openai.AsyncStream[object],
        )


@contextlib.asynccontextmanager
async def completions(call: Call, *, is_openai: bool = False) -> AsyncIterator[Completions]:
    """Chat completions over an HTTP client of our own, which is closed with the answer.

    Args:
        call: what the request needs.
        is_openai: whether OpenAI itself is asked. The SDK adds what the environment says for it,
            an organisation, a project and any headers, a key among them; no other host gets those.
    """
    import httpx2
    import openai

    timeout = httpx2.Timeout(**timeout_parts(call.timeouts))
    async with httpx2.AsyncClient(timeout=timeout, **client_options(call.base_url)) as client:
        sdk = openai.AsyncOpenAI(
            api_key=_key_of(call),
            base_url=call.base_url,
            timeout=timeout,
            max_retries=0,
            http_client=client,
        )
        if not is_openai:
            sdk.organization = sdk.project = None
            sdk._custom_headers = {}
        yield Completions(sdk)


def options(call: Call, client: Completions) -> dict[str, Any]:
    """What every model of this family is given."""
    return {
        "api_key": _key_of(call),
        "base_url": call.base_url,
        "max_retries": 0,
        "stream_usage": True,
        "stream_chunk_timeout": None,
        "async_client": client,
        # Never called; LangChain would make one, at a cost, if there were none.
        "client": client,
    }


def _key_of(call: Call) -> str:
    return call.key.get_secret_value() if call.key else "none"


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
        @property
        def _uses_gateway(self) -> bool:
            # For a key that begins as LangSmith's do, LangChain would ask for headers that say
            # where the request went on to, by a call that ``Completions`` has not.
            return False

        def _convert_chunk_to_generation_chunk(
            self, chunk: dict[str, Any], *args: Any, **kwargs: Any
        ) -> Any:
            choices = chunk.get("choices") or [{}]
            # Some servers leave it out where an answer ends; LangChain would drop the end with it.
            choices[0]["delta"] = choices[0].get("delta") or {}
            made = super()._convert_chunk_to_generation_chunk(chunk, *args, **kwargs)
            if made is not None and (refusal := choices[0]["delta"].get("refusal")):
                made.message.additional_kwargs["refusal"] = refusal
            return made

    Keeping.__name__ = Keeping.__qualname__ = base.__name__
    return Keeping
