"""``counterpoint doctor``: what works, what does not, and the one command that mends it."""

import argparse
import asyncio
import importlib.metadata
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from assistant.backends.addresses import is_loopback
from assistant.backends.base import HealthState
from assistant.home_index import home_documents, index_folder
from assistant.settings import Settings
from assistant.turns import Finished
from assistant.vector_place import home_place
from assistant.wiring import Assistant, open_assistant
from corpus.errors import ConfigError, CounterpointError
from corpus.shelf import home_shelf
from index.embedder import SentenceTransformerEmbedder
from index.fast_encoder import cores
from index.opening import verify_index
from ui.cli.output import write, write_json

QUESTION = "Who makes Phi-3, and is it proprietary?"
NEEDED_DISK_BYTES = 500_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        what: its name.
        ok: True works, False must be mended, None is optional and absent.
        detail: what was found.
        cure: what mends it.
    """

    what: str
    ok: bool | None
    detail: str
    cure: str = ""


def doctor(arguments: argparse.Namespace, settings: Settings) -> int:
    """Look at everything; 1 when something must be mended."""
    checks: list[Callable[[Settings], Finding]] = [_program, _home, _corpus, _encoder, _index]
    findings = [_guarded(check, settings) for check in checks]
    findings.extend(asyncio.run(_backends(settings)))
    if arguments.offline:
        findings.append(_guarded(_answer_offline, settings))
    if arguments.json:
        write_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            mark = {True: "ok  ", False: "FAIL", None: "--  "}[finding.ok]
            write(f"{mark} {finding.what}: {finding.detail}")
            if finding.cure:
                write(f"       {finding.cure}")
    return 1 if any(finding.ok is False for finding in findings) else 0


def _guarded(check: Callable[[Settings], Finding], settings: Settings) -> Finding:
    try:
        return check(settings)
    except CounterpointError as exc:
        return Finding(check.__name__.strip("_").replace("_", " "), False, exc.what, exc.cure)


def _program(_: Settings) -> Finding:
    version = importlib.metadata.version("counterpoint")
    return Finding("program", True, f"counterpoint {version}, Python {sys.version.split()[0]}")


def _home(settings: Settings) -> Finding:
    home = settings.home
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home):
            pass
    except OSError as exc:
        raise ConfigError(
            f"The home folder {home} cannot be written.", "Choose another with --home DIR."
        ) from exc
    free = shutil.disk_usage(home).free
    if free < NEEDED_DISK_BYTES:
        return Finding("home", False, f"{home}: {free:,} bytes free", "Make room on this disk.")
    return Finding("home", True, f"{home}, {free // 1_000_000_000} GB free")


def _corpus(settings: Settings) -> Finding:
    documents, problems = home_documents(settings.home), home_shelf(settings.home).problems()
    if problems:
        return Finding("corpus", False, problems[0].what, problems[0].cure)
    return Finding("corpus", True, f"{len(documents)} documents")


def _encoder(settings: Settings) -> Finding:
    embedder = SentenceTransformerEmbedder(settings.index.embedder_path, settings.index.precision)
    embedder.load()
    if embedder.slow_because:
        reason = f"by sentence-transformers, since {embedder.slow_because}"
        return Finding("encoder", True, f"{embedder.dimension} dimensions, {reason}")
    cores_used = "1 core" if cores() == 1 else f"{cores()} cores"
    how = f"{embedder.precision} on {cores_used}, by onnxruntime"
    return Finding("encoder", True, f"{embedder.dimension} dimensions, {how}")


def _index(settings: Settings) -> Finding:
    report = verify_index(index_folder(settings.home), place=home_place(settings))
    return Finding("index", True, f"{report.chunks} chunks, every vector reachable")


async def _backends(settings: Settings) -> list[Finding]:
    assistant = open_assistant(settings)
    healths = await asyncio.gather(*(assistant.health(e.id) for e in assistant.entries))
    findings = []
    for entry, health in zip(assistant.entries, healths, strict=True):
        embedded = entry.adapter in {"reader", "gguf"}
        ok = True if health.ready else False if embedded else None
        state = "" if health.state is HealthState.READY else f"{health.state.value}; "
        findings.append(Finding(entry.label, ok, f"{state}{health.detail}", health.cure))
    return findings


def _answer_offline(settings: Settings) -> Finding:
    assistant = open_assistant(settings)
    with network_blocked() as attempts:
        text = asyncio.run(_ask_reader(assistant))
    if attempts:
        return Finding("offline", False, f"tried to reach {', '.join(sorted(attempts))}")
    return Finding("offline", bool(text), "answered a question with the network blocked")


async def _ask_reader(assistant: Assistant) -> str:
    text = ""
    async for event in assistant.ask(QUESTION, (), "reader", asyncio.Event()):
        if isinstance(event, Finished):
            text = event.answer.text
    return text


@contextmanager
def network_blocked() -> Iterator[set[str]]:
    """Refuse every connection and look-up beyond this machine while inside.

    Yields:
        The addresses that were tried.
    """
    attempts: set[str] = set()
    active = True

    def refuse(event: str, arguments: tuple[object, ...]) -> None:
        if not active or event not in {"socket.connect", "socket.getaddrinfo"}:
            return
        address = arguments[1] if event == "socket.connect" else arguments[0]
        host = address[0] if isinstance(address, tuple) else address
        if isinstance(host, bytes):
            host = os.fsdecode(host)
        is_unix_socket = isinstance(address, str | bytes) and Path(str(host)).is_absolute()
        if (
            not host
            or is_unix_socket
            or is_loopback(f"[{host}]" if ":" in str(host) else str(host))
        ):
            return
        attempts.add(str(host))
        raise OSError(f"the network is blocked ({host})")

    sys.addaudithook(refuse)  # a hook cannot be removed: it is switched off instead
    try:
        yield attempts
    finally:
        active = False
