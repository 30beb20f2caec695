"""An assistant that says what it is told, with the events and objects of the real one."""

# ruff: noqa: E501, PLR0917
import asyncio
import hashlib
import re
import threading
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

from assistant.backends.base import Health, HealthState, StopReason, Usage
from assistant.backends.catalogue import BackendEntry, DataPolicy, Kind, Price
from assistant.citations import parse_citations
from assistant.evidence import Dispute, Evidence
from assistant.preview import Preview, make_preview
from assistant.settings import Settings
from assistant.sides import merge_sides, only_side
from assistant.turns import (
    Answer,
    Checked,
    Exchange,
    Failed,
    Finished,
    Money,
    Receipt,
    Retrieved,
    SentenceCheck,
    SentenceVerdict,
    SideEvent,
    Status,
    Stopped,
    Token,
    TurnEvent,
    UsageReported,
    Waiting,
)
from assistant.wiring import Assistant
from corpus.claims import Claim
from corpus.documents import Span
from corpus.errors import BackendError, ConfigError, CounterpointError, InputError
from index.hash_embedder import HashEmbedder
from index.passages import Passage
from tests.support.scripted import ScriptedBackend

LESSON = """### Proprietary LLMs
- **Definition:** Models owned by companies and **not publicly available**; access is usually through APIs.
- **Examples:**
  - **GPT-4 (OpenAI)** – Multimodal, API-based access
  - **Phi-3 (Inflection AI)** – Instruction-following chatbot
"""
NOTE = """## Maker
Phi-3 is made by Microsoft, not by Inflection AI. The weights are published under the MIT licence, and the mini model has 3.8 billion parameters.
"""
TABLE = """| Aspect | Open-Source LLMs | Proprietary LLMs |
|---|---|---|
| **Access to Weights** | Full access to model weights and architecture | No access; only API/endpoint available |
| **Cost** | Usually free to use (infrastructure costs may apply) | Subscription or pay-per-use model |
| **Deployment Options** | Self-hosted or cloud deployment possible | Cloud/API-based only |
"""
ANSWER = (
    "Microsoft makes Phi-3 and publishes its weights under the MIT licence [2]. "
    "The lesson lists it among the **proprietary** models and names Inflection AI as its maker [1]. "
    "Phi-3 mini has 3.8 billion parameters [2]."
)
COST_ANSWER = """The two differ in how they are paid for:

- **Open** models are usually free to use; you pay for the machine [3].
- **Proprietary** models are billed by subscription or by use [3].

| | Open | Proprietary |
|---|---|---|
| Weights | yes | no |
| Billing | infrastructure | per token |

A small team may find the second one cheaper at first. Prices change every few months [9].
"""
VENDOR_DATA = DataPolicy(
    training="Not trained on by default.",
    retention="Kept for 30 days.",
    date="2025-10-01",
    source="https://example.org/policy",
)
READY = Health(HealthState.READY, "It can answer.")


@dataclass(slots=True)
class Script:
    """What one answer does.

    Attributes:
        text: what is said, streamed word by word.
        pause_s: time between two words.
        gate: waited for after ``gate_after`` words, when given.
        fail_after: words before ``error`` is met; 0 fails before anything.
        error: what goes wrong, or None.
    """

    text: str = ANSWER
    pause_s: float = 0.0
    gate: threading.Event | None = None
    gate_after: int = 5
    fail_after: int = 0
    error: CounterpointError | None = None
    stop_reason: StopReason = StopReason.END
    passages_cut: tuple[int, ...] = ()
    wait: Waiting | None = None
    kind: str | None = None
    fitted_to: str = ""
    search_host: str | None = None


def make_passages() -> tuple[Passage, ...]:
    """Three passages: the lesson, a note, a table."""
    return (
        _passage(1, "lesson", "The lesson", ("1. Definition of Terms", "Proprietary LLMs"), LESSON,
                 "**Phi-3 (Inflection AI)** – Instruction-following chatbot"),
        _passage(2, "notes/phi-3", "Note: Phi-3", ("Phi-3", "Maker"), NOTE,
                 "Phi-3 is made by Microsoft, not by Inflection AI.",
                 url="https://example.org/phi-3", dated="2024-06-01"),
        _passage(3, "lesson", "The lesson", ("2. Key Differences",), TABLE,
                 "| **Cost** | Usually free to use (infrastructure costs may apply) | Subscription or pay-per-use model |"),
        _passage(4, "notes/licences", "Note: Licences", ("Licences", "Llama"),
                 "Llama's community licence asks companies with more than 700 million monthly users for a licence of their own.",
                 "more than 700 million monthly users", url="https://example.org/llama", dated="2024-07-23"),
    )  # fmt: skip


def _passage(
    number: int, source: str, title: str, headings: tuple[str, ...], text: str, match: str,
    *, url: str | None = None, dated: str | None = None, start: int = 200,
) -> Passage:  # fmt: skip
    found = text.index(match)
    return Passage(
        number=number,
        source=source,
        title=title,
        heading_path=headings,
        url=url,
        start=start,
        end=start + len(text),
        text=text,
        score=1 / number,
        similarity=0.8,
        match=Span(start + found, start + found + len(match)),
        dated=dated,
    )


def make_dispute(number: int = 1) -> Dispute:
    """Who makes Phi-3."""
    claim = Claim(
        id="claim-14",
        sections=("1", "3"),
        lesson_says="Phi-3 comes from Inflection AI and is a proprietary chatbot.",
        vendor_says="Phi-3 is a family of small models from Microsoft, published under the MIT licence.",
        verdict="wrong",
        systems=("phi-3",),
        terms=("maker", "inflection"),
        spans=(Span(0, 10),),
        source_title="Microsoft: Phi-3 cookbook",
        source_url="https://example.org/phi-3-cookbook",
        source_date="2024-06",
    )
    return Dispute(claim, number)


