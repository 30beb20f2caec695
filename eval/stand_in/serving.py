"""The stand-in for the length of a run: server, catalogue entry, and an assistant that has it."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from assistant.backends.catalogue import BackendEntry, DataPolicy, Price
from assistant.settings import Settings
from assistant.wiring import Assistant
from eval.stand_in.server import MODEL, Server

STAND_IN_ID: Final = "stand-in"
FIRST_TOKEN_S: Final = 0.02
TOKENS_PER_S: Final = 200.0
PORT: Final = 47_811
"""The same whenever it is free, so that two identical runs name the same address."""

ENTRY: Final = BackendEntry(
    id=STAND_IN_ID,
    label="Stand-in for a proprietary API (runs here)",
    kind="proprietary",
    adapter="openai-compatible",
    provider="Counterpoint, in place of a vendor",
    model=MODEL,
    about=(
        "No vendor's model: a loopback server that quotes the sentences of the prompt that share "
        f"most words with the question, first token after {FIRST_TOKEN_S * 1000:.0f} ms and "
        f"{TOKENS_PER_S:.0f} tokens a second by decree. It shows how the comparison works, and "
        "says nothing about any vendor."
    ),
    context_window_tokens=32_768,
    max_output_tokens=1_024,
    price=Price(
        input=2.0,
        output=8.0,
        source="invented for the stand-in: nobody charges it, and nothing is paid",
    ),
    licence="none (stands for a closed model)",
    weights_available=False,
    data=DataPolicy(
        training="Nothing leaves this machine; what a vendor would do depends on the vendor.",
        retention="Nothing is kept by anybody.",
        source="runs in this process",
    ),
)
"""It has no key: it is asked by nobody but this program."""


@dataclass(frozen=True, slots=True)
class StandIn:
    """A stand-in that listens.

    Attributes:
        url: its address, as an adapter wants it.
        entry: its catalogue entry; the address is no part of it, so that it is always the same.
    """

    url: str
    entry: BackendEntry = ENTRY

    def settings(self, settings: Settings) -> Settings:
        """The settings with the way to it."""
        addresses = {**settings.base_urls, STAND_IN_ID: self.url}
        return settings.model_copy(update={"base_urls": addresses})

    def beside(self, assistant: Assistant) -> Assistant:
        """The assistant with the stand-in as a further backend; index and models are shared."""
        return assistant.joined_by(self.entry, self.url)


@contextlib.contextmanager
def stand_in(
    *, first_token_s: float = FIRST_TOKEN_S, tokens_per_s: float = TOKENS_PER_S, port: int = PORT
) -> Iterator[StandIn]:
    """Let a stand-in listen on loopback until the context ends.

    Args:
        first_token_s: from a request to the first token, in seconds.
        tokens_per_s: speed after that.
        port: where it listens if nobody else does; 0 takes a free one.

    Raises:
        ConfigError: it cannot listen.
    """
    with Server(first_token_s, tokens_per_s, port) as server:
        yield StandIn(f"http://127.0.0.1:{server.port}/v1")
