"""A run of two backends over real questions with written answers; no model and no index is asked.

Every draw is made from a hash of the backend's and the case's id, so that the same questions give
the same run. The reader's answers are seldom wrong, those of the second backend more often; it
costs money, is slower, and one of its answers is lost to a limit.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from assistant.backends.catalogue import BackendEntry
from assistant.turns import Status
from eval.cases import Case, load_cases
from eval.report.build import build_report
from eval.report.model import Report
from eval.runs.folder import RunFolder, create_run
from eval.runs.records import Contestant, FrozenEvidence, Key, Mode, Row, RunPlan
from tests.support.eval_answers import READER, STAND_IN, make_answer, make_frozen, say

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
        text, status = say(case, is_right=is_right), Status.FINISHED
    return Row(
        key=key,
        position=position,
        attempt=1,
        asked_at=f"2026-11-24T05:{position // 60 % 60:02d}:{position % 60:02d}+00:00",
        answer=make_answer(entry, frozen, text, status, drawn),
    )


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
