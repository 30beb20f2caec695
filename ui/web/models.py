"""Getting an open model from the page: what is asked of the function that downloads it."""

from collections.abc import AsyncIterator, Callable
from typing import Protocol


class PullStep(Protocol):
    """How far a download is.

    Attributes:
        status: what is being done, as a person reads it.
        done_bytes: what has arrived, or None.
        total_bytes: the whole, or None.
    """

    @property
    def status(self) -> str:
        """What is being done."""
        ...

    @property
    def done_bytes(self) -> int | None:
        """What has arrived, in bytes."""
        ...

    @property
    def total_bytes(self) -> int | None:
        """The whole, in bytes."""
        ...


Pull = Callable[[str], AsyncIterator[PullStep]]
