"""Keeps conversations: every method is safe to call from any thread, and takes the owner first."""

import contextlib
import secrets
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Final

import sqlalchemy as sa

from assistant.backends.catalogue import BackendEntry
from assistant.conversations import writing
from assistant.conversations.conversation import Conversation, ConversationMissing, Summary
from assistant.conversations.loading import make_turns
from assistant.conversations.tables import (
    PART,
    VERSION,
    answers,
    conversations,
    folded,
    meta,
    turns,
)
from assistant.conversations.values import seconds_of, text_of
from assistant.database import Database, open_database, writable
from assistant.evidence import Evidence
from assistant.settings import Settings
from assistant.turns import Answer
from corpus.errors import InputError

_ID_BYTES: Final = 16
_LONGEST_TITLE: Final = 200
_LONGEST_SEARCH: Final = 200
_LAST_MOMENT_S: Final = datetime(9999, 12, 30, tzinfo=UTC).timestamp()


class ConversationStore:
    """Conversations in a database.

    A conversation of another owner and one that does not exist are the same to every method:
    ``ConversationMissing``. Any method raises ``StoreError``, or a leaf of it, when the database
    cannot be used.

    Args:
        database: where they are kept.
        clock: seconds since 1970.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self.database = database
        self._clock = clock

    def create(self, owner: str) -> str:
        """Begin a conversation; returns its id. It is listed once a question was asked in it."""
        self._prepare()
        made = secrets.token_urlsafe(_ID_BYTES)
        now = self._clock()
        with self.database.writing() as connection:
            connection.execute(
                sa.insert(conversations).values(
                    id=made, owner=owner, title="", title_folded="", created_at=now, updated_at=now
                )
            )
        return made

    def list(self, owner: str, search: str = "", limit: int = 200) -> tuple[Summary, ...]:
        """The owner's conversations, the one that was used last first.

        Args:
            owner: whose.
            search: words that stand, as they are, in a title, a question or an answer; capitals
                do not matter. Empty lists all.
            limit: how many at most.
        """
        self._prepare()
        asked = (
            sa.select(sa.func.count())
            .where(turns.c.conversation == conversations.c.id)
            .scalar_subquery()
        )
        query = (
            sa.select(conversations.c.id, conversations.c.title, conversations.c.updated_at, asked)
            .where(conversations.c.owner == owner, conversations.c.title != "")
            .order_by(conversations.c.updated_at.desc(), conversations.c.id)
            .limit(limit)
        )
        if wanted := folded(search.strip()[:_LONGEST_SEARCH]):
            query = query.where(self._holds(owner, wanted))
        with self.database.reading() as connection:
            rows = connection.execute(query).all()
        return tuple(Summary(row[0], text_of(row[1]), _moment(row[2]), row[3]) for row in rows)

    def load(self, owner: str, conversation: str) -> Conversation:
        """A conversation with all its turns, as far as they were written down.

        An answer that was never brought to its end is interrupted, with its text and the reason.

        Raises:
            ConversationMissing: there is none for this owner.
        """
        self._prepare()
        with self.database.reading() as connection:
            head = connection.execute(
                sa.select(
                    conversations.c.title, conversations.c.created_at, conversations.c.updated_at
                ).where(conversations.c.id == conversation, conversations.c.owner == owner)
            ).one_or_none()
            if head is None:
                raise ConversationMissing
            asked = connection.execute(
                sa.select(turns.c.number, turns.c.question, turns.c.evidence)
                .where(turns.c.conversation == conversation)
                .order_by(turns.c.number)
            ).all()
            given = connection.execute(
                sa.select(
                    answers.c.number,
                    answers.c.side,
                    answers.c.state,
                    answers.c.text,
                    answers.c.started_at,
                    answers.c.beat_at,
                    answers.c.record,
                )
                .where(answers.c.conversation == conversation)
                .order_by(answers.c.number, answers.c.position)
            ).all()
        made, unanswered = make_turns(asked, given, self._clock())
        return Conversation(
            conversation, text_of(head[0]), _moment(head[1]), _moment(head[2]), made, unanswered
        )

    def rename(self, owner: str, conversation: str, title: str) -> None:
        """Give a conversation another title.

        Raises:
            InputError: the title is empty.
            ConversationMissing: there is none for this owner.
        """
        named = " ".join(writable(title).split())[:_LONGEST_TITLE].strip()
        if not named:
            raise InputError("The title is empty.", "Type a title.")
        with self._writing(owner, conversation) as connection:
            connection.execute(
                sa.update(conversations)
                .where(conversations.c.id == conversation)
                .values(title=named, title_folded=folded(named))
            )

    def delete(self, owner: str, conversation: str) -> None:
        """Remove a conversation with all that was said in it; nothing of it stays in the file.

        Raises:
            ConversationMissing: there is none for this owner.
        """
        with self._writing(owner, conversation) as connection:
            connection.execute(sa.delete(conversations).where(conversations.c.id == conversation))
        self.database.wipe_journal()

    def start_turn(
        self, owner: str, conversation: str, number: int, question: str, position: int = 0
    ) -> int:
        """Write down a question; returns the number of its turn.

        With a position above 0 it is a further version of the answers to the same question. A
        number that another question took, in another window or because it never got evidence, is
        left to it: the turn gets the next free one.

        Raises:
            ConversationMissing: there is none for this owner.
        """
        self._prepare()
        with self.database.writing() as connection:
            title = writing.owned(connection, owner, conversation)
            spot = (conversation, number, position)
            return writing.start_turn(connection, spot, writable(question), title, self._clock())

    def keep_evidence(self, owner: str, conversation: str, number: int, evidence: Evidence) -> None:
        """Write down what was retrieved for a turn; what a turn has already stays.

        Raises:
            ConversationMissing: there is none for this owner.
        """
        with self._writing(owner, conversation) as connection:
            writing.keep_evidence(connection, conversation, number, evidence)

    def start_answer(
        self,
        owner: str,
        conversation: str,
        number: int,
        position: int,
        entry: BackendEntry,
        *,
        destination: str = "",
    ) -> int:
        """Write down that a backend begins to answer, and where its prompt is sent.

        Returns the answer's position. It is the next free one when ``position`` is taken: no
        answer is ever written over.

        Raises:
            ConversationMissing: there is none for this owner.
        """
        with self._writing(owner, conversation) as connection:
            return writing.start_answer(
                connection, (conversation, number, position), entry, destination, self._clock()
            )

    def move_answer(
        self,
        owner: str,
        conversation: str,
        number: int,
        position: int,
        *,
        entry: BackendEntry,
        destination: str,
    ) -> None:
        """Write down that an answer is made elsewhere than where it was asked for.

        Raises:
            ConversationMissing: there is none for this owner.
        """
        with self._writing(owner, conversation) as connection:
            writing.move_answer(connection, (conversation, number, position), entry, destination)

    def grow_answer(
        self, owner: str, conversation: str, number: int, position: int, text: str
    ) -> None:
        """Write down an answer's whole text so far; also the sign that its writer is alive.

        Raises:
            ConversationMissing: there is none for this owner.
        """
        with self._writing(owner, conversation) as connection:
            writing.grow_answer(
                connection, (conversation, number, position), writable(text), self._clock()
            )

    def end_answer(
        self, owner: str, conversation: str, number: int, position: int, answer: Answer
    ) -> None:
        """Write down an answer as it ended.

        Raises:
            ConversationMissing: there is none for this owner.
        """
        with self._writing(owner, conversation) as connection:
            writing.end_answer(connection, (conversation, number, position), answer, self._clock())

    def leave_answer(
        self, owner: str, conversation: str, number: int, position: int, text: str
    ) -> None:
        """Write down an answer that nobody listened to any more; it is loaded as interrupted.

        Raises:
            ConversationMissing: there is none for this owner.
        """
        with self._writing(owner, conversation) as connection:
            writing.leave_answer(
                connection, (conversation, number, position), writable(text), self._clock()
            )

    @contextlib.contextmanager
    def _writing(self, owner: str, conversation: str) -> Iterator[sa.Connection]:
        self._prepare()
        with self.database.writing() as connection:
            writing.owned(connection, owner, conversation)
            yield connection

    def _prepare(self) -> None:
        self.database.prepare(PART, VERSION, meta)

    def _holds(self, owner: str, wanted: str) -> sa.ColumnElement[bool]:
        mine = sa.select(conversations.c.id).where(conversations.c.owner == owner)
        in_questions = sa.select(turns.c.conversation).where(
            turns.c.conversation.in_(mine),
            turns.c.question_folded.contains(wanted, autoescape=True),
        )
        in_answers = sa.select(answers.c.conversation).where(
            answers.c.conversation.in_(mine),
            answers.c.text_folded.contains(wanted, autoescape=True),
        )
        return sa.or_(
            conversations.c.title_folded.contains(wanted, autoescape=True),
            conversations.c.id.in_(in_questions),
            conversations.c.id.in_(in_answers),
        )


def open_store(settings: Settings) -> ConversationStore:
    """The store of these settings; nothing is read or written before it is used.

    Raises:
        ConfigError: the address of the database, or its driver, cannot be used.
    """
    return ConversationStore(open_database(settings))


def _moment(value: object) -> datetime:
    # A time that no calendar has would take the whole list with it.
    return datetime.fromtimestamp(min(max(seconds_of(value), 0), _LAST_MOMENT_S), UTC)
