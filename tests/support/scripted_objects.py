"""What scripted assistants are made of: passages, backends, answers and their receipts."""

# ruff: noqa: E501, PLR0917 - texts stand as they are read, and builders take what an object has
import hashlib
import re
import threading
from dataclasses import dataclass

from assistant.backends.base import Health, HealthState, StopReason, Usage
from assistant.backends.catalogue import BackendEntry, DataPolicy, Price
from assistant.citations import parse_citations
from assistant.evidence import Dispute, Evidence
from assistant.turns import (
    Answer,
    Money,
    Receipt,
    SentenceCheck,
    SentenceVerdict,
    Status,
    Waiting,
)
from corpus.claims import Claim
from corpus.documents import Span
from corpus.errors import BackendError, CounterpointError
from index.passages import Passage

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


def scripted_answer(
    entry: BackendEntry, script: Script, evidence: Evidence, text: str,
    *, stopped: bool, broke: bool,
) -> Answer:  # fmt: skip
    """One answer as the real assistant would give it."""
    shown = {p.number for p in evidence.passages} - set(script.passages_cut)
    status = Status.STOPPED if stopped else Status.FINISHED
    if broke:
        status = (
            Status.INTERRUPTED if text and isinstance(script.error, BackendError) else Status.FAILED
        )
    return Answer(
        backend=entry.id,
        label=entry.label,
        kind=entry.kind,
        text=text,
        citations=parse_citations(text, shown),
        sentences=check_by_citation(text, evidence),
        disputes=evidence.disputes,
        receipt=_receipt(entry, script, evidence, text),
        status=status,
        error=script.error if broke else None,
    )


def _receipt(entry: BackendEntry, script: Script, evidence: Evidence, text: str) -> Receipt:
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
        retention=entry.data.words,
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
