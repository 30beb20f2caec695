"""The documents that come with the program: the lesson and the vendor notes."""

from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from corpus.documents import Document
from corpus.errors import CorpusError, SourceMissing, UnsafePath
from corpus.text import clean_text, decode_bytes
from corpus.toml import NotToml, parse_toml

LESSON_ID: Final = "lesson"

_LIST: Final = "sources.toml"
_CURE: Final = "Install the program again, so that its data files fit together."

_Line = Annotated[str, Field(min_length=1, pattern=r"^\S[^\n]*$")]


class _Source(BaseModel):
    """One ``[[source]]`` of the list, as it is written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^(lesson|notes/[a-z0-9][a-z0-9.-]*)$")]
    path: _Line
    title: _Line
    kind: Literal["lesson", "note"]
    vendor: _Line | None = None
    url: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = None
    dated: Annotated[str, Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")] | None = None


@cache
def load_shipped() -> tuple[Document, ...]:
    """Return the documents of the package, the lesson first, then the notes as listed.

    Raises:
        CorpusError: the list is damaged or a document cannot be read.
        UnsafePath: a path in the list leaves the package.
    """
    return load_listed(resources.files("corpus"))


def load_lesson() -> Document:
    """Return the lesson.

    Raises:
        CorpusError: as ``load_shipped``.
    """
    return load_shipped()[0]


def load_listed(folder: Traversable) -> tuple[Document, ...]:
    """Return the documents that the ``sources.toml`` of a folder lists, the lesson first.

    Raises:
        CorpusError: the list is missing, is not valid, names an id twice, or has no lesson.
        SourceMissing: a listed document is not there.
        SourceUnreadable: a listed document is not text.
        UnsafePath: a listed path leaves the folder.
    """
    sources = _parse(_read(folder.joinpath(_LIST), _LIST).decode("utf-8", errors="replace"))
    documents = tuple(_document(folder, source) for source in sources)
    return tuple(sorted(documents, key=lambda document: document.kind != "lesson"))


def _parse(text: str) -> tuple[_Source, ...]:
    try:
        content = parse_toml(text)
    except NotToml as exc:
        raise CorpusError("The list of sources is not valid TOML.", _CURE) from exc
    entries = content.get("source")
    if set(content) != {"source"} or not isinstance(entries, list):
        raise CorpusError("The list of sources must hold [[source]] entries, no more.", _CURE)
    sources: dict[str, _Source] = {}
    for number, entry in enumerate(entries, start=1):
        source = _source(entry, number)
        if source.id in sources:
            raise CorpusError(f"The source “{source.id}” is listed twice.", _CURE)
        if (source.id == LESSON_ID) != (source.kind == "lesson"):
            raise CorpusError(f"The source “{source.id}” is of the wrong kind.", _CURE)
        sources[source.id] = source
    if LESSON_ID not in sources:
        raise CorpusError("The list of sources has no lesson.", _CURE)
    return tuple(sources.values())


def _source(entry: object, number: int) -> _Source:
    try:
        return _Source.model_validate(entry)
    except ValidationError as exc:
        given = entry.get("id") if isinstance(entry, dict) else None
        name = f"“{given}”" if isinstance(given, str) else f"number {number}"
        fault = exc.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise CorpusError(f"The source {name}, {place}: {fault['msg']}.", _CURE) from exc


def _document(folder: Traversable, source: _Source) -> Document:
    file = _inside(folder, source)
    text = clean_text(decode_bytes(_read(file, source.path), source.path)).text
    if not text.strip():
        raise CorpusError(f"The source “{source.id}” is empty.", _CURE)
    return Document(
        id=source.id,
        title=source.title,
        text=text,
        kind=source.kind,
        url=source.url,
        vendor=source.vendor,
        dated=source.dated,
    )


def _inside(folder: Traversable, source: _Source) -> Traversable:
    path = PurePosixPath(source.path)
    drive = PureWindowsPath(source.path).drive
    unsafe = path.is_absolute() or ".." in path.parts or "\\" in source.path or drive != ""
    file = folder.joinpath(*path.parts)
    # In a wheel on disk a link could still lead away; in a zip file there are no links.
    if not unsafe and isinstance(folder, Path) and isinstance(file, Path):
        unsafe = not file.resolve().is_relative_to(folder.resolve())
    if unsafe:
        raise UnsafePath(f"The path of the source “{source.id}” leaves the program.", _CURE)
    return file


def _read(file: Traversable, name: str) -> bytes:
    try:
        return file.read_bytes()
    except OSError as exc:
        raise SourceMissing(f"“{name}” is missing or cannot be read.", _CURE) from exc
