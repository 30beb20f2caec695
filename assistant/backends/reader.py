"""The built-in reader: no language model; it answers by quoting what was found."""

import asyncio
from collections.abc import AsyncIterator, Callable

from assistant.backends.addresses import THIS_PROCESS
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
from assistant.reading.writing import write_answer
from index.embedder import Embedder


class ReaderBackend:
    """Quotes the best sentences and table rows of the passages, each with its ``[n]``.

    It reads the evidence itself and never the prompt, so that nothing is cut or reworded, and
    nothing leaves the process.

    Args:
        entry: its catalogue entry.
        embedder: gives the embedder when it is first needed; retrieval uses the same one.
    """

    def __init__(self, entry: BackendEntry, embedder: Callable[[], Embedder]) -> None:
        self._entry = entry
        self._embedder = embedder

    @property
    def entry(self) -> BackendEntry:
        """Its catalogue entry."""
        return self._entry

    @property
    def destination(self) -> str:
        """Nothing is sent anywhere."""
        return THIS_PROCESS

    async def prepare(self) -> None:
        """Load the embedder."""
        await asyncio.to_thread(self._embedder)

    async def stream(self, request: BackendRequest) -> AsyncIterator[Delta]:
        """Answer the request sentence by sentence.

        Tokens are counted with the embedder's tokenizer: the question and the passages that were
        read, and the answer.
        """
        embedder = self._embedder()
        pieces = await asyncio.to_thread(write_answer, request.evidence, embedder)
        for piece in pieces:
            yield TextDelta(piece)
        evidence = request.evidence
        read = [evidence.standalone_question, *(passage.text for passage in evidence.passages)]
        usage = Usage(
            input_tokens=sum(embedder.count_tokens(text) for text in read),
            output_tokens=embedder.count_tokens("".join(pieces)),
        )
        yield Done(StopReason.END, usage, model=self._entry.model)

    async def health(self) -> Health:
        """It is always ready."""
        return Health(HealthState.READY, "Quotes the sources; no language model, no download.")
