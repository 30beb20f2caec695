"""Planning a run: which questions, over which evidence, in which order."""

import asyncio
import hashlib
import os
import platform
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from itertools import chain, zip_longest
from typing import Final, TypeVar

from assistant.backends.base import HealthState
from assistant.home_index import index_folder
from assistant.turns import Exchange
from assistant.wiring import Assistant
from corpus.errors import ConfigError, InputError, SourceMissing
from eval.cases import Case, cases_hash
from eval.runs.evidence import freeze, noise_pool
from eval.runs.records import Contestant, FrozenEvidence, Key, Mode, RunPlan
from eval.stand_in import STAND_IN_ID
from eval.stand_in.serving import ENTRY as STAND_IN
from index.generation import read_current
from index.passages import Passage

SHIPPED: Final = "the set that comes along"
_LIBRARIES: Final = ("counterpoint", "langchain-core", "chromadb", "sentence-transformers", "torch",
                     "bm25s", "xllamacpp")  # fmt: skip
_Named = TypeVar("_Named", bound=str)


@dataclass(frozen=True, slots=True)
class Ask:
    """One question to one backend, at its place in the order of asking.

    Attributes:
        key: what is asked of whom.
        position: from 0.
    """

    key: Key
    position: int


async def plan_run(
    assistant: Assistant,
    contestants: Sequence[Contestant],
    *,
    cases: Sequence[Case],
    cases_name: str = SHIPPED,
    modes: Sequence[Mode] = ("own",),
    repeats: int = 1,
    limit: int | None = None,
    seed: int = 0,
    max_cost: float | None = None,
) -> RunPlan:
    """Plan a run; no backend is asked. The index is built first when there is none.

    Args:
        assistant: the assistant.
        contestants: who is asked; see ``contestant_of``.
        cases: the questions. Those that mean another thing over the documents that are searched
            are left out.
        cases_name: what the report calls them.
        modes: how evidence is made.
        repeats: how often each question is asked.
        limit: ask so many of the questions only, spread over the slices.
        seed: of the order and of everything that is drawn.
        max_cost: in US dollars; None sets no ceiling.

    Raises:
        InputError: no question is left, or a backend is named twice.
        StoreError: the index cannot be used.
    """
    ids = [contestant.entry.id for contestant in contestants]
    if len(set(ids)) < len(ids):
        raise InputError("A backend is named twice.", "Name each backend once.")
    if not cases:
        raise InputError("There is no question to ask.", "Choose other slices or another file.")
    await assistant.retrieve(cases[0].question)  # loads the index, or builds it
    kept = _chosen(assistant, cases, limit, seed)
    now = datetime.now(UTC)
    return RunPlan(
        id=f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}",
        created_at=now.isoformat(timespec="seconds"),
        contestants=tuple(contestants),
        cases=kept,
        cases_name=cases_name,
        cases_hash=cases_hash(kept),
        modes=tuple(dict.fromkeys(modes)),
        repeats=repeats,
        seed=seed,
        passages=assistant.settings.answering.passages,
        max_cost=max_cost,
        index=_fingerprint(assistant),
        versions=_versions(),
        machine=f"{os.cpu_count()} processors, {platform.system()} on {platform.machine()}",
    )


def _chosen(
    assistant: Assistant, cases: Sequence[Case], limit: int | None, seed: int
) -> tuple[Case, ...]:
    """The cases that count over the documents that are searched, so many of them as are wanted."""
    searched = _Searched(assistant)
    counted = [case for case in cases if case.counts_over(searched)]
    chosen = {case.id for case in spread(counted, str(seed))[:limit]}
    if not chosen:
        raise InputError(
            "None of the questions counts over the documents that are searched.",
            "See the documents: counterpoint corpus list.",
        )
    return tuple(case for case in counted if case.id in chosen)


def contestant_of(assistant: Assistant, backend_id: str) -> Contestant:
    """A backend as it is now; nobody is asked. The stand-in need not listen yet.

    Raises:
        ConfigError: there is no such backend, or its address is missing.
    """
    if backend_id == STAND_IN_ID:
        return Contestant(entry=STAND_IN, destination="127.0.0.1", stand_in=True)
    backend = assistant.backend(backend_id)
    return Contestant(entry=backend.entry, destination=backend.destination)


