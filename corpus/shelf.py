"""The shelf: the documents that a user added or fetched, kept as cleaned text in the home folder.

One file for each document, replaced in one step: a kill at any instant leaves every document as it
was before or as it is after, and a damaged file never hides another.
"""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from corpus.disk import replace_text, writing
from corpus.documents import Document
from corpus.errors import SourceMissing, SourceUnreadable

FORMAT: Final = 1

Status = Literal["current", "gone"]


class Entry(BaseModel):
    """A document on the shelf, and how it came there.

    Attributes:
        document: its cleaned text; ids are unique on a shelf.
        origin: the folder or file that was added, as an absolute path, or the URL it came from.
        sha256: of the bytes that were read.
        read_at: when they were read (ISO, UTC).
        dropped: how many characters, or pieces, of each sort the reader left out.
        status: ``gone`` when the page has vanished since; its text is kept.
        checked_at: when the origin was last looked at (ISO, UTC).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = FORMAT
    document: Document
    origin: str
    sha256: str
    read_at: str
    dropped: Mapping[str, int] = Field(default_factory=dict)
    status: Status = "current"
    checked_at: str


class Shelf:
    """The documents below one folder.

    Args:
        folder: made when the first document is put there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def entries(self) -> tuple[Entry, ...]:
        """Return what can be read, sorted by id; see ``problems`` for what cannot."""
        found = (self._read(file) for file in self._files())
        entries = [entry for entry in found if isinstance(entry, Entry)]
        return tuple(sorted(entries, key=lambda entry: entry.document.id))

    def problems(self) -> tuple[SourceUnreadable, ...]:
        """Return an error for each file that is not what was written."""
        found = (self._read(file) for file in self._files())
        return tuple(error for error in found if isinstance(error, SourceUnreadable))

    def documents(self) -> tuple[Document, ...]:
        """Return the documents, sorted by id."""
        return tuple(entry.document for entry in self.entries())

    def put(self, entries: Iterable[Entry]) -> None:
        """Put documents on the shelf; one with the same id is replaced.

        Raises:
            DiskFull: there is no room.
            ConfigError: the folder cannot be written.
        """
        with writing(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            for entry in entries:
                replace_text(self._file(entry.document.id), entry.model_dump_json())

    def remove(self, document_id: str) -> Entry:
        """Take a document off the shelf and return it.

        Raises:
            SourceMissing: there is none of that id.
            SourceUnreadable: its file is not what was written.
        """
        file = self._file(document_id)
        if not file.is_file():
            raise SourceMissing(
                f"There is no added document {document_id!r}.", "See: counterpoint corpus list."
            )
        entry = self._read(file)
        if isinstance(entry, SourceUnreadable):
            raise entry
        with writing(self._folder):
            file.unlink()
        return entry

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.json"))

    def _file(self, document_id: str) -> Path:
        return self._folder / f"{hashlib.sha256(document_id.encode()).hexdigest()[:32]}.json"

    def _read(self, file: Path) -> Entry | SourceUnreadable:
        try:
            entry = Entry.model_validate_json(file.read_bytes())
        except (OSError, ValidationError):
            return SourceUnreadable(
                f"The kept document “{file.name}” is damaged.",
                "Remove that file from the home folder and add the document again.",
            )
        return entry
