"""Addresses of backends: which are this machine, and which are taken at all."""

import ipaddress
from urllib.parse import SplitResult, urlsplit

from assistant.backends.catalogue import BackendEntry
from assistant.settings import Settings
from corpus.errors import ConfigError

DEFAULT_BASE_URLS = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com",
    "google": "https://generativelanguage.googleapis.com",
    "xai": "https://api.x.ai/v1",
    "mistral": "https://api.mistral.ai/v1",
}


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
    if not sound or parts.scheme not in {"http", "https"} or not parts.hostname:
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


def _refuse_secrets(parts: SplitResult, entry: BackendEntry) -> None:
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ConfigError(
            f"The address of {entry.label} holds more than host and path.",
            "Leave user, password, query and fragment out; a key belongs in the key's variable.",
        )
