"""Files that a user adds, read one by one."""

import os
import stat
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from corpus.documents import Document
from corpus.errors import CorpusError, SourceMissing, SourceUnreadable, UnsafePath
from corpus.text import clean_text, decode_bytes, printable
from corpus.titles import find_title

MAX_BYTES: Final = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Content:
    """What a reader found in a file.

    Attributes:
        markdown: the text as Markdown, not yet cleaned.
        title: the title that the format itself declares, or None.
    """

    markdown: str
    title: str | None = None


Reader = Callable[[bytes, str], Content]
"""Turns the bytes of a file, and its name for errors, into content; raises SourceUnreadable."""


def read_text(data: bytes, name: str) -> Content:
    """Read Markdown or plain text.

    Raises:
        SourceUnreadable: not UTF-8 or UTF-16 text.
    """
    return Content(markdown=decode_bytes(data, name))


READERS: Final[Mapping[str, Reader]] = {
    ".md": read_text,
    ".markdown": read_text,
    ".txt": read_text,
}
"""The reader of each kind of file, by its suffix in lower case."""


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What became of a folder.

    Attributes:
        documents: what could be read, sorted by id.
        problems: what could not, one error for each file; files of kinds that are not read
            share one error, the last.
    """

    documents: tuple[Document, ...]
    problems: tuple[CorpusError, ...]


def load_file(path: Path, root: Path, *, max_bytes: int = MAX_BYTES) -> Document:
    """Read one file as a document.

    Args:
        path: the file; a link is followed.
        root: the folder that was added, or the folder of a file that was added alone; the
            document's id is the file's place below it.
        max_bytes: the largest file that is read.

    Raises:
        SourceMissing: there is no such file.
        SourceUnreadable: a folder, too large, empty, of a kind that is not read, or not text.
        UnsafePath: the file, or what it links to, lies outside ``root``.
    """
    shown = printable(path.name)
    real_root, real = _resolve(root), _resolve(path)
    if not real.is_relative_to(real_root):
        raise UnsafePath(
            f"“{shown}” lies outside the folder that was added.",
            "Add the file itself, or the folder in which it really lies.",
        )
    reader = READERS.get(real.suffix.lower())
    if reader is None:
        raise SourceUnreadable(f"“{shown}” is of a kind that is not read.", _kinds_cure())
    source_id = real.relative_to(real_root).as_posix()
    _check_name(source_id, shown)
    content = reader(_read_bytes(real, shown, max_bytes), source_id)
    text = clean_text(content.markdown).text
    if not text.strip():
        raise SourceUnreadable(f"“{shown}” holds no text.", "Add a file that holds text.")
    title = printable(content.title or "") or find_title(text) or printable(real.stem)
    return Document(id=source_id, title=title, text=text, kind="file")


def load_folder(root: Path, *, max_bytes: int = MAX_BYTES) -> LoadReport:
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
    documents: dict[str, Document] = {}
    problems: list[CorpusError] = []
    unread: Counter[str] = Counter()
    for path in _files_below(real_root, problems):
        if path.suffix.lower() not in READERS:
            unread[printable(path.suffix.lower()) or "no suffix"] += 1
            continue
        try:
            document = load_file(path, real_root, max_bytes=max_bytes)
        except CorpusError as exc:
            problems.append(exc)
        else:
            documents[document.id] = document  # a link and its target are one document
    if unread:
        problems.append(_unread_problem(unread))
    ordered = sorted(documents.values(), key=lambda document: document.id)
    return LoadReport(documents=tuple(ordered), problems=tuple(problems))


def _resolve(path: Path) -> Path:
    shown = printable(path.name) or printable(str(path))
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
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as exc:
        raise SourceUnreadable(f"“{shown}” cannot be read.", "Check its permissions.") from exc
    if len(data) > max_bytes:
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
                f"The folder “{printable(Path(error.filename).name)}” may not be listed.",
                "Check its permissions.",
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
