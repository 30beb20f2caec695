"""The catalogue: which backends there are, what they cost and what they do with data."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal["open", "proprietary"]
Adapter = Literal[
    "reader",
    "gguf",
    "ollama",
    "openai",
    "openai-compatible",
    "anthropic",
    "google",
    "xai",
    "mistral",
]


class Price(BaseModel):
    """Money for a million tokens.

    Attributes:
        input, output, cached_input: in ``currency`` per million tokens; None is unknown.
        long_prompt_above: tokens from which the ``long_*`` prices hold, or None.
        date: the day that the price speaks for (ISO), or None when the source is undated.
        source: where it was read.
        secondary: whether the source is a third party.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    currency: str = "USD"
    input: float | None = Field(default=None, ge=0)
    output: float | None = Field(default=None, ge=0)
    cached_input: float | None = Field(default=None, ge=0)
    long_prompt_above: int | None = Field(default=None, gt=0)
    long_input: float | None = Field(default=None, ge=0)
    long_output: float | None = Field(default=None, ge=0)
    long_cached_input: float | None = Field(default=None, ge=0)
    date: str | None = None
    source: str = ""
    secondary: bool = False


class DataPolicy(BaseModel):
    """What happens to the data that is sent.

    Attributes:
        training: whether it is trained on, one sentence.
        retention: how long it is kept, one sentence.
        date: the day that this speaks for (ISO), or None when the source is undated.
        source: where it was read.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    training: str
    retention: str
    date: str | None = None
    source: str = ""


class BackendEntry(BaseModel):
    """One backend of the catalogue.

    Attributes:
        id: short name for the command line.
        label: name for the page.
        kind: open (weights to download) or proprietary.
        adapter: which wire format it speaks.
        provider: who runs it.
        model: the model's name as the provider wants it.
        about: one honest sentence on what it is.
        context_window_tokens: room for prompt and answer together.
        max_output_tokens: where an answer is cut.
        price: money for a million tokens; None for a model on the user's own machine.
        licence: licence of the weights, or "none (closed)".
        weights_available: whether the weights can be downloaded.
        data: what happens to the data.
        key_variable: name of the variable that holds the key, or None.
        base_url: where it is reached, or None for the adapter's own default.
        download: size of the download as a person reads it, or None.
        memory: memory needed as a person reads it, or None.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9.\-]*$")
    label: str
    kind: Kind
    adapter: Adapter
    provider: str
    model: str
    about: str = ""
    context_window_tokens: int = Field(gt=0)
    max_output_tokens: int = Field(gt=0)
    price: Price | None = None
    licence: str
    weights_available: bool
    data: DataPolicy
    key_variable: str | None = None
    base_url: str | None = None
    download: str | None = None
    memory: str | None = None
