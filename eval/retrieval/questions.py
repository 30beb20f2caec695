"""The questions, and where in which documents their answers stand."""

import hashlib
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from corpus.errors import ConfigError

Slice = Literal[
    "lookup",
    "paraphrase",
    "table",
    "typo",
    "compound",
    "number",
    "multi",
    "follow-up",
    "language",
]
Half = Literal["dev", "test"]

_FILE: Final = "questions.jsonl"
# At most four words: an anchor points at a sentence, it does not repeat one.
_Anchor = Annotated[str, StringConstraints(pattern=r"^\S+(?: \S+){0,3}$", max_length=48)]
_Text = Annotated[str, Field(min_length=3)]


class Place(BaseModel):
    """One place in one document that answers.

    Attributes:
        source: the document's id.
        near: words or figures that all stand there, close together.
        under: words of a heading above it, where the anchors alone stand in several sections.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Annotated[str, Field(pattern=r"^[\w.-]+(?:/[\w.-]+)*$")]
    near: tuple[_Anchor, ...] = Field(min_length=1, max_length=6)
    under: _Anchor | None = None


Need = Annotated[tuple[Place, ...], Field(min_length=1)]


class Question(BaseModel):
    """One question with the places that answer it.

    Attributes:
        id: short and stable; the half that a question belongs to follows from it.
        slice: the sort of question.
        question: as a learner would type it.
        history: earlier questions of the conversation, oldest first.
        needs: each is met by any of its places; a comparison has several.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$")
    slice: Slice
    question: _Text
    history: tuple[_Text, ...] = ()
    needs: tuple[Need, ...] = Field(min_length=1, max_length=4)

    @property
    def half(self) -> Half:
        """The half it belongs to: weights and limits are tuned on ``dev`` alone."""
        return "dev" if hashlib.sha256(self.id.encode()).digest()[0] % 2 == 0 else "test"

    def can_be_asked_of(self, sources: Iterable[str]) -> bool:
        """Whether each need has a place in one of the documents."""
        loaded = frozenset(sources)
        return all(any(place.source in loaded for place in need) for need in self.needs)


@cache
def load_questions() -> tuple[Question, ...]:
    """The questions that come with the package, in the order of the file.

    Raises:
        ConfigError: the file is damaged, or two questions share an id.
    """
    text = resources.files("eval.retrieval").joinpath(_FILE).read_text(encoding="utf-8")
    return parse_questions(text.splitlines())


def parse_questions(lines: Iterable[str]) -> tuple[Question, ...]:
    """Read questions from JSON lines; empty lines are passed over.

    Raises:
        ConfigError: a line is no valid question, or two questions share an id.
    """
    questions: dict[str, Question] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            question = Question.model_validate_json(line)
        except ValidationError as exc:
            raise ConfigError(
                f"Line {number} of the retrieval questions is not a valid question.",
                "Correct the line, or install the package again.",
            ) from exc
        if question.id in questions:
            raise ConfigError(
                f"Two retrieval questions have the id “{question.id}”.",
                "Rename one of them, or install the package again.",
            )
        questions[question.id] = question
    return tuple(questions.values())
