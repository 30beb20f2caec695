"""A run of two backends over real questions with written answers; no model and no index is asked.

Every draw is made from a hash of the backend's and the case's id, so that the same questions give
the same run. The reader's answers are seldom wrong, those of the second backend more often; it
costs money, is slower, and one of its answers is lost to a limit.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path

from assistant.backends.base import StopReason, Usage
from assistant.backends.catalogue import BackendEntry, DataPolicy, Price
from assistant.backends.errors import RateLimited
from assistant.citations import parse_citations
from assistant.evidence import Evidence
from assistant.turns import Answer, Money, Receipt, Status
from corpus.documents import Span
from eval.cases import Case, load_cases
from eval.report.build import build_report
from eval.report.model import Report
from eval.runs.folder import RunFolder, create_run
from eval.runs.records import Contestant, FrozenEvidence, Key, Mode, Row, RunPlan
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
SHARE_RIGHT = {"reader": 0.85, "stand-in": 0.6}


@dataclass(frozen=True, slots=True)
class WrittenRun:
    """What a run's folder gives, held in memory; ``path`` is where a report may be written."""

    plan: RunPlan
    evidence: dict[tuple[str, Mode], FrozenEvidence]
    answers: tuple[Row, ...]
    path: Path
    lost: int = 0

    @property
    def id(self) -> str:
        """The run's id."""
        return self.plan.id

    def frozen(self) -> dict[tuple[str, Mode], FrozenEvidence]:
        """Evidence by case and mode."""
        return self.evidence

    def rows(self) -> tuple[Row, ...]:
        """All answers, in the order of asking."""
        return self.answers


def make_run(
    path: Path = Path("run"), *, questions: int = 40, repeats: int = 1, seed: int = 1,
    modes: tuple[Mode, ...] = ("own",), cases: Sequence[Case] | None = None, run_id: str = "r1",
    right: Mapping[str, Sequence[bool]] | None = None, entries: Sequence[BackendEntry] = (),
) -> WrittenRun:  # fmt: skip
    """A whole run.

    Args:
        path: the folder that it says it is in; nothing is written.
        questions: how many of the question set, spread over the slices.
        repeats: answers to each question.
        seed: another one draws other answers.
        modes: kinds of evidence; all of them show the same passages here.
        cases: asked in place of those of the question set.
        run_id: names the run.
        right: by backend, whether it is right on each question; drawn unless told.
        entries: who is asked; the reader and the stand-in unless told otherwise.
    """
    chosen = tuple(cases) if cases is not None else _spread(load_cases(), questions)
    backends = tuple(entries) or (READER, STAND_IN)
    frozen = {(case.id, mode): make_frozen(case, mode) for case in chosen for mode in modes}
    keys = [
        Key(entry.id, case.id, mode, repeat)
        for mode in modes
        for case in chosen
        for entry in backends
        for repeat in range(repeats)
    ]
    by_id = {case.id: case for case in chosen}
    places = {case.id: place for place, case in enumerate(chosen)}
    by_backend = {entry.id: entry for entry in backends}
    rows = tuple(
        make_row(
            key, position, by_backend[key.backend], by_id[key.case],
            frozen[key.case, key.mode], seed=seed,
            is_right=right[key.backend][places[key.case]] if right else None,
        )
        for position, key in enumerate(keys)
    )  # fmt: skip
    return WrittenRun(
        make_plan(chosen, backends, modes, repeats=repeats, seed=seed, run_id=run_id),
        frozen,
        rows,
        path,
    )


def make_cases(number: int, *, per_cluster: int = 1) -> tuple[Case, ...]:
    """Questions with one fact each."""
    return tuple(
        Case(
            id=f"q-{n}",
            slice="lookup",
            question=f"What is number {n}?",
            facts=(("alpha",),),
            cluster=f"lesson/{n // per_cluster}",
        )
        for n in range(number)
    )


def save_run(run: WrittenRun, home: Path) -> RunFolder:
    """The run as a folder below a home, as a real one would have written it."""
    folder = create_run(home, run.plan, run.evidence.values())
    with folder.appending() as writer:
        for row in run.answers:
            writer.append(row)
    return folder


def make_report(path: Path = Path("run"), *, questions: int = 40) -> Report:
    """The report of ``make_run``."""
    from tests.support.eval_plain_metrics import METRICS  # until the real ones are there

    return build_report(make_run(path, questions=questions), METRICS)


def make_plan(
    cases: Sequence[Case], entries: Sequence[BackendEntry], modes: tuple[Mode, ...],
    *, repeats: int, seed: int, run_id: str,
) -> RunPlan:  # fmt: skip
    """The plan that goes with it."""
    written = "\n".join(case.model_dump_json() for case in cases)
    return RunPlan(
        id=run_id,
        created_at="2026-11-24T05:00:00+00:00",
        contestants=tuple(
            Contestant(
                entry=entry,
                destination="this process" if entry.kind == "open" else "127.0.0.1",
                stand_in=entry.id == "stand-in",
            )
            for entry in entries
        ),
        cases=tuple(cases),
        cases_name="the set that comes along",
        cases_hash=hashlib.sha256(written.encode()).hexdigest(),
        modes=modes,
        repeats=repeats,
        seed=seed,
        passages=6,
        index={"embedder": "all-MiniLM-L6-v2", "documents": "9f2c41d07a"},
        versions={"counterpoint": "0.1.0", "python": "3.11.9"},
        machine="2 processors, Linux",
    )


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


def make_row(
    key: Key, position: int, entry: BackendEntry, case: Case, frozen: FrozenEvidence,
    *, is_right: bool | None, seed: int = 1,
) -> Row:  # fmt: skip
    """One answer, right or wrong as the draw has it."""
    drawn = _draw(seed, key.backend, key.case, key.mode, str(key.repeat))
    if is_right is None and key.backend == "stand-in" and position == 5:
        text, status = "", Status.FAILED
    else:
        if is_right is None:
            is_right = drawn < SHARE_RIGHT.get(key.backend, 0.7)
        text, status = _said(case, is_right=is_right), Status.FINISHED
    return Row(
        key=key,
        position=position,
        attempt=1,
        asked_at=f"2026-11-24T05:{position // 60 % 60:02d}:{position % 60:02d}+00:00",
        answer=make_answer(entry, frozen, text, status, drawn),
    )


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


def _said(case: Case, *, is_right: bool) -> str:
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


def _spread(cases: Sequence[Case], wanted: int) -> tuple[Case, ...]:
    """The first ones of each slice in turn."""
    slices: dict[str, list[Case]] = {}
    for case in cases:
        slices.setdefault(case.slice, []).append(case)
    turns = zip_longest(*slices.values())
    return tuple(case for turn in turns for case in turn if case is not None)[:wanted]


def _draw(*parts: object) -> float:
    digest = hashlib.sha256("/".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:6]) / 2**48
