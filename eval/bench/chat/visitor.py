"""One browser: it opens the page, asks a question, and keeps what comes back with its times.

It says what the page's own script says: a stream of its own for the session, a heartbeat, the
events of opening, and a look at the list of conversations when one of its own has changed. What
arrives is read only after it has all come, so that reading does not compete with the server.
"""

import asyncio
import contextlib
import html
import itertools
import json
import re
import time
import uuid
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from eval.bench.chat import wire
from eval.bench.chat.page import Event, Page
from eval.bench.chat.script import question_of

_TAG: Final = re.compile(r"<[^>]+>")
_END: Final = b'"msg":"process_completed"'
_GROWN: Final = b'"msg":"process_generating"'


@dataclass(slots=True)
class Said:
    """What came of one question.

    Attributes:
        chat: its number.
        sent_s: when it was sent, on the monotonic clock.
        parts: the events of its answer, with when they came.
        ended_s: when the last one came; 0 if it never did.
        refused: the server's words when it did not take the question.
        error: what broke, in a word.
    """

    chat: int
    sent_s: float = 0.0
    parts: list[tuple[float, bytes]] = field(default_factory=list)
    ended_s: float = 0.0
    refused: str = ""
    refused_status: int = 0
    error: str = ""

    @property
    def total_s(self) -> float:
        """From the question to the last word of receipt and checks, in seconds."""
        return self.ended_s - self.sent_s


