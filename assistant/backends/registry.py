"""From a catalogue entry to a backend. Nothing heavy is imported until a backend is asked."""

from collections.abc import Callable

from assistant.backends.base import Backend
from assistant.backends.catalogue import Adapter, BackendEntry
from assistant.backends.langchain_chat import ChatBackend
from assistant.backends.wire import Wire
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
    return ChatBackend(entry, settings, _wire_of(entry.adapter))


def _wire_of(adapter: Adapter) -> Wire:
    from assistant.backends.anthropic import AnthropicWire
    from assistant.backends.google import GoogleWire
    from assistant.backends.mistral import MistralWire
    from assistant.backends.openai import CompatibleWire, OpenAIWire
    from assistant.backends.xai import XAIWire

    wires: dict[str, Callable[[], Wire]] = {
        "openai": OpenAIWire,
        "openai-compatible": CompatibleWire,
        "anthropic": AnthropicWire,
        "google": GoogleWire,
        "xai": XAIWire,
        "mistral": MistralWire,
    }
    return wires[adapter]()


def _refuse_cloud(entry: BackendEntry) -> None:
    tag = entry.model.rpartition(":")[2]
    if entry.kind == "open" and (tag == "cloud" or tag.endswith("-cloud")):
        raise ConfigError(
            f"{entry.label} ({entry.model}) does not run on this machine: Ollama passes it on.",
            'Give its entry kind = "proprietary" in backends.toml.',
        )
