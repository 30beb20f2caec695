"""Downloading a model file from the model hub: resumable, checked, and never half there.

The bytes go to ``<file>.part``; beside it ``<file>.part.json`` says which version of the file they
belong to. Only a file that is complete, and matches the hub's checksum where it gives one, gets
its real name.
"""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx
from filelock import FileLock, Timeout

from assistant.backends.errors import BackendUnreachable, BadReply, StreamInterrupted
from assistant.backends.gguf import models_folder
from assistant.backends.gguf_file import looks_like_gguf, read_gguf_head
from assistant.backends.pulling import PullProgress
from assistant.models.choices import ModelChoice
from assistant.models.hub_reply import HubReply, follow
from assistant.models.part import Part, written
from assistant.settings import Settings
from corpus.errors import ConfigError, DiskFull, InputError

_PIECE_BYTES = 2**20  # written at once, and the least that is worth a step
_STEPS = 200
_MAX_RECONNECTS = 5
_SPARE_BYTES = 200 * 10**6


async def pull_hub(choice: ModelChoice, settings: Settings) -> AsyncGenerator[PullProgress, None]:
    """Download a model file into the models folder.

    Closing the iterator stops the download and keeps what has arrived; the next call goes on from
    there. A connection that breaks is taken up again while every try brings something.

    Raises:
        InputError: the model is not one of the hub's.
        ConfigError: the folder cannot be written, another process is downloading the file, the
            hub's address is not safe, or what was downloaded is no model.
        DiskFull: there is no room.
        BackendError: the hub cannot be reached, does not have the file, wants an account, or sent
            something else than it said.
    """
    if choice.via != "hub":
        raise InputError(f"{choice.label} is not a model of the hub.", _how_else(choice))
    target = models_folder(settings) / Path(choice.file).name
    if looks_like_gguf(target):
        size = target.stat().st_size
        yield PullProgress("already here", size, size, finished=True)
        return
    with written(target.parent):
        lock = _lock(target)
    try:
        async with contextlib.aclosing(_Download(choice, settings, target).steps()) as steps:
            async for step in steps:
                yield step
    finally:
        lock.release()


@dataclass(slots=True)
class _Download:
    choice: ModelChoice
    settings: Settings
    target: Path

    async def steps(self) -> AsyncGenerator[PullProgress, None]:
        part = Part(self.target)
        yield PullProgress("looking it up")
        reply: HubReply | None = None
        total: int | None = None
        tries_left = _MAX_RECONNECTS
        while reply is None:
            before = part.size
            try:
                async with (
                    self._client() as client,
                    follow(client, self._url, part) as found,
                    contextlib.aclosing(self._receive(found, part)) as steps,
                ):
                    total = found.total_bytes
                    async for step in steps:
                        yield step
                reply = found
            except httpx.HTTPError as exc:
                if not tries_left or part.size <= before:
                    raise self._translate(exc, part.size) from exc
                tries_left -= 1
                yield PullProgress("connecting again", part.size, total)
        yield PullProgress("checking", part.size, reply.total_bytes)
        checked = await asyncio.to_thread(self._accept, part, reply)
        size = self.target.stat().st_size
        yield PullProgress(
            "done" if checked else "done; the hub gave no checksum, so it was not checked",
            size,
            size,
            finished=True,
        )

    @property
    def _url(self) -> str:
        base = self.settings.hub.base_url.rstrip("/")
        return f"{base}/{quote(self.choice.repo)}/resolve/main/{quote(self.choice.file)}"

    def _client(self) -> httpx.AsyncClient:
        timeouts = self.settings.timeouts
        return httpx.AsyncClient(
            timeout=httpx.Timeout(timeouts.between_tokens_s, connect=timeouts.connect_s),
            headers={"Accept-Encoding": "identity", "User-Agent": "counterpoint"},
            follow_redirects=False,
        )

    async def _receive(self, reply: HubReply, part: Part) -> AsyncGenerator[PullProgress, None]:
        total = reply.total_bytes
        with written(self.target.parent):
            self._require_room(total, reply.starts_at)
            part.begin(reply.version, reply.starts_at)
        step_bytes = max(_PIECE_BYTES, (total or 0) // _STEPS)
        done = shown = reply.starts_at
        yield PullProgress("downloading", done, total)
        if done == total:
            return
        with written(self.target.parent):
            file = part.path.open("ab", buffering=_PIECE_BYTES)
        with file:
            async for piece in reply.response.aiter_raw():
                with written(self.target.parent):
                    file.write(piece)
                done += len(piece)
                if total is not None and done > total:
                    raise self._not_as_said(part)
                if done - shown >= step_bytes:
                    shown = done
                    yield PullProgress("downloading", done, total)
        if total is not None and done < total:
            raise httpx.RemoteProtocolError("the body ended early")

    def _require_room(self, total: int | None, have: int) -> None:
        free = shutil.disk_usage(self.target.parent).free
        if total is not None and total - have + _SPARE_BYTES > free:
            raise DiskFull(
                f"{self.target.name} needs {(total - have) / 1e9:.1f} GB more; "
                f"{free / 1e9:.1f} GB are free in {self.target.parent}.",
                "Free some space, or move the home folder with --home.",
            )

    def _accept(self, part: Part, reply: HubReply) -> bool:
        """Check what arrived and give it its name; tells whether a checksum was compared."""
        with written(self.target.parent):
            if reply.sha256 is not None and part.sha256() != reply.sha256:
                raise self._not_as_said(part)
            try:
                read_gguf_head(part.path)
            except ConfigError:
                part.drop()
                raise
            part.finish()
        return reply.sha256 is not None

    def _not_as_said(self, part: Part) -> BadReply:
        part.drop()
        return BadReply(
            f"What arrived of {self.target.name} is not what the hub said it would be; "
            "it was thrown away.",
            "Pull it again. If it happens again, something between here and the hub alters it.",
        )

    def _translate(self, exc: httpx.HTTPError, have: int) -> BackendUnreachable | StreamInterrupted:
        if have == 0 or isinstance(exc, httpx.ConnectError | httpx.ConnectTimeout):
            return BackendUnreachable(
                f"The model hub cannot be reached at {self.settings.hub.base_url}.",
                "Check the network, or set hub.base_url to a mirror of yours.",
            )
        return StreamInterrupted(
            f"The download of {self.target.name} broke off after {have / 1e6:,.0f} MB.",
            "What arrived is kept. Pull it again to go on from there.",
        )


def _lock(target: Path) -> FileLock:
    target.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(target.with_name(target.name + ".lock"), timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout as exc:
        raise ConfigError(
            f"{target.name} is being downloaded already.", "Wait for it, or stop the other one."
        ) from exc
    return lock


def _how_else(choice: ModelChoice) -> str:
    if choice.via == "ollama":
        return f"Pull it through Ollama: counterpoint models pull {choice.name}."
    return "It is here already, or comes with the installation: make run."
