"""xAI: OpenAI's chat completions with small differences, through ``ChatXAI``."""

import contextlib
from collections.abc import AsyncIterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from assistant.backends.openai import OpenAIWire, completions, keeping_refusals, options
from assistant.backends.wire import Call

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


class XAIWire(OpenAIWire):
    """xAI's API."""

    library = "langchain_xai"

    @contextlib.asynccontextmanager
    async def chat_model(self, call: Call) -> "AsyncIterator[BaseChatModel]":
        """``ChatXAI`` over a client of our own."""
        async with completions(call) as client:
            yield _chat_xai()(
                model=call.entry.model,
                max_tokens=call.max_tokens,
                use_responses_api=False,
                **options(call, client),
            )


@lru_cache(maxsize=1)
def _chat_xai() -> type[Any]:
    from langchain_xai import ChatXAI

    return keeping_refusals(ChatXAI)
