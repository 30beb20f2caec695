"""Which models Ollama has, and having it pull one."""

import contextlib
import re
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from assistant.backends.addresses import is_loopback
from assistant.backends.errors import (
    BackendBusy,
    BackendUnreachable,
    BadReply,
    ModelMissing,
    StreamInterrupted,
)
from assistant.backends.pulling import PullProgress
from assistant.settings import Settings
from corpus.errors import BackendError, ConfigError, CounterpointError, InputError

if TYPE_CHECKING:
    import ollama

_NAME = re.compile(r"[A-Za-z0-9][\w.\-]*(/[\w.\-]+)*(:[\w.\-]+)?")
_NOT_FOUND = ("file does not exist", "not found")


def is_cloud_tag(name: str) -> bool:
    """Whether Ollama would pass a model of this name on to its own servers."""
    tag = name.rpartition(":")[2].casefold()
    return tag == "cloud" or tag.endswith("-cloud")


def same_model(name: str, other: str) -> bool:
    """Whether two names mean the same model; a name without a tag means ``latest``."""
    return _with_tag(name) == _with_tag(other)


def installed_tags(settings: Settings) -> frozenset[str] | None:
    """The models that Ollama has on this machine, or None when it does not answer."""
    import ollama

    try:
        _check_address(settings)
        client = ollama.Client(**_options(settings, settings.timeouts.health_s))
        with client:
            models = client.list().models
    except (ConfigError, ConnectionError, ollama.ResponseError, httpx.HTTPError, ValueError):
        return None
    names = (model.model for model in models)
    return frozenset(name for name in names if name and not is_cloud_tag(name))


async def pull_ollama(name: str, settings: Settings) -> AsyncGenerator[PullProgress, None]:
    """Have Ollama pull a model; closing the iterator stops it, and what arrived is kept there.

    Raises:
        InputError: not a model's name, or a model that would run on Ollama's servers.
        ConfigError: Ollama's address is beyond this machine, and that was not allowed.
        BackendUnreachable: Ollama does not run.
        ModelMissing: Ollama's library has no such model.
        BackendError: the pull broke off.
    """
    import ollama

    _check_name(name)
    _check_address(settings)
    layers = _Layers()
    client = ollama.AsyncClient(**_options(settings, None))
    try:
        async with client:
            steps = await client.pull(name, stream=True)
            async with contextlib.aclosing(_closable(steps)) as parts:
                async for part in parts:
                    yield layers.take(part)
    except (ConnectionError, ollama.ResponseError, httpx.HTTPError, ValueError) as exc:
        raise _translate(exc, name) from exc
    if not layers.succeeded:
        raise StreamInterrupted(
            f"Ollama broke off before {name} was complete.",
            "What arrived is kept. Pull it again to go on.",
        )


@dataclass(slots=True)
class _Layers:
    """A model comes in several files; their bytes are added up."""

    succeeded: bool = False
    _done: dict[str, int] = field(default_factory=dict)
    _total: dict[str, int] = field(default_factory=dict)

    def take(self, part: "ollama.ProgressResponse") -> PullProgress:
        if part.digest and part.total:
            self._total[part.digest] = part.total
            self._done[part.digest] = min(part.completed or 0, part.total)
        self.succeeded = part.status == "success"
        return PullProgress(
            status=_said(part.status or ""),
            done_bytes=sum(self._done.values()) if self._total else None,
            total_bytes=sum(self._total.values()) if self._total else None,
            finished=self.succeeded,
        )


def _said(status: str) -> str:
    """Ollama's status in our own words, so that nothing it sends is shown as it is."""
    first = status.split(" ", 1)[0]
    known = {"verifying": "checking", "writing": "saving", "success": "done", "removing": "saving"}
    if status == "pulling manifest":
        return "looking it up"
    return known.get(first, "downloading")


async def _closable(
    parts: AsyncIterator["ollama.ProgressResponse"],
) -> AsyncGenerator["ollama.ProgressResponse", None]:
    try:
        async for part in parts:
            yield part
    finally:
        if isinstance(parts, AsyncGenerator):
            await parts.aclose()


def _options(settings: Settings, timeout_s: float | None) -> dict[str, Any]:
    connect_s = min(settings.timeouts.connect_s, timeout_s or settings.timeouts.connect_s)
    return {
        "host": settings.ollama.base_url,
        "timeout": httpx.Timeout(timeout_s, connect=connect_s),
        "trust_env": False,
        "follow_redirects": False,
        # Without this the client would send a key that it finds in the environment.
        "headers": {"Authorization": "none"},
    }


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise InputError(
            f"{name!r} is not a model's name.", "It looks like llama3.2 or llama3.2:1b."
        )
    if is_cloud_tag(name):
        raise InputError(
            f"{name} does not run on this machine: Ollama passes it on to its own servers.",
            "Choose a model without 'cloud' in its tag: counterpoint models list.",
        )


def _check_address(settings: Settings) -> None:
    if not settings.ollama.allow_remote and not is_loopback(settings.ollama.base_url):
        raise ConfigError(
            "The address of Ollama is beyond this machine.",
            "If that is meant, set ollama.allow_remote = true in settings.toml.",
        )


def _with_tag(name: str) -> str:
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


def _translate(exc: Exception, name: str) -> CounterpointError:
    import ollama

    error: BackendError
    if isinstance(exc, ollama.ResponseError):
        if any(words in exc.error.casefold() for words in _NOT_FOUND) or exc.status_code == 404:
            error = ModelMissing(
                f"Ollama's library has no model {name}.", "See: counterpoint models list."
            )
        else:
            error = BackendBusy(
                f"Ollama could not pull {name}.",
                "Check the network and the free disk space, then pull it again.",
            )
    elif isinstance(exc, ConnectionError | httpx.ConnectError | httpx.ConnectTimeout):
        error = BackendUnreachable(
            "Ollama does not run at its address.",
            "Start it with: ollama serve. Or take a model from the hub: counterpoint models list.",
        )
    elif isinstance(exc, httpx.HTTPError):
        error = StreamInterrupted(
            f"Ollama broke off before {name} was complete.",
            "What arrived is kept. Pull it again to go on.",
        )
    else:
        error = BadReply(
            "What answers at Ollama's address is not Ollama.",
            "Check ollama.base_url in the settings.",
        )
    return error
