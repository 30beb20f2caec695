"""Written answers of two backends, with evidence, checks and receipts."""

import re
from dataclasses import replace

from assistant.backends.base import StopReason, Usage
from assistant.backends.catalogue import BackendEntry, DataPolicy, Price
from assistant.backends.errors import RateLimited
from assistant.citations import parse_citations
from assistant.evidence import Evidence
from assistant.turns import Answer, Money, Receipt, Status
from corpus.documents import Span
from eval.cases import Case
from eval.runs.records import FrozenEvidence, Mode
from index.passages import Passage
from tests.support.scripted_objects import check_by_citation

HERE = DataPolicy(training="Nothing is trained on.", retention="Nothing is kept.")
READER = BackendEntry(
    id="reader", label="Built-in reader", kind="open", adapter="reader", provider="Counterpoint",
    model="built-in reader", context_window_tokens=100_000, max_output_tokens=1_000,
    licence="Apache-2.0", weights_available=True, data=HERE,
)  # fmt: skip
STAND_IN = BackendEntry(
    id="stand-in", label="Stand-in", kind="proprietary", adapter="openai-compatible",
    provider="a loopback server", model="stand-in-1", context_window_tokens=16_000,
    max_output_tokens=1_000, licence="none (closed)", weights_available=False, data=HERE,
    price=Price(input=2.0, output=8.0, date="2026-11-01", source="invented for this run"),
)  # fmt: skip


def make_frozen(case: Case, mode: Mode) -> FrozenEvidence:
    """Evidence with the facts of the case in one passage, and one passage beside it."""
    told = " ".join(f"It says {fact}." for fact in _facts(case))
    texts = (told or "Nothing on that is written here.", "The weather in June was mild.")
    passages = tuple(
        Passage(
            number=number, source=source, title=title, heading_path=("Models", title), url=None,
            start=100, end=100 + len(text), text=text, score=1 / number, similarity=0.7,
            match=Span(100, 100 + len(text)), dated="2026-08-01",
        )
        for number, (source, title, text) in enumerate(
            zip(("notes/models", "lesson"), ("Note: Models", "The lesson"), texts, strict=True), 1
        )
    )  # fmt: skip
    evidence = Evidence(case.question, case.question, passages, (), case.answerable, 0.01)
    return FrozenEvidence(case.id, mode, evidence)


def make_answer(
    entry: BackendEntry, frozen: FrozenEvidence, text: str, status: Status = Status.FINISHED,
    drawn: float = 0.5,
) -> Answer:  # fmt: skip
    """An answer with checks and a receipt; ``drawn`` between 0 and 1 makes it slow or quick."""
    evidence = frozen.evidence
    assert evidence is not None
    failed = status is Status.FAILED
    local = entry.price is None
    first_s = (0.01 if local else 0.3) * (0.5 + drawn)
    usage = Usage(None, None) if failed else Usage(400 + round(100 * drawn), len(text.split()))
    money = Money(0.0, "USD", None, "", "runs on this machine; see the energy estimate")
    if entry.price is not None:
        said = (usage.input_tokens or 0) * 2.0 + (usage.output_tokens or 0) * 8.0
        amount = None if failed else said / 1_000_000
        money = Money(amount, "USD", entry.price.date, entry.price.source)
    receipt = Receipt(
        backend=entry.id, model=entry.model, kind=entry.kind, retrieval_s=0.01,
        first_token_s=None if failed else first_s, load_s=None, total_s=first_s * 3, usage=usage,
        tokens_estimated=False, money=money, energy_wh=0.001 if local else None,
        destination="this process" if local else "127.0.0.1", stayed_local=local, bytes_sent=900,
        passages_sent=tuple(p.number for p in evidence.passages), passages_cut=(), turns_cut=0,
        prompt_tokens_estimate=450, context_window_tokens=entry.context_window_tokens,
        context_shortfall=False, retention=entry.data.words, evidence_hash=evidence.hash,
        stop_reason=StopReason.UNKNOWN if failed else StopReason.END,
        prompt_hash="" if entry.adapter == "reader" else evidence.hash,
    )  # fmt: skip
    answer = Answer(
        entry.id, entry.label, entry.kind, text,
        citations=parse_citations(text, {p.number for p in evidence.passages}),
        sentences=check_by_citation(text, evidence), disputes=(), receipt=receipt, status=status,
    )  # fmt: skip
    limit = RateLimited("The service takes no more requests this minute.", "Wait a minute.")
    return replace(answer, error=limit) if failed else answer


def say(case: Case, *, is_right: bool) -> str:
    """What a right, or a wrong, answer to a question says."""
    facts = _facts(case)
    if not facts:
        return "This is not in these sources." if is_right else "It is 12 billion [1]."
    if is_right:
        return " ".join(f"It says {fact} [1]." for fact in facts)
    kept = " ".join(f"It says {fact} [2]." for fact in facts[1:])
    return f"{kept} Nobody has said more about it.".strip()


def _facts(case: Case) -> tuple[str, ...]:
    """One way to say each fact."""
    return tuple(
        next((said for said in fact if not said.startswith("re:")), _from_pattern(fact[0]))
        for fact in case.facts
    )


def _from_pattern(variant: str) -> str:
    return re.sub(r"\\.|[^\w ]", "", variant.removeprefix("re:"))
