"""Model files that are here, as backends."""

import re
from pathlib import Path

from assistant.backends.catalogue import BackendEntry, DataPolicy
from assistant.backends.gguf_file import GgufHead, read_gguf_head
from assistant.models.choices import ModelChoice, hub_models, memory_for, model_files
from assistant.settings import Settings
from corpus.errors import ConfigError

_LONGEST_WINDOW_TOKENS = 8_192
_LONGEST_ANSWER_TOKENS = 1_024
_LATER_PART = re.compile(r"-(?!00001)\d{5}-of-\d{5}$")
_STAYS_HERE = DataPolicy(
    training="Nothing leaves this process, so nothing is trained on.",
    retention="Nothing is kept by anybody else.",
    source="runs in this process",
)


def pulled_entries(settings: Settings) -> tuple[BackendEntry, ...]:
    """A backend for each model file in the models folder, and for the user's own file.

    Files that are damaged, or that hold no language model, are left out; ``models list`` and a
    later pull say what is wrong with them.
    """
    known = {Path(choice.file).name: choice for choice in hub_models(settings)}
    entries: dict[str, BackendEntry] = {}
    for path in model_files(settings):
        if _LATER_PART.search(path.stem):
            continue
        try:
            head = read_gguf_head(path)
        except ConfigError:
            continue
        if head.context_tokens is not None:
            entry = _entry(head, head.context_tokens, known.get(path.name))
            entries.setdefault(entry.id, entry)
    return tuple(entries.values())


def backend_id(file: str) -> str:
    """The id of the backend of a model file: its name in lower case, without its ending."""
    stem = re.sub(r"[^a-z0-9.\-]+", "-", Path(file).stem.casefold()).strip("-.")
    return stem or "model"


def _entry(head: GgufHead, context_tokens: int, choice: ModelChoice | None) -> BackendEntry:
    window = min(context_tokens, _LONGEST_WINDOW_TOKENS)
    size_gb, memory_gb = head.size_bytes / 10**9, memory_for(head.size_bytes) / 10**9
    return BackendEntry(
        id=backend_id(head.path.name),
        label=choice.label if choice else head.path.stem,
        kind="open",
        adapter="gguf",
        provider="this process",
        model=head.path.name,
        about=choice.about if choice else "A model file of your own, run in this process.",
        context_window_tokens=window,
        max_output_tokens=min(_LONGEST_ANSWER_TOKENS, window // 2),
        licence=choice.licence if choice else head.licence or "not stated in the file",
        weights_available=True,
        data=_STAYS_HERE,
        download=f"{size_gb:.1f} GB",
        memory=f"about {memory_gb:.0f} GB" if memory_gb >= 1 else "under 1 GB",
    )
