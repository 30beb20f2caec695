"""Getting a model: how far it is, the same for Ollama and for the hub."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PullProgress:
    """One step of getting a model.

    Attributes:
        status: what is being done, as a person reads it.
        done_bytes: what has arrived, in bytes, or None where that says nothing.
        total_bytes: the whole, in bytes, or None while it is not known.
        finished: whether the model can be used now; true on the last step only.
    """

    status: str
    done_bytes: int | None = None
    total_bytes: int | None = None
    finished: bool = False
