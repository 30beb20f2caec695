"""Files that a user adds, read one by one."""

import codecs
import hashlib
import os
import stat
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Final

from corpus.documents import Document, DocumentKind
from corpus.errors import CorpusError, SourceMissing, SourceUnreadable, UnsafePath
from corpus.readers import READERS
from corpus.text import clean_pages, clean_text, printable
from corpus.titles import find_title, tell_apart

MAX_BYTES: Final = 50 * 1024 * 1024


_MARKS: Final = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

Progress = Callable[[str, int, int], None]
"""Hears of each file of a folder as it is taken up: its id, how many were done, how many in all."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A document, and how it came out of its bytes.

    Attributes:
        document: the document, its text cleaned.
        sha256: of the bytes, in hexadecimal.
        dropped: how many pieces (of the format) or characters (of the text) of each sort were
            left out; a sort that did not occur is absent.
    """

    document: Document
    sha256: str
    dropped: Mapping[str, int]


Kept = Mapping[str, Loaded]
"""What was read before by the readers of today, by id."""

NOTHING_KEPT: Final[Kept] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What became of a folder.

    Attributes:
        loaded: what could be read, sorted by the document's id.
        problems: what could not, one error for each file; files of kinds that are not read
            share one error, the last.
    """

    loaded: tuple[Loaded, ...]
    problems: tuple[CorpusError, ...]

    @property
    def documents(self) -> tuple[Document, ...]:
        """The documents alone."""
        return tuple(loaded.document for loaded in self.loaded)


def read_document(
    data: bytes,
    *,
    id: str,  # noqa: A002
    suffix: str,
    url: str | None = None,
    vendor: str | None = None,
    title: str | None = None,
    kind: DocumentKind = "file",
    charset: str | None = None,
) -> Loaded:
    """Turn bytes into a document; the one way for files and for fetched pages.

    Args:
        data: the whole file or page.
        id: the document's id; errors name it.
        suffix: which format, as a file of it would end (``.html``); see ``READERS``.
        url: where the bytes came from; else what the content itself declares.
        vendor: the vendor that the document is about.
        title: the document's title; else what the format or the text declares.
        kind: where the document comes from.
        charset: the encoding that a server declared for a text format; goes before what the
            content declares, unless the bytes do not fit it.

    Raises:
        SourceUnreadable: empty, of a kind that is not read, or not what the suffix says.
    """
    shown = printable(id)
    reader = READERS.get(suffix.lower())
    if reader is None:
        raise SourceUnreadable(f"“{shown}” is of a kind that is not read.", _kinds_cure())
    content = reader(_in_utf8(data, charset), shown)
    cleaned, pages = clean_pages(content.markdown, content.pages)
    if not cleaned.text.strip():
        raise SourceUnreadable(f"“{shown}” holds no text.", "Add a file that holds text.")
    declared = printable(title or "") or printable(content.title or "")
    stem = printable(PurePosixPath(id).stem)
    found = declared or find_title(cleaned.text) or stem
    document = Document(
        id=id,
        title=found if title or kind == "web" else tell_apart(found, stem),
        text=cleaned.text,
        kind=kind,
        url=url or content.url,
        vendor=vendor,
        dated=content.dated,
        pages=pages,
    )
    dropped = Counter(content.dropped) + Counter(cleaned.removed)
    return Loaded(document, hashlib.sha256(data).hexdigest(), MappingProxyType(dict(dropped)))


def _in_utf8(data: bytes, charset: str | None) -> bytes:
    """The bytes as UTF-8 with its mark, when a declared encoding says what they are."""
    if charset is None or data.startswith((b"%PDF", *_MARKS)):
        return data
    try:
        return codecs.BOM_UTF8 + data.decode(charset).encode()
    except (LookupError, UnicodeError):
        return data


def load_file(
    path: Path, root: Path, *, kept: Kept = NOTHING_KEPT, max_bytes: int = MAX_BYTES
) -> Loaded:
    """Read one file as a document.

    Args:
        path: the file; a link is followed.
        root: the folder that was added, or the folder of a file that was added alone; the
            document's id is the file's place below it.
        kept: what was read before; a file of the same id and bytes is not read again.
        max_bytes: the largest file that is read.

    Raises:
        SourceMissing: there is no such file.
        SourceUnreadable: a folder, too large, empty, of a kind that is not read, or not text.
        UnsafePath: the file, or what it links to, lies outside ``root``.
    """
    shown = _shown(path, root)
    real_root, real = _resolve(root), _resolve(path, shown)
    if not real.is_relative_to(real_root):
        raise UnsafePath(
            f"“{shown}” lies outside the folder that was added.",
            "Add the file itself, or the folder in which it really lies.",
        )
    if real.suffix.lower() not in READERS:
        raise SourceUnreadable(f"“{shown}” is of a kind that is not read.", _kinds_cure())
    source_id = real.relative_to(real_root).as_posix()
    _check_name(source_id, shown)
    data = _read_bytes(real, shown, max_bytes)
    before = kept.get(source_id)
    if before is not None and before.sha256 == hashlib.sha256(data).hexdigest():
        return before
    return read_document(data, id=source_id, suffix=real.suffix)


def load_folder(
    root: Path,
    *,
    progress: Progress | None = None,
    kept: Kept = NOTHING_KEPT,
    max_bytes: int = MAX_BYTES,
) -> LoadReport:
    """Read every file below a folder; one that cannot be read never hides the others.

    Hidden files and folders are passed over, links to folders are not followed.

    Raises:
        SourceMissing: there is no such folder.
        SourceUnreadable: it is not a folder, or it may not be listed.
    """
    real_root = _resolve(root)
    if not real_root.is_dir():
        raise SourceUnreadable(
            f"“{printable(root.name)}” is not a folder.", "Name a folder, or add the file alone."
        )
    loaded: dict[str, Loaded] = {}
    problems: list[CorpusError] = []
    unread: Counter[str] = Counter()
    paths: list[Path] = []
    for path in _files_below(real_root, problems):
        if path.suffix.lower() in READERS:
            paths.append(path)
        else:
            unread[printable(path.suffix.lower()) or "no suffix"] += 1
    for done, path in enumerate(paths):
        if progress is not None:
            progress(path.relative_to(real_root).as_posix(), done, len(paths))
        try:
            one = load_file(path, real_root, kept=kept, max_bytes=max_bytes)
        except CorpusError as exc:
            problems.append(exc)
        else:
            loaded[one.document.id] = one  # a link and its target are one document
    if unread:
        problems.append(_unread_problem(unread))
    ordered = sorted(loaded.values(), key=lambda one: one.document.id)
    return LoadReport(loaded=tuple(ordered), problems=tuple(problems))


def _shown(path: Path, root: Path) -> str:
    """What to call a file in an error: many folders hold a file of the same name."""
    place = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
    return printable(place)


def _resolve(path: Path, shown: str = "") -> Path:
    shown = shown or printable(path.name) or printable(str(path))
    try:
        return path.resolve(strict=True)
    except (FileNotFoundError, NotADirectoryError) as exc:
        raise SourceMissing(f"There is no “{shown}”.", "Check the path.") from exc
    except (OSError, RuntimeError, ValueError) as exc:  # no permission; a loop of links; a NUL
        raise SourceUnreadable(
            f"“{shown}” cannot be opened.", "Check its permissions and the links on the way to it."
        ) from exc


def _check_name(source_id: str, shown: str) -> None:
    """A name that is not Unicode, spans lines or hides characters cannot be an id."""
    if clean_text(source_id).removed or len(source_id.splitlines()) > 1 or "\t" in source_id:
        raise SourceUnreadable(
            f"The path of “{shown}” holds characters that cannot be shown.",
            "Rename the file or its folder.",
        )


def _read_bytes(path: Path, shown: str, max_bytes: int) -> bytes:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe or a device could be read for ever
            raise SourceUnreadable(f"“{shown}” is not a file.", "Name a file.")
        data = b""
        if path.stat().st_size <= max_bytes:
            with path.open("rb") as file:
                before = os.fstat(file.fileno())
                data = file.read(max_bytes + 1)  # it may have grown
                after = os.fstat(file.fileno())
            if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
                raise SourceUnreadable(
                    f"“{shown}” was changed while it was read.", "Add it again when it is whole."
                )
        is_large = path.stat().st_size > max_bytes or len(data) > max_bytes
    except FileNotFoundError as exc:
        raise SourceMissing(f"“{shown}” is no longer there.", "Check the path.") from exc
    except OSError as exc:
        raise SourceUnreadable(f"“{shown}” cannot be read.", "Check its permissions.") from exc
    if is_large:
        raise SourceUnreadable(
            f"“{shown}” is larger than {max_bytes / 1024 / 1024:,.4g} MiB.",
            "Split it, or add the part that matters.",
        )
    return data


def _files_below(root: Path, problems: list[CorpusError]) -> Iterator[Path]:
    def unlisted(error: OSError) -> None:
        if Path(error.filename) == root:
            raise SourceUnreadable(
                f"“{printable(root.name)}” may not be listed.", "Check its permissions."
            ) from error
        problems.append(
            SourceUnreadable(
                f"The folder “{_shown(Path(error.filename), root)}” cannot be listed.",
                "Check its permissions and how deep it lies.",
            )
        )

    for folder, subfolders, names in os.walk(root, onerror=unlisted):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                yield Path(folder, name)


def _unread_problem(unread: Counter[str]) -> SourceUnreadable:
    total = sum(unread.values())
    kinds = ", ".join(f"{suffix} ({count:,})" for suffix, count in unread.most_common(8))
    more = len(unread) - 8
    rest = f" and {more:,} more kinds" if more > 0 else ""
    files = "1 file is" if total == 1 else f"{total:,} files are"
    return SourceUnreadable(f"{files} of kinds that are not read: {kinds}{rest}.", _kinds_cure())


def _kinds_cure() -> str:
    return f"What can be read: {', '.join(sorted(READERS))}."
