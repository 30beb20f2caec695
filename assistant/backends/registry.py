"""From a catalogue entry to a backend. Nothing heavy is imported until a backend is asked."""

from collections.abc import Callable

from assistant.backends.base import Backend
from assistant.backends.catalogue import BackendEntry
from assistant.settings import Settings
from corpus.errors import ConfigError
from index.embedder import Embedder


def open_backend(
    entry: BackendEntry, settings: Settings, embedder: Callable[[], Embedder]
) -> Backend:
    """Open a backend.

    A missing key or an address that is not taken shows in ``health``, and is raised by ``stream``
    before anything is sent.

    Args:
        entry: its catalogue entry.
        settings: addresses, timeouts, and where keys are looked up.
        embedder: gives the embedder when it is first needed.

    Raises:
        ConfigError: the entry contradicts itself.
    """
    if entry.adapter == "reader":
        from assistant.backends.reader import ReaderBackend

        return ReaderBackend(entry, embedder)
    if entry.adapter == "gguf":
        from assistant.backends.gguf import GgufBackend

        return GgufBackend(entry, settings)
    if entry.adapter == "ollama":
        from assistant.backends.ollama import OllamaBackend

        _refuse_cloud(entry)
        return OllamaBackend(entry, settings)
    from assistant.backends.vendors import VendorBackend, wire_of

    return VendorBackend(entry, settings, wire_of(entry.adapter))


def _refuse_cloud(entry: BackendEntry) -> None:
    tag = entry.model.rpartition(":")[2]
    if entry.kind == "open" and (tag == "cloud" or tag.endswith("-cloud")):
        raise ConfigError(
            f"{entry.label} ({entry.model}) does not run on this machine: Ollama passes it on.",
            'Give its entry kind = "proprietary" in backends.toml.',
        )
