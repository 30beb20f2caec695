"""The program and the backend in processes of their own, and what they hold."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import httpx

from corpus.errors import ConfigError

BACKEND: Final = "paced"
_START_WITHIN_S: Final = 120.0
_STOP_WITHIN_S: Final = 15.0
ENTRY: Final = """
[[backend]]
id = "paced"
label = "Scripted backend (runs here)"
kind = "proprietary"
adapter = "openai-compatible"
provider = "Counterpoint, in place of a vendor"
model = "paced-1"
context_window_tokens = 32768
max_output_tokens = 8192
licence = "none (stands for a closed model)"
weights_available = false
data = { training = "Nothing leaves this machine.", retention = "Nothing is kept." }
"""


@dataclass(frozen=True, slots=True)
class Holding:
    """What a process holds at one moment.

    Attributes:
        memory_mb: resident memory.
        threads: its threads.
        files: its open files and sockets.
        cpu_s: processor time since its start, in seconds.
    """

    memory_mb: float
    threads: int
    files: int
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Process:
    """A process that listens on loopback."""

    process: "subprocess.Popen[str]"
    port: int

    def holding(self) -> Holding:
        """What it holds now.

        Raises:
            ConfigError: this system does not say.
        """
        return holding_of(self.process.pid)


def holding_of(pid: int) -> Holding:
    """What a process holds now.

    Raises:
        ConfigError: this system does not say (it has no ``/proc``), or the process has gone.
    """
    folder = Path("/proc") / str(pid)
    try:
        status = (folder / "status").read_text("ascii", errors="replace")
        ticks = (folder / "stat").read_text("ascii", errors="replace").rpartition(")")[2].split()
        files = len(list((folder / "fd").iterdir()))
    except OSError as exc:
        raise ConfigError(
            "What a process holds cannot be read here.", "Measure on Linux, and let it finish."
        ) from exc
    memory = re.search(r"VmRSS:\s+(\d+)", status)
    threads = re.search(r"Threads:\s+(\d+)", status)
    return Holding(
        memory_mb=int(memory[1]) / 1000 if memory else 0.0,
        threads=int(threads[1]) if threads else 0,
        files=files,
        cpu_s=(int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK"),
    )


@contextlib.contextmanager
def paced_backend(*, first_token_s: float, tokens_per_s: float, tokens: int) -> Iterator[Process]:
    """A scripted backend until the context ends.

    Raises:
        ConfigError: it does not come up.
    """
    command = [
        *(sys.executable, "-m", "eval.bench.chat.paced"),
        *("--first-token-s", str(first_token_s)),
        *("--tokens-per-s", str(tokens_per_s), "--tokens", str(tokens)),
    ]
    with listening(command, "scripted backend") as process:
        yield process


@contextlib.contextmanager
def listening(command: Sequence[str], name: str) -> Iterator[Process]:
    """A process of ours that says its port on the first line, until the context ends.

    Raises:
        ConfigError: it does not come up.
    """
    environment = {**os.environ, "GRADIO_ANALYTICS_ENABLED": "False", "LANGSMITH_TRACING": "false"}
    process = subprocess.Popen(  # noqa: S603  our own interpreter and program
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line.strip().isdigit():
            raise ConfigError(f"The {name} did not start.", "Try once more.")
        yield Process(process, int(line))
    finally:
        _end(process)


def seen_by(backend: Process) -> dict[str, Any]:
    """What the backend has been asked."""
    reply = httpx.get(f"http://127.0.0.1:{backend.port}/seen", trust_env=False, timeout=30)
    found: dict[str, Any] = reply.json()
    return found


@contextlib.contextmanager
def page_server(
    home: Path, backend: Process, settings: Mapping[str, str], log: IO[str] | int
) -> Iterator[Process]:
    """The program's page over a home of its own, ready to answer, until the context ends.

    Args:
        home: its home.
        backend: who answers.
        settings: further settings by the names of their variables, without the prefix.
        log: where what it says on standard error goes.

    Raises:
        ConfigError: it does not come up.
    """
    home.mkdir(parents=True, exist_ok=True)
    (home / "backends.toml").write_text(ENTRY, encoding="utf-8")
    given = {
        "BASE_URLS__PACED": f"http://127.0.0.1:{backend.port}/v1",
        "DEFAULT_BACKEND": BACKEND,
        **settings,
    }
    environment = {**os.environ, **{f"COUNTERPOINT_{name}": value for name, value in given.items()}}
    command = [
        *(sys.executable, "-m", "ui.cli.main", "serve", "--no-browser", "--port", "0"),
        *("--home", str(home)),
    ]
    process = subprocess.Popen(  # noqa: S603  our own interpreter and module
        command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        found = re.search(r":(\d+)/", line)
        if found is None:
            raise ConfigError("The page did not start.", "See: counterpoint doctor.")
        server = Process(process, int(found[1]))
        _await_page(server)
        yield server
    finally:
        _end(process)


def _await_page(server: Process) -> None:
    until_s = time.monotonic() + _START_WITHIN_S
    while time.monotonic() < until_s:
        if server.process.poll() is not None:
            break
        with contextlib.suppress(httpx.TransportError):
            if (
                httpx.get(f"http://127.0.0.1:{server.port}/", trust_env=False).status_code
                == httpx.codes.OK
            ):
                return
        time.sleep(0.05)
    raise ConfigError("The page did not come up.", "See: counterpoint doctor.")


def _end(process: "subprocess.Popen[str]") -> None:
    if process.stdin is not None:
        process.stdin.close()
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(_STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