@dataclass(slots=True)
class Visitor:
    """One browser on the page.

    Args:
        page: how the page is put together.
        backend: who is asked; it stands on the proprietary side.
    """

    page: Page
    backend: str
    cookie: str = ""
    session: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    _beat: asyncio.Task[None] | None = None
    _looks: set[asyncio.Task[Any]] = field(default_factory=set)

    async def open(self) -> None:
        """Open the page and wait until it has settled.

        Raises:
            OSError: the server does not answer.
        """
        port = self.page.port
        reply = await wire.request(port, "GET", "/")
        self.cookie = reply.headers.get("set-cookie", "").split(";")[0]
        if self.page.has_heartbeat:
            self._beat = asyncio.create_task(self._keep_alive())
        await self._raise_patiently(self.page.opened)
        await self._raise_patiently(self.page.visit, {"chat": "", "offset": 0})
        async with contextlib.aclosing(self._stream()) as stream:
            async for _ in stream:
                pass

    async def ask(self, chat: int, *, leave_after: int | None = None) -> Said:
        """Ask the question of a chat, and wait for the end of its answer.

        Args:
            chat: its number.
            leave_after: go away after so many updates, when words have come.
        """
        page, said = self.page, Said(chat)
        values = page.values | {
            page.box: question_of(chat),
            page.kind: "proprietary",
            page.models["proprietary"]: self.backend,
        }
        said.sent_s = time.monotonic()
        try:
            await self._follow(said, await self._raise(page.ask, values=values), leave_after)
        except _Refused as exc:
            said.refused, said.refused_status = exc.words, exc.status
        except (OSError, ValueError, LookupError) as exc:
            said.error = type(exc).__name__
        finally:
            if not said.ended_s:
                said.ended_s = time.monotonic()
        return said

    async def close(self) -> None:
        """Close the page."""
        tasks = [*self._looks, *([self._beat] if self._beat else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _follow(self, said: Said, event_id: str, leave_after: int | None) -> None:
        mine, with_words = event_id.encode(), 0
        async with contextlib.aclosing(self._stream()) as stream:
            async for came_s, data in stream:
                if mine not in data:
                    continue
                said.parts.append((came_s, data))
                if _GROWN in data[:200] and len(said.parts) == _FIRST_LOOK:
                    self._look()
                with_words += _FIRST_WORD in data
                if leave_after is not None and with_words and len(said.parts) > leave_after:
                    if self._beat:
                        self._beat.cancel()
                    return
                if _END in data[:200]:
                    said.ended_s = came_s
                    break
        self._look()

    def _look(self) -> None:
        """Look at the list of conversations again, as the page does when something changed."""
        task = asyncio.create_task(self._glance())
        self._looks.add(task)
        task.add_done_callback(self._looks.discard)

    async def _glance(self) -> None:
        with contextlib.suppress(_Refused, OSError):
            await self._raise(self.page.refresh)

    async def _raise_patiently(self, event: Event, data: Any = None) -> None:
        for _ in range(_OPENING_TRIES - 1):
            with contextlib.suppress(_Refused):
                await self._raise(event, data)
                return
            await asyncio.sleep(_OPENING_PAUSE_S)
        await self._raise(event, data)

    async def _raise(
        self, event: Event, data: Any = None, values: dict[int, Any] | None = None
    ) -> str:
        body = event.payload(self.session, values or self.page.values, data)
        reply = await wire.request(
            self.page.port,
            "POST",
            "/gradio_api/queue/join",
            body=body,
            headers={"cookie": self.cookie},
        )
        if reply.status != 200:
            raise _Refused(reply.status, _words_of(reply))
        return str(reply.json()["event_id"])

    def _stream(self) -> AsyncGenerator[tuple[float, bytes], None]:
        path = f"/gradio_api/queue/data?session_hash={self.session}"
        return wire.events(self.page.port, "GET", path, headers={"cookie": self.cookie})

    async def _keep_alive(self) -> None:
        path = f"/gradio_api/heartbeat/{self.session}"
        with contextlib.suppress(OSError):
            async for _ in wire.events(
                self.page.port, "GET", path, headers={"cookie": self.cookie}
            ):
                pass


# The start of the work comes first, then what the page looks like with the question in it.
_FIRST_LOOK: Final = 2
_FIRST_WORD: Final = b"Point"
_OPENING_TRIES: Final = 100
_OPENING_PAUSE_S: Final = 0.1


class _Refused(Exception):
    """The server did not take an event."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


def _words_of(reply: wire.Response) -> str:
    try:
        return str(reply.json()["detail"])
    except (ValueError, LookupError, TypeError):
        return reply.body.decode(errors="replace")[:500]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a visitor saw of an answer.

    Attributes:
        text: the conversation at the end, without markup.
        first_s: from the question to the first words, in seconds; None when none came.
        last_s: from the question to the last update that brought words.
        updates: how many updates brought words.
        longest_gap_s: between two of them.
        kilobytes: that the answer took.
        is_ok: whether the server called the answer a success.
    """

    text: str
    first_s: float | None
    last_s: float | None
    updates: int
    longest_gap_s: float
    kilobytes: float
    is_ok: bool


def shown(said: Said, page: Page) -> Shown:
    """Put the updates of an answer together, as the browser does."""
    values: list[Any] = []
    live = page.ask.outputs.index(page.live)
    conversation = page.ask.outputs.index(page.conversation)
    times: list[float] = []
    growing, is_ok = "", False
    for came_s, data in said.parts:
        message = json.loads(data)
        output = message.get("output") or {}
        given = output.get("data")
        if message["msg"] == "process_generating" and given:
            values = _applied(values, given)
            if (now := _live_text(values[live])) not in {"", growing}:
                times.append(came_s)
                growing = now
        elif message["msg"] == "process_completed":
            is_ok = bool(message.get("success"))
            if given:
                values = list(given)
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    return Shown(
        text=plain(_conversation(values[conversation]) if values else ""),
        first_s=times[0] - said.sent_s if times else None,
        last_s=times[-1] - said.sent_s if times else None,
        updates=len(times),
        longest_gap_s=max(gaps, default=0.0),
        kilobytes=sum(len(data) for _, data in said.parts) / 1000,
        is_ok=is_ok,
    )


def plain(markup: str) -> str:
    """Markup without its tags."""
    return html.unescape(_TAG.sub(" ", markup))


def _conversation(update: Any) -> str:
    value = update.get("value") if isinstance(update, dict) else None
    parts = value.get("put", []) if isinstance(value, dict) else []
    return "".join(str(part.get("html", "")) for part in parts)


def _live_text(update: Any) -> str:
    value = update.get("value") if isinstance(update, dict) and "value" in update else update
    answers = value.get("answers", []) if isinstance(value, dict) else []
    return "".join("".join(each.get("blocks", [])) + each.get("tail", "") for each in answers)


def _applied(values: list[Any], given: Sequence[Any]) -> list[Any]:
    """The first update is whole; later ones say what changed in each value."""
    if not values:
        return list(given)
    return [_changed(value, edits) for value, edits in zip(values, given, strict=True)]


def _changed(value: Any, edits: Sequence[Any]) -> Any:
    for action, path, new in edits:
        if not path:
            value = value + new if action == "append" else new
            continue
        value = json.loads(json.dumps(value)) if value is None else value
        place = value
        for key in path[:-1]:
            place = place[key]
        key = path[-1]
        match action:
            case "append":
                place[key] += new
            case "add" if isinstance(place, list):
                place.insert(key, new)
            case "delete":
                del place[key]
            case _:
                place[key] = new
    return value
