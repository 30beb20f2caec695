"""The claims table: what the lesson states, what the vendors say, and which of the two holds."""

from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Annotated, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from corpus.documents import Document, Span
from corpus.errors import CorpusError
from corpus.toml import NotToml, parse_toml

Verdict = Literal["agrees", "outdated", "wrong", "unverifiable"]
System = Literal[
    "llama",
    "mistral",
    "falcon",
    "gpt-4",
    "claude",
    "gemini",
    "phi-3",
    "grok",
    "inflection",
    "ollama",
]

VERDICTS: Final[tuple[Verdict, ...]] = get_args(Verdict)
# Gravest first: it stands for a place that several claims share.
GRAVEST_FIRST: Final[tuple[Verdict, ...]] = ("wrong", "outdated", "unverifiable", "agrees")
SYSTEMS: Final[tuple[System, ...]] = get_args(System)

_TABLE: Final = "claims.toml"
_CURE: Final = "Install the program again, so that its data files fit together."


@dataclass(frozen=True, slots=True)
class Claim:
    """One checkable statement of the lesson beside what the vendor says.

    Attributes:
        id: ``claim-01`` and so on, in the order of the table.
        sections: where the lesson says it: numbers of its sections, or ``References``.
        lesson_says: what the lesson states, one sentence that stands alone.
        vendor_says: what the vendor documents say, in our own words, standing alone.
        verdict: how the two fit together.
        systems: the systems that the claim is about.
        terms: lower-case words, or beginnings of words, of a sentence that touches the claim.
        spans: where the lesson says it, as offsets in the lesson's text; never empty.
        source_title: the vendor's document as a reader knows it.
        source_url: where to read that document.
        source_date: its date (ISO: year, month or day), or None when it bears none.
    """

    id: str
    sections: tuple[str, ...]
    lesson_says: str
    vendor_says: str
    verdict: Verdict
    systems: tuple[str, ...]
    terms: tuple[str, ...]
    spans: tuple[Span, ...]
    source_title: str
    source_url: str
    source_date: str | None

    @property
    def disputed(self) -> bool:
        """Whether the vendor's side has to be told beside the lesson's."""
        return self.verdict != "agrees"


_Line = Annotated[str, Field(min_length=1, pattern=r"^\S[^\n]*\S$")]
_Term = Annotated[str, Field(min_length=1, pattern=r"^[^A-Z\n]+$")]


class ClaimRow(BaseModel):
    """One ``[[claim]]`` of the table, as it is written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^claim-\d{2}$")]
    sections: Annotated[
        tuple[Annotated[str, Field(pattern=r"^([1-9]\d*|References)$")], ...], Field(min_length=1)
    ]
    lesson_says: _Line
    vendor_says: _Line
    verdict: Verdict
    systems: tuple[System, ...]
    terms: Annotated[tuple[_Term, ...], Field(min_length=1, max_length=5)]
    anchors: Annotated[tuple[_Line, ...], Field(min_length=1)]
    source_title: _Line
    source_url: Annotated[str, Field(pattern=r"^https?://\S+$")]
    source_date: Annotated[str, Field(pattern=r"^(\d{4}(-\d{2}(-\d{2})?)?)?$")]


@lru_cache(maxsize=4)
def load_claims(lesson: Document) -> tuple[Claim, ...]:
    """Return the claims table with each claim's place in the lesson.

    Args:
        lesson: the lesson as it is shipped; the offsets are those of its text.

    Raises:
        CorpusError: the table is damaged, or a claim's text does not stand exactly once in the
            lesson.
    """
    return tuple(_claim(row, lesson) for row in _rows())


def parse_claims(table: str) -> tuple[ClaimRow, ...]:
    """Read a claims table from TOML, strictly.

    Raises:
        CorpusError: not TOML, an unknown key or verdict, a missing or ill-formed value, or an id
            that occurs twice. The message names the claim.
    """
    try:
        content = parse_toml(table)
    except NotToml as exc:
        raise CorpusError("The claims table is not valid TOML.", _CURE) from exc
    claims = content.get("claim")
    if set(content) != {"claim"} or not isinstance(claims, list):
        raise CorpusError("The claims table must hold [[claim]] entries and nothing else.", _CURE)
    rows: dict[str, ClaimRow] = {}
    for number, entry in enumerate(claims, start=1):
        row = _row(entry, number)
        if row.id in rows:
            raise CorpusError(f"{row.id} occurs twice in the claims table.", _CURE)
        rows[row.id] = row
    return tuple(rows.values())


@cache
def _rows() -> tuple[ClaimRow, ...]:
    try:
        table = resources.files("corpus").joinpath(_TABLE).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise CorpusError("The claims table cannot be read.", _CURE) from exc
    return parse_claims(table)


def _row(entry: object, number: int) -> ClaimRow:
    try:
        return ClaimRow.model_validate(entry)
    except ValidationError as exc:
        given = entry.get("id") if isinstance(entry, dict) else None
        name = given if isinstance(given, str) else f"Entry {number}"
        fault = exc.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise CorpusError(f"{name} of the claims table, {place}: {fault['msg']}.", _CURE) from exc


def _claim(row: ClaimRow, lesson: Document) -> Claim:
    return Claim(
        id=row.id,
        sections=row.sections,
        lesson_says=row.lesson_says,
        vendor_says=row.vendor_says,
        verdict=row.verdict,
        systems=row.systems,
        terms=row.terms,
        spans=tuple(sorted(_span(row.id, anchor, lesson.text) for anchor in row.anchors)),
        source_title=row.source_title,
        source_url=row.source_url,
        source_date=row.source_date or None,
    )


def _span(claim_id: str, anchor: str, text: str) -> Span:
    start = text.find(anchor)
    if start < 0:
        raise CorpusError(f"The text of {claim_id} is not in the lesson: “{anchor}”.", _CURE)
    if text.find(anchor, start + 1) >= 0:
        raise CorpusError(f"The text of {claim_id} is in the lesson twice: “{anchor}”.", _CURE)
    return Span(start, start + len(anchor))