def make_entries() -> tuple[BackendEntry, ...]:
    """Three open and two proprietary backends."""

    def entry(backend_id: str, label: str, kind: str, adapter: str, **more: object) -> BackendEntry:
        return BackendEntry.model_validate(
            {
                "id": backend_id,
                "label": label,
                "kind": kind,
                "adapter": adapter,
                "provider": "this machine",
                "model": backend_id,
                "context_window_tokens": 8192,
                "max_output_tokens": 1024,
                "licence": "Apache-2.0",
                "weights_available": kind == "open",
                "data": DataPolicy(training="Not trained on.", retention="Nothing is kept."),
                **more,
            }
        )

    price = Price(input=3, output=15, date="2025-10-01", source="https://example.org/prices")
    return (
        entry("reader", "Built-in reader", "open", "reader",
              about="No language model: it quotes the best sentences."),
        entry("smollm2-135m", "SmolLM2 135M", "open", "gguf", model="SmolLM2-135M-Instruct"),
        entry("llama3.2-3b", "Llama 3.2 3B", "open", "ollama", model="llama3.2:3b",
              download="2.0 GB", memory="4 GB"),
        entry("claude-sonnet", "Claude Sonnet", "proprietary", "anthropic", provider="Anthropic",
              price=price, licence="none (closed)", key_variable="ANTHROPIC_API_KEY",
              data=VENDOR_DATA),
        entry("gpt-mini", "GPT mini", "proprietary", "openai", provider="OpenAI", price=price,
              licence="none (closed)", key_variable="OPENAI_API_KEY", data=VENDOR_DATA),
    )  # fmt: skip


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
        yield SideEvent(None, Retrieved(evidence))
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
        answer = self._answer(entry, script, evidence, "".join(said), stopped=stopped, broke=broke)
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

    def _answer(
        self, entry: BackendEntry, script: Script, evidence: Evidence, text: str,
        *, stopped: bool, broke: bool,
    ) -> Answer:  # fmt: skip
        shown = {p.number for p in evidence.passages} - set(script.passages_cut)
        status = Status.STOPPED if stopped else Status.FINISHED
        if broke:
            status = (
                Status.INTERRUPTED
                if text and isinstance(script.error, BackendError)
                else Status.FAILED
            )
        return Answer(
            backend=entry.id,
            label=entry.label,
            kind=entry.kind,
            text=text,
            citations=parse_citations(text, shown),
            sentences=check_by_citation(text, evidence),
            disputes=evidence.disputes,
            receipt=self._receipt(entry, script, evidence, text),
            status=status,
            error=script.error if broke else None,
        )

    def _receipt(
        self, entry: BackendEntry, script: Script, evidence: Evidence, text: str
    ) -> Receipt:
        local = entry.kind == "open"
        words = len(text.split())
        money = Money(0.0, "USD", None, "", "runs on this machine; see the energy estimate")
        if entry.price is not None:
            amount = (812 * 3 + words * 15) / 1_000_000
            money = Money(amount, "USD", entry.price.date, entry.price.source)
        numbers = tuple(p.number for p in evidence.passages if p.number not in script.passages_cut)
        return Receipt(
            backend=entry.id,
            model=entry.model,
            kind=script.kind or entry.kind,
            retrieval_s=evidence.retrieval_s,
            first_token_s=0.31,
            load_s=None,
            total_s=1.24,
            usage=Usage(812, words),
            tokens_estimated=False,
            money=money,
            energy_wh=0.01 if local else None,
            destination=destination_of(entry),
            stayed_local=local,
            bytes_sent=3214,
            passages_sent=numbers,
            passages_cut=script.passages_cut,
            turns_cut=0,
            prompt_tokens_estimate=806,
            context_window_tokens=entry.context_window_tokens,
            context_shortfall=False,
            retention=f"{entry.data.training} {entry.data.retention}",
            evidence_hash=evidence.hash,
            stop_reason=script.stop_reason,
            prompt_hash="" if entry.adapter == "reader" else _hash(evidence.hash),
            fitted_to=script.fitted_to,
            retention_source=entry.data.source,
            retention_date=entry.data.date,
            search_host=script.search_host,
            watts=30.0 if local else None,
        )


def destination_of(entry: BackendEntry) -> str:
    """Where a scripted backend sends."""
    return "this process" if entry.kind == "open" else "api.vendor.example"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def check_by_citation(text: str, evidence: Evidence) -> tuple[SentenceCheck, ...]:
    """A sentence that cites a passage is borne out by it; one that hedges in part; others not."""
    by_number = {passage.number: passage for passage in evidence.passages}
    checks = []
    for match in re.finditer(r"[^\s|#\-][^\n|]*?[.;!](?:\s*\[\d+\])*(?=\s|\Z)", text):
        cited = [c.number for c in parse_citations(match.group(), by_number) if c.valid]
        passage = by_number[cited[0]] if cited else None
        verdict: SentenceVerdict = (
            "supported" if passage else "partly" if "may" in match.group() else "not found"
        )
        checks.append(
            SentenceCheck(
                span=Span(*match.span()),
                text=re.sub(r"\s*\[\d+\]", "", match.group()).strip(" *"),
                verdict=verdict,
                passage=passage.number if passage else None,
                support=passage.match if passage else None,
            )
        )
    return tuple(checks)
