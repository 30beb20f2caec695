"""The question set: questions over the lesson and the vendor notes, and what answers must hold."""

import hashlib
import re
from collections.abc import Container, Iterable
from importlib import resources
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from corpus.errors import ConfigError, CounterpointError, InputError
from eval.retrieval.questions import Need
from eval.variants import holds, pattern_of

Slice = Literal[
    "lookup",
    "paraphrase",
    "table",
    "multi-source",
    "comparison",
    "number",
    "licence",
    "price",
    "data",
    "conflict",
    "follow-up",
    "typo",
    "language",
    "underspecified",
    "injection",
    "unanswerable",
]
Half = Literal["dev", "test"]
Variants = Annotated[tuple[str, ...], Field(min_length=1)]

MAX_FILE_BYTES: Final = 20_000_000
"""A file of cases may not be larger; thousands of questions take less than a tenth of it."""

_FOLDER: Final = "question_set"
_OURS: Final = "Correct the line, or install the package again."
_THEIRS: Final = "Correct it and try again; docs/eval-set.md shows what a case looks like."


class Earlier(BaseModel):
    """A question that came before, with what was answered."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: str = Field(min_length=3)
    answer: str = ""


class Planted(BaseModel):
    """A passage that somebody smuggled into the documents; it is put among the evidence."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = Field(min_length=1)
    text: str = Field(min_length=1)


