"""What is remembered between syncs: one small file for each page and for each host.

Each is replaced in one step. A damaged or foreign one counts as not there: the page is asked for
again, which costs a request and nothing else.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar

from filelock import FileLock, Timeout
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from corpus.disk import replace_text, writing
from corpus.errors import ConfigError

Status = Literal["fetched", "unchanged", "gone", "refused", "failed", "skipped"]

FORMAT: Final = 1

_Validator = Annotated[str, Field(pattern=r"^[\x20-\x7e]{1,300}$")]
"""What a header can hold: a damaged one would spoil every request for its page."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    format: Literal[1] = FORMAT


class PageRecord(_Record):
    """What became of a page when it was last asked for.

    Attributes:
        url: its address in the list.
        status: the outcome.
        checked_at: when, in UTC.
        final_url: where redirects led; the validators belong to that address.
        etag: the validator that the site gave, or None.
        last_modified: the other one, or None.
        bytes: the size of the page when it last came, unpacked, or None.
        what: why it was not fetched, or None.
        cure: what to do about that, or None.
    """

    url: str
    status: Status
    checked_at: AwareDatetime
    final_url: str | None = None
    etag: _Validator | None = None
    last_modified: _Validator | None = None
    bytes: int | None = None
    what: str | None = None
    cure: str | None = None


class HostRecord(_Record):
    """What a host asked for.

    Attributes:
        origin: scheme, host and port.
        robots: the text of its robots.txt, empty when it has none, None when it was not read.
        robots_at: when that was read, in UTC.
        not_before: the host asked to be left alone until then, or None.
    """

    origin: str
    robots: str | None = None
    robots_at: AwareDatetime | None = None
    not_before: AwareDatetime | None = None


_R = TypeVar("_R", bound=_Record)


class Ledger:
    """The records below one folder.

    Args:
        folder: made when the first record is written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def page(self, url: str) -> PageRecord | None:
        """What is known of a page."""
        record = self._read("pages", url, PageRecord)
        return record if record and record.url == url else None

    def host(self, origin: str) -> HostRecord:
        """What is known of a host; an empty record when nothing is."""
        record = self._read("hosts", origin, HostRecord)
        return record if record and record.origin == origin else HostRecord(origin=origin)

    def put_page(self, record: PageRecord) -> None:
        """Remember a page.

        Raises:
            DiskFull: there is no room.
            ConfigError: the folder cannot be written.
        """
        self._write("pages", record.url, record)

    def put_host(self, record: HostRecord) -> None:
        """Remember a host; raises as ``put_page``."""
        self._write("hosts", record.origin, record)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the right to sync; the system gives it back when the process dies, however it dies.

        Raises:
            ConfigError: another process is syncing, or the folder cannot be written.
        """
        with writing(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self._folder / "sync.lock", timeout=0)
            try:
                lock.acquire()
            except Timeout as exc:
                raise ConfigError(
                    "Another process is fetching pages already.",
                    "Wait until it has finished, or stop it; what it has fetched is kept.",
                ) from exc
        try:
            yield
        finally:
            lock.release()

    def _file(self, kind: str, key: str) -> Path:
        return self._folder / kind / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"

    def _read(self, kind: str, key: str, model: type[_R]) -> _R | None:
        try:
            return model.model_validate_json(self._file(kind, key).read_bytes())
        except (OSError, ValidationError):
            return None

    def _write(self, kind: str, key: str, record: _Record) -> None:
        file = self._file(kind, key)
        with writing(self._folder):
            file.parent.mkdir(parents=True, exist_ok=True)
            replace_text(file, record.model_dump_json())
