"""A ready assistant from the settings: what the page, the command line and the eval hold."""

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from assistant.answering import Answering, check_question
from assistant.backends.base import Backend, Health
from assistant.backends.catalogue import BackendEntry, Kind, load_catalogue
from assistant.backends.gguf import runs_packaged_model
from assistant.backends.registry import open_backend
from assistant.evidence import Evidence
from assistant.knowledge import Knowledge
from assistant.models import pulled_entries
from assistant.preview import Preview, make_preview
from assistant.receipts import search_host_of
from assistant.serving import Serving
from assistant.settings import Settings
from assistant.sides import UnopenedBackend, only_side
from assistant.turns import Exchange, SideEvent, TurnEvent
from corpus.documents import Document, Span
from corpus.errors import ConfigError, CounterpointError, SourceMissing
from index.build import Progress

STARTERS = (
    "Who makes Phi-3, and is it proprietary?",
    "What are the advantages of open-source models?",
    "How many parameters does Mixtral 8x7B have?",
    "What does a proprietary API cost?",
    "May I use Llama in a commercial product?",
    "What happens to the data I send to an API?",
)


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether questions can be answered, and what is being done until then."""

    ready: bool
    step: str
    error: CounterpointError | None = None


@dataclass
class Assistant:
    """Answers questions with any backend of the catalogue.

    The index and the embedder are loaded when they are first needed, or by ``start``. An index
    that another process has built since is taken up without a pause.

    Attributes:
        settings: the settings.
        entries: the catalogue.
        progress: told about the steps when the index has to be built first.
        warn: told why not all documents can be found, for people.
    """

    settings: Settings
    entries: tuple[BackendEntry, ...]
    progress: Progress | None = None
    warn: Callable[[str], None] | None = None
    _step: str = "not started"
    _error: CounterpointError | None = None
    _is_left: bool = False
    _backends: dict[str, Backend] = field(default_factory=dict)
    _healths: dict[str, tuple[float, Health]] = field(default_factory=dict)
    _host: "Assistant | None" = None

    def __post_init__(self) -> None:
        self._serving: Serving
        if self._host is not None:
            self._serving = self._host._serving
            return
        self._serving = Serving(self.settings, self._tell, progress=self.progress, warn=self.warn)

    def start(self) -> None:
        """Load in the background what the first question needs."""
        self._is_left = False
        threading.Thread(target=self._load_quietly, name="load-index", daemon=True).start()

    def load(self) -> None:
        """``start`` for callers that wait."""
        self._load_quietly()

    def leave(self) -> None:
        """The program ends: wait for what is being searched for, and for nothing else."""
        self._is_left = True
        self._serving.finish()

    def readiness(self) -> Readiness:
        """How far loading is."""
        is_ready = self._serving.is_loaded
        return Readiness(is_ready, self._step, None if is_ready else self._error)

    def entry(self, backend_id: str) -> BackendEntry:
        """The catalogue entry of a backend.

        Raises:
            ConfigError: there is none of that name.
        """
        for entry in self.entries:
            if entry.id == backend_id:
                return entry
        known = ", ".join(entry.id for entry in self.entries)
        raise ConfigError(f"There is no backend {backend_id!r}.", f"Choose one of: {known}.")

    def default_backend(self, kind: Kind) -> str:
        """The backend that a new conversation starts with."""
        chosen = self.settings.default_backend
        if chosen and self.entry(chosen).kind == kind:
            return chosen
        return next(entry.id for entry in self.entries if entry.kind == kind)

    def best_of(self, kind: Kind, states: Mapping[str, Health]) -> str:
        """The best backend of a kind, by the states that are known.

        A language model that somebody got, through Ollama or as a file, is better than the
        built-in reader; the one that comes along is not.
        """
        if not self.settings.default_backend:
            for entry in self.entries:
                state = states.get(entry.id)
                if entry.kind == kind and not _comes_along(entry) and state and state.ready:
                    return entry.id
        return self.default_backend(kind)

    async def best_ready(self, kind: Kind) -> str:
        """The best backend of a kind that can answer now."""
        candidates = [e.id for e in self.entries if e.kind == kind and not _comes_along(e)]
        states = await asyncio.gather(*(self.health(candidate) for candidate in candidates))
        return self.best_of(kind, dict(zip(candidates, states, strict=True)))

    def backend(self, backend_id: str) -> Backend:
        """Open a backend, once.

        Raises:
            ConfigError: no such backend, or its key is missing.
        """
        if self._host is not None and self.entry(backend_id) in self._host.entries:
            return self._host.backend(backend_id)
        if backend_id not in self._backends:
            self._backends[backend_id] = open_backend(
                self.entry(backend_id), self.settings, lambda: self._serving.knowledge.embedder
            )
        return self._backends[backend_id]

    def joined_by(self, entry: BackendEntry, base_url: str) -> "Assistant":
        """This assistant with one more backend, over the same index and the same open models.

        Args:
            entry: the backend; it takes the place of one of the same id.
            base_url: where it listens.
        """
        addresses = {**self.settings.base_urls, entry.id: base_url}
        others = tuple(each for each in self.entries if each.id != entry.id)
        return Assistant(
            self.settings.model_copy(update={"base_urls": addresses}),
            (*others, entry),
            self.progress,
            self.warn,
            _host=self,
        )

    async def health(self, backend_id: str, *, max_age_s: float = 5.0) -> Health:
        """The state of a backend, at most ``max_age_s`` seconds old."""
        now = time.monotonic()
        known = self._healths.get(backend_id)
        if known and now - known[0] <= max_age_s:
            return known[1]
        health = await self.backend(backend_id).health()
        self._healths[backend_id] = (now, health)
        return health

    async def retrieve(self, question: str, history: Sequence[Exchange] = ()) -> Evidence:
        """Find the evidence for a question.

        Raises:
            InputError: the question is empty or too long.
            StoreError: the index cannot be used.
        """
        return await self._serving.use_in_turn(self._search(question, history))

    def search(
        self, question: str, history: Sequence[Exchange] = (), *, k: int | None = None
    ) -> Evidence:
        """``retrieve`` for callers that wait; ``k`` passages instead of the usual number."""
        return self._serving.use(self._search(question, history, k))

    def _search(
        self, question: str, history: Sequence[Exchange], k: int | None = None
    ) -> Callable[[Knowledge], Evidence]:
        question = check_question(question, len(history), self.settings)
        wanted = k or self.settings.answering.passages
        return lambda knowledge: knowledge.gather(question, history, wanted)

    def gather_at(
        self, question: str, history: Sequence[Exchange], places: Sequence[tuple[str, Span]]
    ) -> Evidence:
        """``search`` as if it had found exactly the sections of some places.

        Args:
            question: as it was asked.
            history: earlier turns.
            places: document's id and range; documents that are not indexed are left out.

        Raises:
            InputError: the question is empty or too long.
            StoreError: the index cannot be used.
        """
        question = check_question(question, len(history), self.settings)
        return self._serving.use(lambda knowledge: knowledge.gather_at(question, history, places))

    async def ask_sides(
        self,
        question: str,
        history: Sequence[Exchange],
        backend_ids: Sequence[str],
        stops: Sequence[asyncio.Event],
    ) -> AsyncGenerator[SideEvent, None]:
        """Retrieve once, then answer with all backends at the same time.

        ``SideEvent(None, Retrieved)`` comes once; after it the events of each side carry its place
        in ``backend_ids``. A side that fails, be it only because its key is missing, yields
        ``Failed`` and leaves the others alone. Setting a side's stop, or closing the iterator,
        closes the request or requests upstream.

        Raises:
            InputError: the question is empty or too long.
            StoreError: the index cannot be used.
            ConfigError: there is no backend of such a name.
        """
        for backend_id in backend_ids:
            self.entry(backend_id)
        evidence = await self.retrieve(question, history)
        sides = self.answer_sides(evidence, history, backend_ids, stops)
        async with contextlib.aclosing(sides) as events:
            async for event in events:
                yield event

    def answer_sides(
        self,
        evidence: Evidence,
        history: Sequence[Exchange],
        backend_ids: Sequence[str],
        stops: Sequence[asyncio.Event],
        *,
        beside: Sequence[str] = (),
    ) -> AsyncGenerator[SideEvent, None]:
        """``ask_sides`` over evidence that is already there.

        Args:
            evidence: what an earlier call yielded in ``Retrieved``.
            history: the turns before the evidence's.
            backend_ids: who is asked.
            stops: one for each of ``backend_ids``.
            beside: backends whose answers the new ones will stand beside; the prompt is fitted to
                them too, so that it is the same as theirs.

        Raises:
            ConfigError: there is no backend of such a name.
        """
        backends = [self._opened(backend_id) for backend_id in backend_ids]
        others = [self.entry(backend_id) for backend_id in beside]
        return self._answering.answer_sides(evidence, history, backends, stops, others)

    async def preview(
        self, question: str, history: Sequence[Exchange], backend_ids: Sequence[str]
    ) -> Preview:
        """What ``ask_sides`` would send, to whom and at what cost; no backend is asked.

        ``answer_sides`` over the preview's evidence sends exactly the messages that it shows.

        Raises:
            InputError: the question is empty or too long.
            StoreError: the index cannot be used.
            ConfigError: there is no backend of such a name.
        """
        backends = [self._opened(backend_id) for backend_id in backend_ids]
        evidence = await self.retrieve(question, history)
        return await asyncio.to_thread(
            make_preview,
            evidence,
            history,
            backends,
            lambda: self._serving.knowledge.embedder,
            search_host_of(self.settings.index),
        )

    def _opened(self, backend_id: str) -> Backend:
        entry = self.entry(backend_id)
        try:
            return self.backend(backend_id)
        except CounterpointError as exc:
            return UnopenedBackend(entry, exc)

    def ask(
        self, question: str, history: Sequence[Exchange], backend_id: str, stop: asyncio.Event
    ) -> AsyncGenerator[TurnEvent, None]:
        """``ask_sides`` with one side, without its place."""
        return only_side(self.ask_sides(question, history, [backend_id], [stop]))

    def answer_from(
        self, evidence: Evidence, history: Sequence[Exchange], backend_id: str, stop: asyncio.Event
    ) -> AsyncGenerator[TurnEvent, None]:
        """``answer_sides`` with one side, without its place."""
        return only_side(self.answer_sides(evidence, history, [backend_id], [stop]))

    def document(self, source: str) -> Document:
        """A document by its id.

        Raises:
            SourceMissing: the corpus has none of that id.
        """
        found = self._serving.knowledge.documents.get(source)
        if found is None:
            raise SourceMissing(
                f"There is no document {source!r}.", "See: counterpoint corpus list."
            )
        return found

    def starter_questions(self) -> tuple[str, ...]:
        """Questions to begin with."""
        return STARTERS

    @cached_property
    def _answering(self) -> Answering:
        return Answering(self.settings, lambda: self._serving.knowledge.embedder)

    def load_or_fail(self) -> None:
        """Load the knowledge, and build the index if need be, in this thread.

        A command does so before its loop runs: a loop waits for its threads to end, so that an
        interruption would wait for the whole of a build.

        Raises:
            StoreError: the index cannot be built or opened.
            ConfigError: the embedder cannot be loaded.
        """
        if not self._serving.is_loaded:
            self._serving.use(lambda _: None)

    def settle(self) -> None:
        """Wait until a newer index that a question has seen is loaded."""
        self._serving.settle()

    def _load_quietly(self) -> None:
        try:
            self._serving.use(Knowledge.warm)
        except CounterpointError as exc:
            self._error = exc
        except RuntimeError:
            # Python ends, and lets nobody begin a thread any more.
            if not self._is_left:
                raise

    def _tell(self, step: str) -> None:
        self._step = step


def _comes_along(entry: BackendEntry) -> bool:
    return entry.adapter == "reader" or runs_packaged_model(entry)


def open_assistant(
    settings: Settings,
    *,
    progress: Progress | None = None,
    warn: Callable[[str], None] | None = None,
) -> Assistant:
    """An assistant over the home's documents and the catalogue.

    Args:
        settings: the settings.
        progress: told about the steps when the index has to be built first.
        warn: told why not all documents can be found, for people.

    Raises:
        ConfigError: the catalogue or a setting is not valid.
    """
    catalogue = load_catalogue(settings.home)
    taken = {entry.id for entry in catalogue}
    pulled = [entry for entry in pulled_entries(settings) if entry.id not in taken]
    assistant = Assistant(settings, (*catalogue, *pulled), progress, warn)
    if settings.default_backend:
        assistant.entry(settings.default_backend)
    return assistant
