"""Which pages are fetched: what the lesson links to, the list that is shipped, the user's own."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from corpus.documents import Document
from corpus.errors import ConfigError, CounterpointError, SourceRefused
from corpus.fetch.addresses import WebAddress, document_id, parse_address
from corpus.toml import NotToml, parse_toml

LIST_NAME: Final = "web_sources.toml"

_LINK: Final = re.compile(r"\[(?P<label>[^\[\]]*)\]\((?P<url>https?://[^\s()]+)\)")
_Line = Annotated[
    str,
    Field(min_length=1, max_length=300, pattern=r"^[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"),
]

_Date = Annotated[
    str,
    # TOML has dates of its own, and who writes one without quotes means the same.
    BeforeValidator(lambda value: value.isoformat() if isinstance(value, date) else value),
    Field(pattern=r"^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$"),
]


class _Listed(BaseModel):
    """One ``[[page]]`` of a list, as it is written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    vendor: _Line
    title: _Line
    documents: _Line
    licence: _Line | None = None
    dated: _Date | None = None


@dataclass(frozen=True, slots=True)
class WebSource:
    """A page that is to be fetched.

    Attributes:
        address: where it is.
        id: the id of its document.
        vendor: whom it is about, or None.
        title: as a person would name it.
        documents: what it documents, in our own words.
        licence: what is known of the page's licence, or None.
        dated: the date that it speaks for, where it is a fixed version; else None.
    """

    address: WebAddress
    id: str
    vendor: str | None
    title: str
    documents: str
    licence: str | None = None
    dated: str | None = None

    @property
    def url(self) -> str:
        """The address as text."""
        return self.address.url


@dataclass(frozen=True, slots=True)
class PageList:
    """What a list of pages says.

    Attributes:
        pages: the pages to fetch.
        leave_out: addresses that are not to be fetched, ``*`` standing for anything.
    """

    pages: tuple[WebSource, ...]
    leave_out: tuple[str, ...] = ()


def load_sources(lesson: Document, home: Path) -> tuple[WebSource, ...]:
    """Return every page, each once: the user's list first, then the shipped one, then the lesson.

    Of two entries for one page the earlier counts, so that a list of one's own can correct ours.

    Args:
        lesson: its links are read from its text.
        home: the home folder, which may hold a ``web_sources.toml``; what its ``leave_out``
            names is in none of them.

    Raises:
        ConfigError: a list is not valid; the entry is named.
    """
    own = parse_list(_read_own(home / LIST_NAME), str(home / LIST_NAME))
    shipped = resources.files("corpus").joinpath(LIST_NAME).read_text("utf-8")
    listed = (*own.pages, *parse_list(shipped, LIST_NAME).pages)
    vendors = sorted({source.vendor for source in listed if source.vendor})
    linked = (replace(link, vendor=_named(link, vendors)) for link in lesson_links(lesson))
    return tuple(
        source
        for source in _unique((*listed, *linked))
        if not any(fnmatchcase(source.url, pattern) for pattern in own.leave_out)
    )


def parse_list(text: str, name: str) -> PageList:
    """Read a list of pages.

    Raises:
        ConfigError: it is not TOML, or an entry is not as it must be.
    """
    try:
        content = parse_toml(text)
    except NotToml as exc:
        raise ConfigError(f"{name} is not valid TOML: {exc}.", "Mend that line.") from exc
    entries, leave_out = content.get("page", []), content.get("leave_out", [])
    strange = set(content) - {"page", "leave_out"}
    if strange or not isinstance(entries, list) or not _is_strings(leave_out):
        raise ConfigError(
            f"{name} may hold [[page]] entries and a list leave_out of addresses, no more.",
            "Take out the rest.",
        )
    sources: dict[str, WebSource] = {}
    for number, entry in enumerate(entries, start=1):
        source = _source(entry, number, name)
        if source.id in sources:
            raise ConfigError(
                f"{name}, page {number}: {source.url} is listed twice.", "Take one of them out."
            )
        sources[source.id] = source
    return PageList(tuple(sources.values()), tuple(leave_out))


def _is_strings(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(part, str) for part in value)


def lesson_links(lesson: Document) -> tuple[WebSource, ...]:
    """Return the pages that a document links to, in the order of its text."""
    sources = []
    for found in _LINK.finditer(lesson.text):
        try:
            address = parse_address(found["url"])
        except SourceRefused:
            continue
        start = lesson.text.rfind("\n", 0, found.start()) + 1
        words = re.sub(r"^[\s\d.*-]+|[\s:*]+$", "", lesson.text[start : found.start()])
        sources.append(
            WebSource(
                address=address,
                id=document_id(address),
                vendor=None,
                title=words or address.host,
                documents="A page that the lesson refers to.",
            )
        )
    return _unique(sources)


def _named(link: WebSource, vendors: Sequence[str]) -> str | None:
    """The vendor whose name stands in a link's words or host."""
    words = set(re.findall(r"[a-z0-9]+", f"{link.title} {link.address.host}".lower()))
    return next((name for name in vendors if name.split()[0].lower() in words), None)


def _unique(sources: Iterable[WebSource]) -> tuple[WebSource, ...]:
    first: dict[str, WebSource] = {}
    for source in sources:
        first.setdefault(source.id, source)
    return tuple(first.values())


def _source(entry: Any, number: int, name: str) -> WebSource:
    try:
        listed = _Listed.model_validate(entry)
        address = parse_address(listed.url)
    except ValidationError as exc:
        fault = exc.errors(include_url=False, include_input=False)[0]
        place = "".join(f", {part}" for part in fault["loc"])
        reason = fault["msg"].lower() if place else "it is not a [[page]] table"
        raise ConfigError(
            f"{name}, page {number}{place}: {reason}.",
            "Each [[page]] has url, vendor, title and documents, and may have licence and dated.",
        ) from exc
    except CounterpointError as exc:
        raise ConfigError(f"{name}, page {number}, url: {exc.what}", exc.cure) from exc
    return WebSource(
        address=address,
        id=document_id(address),
        vendor=listed.vendor,
        title=listed.title,
        documents=listed.documents,
        licence=listed.licence,
        dated=listed.dated,
    )


def _read_own(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(
            f"The list of pages {path} cannot be read.", "Mend it or move it away."
        ) from exc
