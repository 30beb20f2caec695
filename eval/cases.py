"""The question set: questions over the lesson and the vendor notes, and what answers must hold."""

import hashlib
import re
from collections.abc import Container, Iterable
from functools import lru_cache
from importlib import resources
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from corpus.errors import ConfigError
from eval.retrieval.questions import Need

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

_FOLDER: Final = "question_set"
_PATTERN_MARK: Final = "re:"
_DASHES: Final = str.maketrans({"‑": "-", "–": "-", "—": "-", "\u00a0": " ", "\u202f": " "})


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
        for variants in (*self.facts, *self.forbidden, *self.lesson_says, *self.obeyed):
            if not all(variant.strip() for variant in variants):
                raise ValueError("a variant may not be empty")
            for variant in variants:
                _pattern(variant)
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
        return tuple(_holds(answer, variants) for variants in self.facts)

    def forbidden_found(self, answer: str) -> tuple[bool, ...]:
        """For each forbidden statement, whether the answer holds one of its variants."""
        return tuple(_holds(answer, variants) for variants in self.forbidden)


def load_cases() -> tuple[Case, ...]:
    """The cases that come with the package, by slice.

    Raises:
        ConfigError: a file is damaged, or two cases share an id.
    """
    folder = resources.files("eval").joinpath(_FOLDER)
    files = sorted((file for file in folder.iterdir()), key=lambda file: file.name)
    texts = (file.read_text(encoding="utf-8") for file in files if file.name.endswith(".jsonl"))
    return parse_cases(line for text in texts for line in text.splitlines())


def parse_cases(lines: Iterable[str]) -> tuple[Case, ...]:
    """Read cases from JSON lines; empty lines are passed over.

    Raises:
        ConfigError: a line is no valid case, or two cases share an id.
    """
    cases: dict[str, Case] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            case = Case.model_validate_json(line)
        except (ValidationError, re.error) as exc:
            raise ConfigError(
                f"Line {number} of the question set is not a valid case.",
                "Correct the line, or install the package again.",
            ) from exc
        if case.id in cases:
            raise ConfigError(
                f"Two questions of the question set have the id “{case.id}”.",
                "Rename one of them, or install the package again.",
            )
        cases[case.id] = case
    return tuple(cases.values())


def _holds(answer: str, variants: Iterable[str]) -> bool:
    text = " ".join(answer.translate(_DASHES).split())
    return any(_pattern(variant).search(text) for variant in variants)


@lru_cache(maxsize=4096)
def _pattern(variant: str) -> re.Pattern[str]:
    if variant.startswith(_PATTERN_MARK):
        return re.compile(variant.removeprefix(_PATTERN_MARK), re.IGNORECASE)
    plain = re.escape(" ".join(variant.translate(_DASHES).split()))
    # "2" is not in "2.5" or "12", and "7B" not in "47B"; a full stop may follow.
    return re.compile(rf"(?<![\w.,]){plain}(?!\w|[.,]\d)", re.IGNORECASE)
