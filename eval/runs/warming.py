"""What a model needs before its first answer is timed."""

import contextlib
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Final

from assistant.backends.base import Backend, BackendRequest, Message

_HELLO: Final = (Message("user", "Say one word."),)


async def warm_up(backend: Backend, request: BackendRequest | None, *, is_local: bool) -> None:
    """Import what a backend needs, and have a model of this machine load its weights.

    A model of this machine is asked for one word, with the window of a real question, and the
    reply is left at its first piece. A vendor is asked nothing.

    Args:
        backend: the backend.
        request: one that it will get; None when nothing fits into its window.
        is_local: whether it runs on this machine.

    Raises:
        ConfigError: it cannot be used.
        BackendError: it did not answer.
    """
    await backend.prepare()
    if not is_local or request is None:
        return
    messages = _HELLO if request.messages else ()
    stream = backend.stream(replace(request, messages=messages))
    if isinstance(stream, AsyncGenerator):
        async with contextlib.aclosing(stream) as deltas:
            async for _ in deltas:
                return