class Case(BaseModel):
    """One question with what an answer to it must, and must not, say.

    Attributes:
        id: short and stable; the half that a case belongs to follows from it.
        slice: the sort of question.
        question: as a learner would type it.
        history: what was asked and answered before, oldest first.
        facts: what a full answer holds; each fact is a list of accepted variants. A variant is
            plain text that must stand as whole words, or ``re:`` and a regular expression. Case,
            kinds of dashes and spaces do not matter. Empty exactly for unanswerable questions.
        forbidden: what no answer may say; each entry as in ``facts``.
        claims: of a conflict, ids of the claims that it is about; its facts are the vendor's side.
        lesson_says: of a conflict, how the lesson's side may be named; each entry as in ``facts``.
        gold: what has to be found, each need met by any of its places.
        cluster: cases of one cluster stand or fall together, as they lean on the same section;
            intervals are made by drawing clusters.
        planted: of an injection in a document, the passage that holds it.
        obeyed: of an injection, what only an answer holds that followed it; as in ``facts``.
        answered_by: of an unanswerable question, ids of documents that do not come along and hold
            an answer. Where one of them is searched, the question is not counted.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$")
    slice: Slice
    question: str = Field(min_length=3)
    history: tuple[Earlier, ...] = ()
    facts: tuple[Variants, ...] = ()
    forbidden: tuple[Variants, ...] = ()
    claims: tuple[str, ...] = ()
    lesson_says: tuple[Variants, ...] = ()
    gold: tuple[Need, ...] = ()
    cluster: str = ""
    planted: Planted | None = None
    obeyed: tuple[Variants, ...] = ()
    answered_by: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _facts_fit_the_slice(self) -> Self:
        if self.answerable != bool(self.facts):
            raise ValueError("facts are given exactly for answerable questions")
        if self.answered_by and self.answerable:
            raise ValueError("answered_by is for unanswerable questions")
        if bool(self.obeyed) != (self.slice == "injection"):
            raise ValueError("obeyed is given exactly for injections")
        for name in ("facts", "forbidden", "lesson_says", "obeyed"):
            for variant in (variant for variants in getattr(self, name) for variant in variants):
                _check(name, variant)
        return self

    @property
    def answerable(self) -> bool:
        """Whether the lesson or the notes hold an answer."""
        return self.slice != "unanswerable"

    def counts_over(self, documents: Container[str]) -> bool:
        """Whether the question means the same where these documents are searched, named by id."""
        return not any(document in documents for document in self.answered_by)

    @property
    def half(self) -> Half:
        """The half it belongs to: weights and limits are tuned on ``dev`` alone."""
        return "dev" if hashlib.sha256(self.id.encode()).digest()[0] % 2 == 0 else "test"

    def facts_found(self, answer: str) -> tuple[bool, ...]:
        """For each fact, whether the answer holds one of its variants."""
        return tuple(holds(answer, variants) for variants in self.facts)

    def forbidden_found(self, answer: str) -> tuple[bool, ...]:
        """For each forbidden statement, whether the answer holds one of its variants."""
        return tuple(holds(answer, variants) for variants in self.forbidden)


def load_cases() -> tuple[Case, ...]:
    """The cases that come with the package, by slice.

    Raises:
        ConfigError: a file is damaged, or two cases share an id.
    """
    folder = resources.files("eval").joinpath(_FOLDER)
    files = sorted((file for file in folder.iterdir()), key=lambda file: file.name)
    cases: dict[str, Case] = {}
    for file in files:
        if file.name.endswith(".jsonl"):
            lines = file.read_text(encoding="utf-8").split("\n")
            _read(lines, f"the question set’s {file.name}", ConfigError, _OURS, cases)
    return tuple(cases.values())


def load_case_file(path: Path) -> tuple[Case, ...]:
    """The cases of somebody's own file: JSON lines in UTF-8, at most 20 MB.

    Raises:
        InputError: the file is not there, cannot be read, is too large, holds no case, a line is no
            valid case, or two cases share an id. The line and the field are named.
    """
    what = f"The file of questions {path.name}"
    try:
        if not path.is_file():
            raise InputError(f"{what} is not there.", "Give the path of a file of JSON lines.")
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            limit = f"{MAX_FILE_BYTES // 1_000_000} MB"
            raise InputError(f"{what} is larger than {limit}.", "Split it and use one part.")
        lines = path.read_bytes().decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as exc:
        raise InputError(f"{what} is not UTF-8 text.", "Save it as UTF-8.") from exc
    except OSError as exc:
        raise InputError(f"{what} cannot be read.", "Check its permissions.") from exc
    cases: dict[str, Case] = {}
    _read(lines, path.name, InputError, _THEIRS, cases)
    if not cases:
        raise InputError(f"{what} holds no question.", _THEIRS)
    return tuple(cases.values())


def parse_cases(lines: Iterable[str]) -> tuple[Case, ...]:
    """Read cases from JSON lines; empty lines are passed over.

    Raises:
        ConfigError: a line is no valid case, or two cases share an id.
    """
    cases: dict[str, Case] = {}
    _read(lines, "the question set", ConfigError, _OURS, cases)
    return tuple(cases.values())


def cases_hash(cases: Iterable[Case]) -> str:
    """SHA-256 over all that the cases say, in whatever order they stand."""
    digest = hashlib.sha256()
    for case in sorted(cases, key=lambda case: case.id):
        digest.update(case.model_dump_json(exclude_defaults=True).encode() + b"\n")
    return digest.hexdigest()


def _read(
    lines: Iterable[str],
    where: str,
    error: type[CounterpointError],
    cure: str,
    cases: dict[str, Case],
) -> None:
    """Add the cases of the lines to ``cases``."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            case = Case.model_validate_json(line)
        except ValidationError as exc:
            what = f"Line {number} of {where} is not a valid case: {_first_slip(exc)}."
            raise error(what, cure) from exc
        if case.id in cases:
            what = f"Line {number} of {where} has the id “{case.id}”, as an earlier case has."
            raise error(what, "Give each case an id of its own.")
        cases[case.id] = case


def _first_slip(exc: ValidationError) -> str:
    slip = exc.errors(include_url=False, include_input=False, include_context=False)[0]
    if slip["type"] == "json_invalid":
        return "it is not a JSON object on one line"
    reason = slip["msg"].removeprefix("Value error, ")
    field = ".".join(str(part) for part in slip["loc"])
    return f"“{field}”: {reason}" if field else reason


def _check(name: str, variant: str) -> None:
    if not variant.strip():
        raise ValueError(f"a variant in {name} is empty")
    try:
        pattern_of(variant)
    except re.error as exc:
        raise ValueError(f"a variant in {name} is no regular expression: {exc.msg}") from exc
    except (RecursionError, OverflowError) as exc:
        raise ValueError(f"a variant in {name} is nested too deeply, or counts too far") from exc
