"""Conversations that survive a reload, a restart and a crash."""

from assistant.conversations.conversation import (
    Conversation,
    ConversationMissing,
    Place,
    Summary,
)
from assistant.conversations.recorder import Warn, leave_all, recorded
from assistant.conversations.store import ConversationStore, open_store

__all__ = [
    "Conversation",
    "ConversationMissing",
    "ConversationStore",
    "Place",
    "Summary",
    "Warn",
    "leave_all",
    "open_store",
    "recorded",
]
