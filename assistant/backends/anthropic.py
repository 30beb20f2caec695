"""Anthropic's Messages API, through ``ChatAnthropic``."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from pydantic import PrivateAttr

from assistant.backends.clients import client_options, timeout_parts
from assistant.backends.wire import Call, Reply, plain_name, whole_number

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk

_START_USAGE = "start_usage"
_INPUT_PARTS = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")


class AnthropicWire:
    """Anthropic's API."""

    library = "langchain_anthropic"
    key_aliases: tuple[str, ...] = ()

    @contextlib.asynccontextmanager
    async def chat_model(self, call: Call) -> "AsyncIterator[BaseChatModel]":
        """``ChatAnthropic`` over a client of our own."""
        import httpx2

        timeout = httpx2.Timeout(**timeout_parts(call.timeouts))
        async with httpx2.AsyncClient(timeout=timeout, **client_options(call.base_url)) as client:
            model = _chat_anthropic()(
                model=call.entry.model,
                max_tokens=call.max_tokens,
                api_key=call.key.get_secret_value() if call.key else "none",
                base_url=call.base_url,
                max_retries=0,
                stream_usage=True,
            )
            model._our_client = client
            yield model

    def read(self, chunk: "AIMessageChunk", reply: Reply) -> str:
        """Text, counts and end of a chunk.

        Tokens of the prompt come with the first event and tokens of the answer with the last.
        """
        metadata = chunk.response_metadata
        reply.model = plain_name(metadata.get("model_name")) or reply.model
        reply.mark_stop(metadata.get("stop_reason"))
        start = metadata.get(_START_USAGE)
        if isinstance(start, Mapping):
            parts = [whole_number(start.get(name)) for name in _INPUT_PARTS]
            if parts[0] is not None:
                reply.input_tokens = sum(part or 0 for part in parts)
            reply.cached_tokens = parts[1]
        if usage := chunk.usage_metadata:
            reply.output_tokens = whole_number(usage.get("output_tokens"))
            final = whole_number(usage.get("input_tokens"))
            reply.input_tokens = max(reply.input_tokens or 0, final or 0) or None
        return str(chunk.text)

    def errors(self) -> tuple[type[Exception], ...]:
        """The SDK's and its HTTP library's."""
        import anthropic
        import httpx2

        return anthropic.AnthropicError, httpx2.HTTPError, httpx2.InvalidURL


@lru_cache(maxsize=1)
def _chat_anthropic() -> type[Any]:
    import anthropic
    from langchain_anthropic import ChatAnthropic

    class Keeping(ChatAnthropic):
        """With a client of our own, and with the counts of the first event.

        LangChain waits for them in the last event, where they may be missing.
        """

        _our_client: Any = PrivateAttr(default=None)

        @cached_property
        def _async_client(self) -> Any:
            arguments = {**self._client_params, "timeout": self._our_client.timeout}
            return anthropic.AsyncClient(**arguments, http_client=self._our_client)

        def _make_message_chunk_from_anthropic_event(self, event: Any, **kwargs: Any) -> Any:
            made, block = super()._make_message_chunk_from_anthropic_event(event, **kwargs)
            if made is not None and event.type == "message_start":
                usage = getattr(event.message, "usage", None)
                if usage is not None:
                    made.response_metadata[_START_USAGE] = usage.model_dump()
            return made, block

    Keeping.__name__ = Keeping.__qualname__ = "ChatAnthropic"
    return Keeping
