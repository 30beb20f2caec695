"""What a run is made of: its plan, the frozen evidence, and one row for each answer."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from assistant.backends.catalogue import BackendEntry
from assistant.evidence import Evidence
from assistant.turns import Answer
from eval.cases import Case

Mode = Literal["own", "oracle", "noise", "counterfactual"]
MODES: Final[tuple[Mode, ...]] = get_args(Mode)
"""How evidence is made.

``own``: what retrieval finds. ``oracle``: the passages that hold the gold spans. ``noise``: those
of ``own`` with passages mixed in that do not belong. ``counterfactual``: those of ``oracle`` with a
figure or name changed throughout, so that the sources contradict what a model may know.
"""

FORM: Final = 1


class Contestant(BaseModel):
    """A backend as it was when the run was planned.

    Attributes:
        entry: its catalogue entry, with prices and their dates.
        destination: host that it was asked at, or ``this process``.
        stand_in: whether a loopback server of ours stood for the vendor, so that its answers say
            nothing about any vendor's model.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    entry: BackendEntry
    destination: str
    stand_in: bool = False


class RunPlan(BaseModel):
    """All that decides what a run asks; two runs with equal plans ask the same.

    Attributes:
        form: version of the layout.
        id: names the run and its folder.
        created_at: when it was planned (ISO, UTC); with ``id`` the only part that two identical
            runs differ in.
        contestants: who is asked, in the order that was named.
        cases: the whole cases, so that the run can be read without any question set.
        cases_name: ``the set that comes along``, or the file's name.
        cases_hash: SHA-256 over the cases.
        modes: kinds of evidence.
        repeats: how often each question is asked of each backend in each mode.
        seed: of the order of asking, of the noise and of the statistics.
        passages: how many are retrieved.
        max_cost: in US dollars; None sets no ceiling.
        index: fingerprint of what is searched: embedder, chunker and a hash over the documents.
        versions: of the program, Python and the libraries that matter.
        machine: processors and system, in words, without a name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    form: int = FORM
    id: str
    created_at: str
    contestants: tuple[Contestant, ...] = Field(min_length=1)
    cases: tuple[Case, ...] = Field(min_length=1)
    cases_name: str
    cases_hash: str
    modes: tuple[Mode, ...] = Field(min_length=1)
    repeats: int = Field(ge=1)
    seed: int
    passages: int = Field(ge=1)
    max_cost: float | None = None
    index: dict[str, str] = Field(default_factory=dict)
    versions: dict[str, str] = Field(default_factory=dict)
    machine: str = ""


@dataclass(frozen=True, slots=True)
class Alteration:
    """A figure or name that was changed throughout the evidence."""

    true: str
    false: str


@dataclass(frozen=True, slots=True)
class FrozenEvidence:
    """The evidence of one question in one mode, made once and given to every backend.

    Attributes:
        case: the case's id.
        mode: how it was made.
        evidence: the passages; None when the mode cannot be had for this question.
        why_not: why it cannot be had; empty otherwise.
        alterations: what was changed, in counterfactual evidence.
    """

    case: str
    mode: Mode
    evidence: Evidence | None
    why_not: str = ""
    alterations: tuple[Alteration, ...] = ()


@dataclass(frozen=True, slots=True)
class Key:
    """What one row answers. No two rows of a run have the same."""

    backend: str
    case: str
    mode: Mode
    repeat: int


@dataclass(frozen=True, slots=True)
class Row:
    """One answer of a run.

    Attributes:
        key: what was asked of whom.
        position: its place in the order of asking, from 0.
        attempt: 1, or more when earlier attempts were lost with the process that made them.
        asked_at: when it was sent (ISO, UTC).
        answer: the answer, whole or not, with checks and receipt; its status says how it ended.
    """

    key: Key
    position: int
    attempt: int
    asked_at: str
    answer: Answer
