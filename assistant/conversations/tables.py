"""The tables of the conversations.

Times are seconds since 1970. Beside each text stands its folded form, which a search looks at:
databases do not agree on what the same letter in capitals is.
"""

import unicodedata
from typing import Final

import sqlalchemy as sa

from assistant.database import writable

PART: Final = "conversations"
VERSION: Final = 1

meta: Final = sa.MetaData()

conversations: Final = sa.Table(
    "conversations",
    meta,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("owner", sa.String(128), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("title_folded", sa.Text, nullable=False),
    sa.Column("created_at", sa.Double, nullable=False),
    sa.Column("updated_at", sa.Double, nullable=False),
    sa.Index("conversations_by_owner", "owner", "updated_at"),
)

turns: Final = sa.Table(
    "turns",
    meta,
    sa.Column(
        "conversation",
        sa.String(64),
        sa.ForeignKey("conversations.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("question_folded", sa.Text, nullable=False),
    sa.Column("asked_at", sa.Double, nullable=False),
    sa.Column("evidence", sa.Text),
)

answers: Final = sa.Table(
    "answers",
    meta,
    sa.Column("conversation", sa.String(64), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("side", sa.Text, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("text_folded", sa.Text, nullable=False),
    sa.Column("started_at", sa.Double, nullable=False),
    sa.Column("beat_at", sa.Double, nullable=False),
    sa.Column("record", sa.Text),
    sa.ForeignKeyConstraint(
        ["conversation", "number"],
        ["turns.conversation", "turns.number"],
        ondelete="CASCADE",
    ),
)


def folded(text: str) -> str:
    """The text as a search compares it: capitals and ways to write an accent are alike."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", writable(text)).casefold())
