"""Mistral's API, through ``ChatMistralAI``."""

import contextlib
from collections.abc import AsyncIterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from assistant.backends.clients import client_options, timeout_parts
from assistant.backends.failure import ErrorInStream
from assistant.backends.wire import Call, Reply, plain_name, take_usage

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk


class MistralWire:
    """Mistral's API."""

    library = "langchain_mistralai"
    key_aliases: tuple[str, ...] = ()

    @contextlib.asynccontextmanager
    async def chat_model(self, call: Call) -> "AsyncIterator[BaseChatModel]":
        """``ChatMistralAI`` over a client of our own. ``max_retries`` of 1 is one try."""
        import httpx

        key = call.key.get_secret_value() if call.key else "none"
        arguments = {
            "base_url": call.base_url,
            "timeout": httpx.Timeout(**timeout_parts(call.timeouts)),
            "headers": {"Authorization": f"Bearer {key}", "Accept": "application/json"},
            **client_options(call.base_url),
        }
        async with httpx.AsyncClient(**arguments) as client:
            with httpx.Client(**arguments) as idle:
                yield _chat_mistral()(
                    model=call.entry.model,
                    max_tokens=call.max_tokens,
                    temperature=0.0,
                    max_retries=1,
                    api_key=key,
                    base_url=call.base_url,
                    async_client=client,
                    client=idle,
                )

    def read(self, chunk: "AIMessageChunk", reply: Reply) -> str:
        """Text, counts and end of a chunk."""
        take_usage(chunk, reply)
        metadata = chunk.response_metadata
        reply.model = plain_name(metadata.get("model_name")) or reply.model
        if metadata.get("finish_reason") == "error":
            raise ErrorInStream({"code": "server_error"})
        reply.mark_stop(metadata.get("finish_reason"))
        return str(chunk.text)

    def errors(self) -> tuple[type[Exception], ...]:
        """All are in the common ones."""
        return ()


@lru_cache(maxsize=1)
def _chat_mistral() -> type[Any]:
    from langchain_core.messages import AIMessageChunk
    from langchain_core.outputs import ChatGenerationChunk
    from langchain_mistralai import ChatMistralAI
    from langchain_mistralai.chat_models import acompletion_with_retry

    class Keeping(ChatMistralAI):
        """With what LangChain drops while streaming.

        That is: an error in the stream, counts in an event without choices, cached tokens, and a
        finish reason in an event without a model.
        """

        async def _astream(
            self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any
        ) -> AsyncIterator[ChatGenerationChunk]:
            dicts, params = self._create_message_dicts(messages, stop)
            params = {**params, **kwargs, "stream": True}
            events = await acompletion_with_retry(
                self, messages=dicts, run_manager=run_manager, **params
            )
            async with contextlib.aclosing(events):
                async for event in events:
                    yield ChatGenerationChunk(message=_chunk(event))

    def _chunk(event: dict[str, Any]) -> AIMessageChunk:
        choices = event.get("choices") or []
        if not choices and not event.get("usage"):
            raise ErrorInStream(event)
        choice = choices[0] if choices else {}
        content = (choice.get("delta") or {}).get("content") or ""
        metadata = {"model_name": event.get("model"), "finish_reason": choice.get("finish_reason")}
        made = AIMessageChunk(
            content=content,
            response_metadata={name: value for name, value in metadata.items() if value},
        )
        if usage := event.get("usage"):
            read, written = usage.get("prompt_tokens") or 0, usage.get("completion_tokens") or 0
            made.usage_metadata = {
                "input_tokens": read,
                "output_tokens": written,
                "total_tokens": read + written,
            }
            cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens")
            if cached is not None:
                made.usage_metadata["input_token_details"] = {"cache_read": cached}
        return made

    Keeping.__name__ = Keeping.__qualname__ = "ChatMistralAI"
    return Keeping