def freeze_all(
    assistant: Assistant, plan: RunPlan, tell: Callable[[int, int], None] = lambda *_: None
) -> tuple[FrozenEvidence, ...]:
    """Make the evidence of every question in every mode; takes some 30 ms each.

    Args:
        assistant: gathers it.
        plan: the plan.
        tell: told how many are made, and of how many.

    Raises:
        StoreError: the index cannot be used.
    """
    total = len(plan.cases) * len(plan.modes)
    made: list[FrozenEvidence] = []

    def make(mode: Mode, pool: Sequence[Passage] = ()) -> None:
        for case in plan.cases:
            made.append(
                freeze(assistant, case, mode, seed=plan.seed, passages=plan.passages, pool=pool)
            )
            tell(len(made), total)

    for mode in sorted(plan.modes, key=lambda mode: mode == "noise"):
        if mode != "noise":
            make(mode)
            continue
        found = [one.evidence for one in made if one.mode == "own" and one.evidence is not None]
        # What other questions find is the noise, so each is searched for when that was not asked.
        own = found or [assistant.search(c.question, history_of(c)) for c in plan.cases]
        make(mode, noise_pool(own))
    return tuple(made)


def history_of(case: Case) -> list[Exchange]:
    """What was asked and answered before a question."""
    return [Exchange(earlier.question, earlier.answer) for earlier in case.history]


def asking_order(plan: RunPlan, frozen: Iterable[FrozenEvidence]) -> tuple[Ask, ...]:
    """Every question to every backend, in the order that the seed gives.

    The slices take turns, so that a run that is broken off is a small picture of the whole; the
    backends follow each other on the same question, now this one first and now that; a repeat
    begins when all was asked once.
    """
    there = {(one.case, one.mode) for one in frozen if one.evidence is not None}
    keys: list[Key] = []
    for repeat in range(plan.repeats):
        for case in spread(plan.cases, f"{plan.seed}/{repeat}"):
            for mode in _drawn(plan.modes, f"{plan.seed}/{repeat}/{case.id}"):
                if (case.id, mode) not in there:
                    continue
                backends = [contestant.entry.id for contestant in plan.contestants]
                for backend in _drawn(backends, f"{plan.seed}/{repeat}/{case.id}/{mode}"):
                    keys.append(Key(backend, case.id, mode, repeat))
    return tuple(Ask(key, position) for position, key in enumerate(keys))


def spread(cases: Iterable[Case], seed: str) -> list[Case]:
    """The cases in an order that the seed draws, in which the slices take turns."""
    by_slice: dict[str, list[Case]] = {}
    for case in cases:
        by_slice.setdefault(case.slice, []).append(case)
    drawn = [
        sorted(by_slice[name], key=lambda case: _draw(f"{seed}/{case.id}"))
        for name in _drawn(sorted(by_slice), f"{seed}/slices")
    ]
    rounds = chain.from_iterable(zip_longest(*drawn))
    return [case for case in rounds if case is not None]


def _drawn(items: Iterable[_Named], seed: str) -> list[_Named]:
    return sorted(items, key=lambda item: _draw(f"{seed}/{item}"))


def _draw(text: str) -> bytes:
    # A hash, as it is the same in every version of Python.
    return hashlib.sha256(text.encode()).digest()


class _Searched:
    """The documents that are searched, by id."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def __contains__(self, document: object) -> bool:
        try:
            self._assistant.document(str(document))
        except SourceMissing:
            return False
        return True


def _fingerprint(assistant: Assistant) -> dict[str, str]:
    _, manifest = read_current(index_folder(assistant.settings.home))
    documents = "\n".join(f"{id_} {hash_}" for id_, hash_ in sorted(manifest.documents.items()))
    return {
        "embedder": manifest.embedder,
        "chunker": manifest.chunker,
        "documents": f"{len(manifest.documents)}",
        "documents_hash": hashlib.sha256(documents.encode()).hexdigest(),
    }


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


async def check_ready(assistant: Assistant, contestants: Iterable[Contestant]) -> None:
    """Refuse a run whose backends cannot answer now, before a question is sent to any.

    Raises:
        ConfigError: one is not ready; says what mends it.
    """
    entries = [contestant.entry for contestant in contestants]
    healths = await asyncio.gather(*(assistant.health(entry.id, max_age_s=0) for entry in entries))
    for entry, health in zip(entries, healths, strict=True):
        # A vendor is not asked: whether its key is taken is seen at the first question.
        if not health.ready and health.state is not HealthState.UNKNOWN:
            raise ConfigError(f"{entry.label} cannot answer now: {health.detail}", health.cure)
