"""A language model in this process: llama.cpp's server from ``xllamacpp``, on loopback only.

The server is started once for a file, when the first question comes. It listens on a free port
of 127.0.0.1 and takes only requests that carry a key made up at the start, so that no page open
in the user's browser can use it.
"""

import importlib.util
import secrets
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistant.backends.gguf_file import read_gguf_head
from corpus.errors import ConfigError

_READ_THREADS = 2
_CACHE_MIB = 512


@dataclass(frozen=True, slots=True)
class Listening:
    """A server that answers.

    Attributes:
        base_url: its address, with the port.
        key: what every request must carry.
        load_s: how long the model took to load, in seconds.
        context_tokens: room for prompt and answer together.
    """

    base_url: str
    key: str = field(repr=False)
    load_s: float
    context_tokens: int


@dataclass(slots=True)
class GgufServer:
    """One model file, loaded when it is first needed; safe to use from several threads.

    Attributes:
        path: the model file.
        context_tokens: room for prompt and answer that is wanted; the model's own limit holds.
        threads: threads for generating.
        alias: the name that replies carry instead of the file's path.
    """

    path: Path
    context_tokens: int
    threads: int
    alias: str
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _engine: Any = None
    _listening: Listening | None = None

    @property
    def listening(self) -> Listening | None:
        """Where it answers, or None before it was started."""
        return self._listening

    def start(self) -> Listening:
        """Load the model unless it is loaded; blocks for about a second per gigabyte.

        Raises:
            ConfigError: the file or the engine is missing, or the file is damaged.
        """
        with self._lock:
            if self._listening is None:
                self._listening = self._load()
            return self._listening

    def stop(self) -> None:
        """Free the memory; a later ``start`` loads the model again."""
        with self._lock:
            self._engine = self._listening = None

    def _load(self) -> Listening:
        head = read_gguf_head(self.path)
        context = min(self.context_tokens, head.context_tokens or self.context_tokens)
        key = secrets.token_urlsafe(24)
        started_s = time.perf_counter()
        self._engine = _start_engine(self.path, context, self.threads, self.alias, key)
        return Listening(
            base_url=str(self._engine.listening_address),
            key=key,
            load_s=time.perf_counter() - started_s,
            context_tokens=context,
        )


def engine_installed() -> bool:
    """Whether the package that runs model files is there; nothing is imported."""
    return importlib.util.find_spec("xllamacpp") is not None


def engine_missing() -> ConfigError:
    """The error for a machine without the engine."""
    return ConfigError(
        "The package that runs model files, xllamacpp, is not installed.",
        "Run: make run. Or choose another backend.",
    )


def _start_engine(path: Path, context: int, threads: int, alias: str, key: str) -> Any:
    try:
        import xllamacpp
    except ImportError as exc:
        raise engine_missing() from exc
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.model_alias = {alias}
    params.n_ctx = context
    params.n_parallel = 1
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = max(threads, _READ_THREADS)
    params.port = 0
    params.ui = False
    params.api_keys = [key]
    params.cache_ram_mib = _CACHE_MIB
    params.verbosity = 0
    # The engine must not look for anything on the network, nor shrink the window by itself.
    params.offline = True
    params.fit_params = False
    try:
        return xllamacpp.Server(params)
    except RuntimeError as exc:
        raise ConfigError(
            f"The engine cannot load the model file {path.name}.",
            "It may be damaged, of a kind that this engine does not know, or too large for the "
            "memory that is free. Try another model: counterpoint models list.",
        ) from exc
