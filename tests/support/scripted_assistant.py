"""An assistant that says what it is told, with the events and objects of the real one."""

import asyncio
import re
import threading
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

from assistant.backends.base import Health, Usage
from assistant.backends.catalogue import BackendEntry, Kind
from assistant.evidence import Dispute, Evidence
from assistant.preview import Preview, make_preview
from assistant.settings import Settings
from assistant.sides import merge_sides, only_side
from assistant.turns import (
    Checked,
    Exchange,
    Failed,
    Finished,
    Retrieved,
    SideEvent,
    Stopped,
    Token,
    TurnEvent,
    UsageReported,
)
from assistant.wiring import Assistant
from corpus.errors import ConfigError, CounterpointError, InputError
from index.hash_embedder import HashEmbedder
from index.passages import Passage
from tests.support.scripted import ScriptedBackend
from tests.support.scripted_objects import (
    READY,
    Script,
    destination_of,
    make_dispute,
    make_entries,
    make_passages,
    scripted_answer,
)


@dataclass(frozen=True, slots=True)
class ScriptedReadiness:
    """As assistant.wiring.Readiness."""

    ready: bool
    step: str
    error: CounterpointError | None = None


@dataclass
class ScriptedAssistant:
    """Stands where the real assistant stands; nothing is loaded and nobody is called.

    Attributes:
        scripts: what is done, by backend; the others say ``ANSWER``.
        healths: states by backend; the others are ready.
        passages: what is retrieved.
        disputes: what the passages touch.
        answerable: what retrieval judges.
        ready: readiness; questions wait for it.
        asked: the questions that came, with the number of earlier turns and the backend.
        beside: the ``beside`` of each call that answered.
    """

    home: Path
    scripts: dict[str, Script] = field(default_factory=dict)
    healths: dict[str, Health] = field(default_factory=dict)
    passages: tuple[Passage, ...] = field(default_factory=make_passages)
    disputes: tuple[Dispute, ...] = field(default_factory=lambda: (make_dispute(),))
    answerable: bool = True
    ready: threading.Event = field(default_factory=threading.Event)
    step: str = "opening the index"
    asked: list[tuple[str, int, str]] = field(default_factory=list)
    beside: list[tuple[str, ...]] = field(default_factory=list)
    entries: tuple[BackendEntry, ...] = field(default_factory=make_entries)
    settings: Settings = field(init=False)
    on_ask: Callable[[str], CounterpointError | None] = lambda _question: None

    def __post_init__(self) -> None:
        self.settings = Settings(home=self.home)
        self.ready.set()

    def start(self) -> None:
        """Nothing to load."""

    def leave(self) -> None:
        """Nothing to wait for."""

    def readiness(self) -> ScriptedReadiness:
        """Ready when ``ready`` is set."""
        return ScriptedReadiness(self.ready.is_set(), self.step)

    def entry(self, backend_id: str) -> BackendEntry:
        """The entry of a backend."""
        for entry in self.entries:
            if entry.id == backend_id:
                return entry
        raise ConfigError(f"There is no backend {backend_id!r}.", "Choose another.")

    def default_backend(self, kind: Kind) -> str:
        """The first of a kind."""
        return next(entry.id for entry in self.entries if entry.kind == kind)

    # The real rule, over the scripted states.
    best_of = Assistant.best_of

    async def health(self, backend_id: str, *, max_age_s: float = 5.0) -> Health:
        """As ``healths`` says."""
        return self.healths.get(backend_id, READY)

    def starter_questions(self) -> tuple[str, ...]:
        """Four of them."""
        return (
            "Who makes Phi-3, and is it proprietary?",
            "What are the advantages of open-source models?",
            "What does a proprietary API cost?",
            "May I use Llama in a commercial product?",
        )

    async def ask_sides(
        self,
        question: str,
        history: Sequence[Exchange],
        backend_ids: Sequence[str],
        stops: Sequence[asyncio.Event],
    ) -> AsyncGenerator[SideEvent, None]:
        """Retrieve and answer as the scripts say, all sides at the same time."""
        text = question.strip()
        if not text:
            raise InputError("The question is empty.", "Type a question.")
        if len(text) > self.settings.answering.max_question_chars:
            raise InputError(f"The question has {len(text):,} characters.", "Shorten it.")
        if error := self.on_ask(text):
            raise error
        while not self.ready.is_set():
            await asyncio.sleep(0.01)
        evidence = Evidence(text, text, self.passages, self.disputes, self.answerable, 0.021)
        async with aclosing(self.answer_sides(evidence, history, backend_ids, stops)) as events:
            async for event in events:
                yield event

    async def answer_sides(
        self,
        evidence: Evidence,
        history: Sequence[Exchange],
        backend_ids: Sequence[str],
        stops: Sequence[asyncio.Event],
        *,
        beside: Sequence[str] = (),
    ) -> AsyncGenerator[SideEvent, None]:
        """Answer as the scripts say, all sides at the same time."""
        self.beside.append(tuple(beside))
        sides = [
            self._say(evidence, history, backend_id, stop)
            for backend_id, stop in zip(backend_ids, stops, strict=True)
        ]
        destinations = tuple(destination_of(self.entry(each)) for each in backend_ids)
        yield SideEvent(None, Retrieved(evidence, destinations))
        async with aclosing(merge_sides(sides)) as events:
            async for event in events:
                yield event

    async def preview(
        self, question: str, history: Sequence[Exchange], backend_ids: Sequence[str]
    ) -> Preview:
        """What the scripted backends would be sent, planned as the real ones' is."""
        text = question.strip()
        if not text:
            raise InputError("The question is empty.", "Type a question.")
        evidence = Evidence(text, text, self.passages, self.disputes, self.answerable, 0.021)
        backends = [
            ScriptedBackend(entry=entry, destination=destination_of(entry))
            for entry in map(self.entry, backend_ids)
        ]
        return make_preview(evidence, history, backends, HashEmbedder)

    def ask(
        self, question: str, history: Sequence[Exchange], backend_id: str, stop: asyncio.Event
    ) -> AsyncGenerator[TurnEvent, None]:
        """``ask_sides`` with one side."""
        return only_side(self.ask_sides(question, history, [backend_id], [stop]))

    def answer_from(
        self, evidence: Evidence, history: Sequence[Exchange], backend_id: str, stop: asyncio.Event
    ) -> AsyncGenerator[TurnEvent, None]:
        """``answer_sides`` with one side."""
        return only_side(self.answer_sides(evidence, history, [backend_id], [stop]))

    async def _say(
        self, evidence: Evidence, history: Sequence[Exchange], backend_id: str, stop: asyncio.Event
    ) -> AsyncGenerator[TurnEvent, None]:
        entry, script = self.entry(backend_id), self.scripts.get(backend_id, Script())
        self.asked.append((evidence.question, len(history), backend_id))
        if script.wait is not None:
            yield script.wait
        said: list[str] = []
        broke = script.error is not None and script.fail_after == 0
        for place, word in enumerate(re.findall(r"\S+\s*", script.text), start=1):
            if broke or await self._is_stopped(script, place, stop):
                break
            said.append(word)
            yield Token(word)
            await asyncio.sleep(script.pause_s)
            broke = script.error is not None and place >= script.fail_after
        stopped = stop.is_set() and not broke
        if not broke and not stopped:
            yield UsageReported(Usage(812, len(said)))
        answer = scripted_answer(
            entry, script, evidence, "".join(said), stopped=stopped, broke=broke
        )
        yield Checked(answer.citations, answer.sentences)
        if stopped:
            yield Stopped(answer)
        else:
            yield Failed(answer) if broke else Finished(answer)

    async def _is_stopped(self, script: Script, place: int, stop: asyncio.Event) -> bool:
        if script.gate is not None and place == script.gate_after:
            while not script.gate.is_set() and not stop.is_set():
                await asyncio.sleep(0.01)
        return stop.is_set()
