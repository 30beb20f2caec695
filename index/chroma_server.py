"""A Chroma server: where it is, how it is spoken to, and what its failures mean."""

import ipaddress
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from corpus.errors import IndexCorrupt, StoreUnreachable

if TYPE_CHECKING:
    import httpx

_REFUSED = {401, 403, 407}
_MISSING = 404
_BUSY = {429, 500, 502, 503, 504}


class ChromaRefusal(Exception):
    """Chroma itself answered that it cannot do what it was asked.

    Attributes:
        missing: because what was named is not there.
    """

    def __init__(self, *, missing: bool) -> None:
        super().__init__()
        self.missing = missing


@dataclass(frozen=True, slots=True)
class ChromaServer:
    """A Chroma server that speaks the second version of its API.

    Attributes:
        url: its address, without a slash at the end.
        tenant: whose databases are meant.
        database: where the collections lie.
        headers: sent with each request; may hold a key, so they are shown nowhere.
        connect_s: how long to wait for a connection, in seconds.
        answer_s: how long to wait for the answer to a question, in seconds.
        write_s: how long to wait until vectors are written, in seconds.
    """

    url: str
    tenant: str = "default_tenant"
    database: str = "default_database"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    connect_s: float = 5.0
    answer_s: float = 15.0
    write_s: float = 300.0

    @property
    def address(self) -> str:
        """What tells it from other places where vectors lie."""
        return f"{self.url} {self.tenant}/{self.database}"

    def timeout(self, answer_s: float) -> "httpx.Timeout":
        """Give up after so many seconds without an answer."""
        import httpx

        return httpx.Timeout(answer_s, connect=self.connect_s)

    def session(self) -> "httpx.Client":
        """A connection that gives up in time and takes answers from nobody but Chroma."""
        import httpx

        return httpx.Client(
            headers={**self.headers, "Content-Type": "application/json"},
            timeout=self.timeout(self.answer_s),
            event_hooks={"response": [self._refuse_strangers]},
            # A proxy from the environment would see what was meant to stay on this machine.
            trust_env=not _is_this_machine(self.url),
        )

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Translate what goes wrong while the server is asked.

        Raises:
            StoreUnreachable: it does not answer, or not as Chroma does.
            IndexCorrupt: it answers that it cannot search the collection.
        """
        try:
            with self._speaking():
                yield
        except ChromaRefusal as exc:
            raise IndexCorrupt(
                f"The Chroma server at {self.url} "
                + ("does not have this index." if exc.missing else "cannot search this index."),
                "Run `counterpoint index build`.",
            ) from exc

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Translate what goes wrong while the server is written to.

        Raises:
            StoreUnreachable: it does not take what it is given.
        """
        try:
            with self._speaking():
                yield
        except ChromaRefusal as exc:
            raise StoreUnreachable(
                f"The Chroma server at {self.url} "
                + (
                    f"has no database {self.tenant}/{self.database}."
                    if exc.missing
                    else "did not take the vectors."
                ),
                "Look at the server's own log, then run `counterpoint index build`.",
            ) from exc

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        import httpx

        try:
            yield
        except httpx.TimeoutException as exc:
            raise self._error("does not answer in time") from exc
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as exc:
            raise self._error("cannot be reached") from exc
        except (ValueError, LookupError, TypeError, AttributeError) as exc:
            raise self._stranger() from exc

    def _refuse_strangers(self, response: "httpx.Response") -> None:
        # Chroma's client makes nameless errors of all that is not Chroma's own, so it is read here.
        response.read()
        if response.status_code in _REFUSED:
            raise StoreUnreachable(
                f"The Chroma server at {self.url} refuses the key, or wants one.",
                "Set CHROMA_API_KEY, and index.chroma_key_header if it goes into another header.",
            )
        said = _json(response)
        if response.is_success and said is not None:
            return
        if isinstance(said, dict) and str(said.get("error", "")).endswith("Error"):
            raise ChromaRefusal(missing=response.status_code == _MISSING)
        if response.status_code in _BUSY:
            raise self._error(f"fails (status {response.status_code})")
        raise self._stranger()

    def _error(self, what: str) -> StoreUnreachable:
        return StoreUnreachable(
            f"The Chroma server at {self.url} {what}.",
            "Start it or wait for it, then try again; the address is index.chroma_url.",
        )

    def _stranger(self) -> StoreUnreachable:
        return StoreUnreachable(
            f"What answers at {self.url} is not a Chroma server with the API v2.",
            "Check index.chroma_url; the server must be Chroma 1.0 or later.",
        )


def _json(response: "httpx.Response") -> object:
    try:
        return response.json()
    except ValueError:
        return None


def _is_this_machine(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
