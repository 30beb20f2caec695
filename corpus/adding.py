"""Files and folders that a user adds: read, compared with the shelf, and put there."""

import shlex
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from corpus.errors import CorpusError, SourceMissing, SourceUnreadable, UnsafePath
from corpus.library import LESSON_ID
from corpus.loaders import Kept, Loaded, LoadReport, Progress, load_file, load_folder
from corpus.readers import READER_VERSION
from corpus.shelf import Entry, Shelf
from corpus.text import printable
from corpus.together import Synced


@dataclass(slots=True)
class AddReport:
    """What became of everything that was added in one go.

    Attributes:
        added: ids that are new on the shelf.
        replaced: ids whose document has changed.
        unchanged: ids whose document is as it was.
        gone: ids that came from a folder in which they no longer are; they are kept.
        problems: what could not be taken, one error for each.
        dropped: what the readers left out, by id; documents that lost nothing are absent.
    """

    added: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    problems: list[CorpusError] = field(default_factory=list)
    dropped: dict[str, Mapping[str, int]] = field(default_factory=dict)
    _told: set[str] = field(default_factory=set)

    def tell(self, id_: str, became: list[str]) -> None:
        """Note what became of a document: once, however often it was named."""
        if id_ not in self._told:
            self._told.add(id_)
            became.append(id_)

    @property
    def taken(self) -> int:
        """How many documents were read and are on the shelf now."""
        return len(self._told)


@dataclass(frozen=True, slots=True)
class Adding:
    """Adds files and folders to a shelf.

    Attributes:
        shelf: where the documents go.
        home: the home folder; what the program keeps there is not taken for documents when a
            folder around it is added.
        shipped: ids of the documents that come with the program; they are never shadowed.
        progress: told about each file that is read.
        synced: told about each document that is put on the shelf, when all are read.
    """

    shelf: Shelf
    home: Path
    shipped: Collection[str]
    progress: Progress | None = None
    synced: Synced | None = None

    def add(self, paths: Collection[Path]) -> AddReport:
        """Read files and folders and put them on the shelf; one that fails never hides another.

        All that can be taken is put there in one step: an error, a kill or an interruption before
        leaves the shelf as it was.

        Raises:
            DiskFull: there is no room.
            ConfigError: the shelf cannot be written.
        """
        report = AddReport()
        known = {entry.document.id: entry for entry in self.shelf.entries()}
        taken: list[Entry] = []
        for path in paths:
            try:
                root, found = self._load(path, _kept(known))
            except CorpusError as exc:
                report.problems.append(exc)
                continue
            report.problems.extend(found.problems)
            fresh = self._compared(found.loaded, root, known, report)
            fresh += _vanished(root, known, report)
            taken += fresh
            known.update({entry.document.id: entry for entry in fresh})
        if taken:
            self.shelf.put(taken, self.synced)
        return report

    def _load(self, path: Path, kept: Kept) -> tuple[Path, LoadReport]:
        """The real folder or file that was named, and what is in it."""
        root = _real(path)
        if not root.is_dir():
            return root, LoadReport((load_file(root, root.parent, kept=kept),), ())
        found = load_folder(root, progress=self.progress, kept=kept)
        home = self.home.resolve()
        if root.is_relative_to(home):
            return root, found
        outside = [
            loaded
            for loaded in found.loaded
            if not (root / loaded.document.id).is_relative_to(home)
        ]
        return root, LoadReport(tuple(outside), found.problems)

    def _compared(
        self,
        loaded: Collection[Loaded],
        root: Path,
        known: Mapping[str, Entry],
        report: AddReport,
    ) -> list[Entry]:
        """What has to be put on the shelf; the report says what became of each."""
        fresh = []
        for one in loaded:
            id_ = one.document.id
            there = known.get(id_)
            problem = self._problem(one, root, there)
            if problem is not None:
                report.problems.append(problem)
                continue
            if one.dropped:
                report.dropped[id_] = dict(one.dropped)
            if there is not None and there.document == one.document and there.status == "current":
                report.tell(id_, report.unchanged)
                if not _is_read_as_now(there, one):
                    fresh.append(_entry(one, there.origin))
                continue
            report.tell(id_, report.added if there is None else report.replaced)
            fresh.append(_entry(one, _origin(root)))
        return fresh

    def _problem(self, one: Loaded, root: Path, there: Entry | None) -> CorpusError | None:
        id_ = one.document.id
        if id_ == LESSON_ID or id_ in self.shipped:
            return UnsafePath(
                f"“{id_}” is the name of a document that comes with the program.",
                "Rename the file, or add the folder above it.",
            )
        if there is None or _is_same_content(there, one) or _is_same_file(there, root, id_):
            return None
        return SourceUnreadable(
            f"“{id_}” is already there with another content, from {printable(there.origin)}.",
            f"Rename the file, add the folder above it, or first `counterpoint corpus remove "
            f"{shlex.quote(id_)}`.",
        )


def _real(path: Path) -> Path:
    shown = printable(str(path))
    try:
        return path.expanduser().resolve(strict=True)
    except (FileNotFoundError, NotADirectoryError) as exc:
        raise SourceMissing(f"There is no “{shown}”.", "Check the path.") from exc
    except (OSError, RuntimeError, ValueError) as exc:  # no permission; a loop of links; a NUL
        raise SourceUnreadable(
            f"“{shown}” cannot be opened.", "Check its permissions and the links on the way to it."
        ) from exc


def _kept(known: Mapping[str, Entry]) -> Kept:
    """What need not be read again: files that were read by the readers of today."""
    return {
        id_: Loaded(entry.document, entry.sha256, entry.dropped)
        for id_, entry in known.items()
        if entry.document.kind == "file" and entry.reader_version == READER_VERSION
    }


def _is_read_as_now(there: Entry, one: Loaded) -> bool:
    return there.sha256 == one.sha256 and there.reader_version == READER_VERSION


def _is_same_content(there: Entry, one: Loaded) -> bool:
    """Whether a file holds what is there already; an older reader may have made less of it."""
    is_same_bytes = there.document.kind == "file" and there.sha256 == one.sha256
    return is_same_bytes or there.document == one.document


def _is_same_file(there: Entry, root: Path, id_: str) -> bool:
    """Whether a document came from the same file, added alone or with a folder around it."""
    file = _origin(root / id_ if root.is_dir() else root)
    return file in {there.origin, f"{there.origin}/{id_}"}


def _origin(path: Path) -> str:
    """A path as text; a name that is not Unicode could not be kept otherwise."""
    return str(path).encode("utf-8", "backslashreplace").decode()


def _entry(one: Loaded, origin: str) -> Entry:
    now = _now()
    return Entry(
        document=one.document,
        origin=origin,
        sha256=one.sha256,
        read_at=now,
        dropped=dict(one.dropped),
        reader_version=READER_VERSION,
        checked_at=now,
    )


def _vanished(root: Path, known: Mapping[str, Entry], report: AddReport) -> list[Entry]:
    """Documents that came from this folder and are no longer in it."""
    entries = []
    for entry in known.values():
        id_ = entry.document.id
        if entry.origin == _origin(root) and root.is_dir() and not (root / id_).exists():
            if id_ not in report.gone:
                report.gone.append(id_)
            if entry.status == "current":
                entries.append(entry.model_copy(update={"status": "gone", "checked_at": _now()}))
    return entries


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
