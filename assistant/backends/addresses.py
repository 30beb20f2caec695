"""Addresses of backends: which are this machine, and which are taken at all."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from assistant.backends.catalogue import BackendEntry, DataPolicy
from assistant.settings import Settings
from corpus.errors import ConfigError

DEFAULT_BASE_URLS = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com",
    "google": "https://generativelanguage.googleapis.com",
    "xai": "https://api.x.ai/v1",
    "mistral": "https://api.mistral.ai/v1",
}
THIS_PROCESS = "this process"
_EMBEDDED = frozenset({"reader", "gguf"})
_NOT_KNOWN = "What is kept where it was sent is not known."


def base_url_of(entry: BackendEntry, settings: Settings) -> str:
    """Where a backend is reached: the setting, the catalogue, or the adapter's own default.

    Raises:
        ConfigError: there is no address, or it is not one that is taken.
    """
    url = settings.base_urls.get(entry.id) or entry.base_url
    if not url:
        is_ollama = entry.adapter == "ollama"
        url = settings.ollama.base_url if is_ollama else DEFAULT_BASE_URLS.get(entry.adapter, "")
    if not url:
        raise ConfigError(
            f"{entry.label} has no address yet.",
            f'Set it: base_urls."{entry.id}" in settings.toml, or base_url in backends.toml.',
        )
    _check(url, entry, settings)
    return url.rstrip("/")


def destination_for(entry: BackendEntry, settings: Settings) -> str:
    """Where a backend's prompt would be sent: host (and port), or ``this process``.

    Empty while no address is set, or one that is not taken.
    """
    if entry.adapter in _EMBEDDED:
        return THIS_PROCESS
    try:
        return destination_of(base_url_of(entry, settings))
    except ConfigError:
        return ""


def own_destination(entry: BackendEntry) -> str | None:
    """The host (and port) that the catalogue speaks of, or None when it names none."""
    url = entry.base_url or DEFAULT_BASE_URLS.get(entry.adapter)
    return destination_of(url) if url else None


def policy_at(entry: BackendEntry, destination: str) -> DataPolicy:
    """What is known to happen to data that goes to ``destination``.

    The catalogue speaks for the backend's own address. A gateway in between may keep what it
    likes, and what holds for this machine holds nowhere else.
    """
    if entry.adapter == "ollama" or entry.adapter in _EMBEDDED:
        is_own = entry.kind != "open" or is_local(destination)
        return entry.data if is_own else DataPolicy(training="", retention=_NOT_KNOWN)
    if own_destination(entry) in {None, destination}:
        return entry.data
    itself = f"{_NOT_KNOWN} {entry.provider} itself: {entry.data.training}"
    return entry.data.model_copy(update={"training": itself})


def is_local(destination: str) -> bool:
    """Whether a destination is this machine."""
    return destination == THIS_PROCESS or is_loopback(destination)


def destination_of(url: str) -> str:
    """Host, and port where one is given, of an address."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if ":" in host:
        host = f"[{host}]"
    return f"{host}:{parts.port}" if parts.port else host


def is_loopback(url: str) -> bool:
    """Whether an address (or a host and port) is this machine."""
    host = urlsplit(url if "//" in url else f"//{url}").hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def runs_here(entry: BackendEntry, url: str) -> bool:
    """Whether a backend is an open model on this machine."""
    return entry.kind == "open" and is_loopback(url)


def _check(url: str, entry: BackendEntry, settings: Settings) -> None:
    try:
        parts = urlsplit(url)
        sound = parts.port is None or parts.port > 0
    except ValueError:
        sound = False
    if not sound or parts.scheme not in {"http", "https"} or not _is_host(parts.hostname, url):
        raise ConfigError(
            f"The address of {entry.label} is not a web address.",
            "It begins with https:// (or http:// on this machine), then the host.",
        )
    _refuse_secrets(parts, entry)
    if is_loopback(url):
        return
    if entry.adapter == "ollama":
        if not settings.ollama.allow_remote:
            raise ConfigError(
                f"The address of {entry.label} is beyond this machine: {parts.hostname}.",
                "If that is meant, set ollama.allow_remote = true in settings.toml.",
            )
    elif parts.scheme != "https":
        raise ConfigError(
            f"The address of {entry.label} is not encrypted: {parts.hostname}.",
            "Use https:// for any host but this machine.",
        )


def _is_host(host: str | None, url: str) -> bool:
    """Whether an address names a host that a service can have, and reads the same everywhere.

    Readers of addresses disagree on white space and backslashes. A link-local address is a cloud's
    own service for its machines; it hands out their keys.
    """
    if not host or re.search(r"[\s\\\x00-\x1f\x7f]", url):
        return False
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return True
    address = getattr(address, "ipv4_mapped", None) or address
    return not (address.is_link_local or address.is_multicast or address.is_unspecified)


def _refuse_secrets(parts: SplitResult, entry: BackendEntry) -> None:
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ConfigError(
            f"The address of {entry.label} holds more than host and path.",
            "Leave user, password, query and fragment out; a key belongs in the key's variable.",
        )
