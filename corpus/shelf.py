"""The shelf: the documents that a user added or fetched, kept as cleaned text in the home folder.

One file for each document, and those that are put together appear together: a kill at any instant
leaves the shelf as it was before or as it is after, and a damaged file never hides another.
"""

import hashlib
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from corpus.disk import replace_text, writing
from corpus.documents import Document
from corpus.errors import SourceMissing, SourceUnreadable
from corpus.together import Synced, on_the_way, put_together, settle, sweep_begun

FORMAT: Final = 1
_LEFTOVER_AFTER_S: Final = 600.0
_LOOKS: Final = 10
"""How often a shelf is read that changes while it is read; then it is taken as it is."""

Status = Literal["current", "gone"]

Stamp = frozenset[tuple[str, int, int]]
"""Name, size and time of change of every file of a shelf; equal when nothing was put or removed."""


class Entry(BaseModel):
    """A document on the shelf, and how it came there.

    Attributes:
        document: its cleaned text; ids are unique on a shelf.
        origin: the folder or file that was added, as an absolute path, or the URL it came from.
        sha256: of the bytes that were read.
        read_at: when they were read (ISO, UTC).
        dropped: how many characters, or pieces, of each sort the reader left out.
        reader_version: the ``READER_VERSION`` that read them; 0 where none was noted.
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
    reader_version: int = 0
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
        entries = [entry for entry in self._all() if isinstance(entry, Entry)]
        return tuple(sorted(entries, key=lambda entry: entry.document.id))

    def problems(self) -> tuple[SourceUnreadable, ...]:
        """Return an error for each file that is not what was written."""
        return tuple(error for error in self._all() if isinstance(error, SourceUnreadable))

    def documents(self) -> tuple[Document, ...]:
        """Return the documents, sorted by id."""
        return tuple(entry.document for entry in self.entries())

    def stamp(self) -> Stamp:
        """Return what changes whenever a document is put or removed; no file is read."""
        stamps = set()
        for file in self._files():
            # The second is where it may have been moved to this moment.
            for place in (file, self._folder / file.name):
                with suppress(FileNotFoundError):
                    status = place.stat()
                    stamps.add((file.name, status.st_size, status.st_mtime_ns))
                    break
        return frozenset(stamps)

    def put(self, entries: Iterable[Entry], synced: Synced | None = None) -> None:
        """Put documents on the shelf, all of them or none; one with the same id is replaced.

        Args:
            entries: of two with the same id the last one stays.
            synced: told about each document that will survive a power cut.

        Raises:
            DiskFull: there is no room.
            ConfigError: the folder cannot be written.
        """
        with writing(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            self._sweep()
            settle(self._folder)
            named = {self._file(entry.document.id): entry for entry in entries}
            if not named:
                return
            if len(named) == 1:
                ((file, entry),) = named.items()
                replace_text(file, entry.model_dump_json())
                return
            texts = ((file.name, entry.model_dump_json()) for file, entry in named.items())
            put_together(self._folder, texts, synced)

    def remove(self, *document_ids: str) -> None:
        """Take documents off the shelf: all of them, or none when one is not there.

        A document whose file is damaged can be removed too.

        Raises:
            SourceMissing: there is none of one of the ids.
            ConfigError: the folder cannot be written.
        """
        with writing(self._folder):
            settle(self._folder)
            for document_id in document_ids:
                if not self._file(document_id).is_file():
                    raise SourceMissing(
                        f"There is no added document {document_id!r}.",
                        "See: counterpoint corpus list.",
                    )
            for document_id in document_ids:
                self._file(document_id).unlink(missing_ok=True)

    def _all(self) -> list["Entry | SourceUnreadable | None"]:
        """What is in each file, as it was at one moment: of what is put there together, all.

        Looking through a folder takes a while, in which files may come and go.
        """
        for _ in range(_LOOKS):
            before = self.stamp()
            found = [self._read(file) for file in self._files()]
            if self.stamp() == before:
                break
        return found

    def _files(self) -> list[Path]:
        """Where each document is now, sorted by the name of its file."""
        # First: what is moved after this was looked at is found in its place.
        waiting = on_the_way(self._folder)
        settled = {file.name: file for file in self._folder.glob("[!.]*.json")}
        return [file for _, file in sorted({**settled, **waiting}.items())]

    def _sweep(self) -> None:
        """Remove what processes that were killed had begun to write."""
        for leftover in self._folder.glob(".*.json.*"):
            with suppress(FileNotFoundError):  # another process was writing it
                if time.time() - leftover.stat().st_mtime > _LEFTOVER_AFTER_S:
                    leftover.unlink()
        sweep_begun(self._folder, _LEFTOVER_AFTER_S)

    def _file(self, document_id: str) -> Path:
        name = hashlib.sha256(document_id.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        return self._folder / f"{name}.json"

    def _read(self, file: Path) -> Entry | SourceUnreadable | None:
        """An entry, or why it is none; None when another process has just removed it."""
        try:
            entry = Entry.model_validate_json(file.read_bytes())
        except FileNotFoundError:
            settled = self._folder / file.name
            return self._read(settled) if file != settled else None
        except (OSError, ValidationError):
            return self._damaged(file)
        # A file under another name could bring the same id twice.
        return entry if self._file(entry.document.id).name == file.name else self._damaged(file)

    def _damaged(self, file: Path) -> SourceUnreadable:
        return SourceUnreadable(
            f"The kept document “{file.name}” is damaged.",
            f"Add the document again, or remove that file from {self._folder}.",
        )


def home_shelf(home: Path) -> Shelf:
    """The shelf of a home folder."""
    return Shelf(home / "shelf")
