"""Where the vectors of the index lie, by the settings."""

import re
from pathlib import Path
from urllib.parse import urlsplit

from assistant.backends.addresses import is_loopback
from assistant.home_index import index_folder
from assistant.settings import IndexSettings, Settings, read_key
from corpus.errors import ConfigError
from index.chroma_server import ChromaServer
from index.generation import open_folder
from index.places import FolderPlace, ServerPlace, VectorPlace

KEY_VARIABLE = "CHROMA_API_KEY"


def home_place(settings: Settings) -> VectorPlace:
    """The place for the index of the home folder.

    Raises:
        ConfigError: the server's address is not one that is taken.
    """
    return vector_place(settings, index_folder(settings.home))


def vector_place(settings: Settings, index_dir: Path) -> VectorPlace:
    """The place for an index: its own folder, or the Chroma server of the settings.

    Raises:
        ConfigError: the server's address is not one that is taken.
    """
    if settings.index.chroma_url is None:
        return FolderPlace(open_folder(index_dir))
    url = _checked(settings.index.chroma_url, settings.index)
    return ServerPlace(
        ChromaServer(
            url=url,
            tenant=settings.index.chroma_tenant,
            database=settings.index.chroma_database,
            headers=_headers(settings),
            connect_s=settings.timeouts.connect_s,
        ),
        index_dir,
    )


def _headers(settings: Settings) -> dict[str, str]:
    key = read_key(KEY_VARIABLE, settings.home)
    if key is None:
        return {}
    header = settings.index.chroma_key_header
    prefix = "Bearer " if header == "authorization" else ""
    return {header: prefix + key.get_secret_value()}


def _checked(url: str, index: IndexSettings) -> str:
    try:
        parts = urlsplit(url)
        # What one reader of addresses drops, another may read as part of the host or path.
        sound = (parts.port is None or parts.port > 0) and not re.search(r"[\s\\]|[#?]$", url)
    except ValueError:
        sound = False
    if not sound or parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigError(
            "The address of the Chroma server is not a web address.",
            "Set index.chroma_url to one such as http://127.0.0.1:8000.",
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ConfigError(
            "The address of the Chroma server holds more than host and path.",
            f"Leave user, password and query out; a key belongs in {KEY_VARIABLE}.",
        )
    if parts.scheme == "http" and not is_loopback(url) and not index.chroma_allow_remote:
        raise ConfigError(
            f"The address of the Chroma server is not encrypted: {parts.hostname}.",
            "Use https://, or set index.chroma_allow_remote = true if the network is your own.",
        )
    return url.rstrip("/")
