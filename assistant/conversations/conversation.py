"""What a kept conversation is."""

from dataclasses import dataclass
from datetime import datetime

from assistant.turns import Turn
from corpus.errors import StoreError


class ConversationMissing(StoreError):
    """There is no such conversation for this owner; whether another has it is not told."""

    def __init__(self) -> None:
        super().__init__(
            "There is no such conversation.", "Choose another in the list, or begin a new one."
        )


@dataclass(frozen=True, slots=True)
class Summary:
    """A conversation as a list shows it.

    Attributes:
        id: opaque and not to be guessed; no secret all the same, the owner is always checked.
        title: the first question, or what it was renamed to; empty before the first question.
        updated_at: when something was last asked or answered, UTC.
        turns: how many questions were asked.
    """

    id: str
    title: str
    updated_at: datetime
    turns: int


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation with all its turns.

    Attributes:
        id: as in ``Summary``.
        title: as in ``Summary``.
        created_at, updated_at: UTC.
        turns: the questions that got evidence, oldest first, each with its answers by position.
        unanswered: the last question, when it was sent and never got evidence; empty otherwise.
    """

    id: str
    title: str
    created_at: datetime
    updated_at: datetime
    turns: tuple[Turn, ...]
    unanswered: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a conversation a question is asked.

    Attributes:
        owner: whose conversation it is.
        conversation: its id; empty when there is none, and then nothing is written down.
        number: of the turn, from 1.
        position: of the first answer in its turn, from 0; the other sides follow.
    """

    owner: str
    conversation: str
    number: int
    position: int = 0
