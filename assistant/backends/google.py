"""Google's Gemini API, through ``ChatGoogleGenerativeAI``."""

import contextlib
import logging
from collections.abc import AsyncIterator
from functools import partial
from typing import TYPE_CHECKING

from assistant.backends.clients import client_options, timeout_parts
from assistant.backends.failure import ErrorInStream
from assistant.backends.lines import event_lines_of
from assistant.backends.wire import Call, Reply, plain_name, whole_number

if TYPE_CHECKING:
    import httpx
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk

API_VERSION = "v1beta"


class GoogleWire:
    """The Gemini API."""

    library = "langchain_google_genai"
    key_aliases: tuple[str, ...] = ("GEMINI_API_KEY",)

    @contextlib.asynccontextmanager
    async def chat_model(self, call: Call) -> "AsyncIterator[BaseChatModel]":
        """``ChatGoogleGenerativeAI`` over a client of our own.

        It takes no client, so the SDK's is put in its place: that one would go over another HTTP
        library, which obeys no proxy setting and wraps no error. ``max_retries`` counts every try
        here, so 1 is none.
        """
        import httpx
        from google.genai import Client
        from google.genai.types import HttpOptions
        from langchain_google_genai import ChatGoogleGenerativeAI

        # It logs what the service wrote about a prompt that it blocked.
        logging.getLogger("langchain_google_genai").setLevel(logging.ERROR)
        key = call.key.get_secret_value() if call.key else "none"
        timeout = httpx.Timeout(**timeout_parts(call.timeouts))
        arguments = client_options(call.base_url)
        # The SDK reads the certificates again for every client that it is not given a context for.
        unused = {"verify": arguments["verify"], "ssl": arguments["verify"]}
        hooks = {"response": [_read_by_our_lines]}
        async with httpx.AsyncClient(timeout=timeout, event_hooks=hooks, **arguments) as client:
            with httpx.Client(timeout=timeout, **arguments) as idle:
                model = ChatGoogleGenerativeAI(
                    model=call.entry.model,
                    api_key=key,
                    base_url=call.base_url,
                    vertexai=False,
                    max_output_tokens=call.max_tokens,
                    max_retries=1,
                    client_args=unused,
                )
                model.client = Client(
                    api_key=key,
                    vertexai=False,
                    http_options=HttpOptions(
                        base_url=call.base_url,
                        api_version=API_VERSION,
                        httpx_async_client=client,
                        httpx_client=idle,
                        async_client_args=unused,
                        client_args=unused,
                    ),
                )
                yield model

    def read(self, chunk: "AIMessageChunk", reply: Reply) -> str:
        """Text, counts and end of a chunk. LangChain gives the growth of each count: add up."""
        metadata = chunk.response_metadata
        reply.model = plain_name(metadata.get("model_name")) or reply.model
        reply.mark_stop(metadata.get("finish_reason"))
        feedback = metadata.get("prompt_feedback")
        if isinstance(feedback, dict) and feedback.get("block_reason"):
            raise ErrorInStream({"code": "content_filter"})
        if usage := chunk.usage_metadata:
            details = usage.get("input_token_details") or {}
            reply.input_tokens = _add(reply.input_tokens, usage.get("input_tokens"))
            reply.output_tokens = _add(reply.output_tokens, usage.get("output_tokens"))
            cached = whole_number(details.get("cache_read"))
            if cached is not None:
                reply.cached_tokens = _add(reply.cached_tokens, cached)
        return str(chunk.text)

    def errors(self) -> tuple[type[Exception], ...]:
        """The SDK's and LangChain's."""
        from google.genai.errors import APIError
        from langchain_google_genai.chat_models import ChatGoogleGenerativeAIError

        return APIError, ChatGoogleGenerativeAIError


async def _read_by_our_lines(response: "httpx.Response") -> None:
    # The SDK takes a line that does not begin with ``data: `` for a part of an error.
    response.aiter_lines = partial(event_lines_of, response)  # type: ignore[method-assign]


def _add(total: int | None, growth: object) -> int | None:
    # Growth may be negative: Gemini sometimes corrects a count downwards at the end.
    return (total or 0) + growth if isinstance(growth, int) else total
